"""Hold every document in a language of the recipe against the filters and classifiers.

Reads    documents, languages; raw_documents (no text) where the recipe names a list of addresses
Writes   quality
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.quality.transform import score_quality
from corpusmill.refusal import Refused
from corpusmill.selection import in_language


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
    if (url_list := mill.resolved.url_list) is not None:
        raw = mill.read("raw_documents")
        reads.append(raw)
        ids = ids.join(raw.rows.select("doc_id", "url"), "doc_id")
    work = mill.work("quality", ids, reads)
    texts = mill.attach(documents.rows, work)
    rows = score_quality(texts, mill.recipe.quality, classifiers, url_list)
    mill.publish_work(rows, work)
    return Outcome(counts={"computed": work.count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("score-quality", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
