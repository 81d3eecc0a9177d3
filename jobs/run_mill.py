"""Mill input files into shards: every stage in order, in one Spark session.

Reads    files (--input GLOB, or --conf embedded)
Writes   every table, the shard set of each stage, a report
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import Any

from corpusmill import cli
from corpusmill.contracts import TABLES
from corpusmill.invocation import drop_option, refit_option, rehash_option, samples_option
from corpusmill.lsh import check_spec
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.summary import table
from corpusmill.verification import prove

STEPS = (
    "ingest_documents",
    "normalise_documents",
    "identify_language",
    "train_quality_classifier",
    "score_quality",
    "dedup_minhash",
    "dedup_exact",
    "cluster_duplicates",
    "select_documents",
    "count_passages",
    "redact_pii",
    "train_tokenizer",
    "tokenize_documents",
    "build_shards",
    "report_corpus",
)


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    drop_option(parser)
    refit_option(parser)
    rehash_option(parser)
    samples_option(parser)
    parser.add_argument("--verify", action="store_true", help="rebuild the shards and compare")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """All steps; a step with nothing to do says so and takes no time."""
    if not mill.runtime.inputs and not mill.runtime.embedded:
        raise Refused("nothing to mill: give --input GLOB, or --conf embedded")
    mill.progress.say(f"warehouse {mill.warehouse.place}, output {mill.output}")
    mill.timed("tables", _make_tables, TABLES)
    check_spec(mill, arguments.rehash)
    extra: dict[str, Any] = {}
    counts: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}
    steps = [importlib.import_module(f"corpusmill.jobs.{name}").run for name in STEPS]
    for number, (name, step) in enumerate(zip(STEPS, steps, strict=True), 1):
        outcome = mill.timed(f"[{number}/{len(STEPS)}] {name.replace('_', '-')}", step, arguments)
        seconds[name.replace("_", "-")] = outcome[1]
        counts[name] = dict(outcome[0].counts)
        extra.update(outcome[0].extra)
    checked = None
    if arguments.verify:
        manifests = [made["manifest"] for made in extra["shard_sets"].values()]
        checked, seconds["verify-shards"] = mill.timed("verify-shards --rebuild", prove, manifests)
        extra["verified"] = checked.status
    found = counts.pop("report_corpus")
    for line in table(found, counts["build_shards"], seconds):
        mill.progress.show(line)
    for key in ("manifest", "report"):
        mill.progress.show(f"  {key:<26}{extra[key]}")
    return Outcome(
        counts={**found, "stages": counts},
        extra={**extra, "stage_seconds": seconds},
        failed=checked.failed if checked else None,
    )


def _make_tables(mill: Mill, tables: Sequence[str]) -> Outcome:
    """Make those that are not there yet."""
    mill.touch(*tables)
    return Outcome(status=f"{len(tables)} tables are there")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("run", run, arguments, options, __doc__, versions=False)


if __name__ == "__main__":
    raise SystemExit(main())
