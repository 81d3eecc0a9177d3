"""What a run would cost: memory reckoned by hand, and records that a run would refuse."""

from __future__ import annotations

import json

import pytest

from corpusmill.forecast import forecast
from corpusmill.ingest.files import list_files
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Input
from corpusmill.recipe import Guards, Recipe, Runtime

MIB = 1 << 20


@pytest.fixture
def written(tmp_path):
    """``written({name: lines})``: the files of these lines, as they are listed for a run."""

    def write(files):
        for name, lines in files.items():
            (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        return list_files((Input(str(tmp_path / "*"), "corpus"),), {})

    return write


def good(count, text="some words"):
    return [json.dumps({"id": str(n), "text": f"{text} {n}"}) for n in range(count)]


@pytest.mark.parametrize(
    ("runtime", "whole", "cores"),
    [
        # heap, Spark outside it, the driver's Python, daemons, a worker for each core
        (
            Runtime(master="local[2]"),
            1300 * MIB + 600_000_000 + 600_000_000 + 200_000_000 + 2 * 572_000_000,
            2,
        ),
        (
            Runtime(master="local[4]", driver_memory="3GB", batch_bytes=16_000_000),
            3072 * MIB + 600_000_000 + 600_000_000 + 200_000_000 + 4 * 752_000_000,
            4,
        ),
    ],
)
def test_memory_is_that_of_all_processes_and_of_a_core(written, runtime, whole, cores):
    counts = forecast(written({"a.jsonl": good(1)}), Recipe(), runtime).counts

    assert counts["memory_bytes_about"] == whole
    assert counts["memory_bytes_per_core_about"] == whole // cores


@pytest.mark.parametrize("master", ["spark://somewhere:7077", None])
def test_on_a_cluster_memory_is_that_of_the_driver_and_of_a_worker(written, master):
    runtime = Runtime(master=master)

    counts = forecast(written({"a.jsonl": good(1)}), Recipe(), runtime).counts

    assert counts["memory_bytes_about"] == 2048 * MIB + 600_000_000 + 600_000_000
    assert counts["memory_bytes_per_core_about"] == 572_000_000


def test_records_that_would_be_refused_are_told_by_reason_and_whether_they_stop_a_run(written):
    files = written({"a.jsonl": good(100), "b.jsonl": [*good(86), *["{}"] * 40, "{", "["]})

    found = forecast(files, Recipe(), Runtime())
    lenient = forecast(files, Recipe(), Runtime(guards=Guards(quarantine_share=0.2)))

    assert found.refused == {"not_json": 2, "text_missing": 40}
    assert (found.counts["sample_records"], found.counts["documents_about"]) == (228, 186)
    assert found.stop is not None
    assert "42 of 228 records were refused, more than 5% (40 text_missing, 2 no" in found.stop
    assert (lenient.refused, lenient.stop) == (found.refused, None)


def test_a_document_that_is_too_long_counts_as_refused_where_the_recipe_refuses_it(written):
    files = written({"a.jsonl": [*good(1), *good(1, "x" * 3_000)]})
    rules = {"characters": 2_000}

    split = forecast(files, Recipe(ingest=IngestRules(**rules)), Runtime())
    refused = forecast(files, Recipe(ingest=IngestRules(**rules, too_long="quarantine")), Runtime())

    assert split.refused == {}
    assert refused.refused == {"document_too_long": 1}
    assert refused.counts["documents_about"] == 1


def test_a_file_of_like_records_is_reckoned_from_its_first_two_hundred(written):
    lines = [json.dumps({"id": str(n), "text": "some words"}) for n in range(10_000, 10_400)]
    files = written({"a.jsonl": lines})

    counts = forecast(files, Recipe(), Runtime()).counts

    assert (counts["sample_records"], counts["documents_about"]) == (200, 400)
    assert counts["text_bytes_about"] == 400 * len("some words")


def test_a_small_broken_file_beside_a_large_one_stops_no_run(written):
    files = written({"large.jsonl": good(5_000), "small.jsonl": ["{}"] * 20})

    found = forecast(files, Recipe(), Runtime())

    assert found.refused == {"text_missing": 20}
    assert found.counts["documents_about"] == pytest.approx(5_000, rel=0.1)
    assert found.stop is None
