"""Turn clean documents into token ids.

Reads    clean_documents
Writes   tokens
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.tokens.transform import tokenize_documents


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Encode what is new or changed."""
    clean = mill.read("clean_documents")
    work = mill.work("tokens", clean.rows.select(*KEYS), [clean])
    tokenizer = mill.resolved.tokenizer
    if tokenizer is None and work.count:
        raise Refused("there is no tokenizer yet; run train-tokenizer first, or name one")
    mill.publish_work(
        tokenize_documents(mill.attach(clean.rows, work, whole=True), tokenizer), work
    )
    return Outcome(counts={"computed": work.count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("tokenize-documents", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
