"""Write a shard set in the layout of another trainer: Megatron, MosaicML, OLMo or datatrove.

Reads    manifest.json and the files it names; no table
Writes   a folder named after the set and the format, export.json last
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.shards.export import EXPORT, FORMATS, export
from corpusmill.shards.format import FormatError
from corpusmill.shards.manifest import ManifestError, read_manifest


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument(
        "--manifest", required=True, metavar="PATH", help="manifest.json or its folder"
    )
    parser.add_argument("--format", required=True, choices=tuple(FORMATS), help="layout to write")
    text = "folder that gets the folder of the export (default: <output>/exports)"
    parser.add_argument("--to", metavar="DIR", help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Write what is missing; an export that stands, and is what it says, is left as it is."""
    place = Path(arguments.to).expanduser().absolute() if arguments.to else mill.output / "exports"
    try:
        manifest = read_manifest(Path(arguments.manifest).expanduser())
    except (ManifestError, OSError) as error:
        raise Refused(f"--manifest: {error}") from None
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"--to: {place}: {error.strerror}") from None
    try:
        made = export(manifest, arguments.format, place, mill.progress.each)
    except FormatError as error:
        return Outcome(failed=f"{error}; verify-shards --rebuild --repair puts it back")
    extra = {
        "export": str(made.folder / EXPORT),
        "format": arguments.format,
        "digest": made.digest,
        "set": manifest.digest,
    }
    counts = {"shards": len(made.content["shards"]), **made.content["totals"]}
    return Outcome(counts, extra, status="unchanged" if made.stood else "done")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start(
        "export-shards", run, arguments, options, __doc__, by_recipe=False, writes=False
    )


if __name__ == "__main__":
    raise SystemExit(main())
