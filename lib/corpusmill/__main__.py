"""``corpusmill <job>``: finds the job of that name and hands it the rest of the command line."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Sequence
from importlib import resources

from corpusmill import __version__

JOBS = {
    "run": "run_mill",
    "ingest-documents": "ingest_documents",
    "normalise-documents": "normalise_documents",
    "identify-language": "identify_language",
    "train-quality-classifier": "train_quality_classifier",
    "score-quality": "score_quality",
    "dedup-exact": "dedup_exact",
    "dedup-minhash": "dedup_minhash",
    "cluster-duplicates": "cluster_duplicates",
    "select-documents": "select_documents",
    "count-passages": "count_passages",
    "redact-pii": "redact_pii",
    "train-tokenizer": "train_tokenizer",
    "tokenize-documents": "tokenize_documents",
    "build-shards": "build_shards",
    "verify-shards": "verify_shards",
    "pins": "list_pins",
    "maintain-tables": "maintain_tables",
    "export-shards": "export_shards",
    "diff": "diff_shards",
    "report-corpus": "report_corpus",
    "evaluate-pii": "evaluate_pii",
    "evaluate-tokenizer": "evaluate_tokenizer",
    "explain": "explain_document",
    "plan": "plan_run",
}

_USAGE = "usage: corpusmill <job> [options]; corpusmill <job> --help tells the options\n\njobs:\n"
_NOT_INSTALLED = (
    "the Python library {} is not installed. Install the wheel with what a machine of your own "
    f"needs: pip install 'corpusmill-{__version__}-py3-none-any.whl[local]'"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job named by the first argument; returns its exit code (2 for an unknown one)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words:
        return _refuse(f"name a job: {', '.join(JOBS)}")
    if words[0] in ("-h", "--help", "help"):
        sys.stdout.write(_USAGE + "".join(f"  {name:<26}{_summary(name)}\n" for name in JOBS))
        return 0
    if words[0] == "--version":
        sys.stdout.write(f"corpusmill {__version__}\n")
        return 0
    unfit = next((word for word in words if not _is_utf8(word)), None)
    if unfit is not None:
        return _refuse(f"{unfit!a} is not UTF-8")
    if words[0] not in JOBS:
        return _refuse(f"no job {words[0]!r}; the jobs: {', '.join(JOBS)}")
    try:
        job = importlib.import_module(f"corpusmill.jobs.{JOBS[words[0]]}")
    except ModuleNotFoundError as error:
        library = (error.name or "corpusmill").partition(".")[0]
        if library == "corpusmill":
            raise
        return _refuse(_NOT_INSTALLED.format(library))
    return int(job.main(words[1:]))


def command() -> None:
    """What a shell calls, and a task of a platform, which looks at no returned code.

    Raises ``SystemExit`` for every code but 0, which some platforms take for a failure too.
    """
    code = main()
    if code:
        raise SystemExit(code)


def _refuse(message: str) -> int:
    sys.stderr.write(f"corpusmill: refused: {message}\n")
    sys.stdout.write(json.dumps({"job": None, "status": "refused", "message": message}) + "\n")
    return 2


def _summary(job: str) -> str:
    """The first line of a job's own words, read without importing it."""
    source = resources.files("corpusmill.jobs").joinpath(f"{JOBS[job]}.py").read_text("utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _is_utf8(word: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in word)


if __name__ == "__main__":
    command()
