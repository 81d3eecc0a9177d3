"""Edges between twins: of one text, one address, or one bucket of the index.

The edges of a bucket are a function of all its members and of nothing else, each edge joins two
members of a bucket, and all edges are the union over all buckets. So the documents that came, went
or changed can only touch edges between members of the buckets that they were or are in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.batches import Kernel, map_batches
from corpusmill.dedup.addresses import address_key
from corpusmill.dedup.rules import REACH, MinHashParams, Verification
from corpusmill.dedup.similarity import WHOLE, similarities, sketches_of

_EDGE = ["a", "b", "relation", "similarity"]
_BUCKET = ["band", "band_hash"]
_SKETCH = "doc_id binary, sketch binary"
_MEASURED = "a binary, b binary, similarity int"


def exact_edges(keyed: DataFrame) -> DataFrame:
    """Edges between documents (doc_id: 32 hex characters, key) of one key: stars.

    The key is the digest of a text or of its words; documents without one have no twin.
    """
    return _related(_stars(_by_bytes(keyed), ["key"]), "exact", WHOLE)


def address_edges(addressed: DataFrame) -> DataFrame:
    """Edges between documents (doc_id: 32 hex characters, url, part) of one address: stars.

    Addresses are compared by ``address_key``. Parts of a split document (``part`` is not null) all
    have the address of the whole, which is none of them, so they have no twin.
    """
    known = addressed.where("url is not null and part is null").select("doc_id", "url")
    keyed = map_batches(known, _address_kernel, "doc_id string, key string")
    return _related(_stars(_by_bytes(keyed), ["key"]), "address", None)


def members_of(index: DataFrame, eligible: DataFrame) -> DataFrame:
    """The rows of ``lsh_index`` of eligible documents (doc_id: 32 hex characters)."""
    ids = eligible.select(F.unhex("doc_id").alias("doc_id"))
    return index.where("band >= 0").join(ids, "doc_id", "left_semi")


def near_edges(members: DataFrame) -> DataFrame:
    """Edges between all members of a bucket (band, band_hash): a star to its smallest id.

    Columns as in ``edges``; similarity is null: nothing was verified.
    """
    return _related(_stars(members, _BUCKET), "near", None)


def twins_of(first: DataFrame) -> DataFrame:
    """Pairs (a, b) of documents of equal shingles, stars to the smallest id: all buckets are one.

    ``first`` are rows of band 0; documents without words have no twin.
    """
    return _stars(first.where("shingles_digest is not null"), ["shingles_digest"])


def stand_alone(members: DataFrame, twins: DataFrame) -> DataFrame:
    """Members (doc_id, band, band_hash) without those that a twin of smaller id stands for."""
    others = twins.select(F.col("b").alias("doc_id"))
    return members.select("doc_id", *_BUCKET).join(others, "doc_id", "left_anti")


def candidates(alone: DataFrame, most: int) -> DataFrame:
    """Pairs (a, b) to be compared, each once, of members that stand alone.

    All pairs of a bucket of up to ``most`` of them; in a larger one each is paired with the next
    ``REACH`` by id.
    """
    bucket = Window.partitionBy(*_BUCKET)
    sized = alone.withColumn("size", F.count("*").over(bucket)).where("size > 1")
    following = bucket.orderBy("doc_id").rowsBetween(1, most - 1)
    others = F.array_sort(F.collect_list("doc_id").over(following))
    reach = F.when(F.col("size") > most, REACH).otherwise(most)
    seen = sized.select("doc_id", "size", others.alias("others"))
    pairs = seen.select(F.col("doc_id").alias("a"), F.explode(F.slice("others", 1, reach)))
    return pairs.toDF("a", "b").distinct()


def crowded(alone: DataFrame, most: int) -> DataFrame:
    """Buckets of more than ``most`` members that stand alone: band, doc_id (smallest), size."""
    sizes = alone.groupBy(*_BUCKET)
    counted = sizes.agg(F.min("doc_id").alias("doc_id"), F.count("*").alias("size"))
    return counted.where(F.col("size") > most).select("band", "doc_id", "size")


def ends_of(pairs: DataFrame) -> DataFrame:
    """The documents that stand in a pair: doc_id (32 hex characters), each once."""
    ends = pairs.select("a").union(pairs.select("b")).distinct()
    return ends.select(F.lower(F.hex("a")).alias("doc_id"))


def sketched(documents: DataFrame, params: MinHashParams, measure: str) -> DataFrame:
    """What documents (doc_id: 32 hex characters, text) are compared by: doc_id (bytes), sketch."""
    texts = documents.select("doc_id", "text")
    return map_batches(texts, partial(_sketch_kernel, params, measure), _SKETCH)


def verified_edges(
    twins: DataFrame, pairs: DataFrame, sketches: DataFrame, verification: Verification
) -> DataFrame:
    """The twins, and those of the pairs that are alike enough, as rows of ``edges``."""
    ours, theirs = (sketches.toDF(end, f"of_{end}") for end in ("a", "b"))
    both = pairs.join(ours, "a").join(theirs, "b")
    measured = map_batches(both, partial(_measure_kernel, verification.measure), _MEASURED)
    alike = measured.where(F.col("similarity") >= verification.similarity)
    near = alike.withColumn("relation", F.lit("near")).select(*_EDGE)
    return near.unionByName(_related(twins, "near", WHOLE))


def changed_members(before: DataFrame, after: DataFrame) -> DataFrame:
    """Ids (doc_id) of those that are members in one of two frames only, or under another text."""
    sides = [each.where("band = 0").select("doc_id", "text_digest") for each in (before, after)]
    both = sides[0].unionAll(sides[1]).groupBy("doc_id", "text_digest")
    alone = both.agg(F.count("*").alias("sides")).where("sides = 1")
    return alone.select("doc_id").distinct()


def buckets_of(members: DataFrame, ids: DataFrame) -> DataFrame:
    """The buckets (band, band_hash) that a document of ``ids`` (doc_id) is in, each once."""
    return members.join(ids, "doc_id", "left_semi").select(*_BUCKET).distinct()


def documents_in(members: DataFrame, buckets: DataFrame) -> DataFrame:
    """The documents (doc_id) in a bucket of ``buckets``, each once."""
    return around(members, buckets).select("doc_id").distinct()


def around(members: DataFrame, buckets: DataFrame) -> DataFrame:
    """All members of these buckets (band, band_hash)."""
    return members.join(buckets, _BUCKET, "left_semi")


def between(edges: DataFrame, ids: DataFrame) -> DataFrame:
    """Those of the edges (a, b, ...) that have both ends among ``ids`` (doc_id)."""
    from_ours = edges.join(ids.toDF("a"), "a", "left_semi")
    return from_ours.join(ids.toDF("b"), "b", "left_semi").select(*edges.columns)


def _by_bytes(keyed: DataFrame) -> DataFrame:
    return keyed.where("key is not null").select(F.unhex("doc_id").alias("doc_id"), "key")


def _stars(members: DataFrame, keys: list[str]) -> DataFrame:
    """Pairs (a, b) of the smallest id of each key and every other one, each pair once.

    The smallest is found by partial sums, so a key that very many rows share comes to nobody whole;
    what is joined with the rows is one row for each key that has more than one.
    """
    centres = members.groupBy(*keys).agg(F.min("doc_id").alias("a"), F.count("*").alias("size"))
    rows = members.select("doc_id", *keys)
    both = rows.join(centres.where("size > 1").drop("size"), keys)
    return both.where("doc_id != a").select("a", F.col("doc_id").alias("b")).distinct()


def _related(edges: DataFrame, relation: str, similarity: int | None) -> DataFrame:
    rows = edges.withColumn("relation", F.lit(relation))
    return rows.withColumn("similarity", F.lit(similarity).cast("int")).select(*_EDGE)


def _address_kernel() -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        keys = [address_key(url) for url in batch.column("url").to_pylist()]
        columns = {"doc_id": batch.column("doc_id"), "key": pa.array(keys, pa.string())}
        yield pa.RecordBatch.from_pydict(columns)

    return kernel


def _sketch_kernel(params: MinHashParams, measure: str) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        ids = [bytes.fromhex(doc_id) for doc_id in batch.column("doc_id").to_pylist()]
        sketches = sketches_of(batch.column("text").to_pylist(), params, measure)
        columns = {"doc_id": pa.array(ids, pa.binary()), "sketch": pa.array(sketches, pa.binary())}
        yield pa.RecordBatch.from_pydict(columns)

    return kernel


def _measure_kernel(measure: str) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        ours, theirs = (batch.column(f"of_{end}").to_pylist() for end in "ab")
        columns = {end: batch.column(end) for end in "ab"}
        columns["similarity"] = pa.array(similarities(ours, theirs, measure))
        yield pa.RecordBatch.from_pydict(columns)

    return kernel
