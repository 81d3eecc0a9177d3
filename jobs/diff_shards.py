"""Tell in what two shard sets differ, from which sequence on, and by which tokens for what reason.

Reads    two manifests and their first differing shard; tokens, mix_plan, clean_documents,
         selection and documents at the versions of each manifest's lineage, where they can be read;
         with --tokens-versions two versions of tokens, and the tables they were made of
Writes   nothing
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.comparison import compare_sets, compare_versions, lines
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    text = "manifest.json or its folder; two of them"
    parser.add_argument("manifests", nargs="*", metavar="MANIFEST", help=text)
    text = "compare two versions of the tokens table instead"
    parser.add_argument("--tokens-versions", nargs=2, type=int, metavar=("A", "B"), help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Print what differs for a person, then the same as JSON; a difference is no failure."""
    manifests, versions = arguments.manifests, arguments.tokens_versions
    if mill.versions:
        raise Refused("--table-version: diff reads the versions that the sets were made of")
    if len(manifests) != (0 if versions else 2):
        raise Refused("give two manifests, one after the other, or else --tokens-versions A B")
    found = compare_versions(mill, *versions) if versions else compare_sets(mill, *manifests)
    for line in lines(found):
        mill.progress.show(line)
    return Outcome(extra=found, status="compared")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("diff", run, arguments, options, __doc__, by_recipe=False, writes=False)


if __name__ == "__main__":
    raise SystemExit(main())
