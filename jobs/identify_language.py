"""Say which language each document is in.

Reads    documents
Writes   languages
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.langid.transform import identify_language
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.work import left_to_do


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Ask the model about what is new or changed."""
    documents = mill.read("documents")
    work = left_to_do(mill, "languages", documents.rows.select(*KEYS), [documents])
    model = mill.resolved.language_model
    rows = identify_language(work.attach(documents.rows, whole=True), model, mill.recipe.language)
    work.publish(rows, whole=True)
    return Outcome(counts={"computed": work.count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("identify-language", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
