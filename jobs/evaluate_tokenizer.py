"""Measure the tokenizer on clean documents, by language, beside another one.

Reads    clean_documents
Writes   <output>/reports/tokenizer-evaluation-<digest>.json: tokens a word, bytes a token, unknown
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.artefacts import Artefact
from corpusmill.digests import canonical, digest
from corpusmill.invocation import count
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.resolve import engines
from corpusmill.sampling import sample
from corpusmill.tokens.encode import check_tokenizer, load_encoder
from corpusmill.tokens.fertility import fertility, table

_ENGINES = ("regex", "tokenizers")  # of words and of ids


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument("--against", metavar="PATH", help="another tokenizer.json")
    text = "millions of characters that are looked at, about (default 5)"
    parser.add_argument("--sample", type=count, default=5, metavar="N", help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Encode a sample with the authority, count, tell, write the report."""
    ours = mill.resolved.tokenizer
    other = None if arguments.against is None else _against(arguments.against)
    if ours is None:
        raise Refused("there is no tokenizer yet; run train-tokenizer first, or name one")
    named = {"recipe": ours, **({"against": other} if other else {})}
    clean = mill.read("clean_documents")
    chars = clean.rows.agg(F.coalesce(F.sum(F.length("text")), F.lit(0))).collect()[0][0]
    share = (arguments.sample * 1_000_000, chars)
    documents = clean.rows.select("doc_id", "language", "text")
    rows = sample(documents, "evaluate tokenizer", mill.recipe.seed, share).toLocalIterator()
    encoders = {name: load_encoder(artefact) for name, artefact in named.items()}
    figures = fertility(((row.language, row.text) for row in rows), encoders)
    for line in table(figures):
        mill.progress.show(line)
    report: dict[str, Any] = {
        "tokenizers": {name: artefact.sha256 for name, artefact in named.items()},
        "clean_documents": clean.pin,
        "sample": arguments.sample,
        "seed": mill.recipe.seed,
        "engines": {name: engines()[name] for name in _ENGINES},
        "figures": figures,
    }
    path = mill.output / "reports" / f"tokenizer-evaluation-{digest(report)[:16]}.json"
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(report))
    mill.progress.say(f"report: {path}")
    return Outcome(figures, {"report": str(path)}, status="done" if is_new else "unchanged")


def _against(path: str) -> Artefact:
    file = Path(path).expanduser()
    if not file.is_file():
        raise Refused(f"--against: no such file: {path}")
    found = Artefact.of(file)
    check_tokenizer(found, "--against")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("evaluate-tokenizer", run, arguments, options, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
