"""Lines of progress: what they say, how often, and on a terminal as in a log."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import threading

import pytest

from corpusmill.progress import EVERY, Load, Pass, Progress, Tasks, clock, may_rewrite, meanwhile


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def seconds():
    return Clock()


@pytest.fixture
def terminal(monkeypatch):
    """Called in a test, makes standard error a terminal 60 columns wide; answers what it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with os.fdopen(ours, "rb", 0) as screen, os.fdopen(theirs, "w") as stream:

        def switch_on(term="xterm"):
            monkeypatch.setattr(sys, "stderr", stream)
            monkeypatch.setenv("TERM", term) if term else monkeypatch.delenv("TERM", False)
            return sent

        def sent():
            stream.write("\0")
            stream.flush()
            found = b""
            while not found.endswith(b"\0"):  # a terminal hands on what it has so far
                found += screen.read(65536)
            return found[:-1].decode()

        yield switch_on


@pytest.mark.parametrize(
    ("load", "tasks", "told"),
    [
        (
            Load(17_052, 34_000_000),
            {1: Tasks(3, 10)},
            "quality: about 5,115 of 17,052 documents (30%), 512 a second, 1.0 MB/s, "
            "0:10 gone, about 0:23 left",
        ),
        (
            Load(1_000),
            {1: Tasks(4, 4), 2: Tasks(1, 6)},
            "quality: about 500 of 1,000 documents (50%), 50 a second, 0:10 gone, about 0:10 left",
        ),
        (
            Load(None, 8_000_000),
            {1: Tasks(1, 4)},
            "quality: 1 of 4 tasks (25%), 0.2 MB/s, 0:10 gone, about 0:30 left",
        ),
        (Load(), {1: Tasks(5, 5)}, "quality: 5 of 5 tasks (100%), 0:10 gone"),
        (Load(1_000, 1), {1: Tasks(0, 5)}, "quality: about 0 of 1,000 documents (0%), 0:10 gone"),
        (Load(1_000, 1), {}, "quality: 0:10 gone"),
    ],
)
def test_a_line_tells_how_far_how_fast_and_how_long(load, tasks, told):
    going = Pass("quality", 100.0, load)

    going.look(101.0, tasks)

    assert going.line(110.0) == told


def test_a_stage_of_spark_that_is_no_more_at_work_is_done():
    going = Pass("edges", 0.0, Load(300))

    going.look(1.0, {4: Tasks(1, 10)})
    going.look(2.0, {4: Tasks(7, 10), 5: Tasks(0, 10)})
    going.look(3.0, {6: Tasks(5, 10)})

    assert going.line(3.0).startswith("edges: about 250 of 300 documents (83%)")


def test_only_a_pass_that_lasts_is_weighed_and_only_once():
    asked = []

    def weigh():
        asked.append(True)
        return Load(10, 2_000_000)

    going = Pass("tokens", 0.0, Load(10), weigh)
    going.look(1.0, {1: Tasks(1, 2)})
    before = list(asked)
    for second in (5.0, 6.0):
        going.look(second, {1: Tasks(1, 2)})

    assert (before, asked) == ([], [True])
    assert "0.1 MB/s" in going.line(10.0)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00")],
)
def test_a_clock_counts_minutes_and_hours(seconds, told):
    assert clock(seconds) == told


def test_a_log_gets_a_line_at_most_every_half_minute_and_no_escape_codes(capsys, seconds):
    at_work = {1: Tasks(0, 100)}
    progress = Progress(may_rewrite(), seconds, lambda: at_work)

    with progress.stage("[1/2] score-quality"), progress.through("quality", 1_000):
        for second in range(1, 100):
            seconds.seconds = float(second)
            at_work[1] = Tasks(second, 100)
            progress.look()
    progress.say("    quality (99.0 s)" + progress.gone_through(99.0))

    assert capsys.readouterr().err.splitlines() == [
        "    0.0s  [1/2] score-quality",
        "   30.0s      quality: about 300 of 1,000 documents (30%), 10 a second, "
        "0:30 gone, about 1:10 left",
        "   60.0s      quality: about 600 of 1,000 documents (60%), 10 a second, "
        "1:00 gone, about 0:40 left",
        "   90.0s      quality: about 900 of 1,000 documents (90%), 10 a second, "
        "1:30 gone, about 0:10 left",
        "   99.0s      quality (99.0 s): 1,000 documents, 10 a second",
    ]


def test_what_is_said_meanwhile_counts_as_a_line(capsys, seconds):
    progress = Progress(False, seconds, dict)

    with progress.stage("work"):
        seconds.seconds = EVERY - 1
        progress.say("no document is of this source")
        seconds.seconds = EVERY + 1
        progress.look()

    assert len(capsys.readouterr().err.splitlines()) == 2


def test_nothing_is_told_before_a_stage_begins_or_after_it_ended(capsys, seconds):
    progress = Progress(False, seconds, dict)

    seconds.seconds = 100.0
    progress.look()
    with progress.stage("work"):
        pass
    seconds.seconds = 200.0
    progress.look()

    assert capsys.readouterr().err == "  100.0s  work\n"


def test_nothing_is_told_of_how_far_it_is_while_spark_starts(capsys, seconds):
    progress = Progress(False, seconds)

    with progress.stage("work"):
        seconds.seconds = EVERY + 1
        progress.look()
        progress.at_work = dict
        progress.look()

    assert capsys.readouterr().err.splitlines()[1:] == ["   31.0s      0:31 gone"]


def test_a_terminal_has_one_line_rewritten_in_place_and_wiped_at_the_end(terminal, seconds):
    sent_to = terminal()
    at_work = {1: Tasks(1, 4)}
    progress = Progress(may_rewrite(), seconds, lambda: at_work)

    with progress.stage("[1/2] tokenize"), progress.through("tokens", 10**15):
        for second in (1, 2):
            seconds.seconds = float(second)
            at_work[1] = Tasks(second, 4)
            progress.look()
        progress.say("said meanwhile")
        progress.look()
    progress.say("    tokens (2.0 s)")

    sent = sent_to()
    shown = [line.rpartition("\r")[2].rstrip() for line in sent.replace("\r\n", "\n").split("\n")]
    frames = [frame for frame in re.split("[\r\n]", sent) if "tokens: about" in frame]
    assert shown == [
        "    0.0s  [1/2] tokenize",
        "    2.0s  said meanwhile",
        "    2.0s      tokens (2.0 s)",
        "",
    ]
    assert len(frames) == 3
    assert max(map(len, frames)) < 60
    assert "\x1b" not in sent


@pytest.mark.parametrize(("term", "may"), [("xterm", True), ("dumb", False), (None, False)])
def test_a_dumb_terminal_is_written_to_as_a_log(terminal, term, may):
    terminal(term)

    assert may_rewrite() is may


def test_what_fails_leaves_the_place_where_it_failed(seconds):
    progress = Progress(False, seconds)

    with progress.stage("one"), progress.through("documents"):
        pass
    done = progress.place
    with pytest.raises(OSError, match="x"), progress.stage("two"), progress.through("tokens"):
        raise OSError("x")

    assert done == ()
    assert progress.place == ("two", "tokens")


def test_who_looks_on_is_called_meanwhile_and_never_stops_what_goes_on(monkeypatch):
    monkeypatch.setattr("corpusmill.progress.LOOKS", 0.001)
    called = threading.Event()

    def look():
        called.set()
        raise RuntimeError("nobody hears of it")

    with meanwhile(look):
        assert called.wait(60)

    assert all(thread.name != "corpusmill-watch" for thread in threading.enumerate())
