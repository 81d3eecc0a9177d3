"""Documents to index rows, those and digests to edges, clusters to survivors; no text shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.dedup.minhash import bands_of_texts
from corpusmill.dedup.rules import MinHashParams
from corpusmill.precedence import precedence

_EDGE = ["a", "b", "relation", "similarity"]


def index_documents(documents: DataFrame, params: MinHashParams) -> DataFrame:
    """Documents (doc_id, text_digest, text) as rows of ``lsh_index``: one a document and band.

    A document without any word has one row, on band 0 with a hash of its own doc_id, so that it
    counts as hashed and meets nobody.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, params), contract("lsh_index").ddl)


def near_edges(index: DataFrame, eligible: DataFrame) -> DataFrame:
    """Edges between eligible documents that share a bucket: a star to the smallest id of each.

    A bucket is one (band, band_hash); its edges are a function of its whole eligible membership,
    whatever the order of rows. Columns as in ``edges``; similarity is null: nothing was verified.
    """
    ids = eligible.select(F.unhex("doc_id").alias("doc_id"))
    members = index.select("doc_id", "band", "band_hash").join(ids, "doc_id", "left_semi")
    bucket = Window.partitionBy("band", "band_hash")
    stars = members.withColumn("a", F.min("doc_id").over(bucket)).where("doc_id != a")
    edges = stars.select("a", F.col("doc_id").alias("b")).distinct()
    return _related(edges, "near", None)


def exact_edges(documents: DataFrame, eligible: DataFrame) -> DataFrame:
    """Edges between eligible documents of equal text: a star to the smallest id of each digest."""
    ids = eligible.select("doc_id")
    members = documents.select("doc_id", "text_digest").join(ids, "doc_id", "left_semi")
    stars = members.withColumn("a", F.min("doc_id").over(Window.partitionBy("text_digest")))
    edges = stars.where("doc_id != a").select(F.unhex("a").alias("a"), F.unhex("doc_id").alias("b"))
    return _related(edges, "exact", 1_000_000)


def choose_survivors(members: DataFrame, documents: DataFrame, quality: DataFrame) -> DataFrame:
    """Members of clusters (``clusters.cluster``) as rows of ``duplicates``, one survivor each.

    The survivor is the first by ``precedence``.
    """
    ids = ("doc_id", "cluster_id", "partner_id")
    members = members.withColumns({name: F.lower(F.hex(name)) for name in ids})
    known = documents.select("doc_id", "chars", "created")
    scores = quality.select("doc_id", "classifier_scores")
    both = members.join(known, "doc_id").join(scores, "doc_id", "left")
    placed = both.withColumn("place", precedence())
    best = placed.groupBy("cluster_id").agg(
        F.min("place")["doc_id"].alias("survivor"), F.count("*").alias("cluster_size")
    )
    rows = members.join(best, "cluster_id")
    rows = rows.withColumn("is_survivor", F.col("doc_id") == F.col("survivor"))
    return rows.select(*contract("duplicates").column_names)


def _related(edges: DataFrame, relation: str, similarity: int | None) -> DataFrame:
    rows = edges.withColumn("relation", F.lit(relation))
    return rows.withColumn("similarity", F.lit(similarity).cast("int")).select(*_EDGE)


def _kernel(params: MinHashParams) -> Kernel:
    schema = arrow_schema("lsh_index")
    bands = np.arange(params.bands, dtype=np.int32)

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        hashes, matching = bands_of_texts(batch.column("text").to_pylist(), params)
        ids = [bytes.fromhex(doc_id) for doc_id in batch.column("doc_id").to_pylist()]
        hashes[~matching, 0] = [
            int.from_bytes(ids[i][:8], "big", signed=True) for i in np.flatnonzero(~matching)
        ]
        counts = np.where(matching, params.bands, 1)
        owners = np.repeat(np.arange(len(ids)), counts)
        numbers = np.concatenate([bands[:count] for count in counts.tolist()])
        digests = batch.column("text_digest").take(pa.array(owners))
        columns = {
            "doc_id": pa.array(ids, pa.binary()).take(pa.array(owners)),
            "band": numbers,
            "band_hash": hashes[owners, numbers],
            "text_digest": pc.if_else(pa.array(numbers == 0), digests, None),
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
