"""Peak memory of this process and all below it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from corpusmill.memory import PeakMemory, give_back, resident

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give back by themselves")
def test_what_is_free_below_something_held_is_given_back():
    blocks = [bytearray(2_000) for _ in range(50_000)]
    del blocks[:-1]
    before = resident()

    give_back()

    assert before - resident() > 50_000_000
    assert len(blocks[0]) == 2_000
