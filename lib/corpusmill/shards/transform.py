"""Token rows to canonical shards: a plan of integers first, then bytes, one task a shard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.batches import map_partitions
from corpusmill.contracts import contract
from corpusmill.shards.best_fit import pack_best_fit
from corpusmill.shards.format import DTYPES, FileEntry, ShardEntry, ShardWriter
from corpusmill.shards.mix_rules import BUCKET, NO_BUCKET, MixStage
from corpusmill.shards.order import KEY_BITS, keyed
from corpusmill.shards.pack import Packable, Packing, pack

_KEYS = ["doc_id", "text_digest"]
_KEY_DIGITS = KEY_BITS // 4
_HEAD_DIGITS = 4  # hex digits that hold the top bits of any shard count up to 65536


def mixable_documents(
    tokens: DataFrame,
    selection: DataFrame,
    described: Sequence[DataFrame],
    stage: MixStage,
    seed: int,
) -> DataFrame:
    """Every document with a token, as a stage sees it.

    Columns doc_id, text_digest, and

    cell    its values of ``stage.columns``, joined by NUL; empty where one is not known
    key     16 hex digits of the keyed hash, then doc_id: the order in which documents stand once
            more
    more    times by ``selection`` (doc_id, text_digest, repeats), 1 where that says nothing of it
    tokens  ids and its end, as often as selection says

    ``described`` have the columns of the stage, by doc_id and, where they have it, text_digest.
    """
    more = selection.where("repeats > 1").select(*_KEYS, F.col("repeats").alias("more"))
    rows = tokens.where("token_count > 0").select(*_KEYS, "token_count").join(more, _KEYS, "left")
    for frame in described:
        rows = rows.join(frame, [name for name in _KEYS if name in frame.columns], "left")
    values = [_value(column) for column in stage.columns]
    text = F.concat_ws("\0", F.lit(str(seed)), F.lit("mix"), F.lit(stage.name), "doc_id")
    key = F.concat(F.substring(F.sha2(text, 256), 1, _KEY_DIGITS), "doc_id")
    times = F.coalesce("more", F.lit(1))
    return rows.select(
        *_KEYS,
        (F.concat_ws("\0", *values) if values else F.lit("")).alias("cell"),
        key.alias("key"),
        times.alias("more"),
        ((F.col("token_count") + 1) * times).alias("tokens"),
    )


def cell_tokens(mixable: DataFrame) -> DataFrame:
    """Tokens of each cell: cell, tokens."""
    return mixable.groupBy("cell").agg(F.sum("tokens").alias("tokens"))


def last_once_more(mixable: DataFrame, parts: DataFrame) -> DataFrame:
    """Where each part's documents stop to stand once more: part, last, tokens.

    ``parts`` has cell, part, repeats and rest. In the order of ``key``, the documents up to
    ``last`` have together ``tokens`` tokens, at most ``rest``, and the next one would pass it. Sums
    over 65,536 ranges of the key find the range in which that happens, and only its documents are
    sorted. Parts without a rest have no row.
    """
    rows = mixable.join(F.broadcast(parts.where("rest > 0")), "cell")
    rows = rows.select("part", "rest", "key", "tokens", F.substring("key", 1, 4).alias("head"))
    sums = rows.groupBy("part", "rest", "head").agg(F.sum("tokens").alias("tokens"))
    sums = sums.withColumn("reached", _running("tokens", "head"))
    edge = sums.where("reached > rest and reached - tokens <= rest")
    edge = edge.select("part", "head", F.expr("reached - tokens").alias("before"))
    inside = rows.join(F.broadcast(edge), ["part", "head"])
    inside = inside.withColumn("reached", F.col("before") + _running("tokens", "key"))
    within = inside.where("reached <= rest").groupBy("part")
    found = within.agg(F.max("key").alias("last"), F.max("reached").alias("reached"))
    last = F.coalesce("last", "head").alias("last")  # a bare head is before all keys that have it
    tokens = F.coalesce("reached", "before").alias("tokens")
    return edge.join(found, "part", "left").select("part", last, tokens)


def mix_documents(mixable: DataFrame, parts: DataFrame, stage: str) -> DataFrame:
    """Rows of ``mix_plan``: the documents of a stage that stand at least once.

    ``parts`` has cell, repeats and last (empty: none stands once more). A document stands the times
    of its part and one more up to ``last``, times those of selection.
    """
    rows = mixable.join(F.broadcast(parts), "cell")
    times = F.col("repeats") + (F.col("key") <= F.col("last")).cast("int")
    rows = rows.withColumn("repeats", (times * F.col("more")).cast("int")).where("repeats > 0")
    return rows.withColumn("stage", F.lit(stage)).select(*contract("mix_plan").column_names)


def place(tokens: DataFrame, mix: DataFrame, stage: str, plan: Mapping[str, Any]) -> DataFrame:
    """Every repeat of every document of a stage with its place in the total order.

    Columns doc_id, repeat, order_key (16 hex digits), shard, and those of ``tokens`` that are left.
    A broadcast hint on ``mix`` keeps the token ids where they are. The same numbers as
    ``order.order_key`` and ``order.shard_of``.
    """
    times = mix.where(F.col("stage") == stage).select("doc_id", "repeats")
    rows = tokens.join(times, "doc_id")
    rows = rows.withColumn("repeat", F.explode(F.sequence(F.lit(0), F.col("repeats") - 1)))
    text = F.concat_ws(
        "\0", F.lit(str(plan["seed"])), F.lit(stage), "doc_id", F.col("repeat").cast("string")
    )
    rows = rows.withColumn("order_key", F.substring(F.sha2(text, 256), 1, _KEY_DIGITS))
    head = F.conv(F.substring("order_key", 1, _HEAD_DIGITS), 16, 10).cast("int")
    spare = _HEAD_DIGITS * 4 - (plan["shards"].bit_length() - 1)
    return rows.withColumn("shard", F.shiftright(head, spare)).drop("repeats")


def planned_tokens(placed: DataFrame) -> DataFrame:
    """Tokens of each shard, end-of-document tokens counted: shard, tokens. No ids are touched."""
    return placed.groupBy("shard").agg(F.sum(F.col("token_count") + 1).alias("tokens"))


def write_shards(
    placed: DataFrame, folder: Path, plan: Mapping[str, Any], tasks: int
) -> list[ShardEntry]:
    """Write every shard into ``folder`` and return its entries, by number.

    A task owns whole shards: shard ``v`` goes to task ``v mod tasks``, where rows are sorted by
    (order_key, doc_id, repeat), packed as they stream past, written to the worker's own disk and
    put under names with their digests. The folder must be one that all workers see.
    """
    rows = placed.select("shard", "order_key", "doc_id", "repeat", "token_ids")
    dealt = rows.repartitionById(min(tasks, plan["shards"]), "shard")
    ordered = dealt.sortWithinPartitions("shard", "order_key", "doc_id", "repeat")
    stream = partial(_write_stream, str(folder), dict(plan))
    written = map_partitions(ordered, stream, "shard int, entry string").collect()
    return [_entry(json.loads(row.entry)) for row in sorted(written, key=lambda row: row.shard)]


def _value(column: str) -> Column:
    missing = NO_BUCKET if column.startswith(BUCKET) else ""
    return F.coalesce(F.col(f"`{column}`").cast("string"), F.lit(missing))


def _running(column: str, order: str) -> Column:
    """Sum of a column over a part up to the row, in an order without ties."""
    upto = Window.partitionBy("part").orderBy(order)
    return F.sum(column).over(upto.rowsBetween(Window.unboundedPreceding, Window.currentRow))


def _write_stream(
    folder: str, plan: dict[str, Any], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for shard, documents in groupby(_documents(batches), key=lambda pair: pair[0]):
        entry = _write_shard(shard, (document for _, document in documents), Path(folder), plan)
        yield pa.RecordBatch.from_pydict(
            {"shard": pa.array([shard], pa.int32()), "entry": [json.dumps(asdict(entry))]}
        )


def _write_shard(
    shard: int, documents: Iterator[Packable], folder: Path, plan: dict[str, Any]
) -> ShardEntry:
    dtype, length = DTYPES[plan["dtype"]], plan["sequence_length"]
    packing = _packing(shard, documents, plan)
    with ShardWriter(shard, plan["shards"], length, dtype) as writer:
        for sequence in packing:
            writer.append(sequence)
        return writer.put_into(folder, packing.counts.dropped)


def _packing(shard: int, documents: Iterator[Packable], plan: dict[str, Any]) -> Packing:
    dtype, length, eos = DTYPES[plan["dtype"]], plan["sequence_length"], plan["eos_id"]
    if plan["packing"] == "concat":
        return pack(documents, length, eos, plan["rest"], dtype)
    key = keyed("sequences", plan["seed"], shard)
    return pack_best_fit(documents, length, eos, plan["oversize"], dtype, key)


def _documents(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, Packable]]:
    for batch in batches:
        shards, ids = batch.column("shard").to_pylist(), batch.column("doc_id").to_pylist()
        repeats = batch.column("repeat").to_pylist()
        tokens = batch.column("token_ids")
        offsets = tokens.offsets.to_numpy()
        values = tokens.values.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
        for i, shard in enumerate(shards):
            yield shard, Packable(ids[i], repeats[i], values[offsets[i] : offsets[i + 1]])


def _entry(said: dict[str, Any]) -> ShardEntry:
    files = {part: said[part] and FileEntry(**said[part]) for part in ("bin", "docs")}
    return ShardEntry(**{**said, **files})
