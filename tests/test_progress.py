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

from corpusmill.passes import Load, Tasks
from corpusmill.progress import EVERY, Progress, may_rewrite, meanwhile


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
    """Called in a test, makes standard error a terminal so wide; answers how to read it."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0) as screen, os.fdopen(theirs, "w") as stream:

        def switch_on(term="xterm", columns=60):
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
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


def frames(sent):
    """The lines that were shown one after the other in one place."""
    return [frame.rstrip() for frame in re.split("[\r\n]", sent) if frame.strip()]


def test_a_log_gets_a_line_at_most_every_half_minute_and_no_escape_codes(capsys, seconds):
    at_work = {1: Tasks(0, 100)}
    progress = Progress(may_rewrite(), seconds, lambda: at_work)

    with progress.stage("[1/2] score-quality"), progress.through("quality", 1_000, at_once=True):
        for second in range(1, 100):
            seconds.seconds = float(second)
            at_work[1] = Tasks(second, 100)
            progress.look()
    progress.say("    quality (99.0 s)" + progress.gone_through(99.0))

    assert capsys.readouterr().err.splitlines() == [
        "    0.0s  [1/2] score-quality",
        "   30.0s      quality: 30%, about 300 of 1,000 documents, 10 a second, "
        "0:30 gone, about 1:10 left",
        "   60.0s      quality: 60%, about 600 of 1,000 documents, 10 a second, "
        "1:00 gone, about 0:40 left",
        "   90.0s      quality: 90%, about 900 of 1,000 documents, 10 a second, "
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

    with progress.stage("[1/2] tokenize"), progress.through("tokens", 10**15, at_once=True):
        for second in (1, 2):
            seconds.seconds = float(second)
            at_work[1] = Tasks(second, 4)
            progress.look()
        progress.say("said meanwhile")
        progress.look()
    progress.say("    tokens (2.0 s)")

    sent = sent_to()
    shown = [line.rpartition("\r")[2].rstrip() for line in sent.replace("\r\n", "\n").split("\n")]
    assert shown == [
        "    0.0s  [1/2] tokenize",
        "    2.0s  said meanwhile",
        "    2.0s      tokens (2.0 s)",
        "",
    ]
    assert sum("tokens: " in frame for frame in frames(sent)) == 3
    assert "\x1b" not in sent


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (60, "tokens: 50%, 2.1 MB/s, about 0:20 left"),
        (80, "tokens: 50%, 7,600 a second, 2.1 MB/s, 0:20 gone, about 0:20 left"),
        (
            200,
            "tokens: 50%, about 152,000 of 304,000 documents, 7,600 a second, 2.1 MB/s, "
            "0:20 gone, about 0:20 left",
        ),
    ],
)
def test_a_narrow_terminal_has_share_speed_and_time_left_whole(terminal, seconds, columns, told):
    sent_to = terminal(columns=columns)
    progress = Progress(may_rewrite(), seconds, lambda: {1: Tasks(2, 4)})
    load = Load(304_000, 84_000_000)

    with progress.stage("work"), progress.through("tokens", 304_000, lambda: load, at_once=True):
        for second in (10, 20):
            seconds.seconds = float(second)
            progress.look()

    last = frames(sent_to())[-1]
    assert last == f"   20.0s      {told}"
    assert len(last) < columns


def test_an_answer_begins_in_a_line_of_its_own(terminal, seconds, monkeypatch):
    sent_to = terminal()
    monkeypatch.setattr(sys, "stdout", sys.stderr)
    progress = Progress(may_rewrite(), seconds, dict)

    with progress.stage("explain"):
        seconds.seconds = 5.0
        progress.look()
        progress.answer("edges: 3")

    assert frames(sent_to()) == ["    0.0s  explain", "    5.0s      0:05 gone", "edges: 3"]


@pytest.mark.parametrize(("term", "may"), [("xterm", True), ("dumb", False), (None, False)])
def test_a_dumb_terminal_is_written_to_as_a_log(terminal, term, may):
    terminal(term)

    assert may_rewrite() is may


def test_what_is_gone_through_without_spark_is_counted_from_the_first_on(capsys, seconds):
    progress = Progress(False, seconds)

    with progress.stage("verify-shards"):
        for number in progress.each("files", range(4)):
            seconds.seconds = 40.0 * (number + 1)
            progress.look()

    assert capsys.readouterr().err.splitlines()[1:] == [
        "   40.0s      files: 0%, 0 of 4, 0:40 gone",
        "   80.0s      files: 25%, 1 of 4, 1:20 gone, about 1:20 left",
        "  120.0s      files: 50%, 2 of 4, 2:00 gone, about 0:40 left",
        "  160.0s      files: 75%, 3 of 4, 2:40 gone",
    ]


def test_who_has_seen_enough_items_goes_on_where_they_were(seconds):
    progress = Progress(False, seconds)

    with progress.stage("export-shards"):
        found = any(number == 1 for number in progress.each("files", range(4)))
        place = progress.place

    assert (found, place, progress.place) == (True, ("export-shards",), ())


def test_a_step_within_a_step_is_told_of_once(capsys, seconds):
    looking, go_on = threading.Event(), threading.Event()

    def at_work():
        looking.set()
        assert go_on.wait(60)
        return {}

    progress = Progress(False, seconds, at_work)
    with progress.stage("verify-shards"), progress.stage("replay: redact-pii"):
        seconds.seconds = EVERY
        other = threading.Thread(target=progress.look)
        other.start()
        assert looking.wait(60)
        progress.look()
        go_on.set()
        other.join(60)

    assert capsys.readouterr().err.splitlines()[2:] == ["   30.0s      0:30 gone"]


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
