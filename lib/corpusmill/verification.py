"""A shard set held against its manifest, and made again from the tables that it is pinned to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpusmill.mill import Mill, Outcome
from corpusmill.pins import REBUILD, pinned, where_made
from corpusmill.refusal import Refused
from corpusmill.shard_set import files_in, placed_repeats, write_placed
from corpusmill.shards.check import check_shard
from corpusmill.shards.format import ShardEntry, holds, put
from corpusmill.shards.manifest import MANIFEST, Manifest, ManifestError, read_manifest, shard_parts
from corpusmill.stages import CONTRACTS
from corpusmill.warehouse import Snapshot

Remake = Callable[[Mill, Manifest, Path], list[ShardEntry]]


def verify(mill: Mill, path: str, remake: Remake | None = None, repair: bool = False) -> Outcome:
    """Compare files with the manifest, look into those that are right, and, where a way to
    ``remake`` it is given, compare the manifest with what that makes.

    Raises ``Refused`` for a manifest that cannot be read, and as ``remake`` does.
    """
    if repair and remake is None:
        raise Refused("--repair: needs --rebuild")
    try:
        manifest = read_manifest(Path(path).expanduser())
    except (ManifestError, OSError) as error:
        raise Refused(f"--manifest: {error}") from None
    wrong = _wrong_files(mill, manifest)
    found: list[str] = []
    if remake is not None:
        with tempfile.TemporaryDirectory(dir=_scratch(mill), prefix="rebuild-") as scratch:
            made = remake(mill, manifest, Path(scratch))
            found = _differences(manifest.content["shards"], shard_parts(made)["shards"])
            if repair and not found:
                wrong = _repair(mill, manifest, Path(scratch), wrong)
    unsound = _unsound_shards(mill, manifest, wrong)
    complaints = [*wrong, *unsound, *found]
    for complaint in complaints:
        mill.progress.say(f"wrong: {complaint}")
    shards = len(manifest.content["shards"])
    totals = manifest.content["totals"]
    counts = {"files_wrong": wrong, "shards_wrong": unsound, "shards_differing": found}
    message = f"wrong in {len(complaints)} ways: {'; '.join(complaints[:5])}"
    return Outcome(
        counts={**totals, "shards": shards, **counts},
        extra={"manifest": str(manifest.folder / MANIFEST), "digest": manifest.digest},
        failed=message if complaints else None,
        status="verified" if remake is None else "rebuilt",
    )


def rebuild(mill: Mill, manifest: Manifest, scratch: Path) -> list[ShardEntry]:
    """Make the shards again from the pinned versions of ``tokens`` and ``mix_plan``.

    Raises ``Refused`` where another contract of ours would write them, or a version is gone.
    """
    warehouse = where_made(mill, manifest)
    tokens, mix = (pinned(warehouse, manifest, name) for name in REBUILD)
    return write_again(mill, tokens, mix, manifest, scratch)


def prove(mill: Mill, manifests: Sequence[str]) -> Outcome:
    """Make each of several sets again and compare."""
    made = [verify(mill, manifest, rebuild) for manifest in manifests]
    failed = "; ".join(outcome.failed for outcome in made if outcome.failed)
    return Outcome(failed=failed or None, status=made[0].status)


def write_again(
    mill: Mill, tokens: Snapshot, mix: Snapshot, manifest: Manifest, scratch: Path
) -> list[ShardEntry]:
    """Write the shards of a set's plan into ``scratch``. Raises ``Refused`` as ``rebuild``."""
    content = manifest.content
    ours = content["recipe"].get("contracts", {}).get("shard_sets")
    if ours != CONTRACTS["shard_sets"]:
        raise Refused(
            f"this version writes shards by contract {CONTRACTS['shard_sets']}, not {ours}; "
            "install the version that the manifest's lineage names"
        )
    stage, plan = content["stage"], content["plan"]
    placed = placed_repeats(mill, tokens, mix, stage, plan)
    return write_placed(mill, placed, tokens, scratch, stage, plan)


def _wrong_files(mill: Mill, manifest: Manifest) -> list[str]:
    files = mill.progress.each("files", files_in(manifest))
    return [entry.name for entry in files if not holds(manifest.folder / entry.name, entry)]


def _unsound_shards(mill: Mill, manifest: Manifest, wrong: Sequence[str]) -> list[str]:
    """What is wrong inside of shards whose two files are those of the manifest."""
    content = manifest.content
    return [
        complaint
        for shard in mill.progress.each("shards", content["shards"])
        if not {shard["bin"]["name"], shard["docs"]["name"]} & {*wrong}
        for complaint in check_shard(manifest.folder, shard, content["stage"], content["plan"])
    ]


def _scratch(mill: Mill) -> Path:
    mill.output.mkdir(parents=True, exist_ok=True)
    return mill.output


def _differences(
    wanted: Sequence[Mapping[str, Any]], made: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Shards whose entries (digests and counts) are not the same in both."""
    left, right = ({shard["shard"]: shard for shard in shards} for shards in (wanted, made))
    return [f"shard {n}" for n in sorted({*left, *right}) if left.get(n) != right.get(n)]


def _repair(mill: Mill, manifest: Manifest, scratch: Path, wrong: Sequence[str]) -> list[str]:
    for name in wrong:
        with (scratch / name).open("rb") as source:
            put(source, manifest.folder / name)
    return _wrong_files(mill, manifest)
