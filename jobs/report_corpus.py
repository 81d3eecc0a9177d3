"""Write the data card of the corpus as one HTML page.

Reads    all tables; of texts only the beginnings of a few samples
Writes   <output>/report.html
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.distributions import bucket_counts, distributions
from corpusmill.losses import losses
from corpusmill.mill import Mill, Outcome
from corpusmill.pii.settle import settled
from corpusmill.report import Findings, render
from corpusmill.samples import draw_samples
from corpusmill.summary import summarise

TABLES = ("documents", "raw_documents", "languages", "quality", "selection")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Count, measure, draw samples, render, write."""
    counts = summarise(mill)
    found = _findings(mill, arguments.samples)
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
    path.write_text(render(counts, facts, found), encoding="utf-8")
    return Outcome(counts, extra={"report": str(path)}, status="done")


def _findings(mill: Mill, samples: int) -> Findings:
    read = [mill.warehouse.snapshot(name).rows for name in TABLES]
    documents, raw, languages, quality, selection = read
    groups = languages.select("doc_id", "language").join(
        documents.select("doc_id", "source"), "doc_id"
    )
    groups = groups.join(raw.select("doc_id", "kind"), "doc_id")
    recipe = mill.recipe
    return Findings(
        losses(selection, groups),
        distributions(quality, groups, recipe.seed),
        bucket_counts(selection, documents),
        draw_samples(mill.spark, selection, documents, settled(recipe.pii), recipe.seed, samples),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("report-corpus", run, arguments, cli.samples_option, __doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
