"""Peak memory of this process and all below it."""

from __future__ import annotations

import subprocess
import sys

from corpusmill.memory import PeakMemory, resident

HOLDS = "held = b'x' * 100_000_000; print(flush=True); input()"


def test_the_peak_holds_what_a_child_took_until_it_is_begun_anew():
    memory = PeakMemory()
    memory.look()
    alone = memory.peak

    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        memory.look()
        child.communicate(b"\n")
    memory.look()

    assert memory.peak - alone > 90_000_000
    assert memory.peak > resident()
    memory.begin()
    assert memory.peak == 0
