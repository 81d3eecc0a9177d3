"""Hold every document in a language of the recipe against the filters and classifiers.

Reads    documents, languages; raw_documents (no text) where the recipe names a list of addresses
Writes   quality
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.quality.transform import by_address, listed, score_quality
from corpusmill.refusal import Refused
from corpusmill.selection import in_language
from corpusmill.work import left_to_do


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Score what is new or changed; nothing is dropped here."""
    documents, languages = mill.read("documents"), mill.read("languages")
    classifiers = {name: found for name, found in mill.resolved.classifiers.items() if found}
    missing = sorted(set(mill.recipe.cuts) - set(classifiers))
    if missing and not languages.rows.isEmpty():
        raise Refused(
            f"recipe.selection.classifier_cuts.{missing[0]}: there is no classifier to cut by"
        )
    ids, reads = in_language(languages.rows, mill.policy), [documents, languages]
    if mill.resolved.url_list is None:
        work = left_to_do(mill, "quality", ids, reads)
    else:
        raw = mill.read("raw_documents")
        mill.touch("quality")
        done, moved = by_address(mill.warehouse.snapshot("quality").rows, raw.rows)
        ids = listed(ids, raw.rows, mill.resolved.url_list)
        work = left_to_do(mill, "quality", ids, [*reads, raw], done=done, moved=moved)
    rows = score_quality(work.attach(documents.rows), mill.recipe.quality, classifiers)
    work.publish(rows)
    return Outcome(counts={"computed": work.count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("score-quality", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
