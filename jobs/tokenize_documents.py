"""Turn clean documents into token ids.

Reads    clean_documents
Writes   tokens
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.artefacts import Artefact
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.tokens.encode import FastPathDiffers, load_encoder, proof_limit
from corpusmill.tokens.transform import tokenize_documents
from corpusmill.warehouse import Snapshot
from corpusmill.work import Work, left_to_do


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Encode what is new or changed, the fast way unless it is found to differ."""
    clean = mill.read("clean_documents")
    work = left_to_do(mill, "tokens", clean.rows.select(*KEYS), [clean])
    tokenizer = mill.resolved.tokenizer
    if tokenizer is None and work.count:
        raise Refused("there is no tokenizer yet; run train-tokenizer first, or name one")
    if tokenizer is None or not work.count:
        _publish(clean, work, tokenizer, None)
        return Outcome(counts={"computed": 0, **_counts(mill)})
    library = "tiktoken" if load_encoder(tokenizer).is_fast else "tokenizers"
    try:
        _publish(clean, work, tokenizer, proof_limit(work.count))
    except Exception as error:
        if FastPathDiffers.__name__ not in str(error):
            raise
        mill.progress.say("tiktoken gives other ids than tokenizers, which now encodes all")
        library = "tokenizers"
        _publish(clean, work, tokenizer, None)
    return Outcome(counts={"computed": work.count, **_counts(mill)}, extra={"encoder": library})


def _publish(clean: Snapshot, work: Work, tokenizer: Artefact | None, limit: str | None) -> None:
    documents = work.attach(clean.rows, whole=True)
    work.publish(tokenize_documents(documents, tokenizer, limit), whole=True)


def _counts(mill: Mill) -> dict[str, int]:
    """Of the table: tokens, those that stand for something unknown, and documents without any."""
    total = {"tokens": F.sum("token_count"), "unknown_tokens": F.sum("unknown_count")}
    total["empty_documents"] = F.count_if(F.col("token_count") == 0)
    rows = mill.warehouse.snapshot("tokens").rows
    [found] = rows.agg(*(column.alias(name) for name, column in total.items())).collect()
    return {name: found[name] or 0 for name in total}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("tokenize-documents", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
