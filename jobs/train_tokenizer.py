"""Train the tokenizer on clean documents, once, and pin it.

Reads    clean_documents
Writes   a tokenizer.json under <output>/models, unless the recipe names one or one is pinned
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.artefacts import Shelf
from corpusmill.invocation import refit_option
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.resolve import tokenizer_settings
from corpusmill.sampling import balanced_shares, sample_groups
from corpusmill.tokens.train import train


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Train unless there is one; with no text at all there is nothing to train on."""
    rules, resolved = mill.recipe.tokenizer, mill.resolved
    if resolved.tokenizer is not None and not (arguments.refit and rules.path is None):
        return Outcome(extra={"tokenizer": resolved.tokenizer.sha256})
    clean = mill.read("clean_documents")
    counted = clean.rows.groupBy("language").agg(F.sum(F.length("text")).alias("chars")).collect()
    chars = {row.language: row.chars for row in counted}
    if not sum(chars.values()):
        mill.progress.say("no tokenizer: there is no text to train one on")
        return Outcome(extra={"tokenizer": None})
    shares = balanced_shares(chars, rules.sample_chars, rules.balance)
    documents = clean.rows.select("doc_id", "language", "text")
    texts = sample_groups(documents, "language", "tokenizer", mill.recipe.seed, shares)
    shelf = Shelf(mill.output / "models")
    drawn = {"documents": 0, "chars": 0}
    with shelf.bench() as folder:
        fitted = train(_counted(texts, drawn), rules, folder)
        if not drawn["chars"]:
            raise Refused(
                f"recipe.tokenizer.sample_chars: a sample of {rules.sample_chars} characters holds "
                "none of these documents; ask for more"
            )
        mill.progress.say(f"trained on {drawn['documents']} documents, {drawn['chars']} characters")
        fitted_on = {"clean_documents": clean.pin, "chars": sum(chars.values()), "drawn": drawn}
        kept = shelf.keep("tokenizer", tokenizer_settings(mill.recipe), fitted, fitted_on)
    return Outcome(extra={"tokenizer": kept.sha256}, status="done")


def _counted(texts: DataFrame, drawn: dict[str, int]) -> Iterator[str]:
    """The texts of a sample, counted on the way."""
    for row in texts.toLocalIterator():
        drawn["documents"] += 1
        drawn["chars"] += len(row.text)
        yield row.text


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("train-tokenizer", run, arguments, refit_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
