"""How far a pass is: what is told of it, and what is not because nobody can know it."""

from __future__ import annotations

import re

import pytest

from corpusmill.passes import Load, Pass, Tasks, clock


def looked_at(going, rounds):
    """The lines of a pass at these seconds, with these stages of Spark at work."""
    lines = []
    for second, at_work in rounds:
        going.look(second, at_work)
        lines.append(going.line(second))
    return lines


def lasting(going, second, tasks):
    """The line of a pass whose stages of Spark have been at work long enough."""
    return looked_at(going, [(second - 5, tasks), (second, tasks)])[-1]


@pytest.mark.parametrize(
    ("load", "tasks", "told"),
    [
        (
            Load(17_052, 34_000_000),
            {1: Tasks(3, 10)},
            "quality: 30%, about 5,115 of 17,052 documents, 512 a second, 1.0 MB/s, "
            "0:10 gone, about 0:23 left",
        ),
        (
            Load(1_000),
            {1: Tasks(4, 4), 2: Tasks(1, 6)},
            "quality: 50%, about 500 of 1,000 documents, 50 a second, 0:10 gone, about 0:10 left",
        ),
        (
            Load(None, 8_000_000),
            {1: Tasks(1, 4)},
            "quality: 25%, 0.2 MB/s, 0:10 gone, about 0:30 left",
        ),
        (Load(1_000, 1), {1: Tasks(0, 5)}, "quality: 0%, about 0 of 1,000 documents, 0:10 gone"),
        (Load(1_000, 1), {}, "quality: 0:10 gone"),
    ],
)
def test_a_line_tells_how_far_how_fast_and_how_long(load, tasks, told):
    going = Pass("quality", 100.0, load, at_once=True)

    assert lasting(going, 110.0, tasks) == told


def test_of_a_pass_whose_rounds_are_not_known_only_tasks_are_told():
    going = Pass("edges", 0.0, Load(300, 9_000_000))

    lines = looked_at(
        going,
        [
            (10.0, {4: Tasks(10, 10)}),
            (20.0, {5: Tasks(7, 20)}),
            (30.0, {5: Tasks(19, 20), 6: Tasks(0, 10)}),
        ],
    )

    assert lines == [
        "edges: 10 of 10 tasks so far, 0:10 gone",
        "edges: 17 of 30 tasks so far, 0:20 gone",
        "edges: 29 of 40 tasks so far, 0:30 gone",
    ]


def test_what_spark_prepares_in_a_moment_is_no_share_of_a_pass():
    going = Pass("quality", 0.0, Load(100), at_once=True)

    lines = looked_at(
        going,
        [
            (1.0, {1: Tasks(1, 2)}),
            (2.0, {1: Tasks(2, 2)}),
            (3.0, {2: Tasks(0, 4)}),
            (6.0, {2: Tasks(1, 4)}),
        ],
    )

    assert ["%" in line for line in lines] == [False, False, False, True]
    assert lines[-1].startswith("quality: 25%, about 25 of 100 documents")


def test_the_share_never_goes_back_and_is_never_all_before_the_end():
    going = Pass("raw_documents", 0.0, Load(228), at_once=True)

    lines = looked_at(
        going,
        [
            (1.0, {1: Tasks(0, 2)}),
            (4.0, {1: Tasks(1, 2)}),
            (8.0, {1: Tasks(2, 2)}),
            (9.0, {2: Tasks(0, 4)}),  # a round that nobody knew of
            (12.0, {2: Tasks(1, 4)}),
            (16.0, {2: Tasks(3, 4)}),
            (17.0, {3: Tasks(0, 1)}),
            (20.0, {3: Tasks(1, 1)}),
        ],
    )

    shares = [int(found[1]) for line in lines if (found := re.search(r"(\d+)%", line))]
    assert shares == [50, 99, 99]
    assert lines[2] == "raw_documents: 99%, about 225 of 228 documents, 28 a second, 0:08 gone"
    assert lines[4:] == [
        "raw_documents: 3 of 6 tasks so far, 0:12 gone",
        "raw_documents: 5 of 6 tasks so far, 0:16 gone",
        "raw_documents: 6 of 7 tasks so far, 0:17 gone",
        "raw_documents: 7 of 7 tasks so far, 0:20 gone",
    ]


def test_time_left_runs_out_where_the_last_task_takes_longer_than_the_others():
    going = Pass("tokens", 0.0, at_once=True)
    looked_at(going, [(1.0, {1: Tasks(0, 25)}), (92.0, {1: Tasks(23, 25)})])

    lines = looked_at(going, [(second, {1: Tasks(23, 25)}) for second in (92.0, 96.0, 122.0)])

    assert lines == [
        "tokens: 92%, 1:32 gone, about 0:08 left",
        "tokens: 92%, 1:36 gone, about 0:04 left",
        "tokens: 92%, 2:02 gone",
    ]


def test_a_line_keeps_share_time_left_and_speed_before_all_else():
    going = Pass("quality", 100.0, Load(17_052, 34_000_000), at_once=True)
    lasting(going, 110.0, {1: Tasks(3, 10)})
    full = going.line(110.0)

    lines = {width: going.line(110.0, width) for width in range(1, len(full) + 1)}

    assert all(len(line) <= width for width, line in lines.items() if width > len("quality: "))
    assert lines[len(full)] == full
    assert lines[len(full) - 1] == (
        "quality: 30%, about 5,115 of 17,052 documents, 1.0 MB/s, 0:10 gone, about 0:23 left"
    )
    assert lines[40] == "quality: 30%, 1.0 MB/s, about 0:23 left"
    assert lines[30] == "quality: 30%, about 0:23 left"


def test_only_a_pass_that_lasts_is_weighed_and_only_once():
    asked = []

    def weigh():
        asked.append(True)
        return Load(10, 2_000_000)

    going = Pass("tokens", 0.0, Load(10), weigh, at_once=True)
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
