"""A shard set from pinned tables: built, or found standing.

The folder of a set is named after its stage and the digest of its plan, recipe and inputs, so the
same wish finds the same folder; the manifest is the last file in it, and a set without one is not
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.digests import digest
from corpusmill.lineage import lineage_of
from corpusmill.mill import Mill
from corpusmill.pins import PINS, pinned, take
from corpusmill.publication import Change
from corpusmill.refusal import Refused, Stopped
from corpusmill.shards.format import DTYPES, FileEntry, ShardEntry, dtype_name
from corpusmill.shards.manifest import (
    FORMAT,
    MANIFEST,
    Manifest,
    ManifestError,
    read_manifest,
    shard_parts,
    write_manifest,
)
from corpusmill.shards.ranks import write_rank_views
from corpusmill.shards.rules import too_large
from corpusmill.shards.transform import place, planned_tokens, write_shards
from corpusmill.tokens.encode import end_of_document
from corpusmill.warehouse import Snapshot

_DIGEST_PART = 15  # hex digits of a row's SHA-256 that are summed: 60 bits, exact in a decimal
_FEWEST_TASKS = 4


@dataclass(frozen=True)
class StandingSet:
    """A set that stands: its stage, its manifest's path and digest, and what is in it."""

    stage: str
    manifest: Path
    digest: str
    counts: Mapping[str, int]


def build(
    mill: Mill, tokens: Snapshot, mix: Snapshot, stage: str, mixed: Mapping[str, Any]
) -> StandingSet:
    """Build the shard set of one stage, or find it standing; either way its rank views are made.

    ``mixed`` is what the mix of the stage was meant to be and came to, for the manifest. A set that
    stands, made of other tables of the same content, gets the lineage of these.

    Raises ``Stopped`` when a shard would be larger than ``runtime.guards.shard_bytes``, when more
    than ``runtime.guards.dropped_share`` of the tokens were left out, and when files that workers
    wrote are not in the folder.
    """
    mill.touch("shard_sets", PINS)
    plan = _plan(mill)
    resolved = mill.resolved
    inputs = {
        "tokens": content_of(tokens.rows, resolved.stage_digest("tokens")),
        "mix_plan": content_of(
            mix.rows.where(F.col("stage") == stage), resolved.stage_digest("mix_plan"), "repeats"
        ),
    }
    identity = {
        "stage": stage,
        "recipe": resolved.digest,
        "plan": plan,
        "inputs": inputs,
        "mix": mixed,
    }
    folder = mill.output / "shards" / f"{stage}-{digest(identity)[:16]}"
    manifest = _standing(mill, folder)
    if manifest is None:
        content = {
            **identity,
            "format": FORMAT,
            "recipe": resolved.recipe,
            "recipe_digest": resolved.digest,
            **shard_parts(_written(mill, tokens, mix, folder, stage, plan)),
        }
        write_manifest(folder, content, lineage_of(mill.warehouse, [tokens, mix]))
        manifest = read_manifest(folder)
    if not all(_is_of(mill, manifest, read) for read in (tokens, mix)):
        write_manifest(folder, manifest.content, lineage_of(mill.warehouse, [tokens, mix]))
        manifest = read_manifest(folder)
    write_rank_views(folder, manifest.content, mill.runtime.world_size)
    take(mill, manifest, mill.runtime.pin)
    _register(mill, manifest, tokens, mix)
    counts = {"shards": len(manifest.content["shards"]), **manifest.content["totals"]}
    return StandingSet(stage, folder / MANIFEST, manifest.digest, counts)


def _written(
    mill: Mill,
    tokens: Snapshot,
    mix: Snapshot,
    folder: Path,
    stage: str,
    plan: Mapping[str, Any],
) -> list[ShardEntry]:
    """The shards of a stage, written into a folder that all workers see. Raises as ``build``."""
    placed = placed_repeats(mill, tokens, mix, stage, plan)
    _refuse_large(placed, plan, mill.runtime.guards.shard_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    entries = write_placed(mill, placed, tokens, folder, stage, plan)
    _refuse_elsewhere(folder, entries)
    _refuse_dropped(entries, plan, mill.runtime.guards.dropped_share)
    return entries


def placed_repeats(
    mill: Mill, tokens: Snapshot, mix: Snapshot, stage: str, plan: Mapping[str, Any]
) -> DataFrame:
    """The documents of a stage, each as often as its mix says, with their places in the shards."""
    repeats = mix.rows.where(F.col("stage") == stage)
    return place(tokens.rows, mill.hinted(repeats, repeats.count()), stage, plan)


def write_placed(
    mill: Mill,
    placed: DataFrame,
    tokens: Snapshot,
    folder: Path,
    stage: str,
    plan: Mapping[str, Any],
) -> list[ShardEntry]:
    """Write the shards of ``placed_repeats`` into a folder; their entries, by number."""
    tasks = max(mill.runtime.shuffle_partitions, _FEWEST_TASKS)
    with mill.through(f"shards of {stage}", {"tokens": tokens.pin}):
        return write_shards(placed, folder, plan, tasks)


def files_in(manifest: Manifest) -> list[FileEntry]:
    """The entries of all shard files of a set: of each shard the ids, then the document map."""
    shards = manifest.content["shards"]
    return [FileEntry(**shard[part]) for shard in shards for part in ("bin", "docs")]


def manifests_of(sets: Sequence[StandingSet]) -> dict[str, Any]:
    """What the JSON line says of the sets: the first stage's at the top, all of them by stage."""
    said = {s.stage: {"manifest": str(s.manifest), "digest": s.digest} for s in sets}
    return {**said[sets[0].stage], "shard_sets": said}


def content_of(rows: DataFrame, stage_digest: str, *more: str) -> str:
    """Order-free digest of the rows of a table over (doc_id, text_digest) and ``more`` columns.

    Sums parts of each row's SHA-256: the same rows give the same digest whatever their order and
    files.
    """
    text = F.concat_ws("\0", "doc_id", "text_digest", *(F.col(c).cast("string") for c in more))
    hashed = rows.select(F.sha2(text, 256).alias("row"))
    sums = [
        F.sum(
            F.conv(F.substring("row", 1 + i * _DIGEST_PART, _DIGEST_PART), 16, 10).cast(
                "decimal(38,0)"
            )
        )
        for i in range(2)
    ]
    count, *found = hashed.agg(F.count("*"), *sums).collect()[0]
    return digest([stage_digest, count, *(str(int(value or 0)) for value in found)])


def _plan(mill: Mill) -> dict[str, Any]:
    rules, tokenizer = mill.recipe.shards, mill.resolved.tokenizer
    eos, size = (0, 0)
    if tokenizer is not None:
        eos, size = end_of_document(tokenizer, mill.recipe.tokenizer.eos)
    return {
        "shards": rules.count,
        "sequence_length": rules.sequence_length,
        "packing": rules.packing,
        "oversize": rules.oversize,
        "rest": rules.rest,
        "seed": mill.recipe.seed,
        "block": rules.block,
        "window": rules.window,
        "dtype": dtype_name(size),
        "eos_id": eos,
        "vocab_size": size,
    }


def _refuse_elsewhere(folder: Path, entries: Sequence[ShardEntry]) -> None:
    """A worker that does not see the output folder makes one of its own and says nothing."""
    absent = _absent(
        folder, [part for shard in entries for part in (shard.bin, shard.docs) if part]
    )
    if absent:
        raise Stopped(
            f"runtime.output: {folder} lacks {absent[0]}, which a worker wrote; "
            "it must be a folder that all workers see"
        )


def _standing(mill: Mill, folder: Path) -> Manifest | None:
    """The manifest of a set that stands; None where the set is to be built, or built again."""
    if not (folder / MANIFEST).is_file():
        return None
    try:
        manifest = read_manifest(folder)
    except (ManifestError, OSError) as error:
        mill.progress.say(f"{error}; the set is built again")
        return None
    absent = _absent(folder, files_in(manifest))
    if absent:
        mill.progress.say(f"{absent[0]} is missing or cut short; the set is built again")
    return None if absent else manifest


def _absent(folder: Path, entries: Sequence[FileEntry]) -> list[str]:
    """Files that are not there with the size of their entry; what they hold is not looked at."""
    found = {entry.name: folder / entry.name for entry in entries}
    return [
        entry.name
        for entry in entries
        if not found[entry.name].is_file() or found[entry.name].stat().st_size != entry.bytes
    ]


def _is_of(mill: Mill, manifest: Manifest, read: Snapshot) -> bool:
    """Whether the lineage names a version of this table, and one that can still be read whole."""
    pin = manifest.lineage.get("tables", {}).get(read.name, {})
    if pin.get("id") != read.table_id:
        return False
    try:
        pinned(mill.warehouse, manifest, read.name)
    except Refused:
        return False
    return True


def _refuse_large(placed: DataFrame, plan: Mapping[str, Any], bound: int) -> None:
    largest = planned_tokens(placed).agg(F.max("tokens")).collect()[0][0] or 0
    size = largest * DTYPES[plan["dtype"]].itemsize
    if size > bound:
        raise Stopped(f"recipe.shards.count: {too_large(plan['shards'], size, bound)}")


def _refuse_dropped(entries: Sequence[ShardEntry], plan: Mapping[str, Any], bound: float) -> None:
    dropped = sum(entry.dropped for entry in entries)
    tokens = dropped + sum(entry.tokens for entry in entries)
    if dropped > bound * tokens:
        key = "oversize" if plan["packing"] == "best_fit" else "rest"
        raise Stopped(
            f"recipe.shards.{key}: {plan[key]} leaves out {dropped} of {tokens} tokens, "
            f"more than guards.dropped_share {bound}"
        )


def _register(mill: Mill, manifest: Manifest, tokens: Snapshot, mix: Snapshot) -> None:
    """A row in ``shard_sets``, once for each stage, digest and place."""
    content = manifest.content
    row = (
        content["stage"],
        manifest.digest,
        content["recipe_digest"],
        tokens.version,
        len(content["shards"]),
        content["totals"]["sequences"],
        content["totals"]["tokens"],
        str(manifest.folder / MANIFEST),
    )
    have = mill.warehouse.snapshot("shard_sets").rows
    same = (F.col("digest") == manifest.digest) & (F.col("manifest") == row[-1])
    if have.where(same & (F.col("tokens_version") == tokens.version)).isEmpty():
        frame = mill.spark.createDataFrame([row], contract("shard_sets").ddl)
        commit = mill.commit("shard_sets", [tokens, mix])
        made_of = {**commit.inputs, "shard_set": f"{digest([manifest.digest, row[-1]])}@0"}
        mill.publish("shard_sets", Change(frame), replace(commit, inputs=made_of))
