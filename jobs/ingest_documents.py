"""Read input files: every record becomes a raw document or a quarantine row.

Reads    files      --input GLOB (JSON Lines, Parquet, text, HTML, WARC), Delta tables, or the
                    embedded corpus
Writes   quarantine, raw_documents

A file is read once. One whose bytes changed under its name is refused, or takes the place of the
old one where recipe.ingest.changed_files says so. Files that are not named stay, unless
--drop-unnamed is given. Of records with one key, the first by (created, content digest) wins.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.delivery import deliver
from corpusmill.ingest.embedded import write_embedded
from corpusmill.ingest.files import InputFile, list_files
from corpusmill.ingest.sources import Input
from corpusmill.invocation import drop_option
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused


def inputs(mill: Mill) -> list[InputFile]:
    """Every file of this run, the embedded corpus written out first where it is asked for.

    It holds addresses of people, so it lies with the raw tables where those have a folder.
    """
    wanted = mill.runtime.inputs
    if mill.runtime.embedded and not wanted:
        written = write_embedded((mill.warehouse.folder or mill.output) / "_embedded")
        wanted = tuple(Input(str(path), source) for source, path in sorted(written.items()))
    return list_files(wanted, mill.recipe.sources)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Deliver the files that are new or changed."""
    files = inputs(mill)
    if not files:
        raise Refused("nothing to ingest: give --input GLOB, or --conf embedded")
    return Outcome(counts=deliver(mill, files, arguments.drop_unnamed))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("ingest-documents", run, arguments, drop_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
