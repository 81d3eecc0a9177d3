"""Write the data card of the corpus as one HTML page.

Reads    all tables (no text)
Writes   <output>/report.html
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.report import render
from corpusmill.summary import summarise


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Count, render, write."""
    counts = summarise(mill)
    sets = mill.warehouse.snapshot("shard_sets").rows.orderBy("tokens_version", "stage").collect()
    facts = {
        "warehouse": mill.warehouse.place,
        "resolved recipe": sets[-1].recipe_digest if sets else "no shards yet",
        "tokens": f"{counts['tokens']:,}",
        "twins lost with their survivor": f"{counts['lost_with_survivor']:,}",
        **{f"shard set {row.stage} ({row.digest[:16]})": row.manifest for row in sets},
        "rebuild": "corpusmill verify-shards --rebuild --manifest <path of the manifest>",
    }
    path = mill.output / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(counts, facts), encoding="utf-8")
    return Outcome(counts, extra={"report": str(path)}, status="done")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("report-corpus", run, arguments, summary=__doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
