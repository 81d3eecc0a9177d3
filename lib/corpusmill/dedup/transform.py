"""Documents to rows of the index, clusters to survivors."""

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
from corpusmill.dedup.minhash import band_hashes, shingles_of, signatures
from corpusmill.dedup.rules import MinHashParams
from corpusmill.precedence import SurvivorRules, precedence
from corpusmill.text.shingles import MatchingForm


def index_documents(documents: DataFrame, params: MinHashParams) -> DataFrame:
    """Documents (doc_id, text_digest, text) as rows of ``lsh_index``: one a document and band.

    A document without any word has one row, on band 0 with a hash of its own doc_id, so that it
    counts as hashed and meets nobody.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, params), contract("lsh_index").ddl)


def with_spec(index: DataFrame, spec: str) -> DataFrame:
    """Rows of ``lsh_index``, and the one that says what they were hashed with."""
    known = {"doc_id": F.unhex(F.lit("00" * 16)), "band": -1, "band_hash": 0, "spec": F.lit(spec)}
    columns = contract("lsh_index").columns
    values = [
        F.lit(known.get(column.name)).cast(column.type).alias(column.name) for column in columns
    ]
    return index.unionByName(index.sparkSession.range(1).select(*values))


def choose_survivors(
    members: DataFrame, documents: DataFrame, quality: DataFrame, rules: SurvivorRules
) -> DataFrame:
    """Members of clusters (``clusters.cluster``) as rows of ``duplicates``, in their order.

    ``documents`` has doc_id, source, chars and created. Places are given by ``precedence``; the
    first one survives.
    """
    ids = ("doc_id", "cluster_id", "partner_id")
    members = members.withColumns({name: F.lower(F.hex(name)) for name in ids})
    known = documents.select("doc_id", "source", "chars", "created")
    scores = quality.select("doc_id", "classifier_scores")
    both = members.join(known, "doc_id").join(scores, "doc_id", "left")
    mates = Window.partitionBy("cluster_id")
    ordered = both.withColumn("order", precedence(rules))
    rows = ordered.withColumns(
        {
            "cluster_size": F.count("*").over(mates),
            "survivor_id": F.min("order").over(mates)["doc_id"],
            "place": F.row_number().over(mates.orderBy("order")),
        }
    )
    rows = rows.withColumn("is_survivor", F.col("place") == 1)
    return rows.select(*contract("duplicates").column_names)


def _kernel(params: MinHashParams) -> Kernel:
    schema = arrow_schema("lsh_index")
    bands = np.arange(params.bands, dtype=np.int32)

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        form = MatchingForm.of(batch.column("text").to_pylist())
        shingles = shingles_of(form, params)
        hashes = band_hashes(signatures(shingles.upto(params.longest), params), params)
        ids = [bytes.fromhex(doc_id) for doc_id in batch.column("doc_id").to_pylist()]
        silent = shingles.counts == 0
        hashes[silent, 0] = [
            int.from_bytes(ids[i][:8], "big", signed=True) for i in np.flatnonzero(silent)
        ]
        counts = np.where(silent, 1, params.bands)
        owners = np.repeat(np.arange(len(ids)), counts)
        numbers = np.concatenate([bands[:count] for count in counts.tolist()])
        of_document = {
            "text_digest": batch.column("text_digest"),
            "words_digest": pa.array(form.digests(), pa.binary(), mask=silent),
            "shingles": pa.array(shingles.counts),
        }
        first = pa.array(np.where(numbers == 0, owners, -1))
        first = pc.if_else(pc.less(first, 0), None, first)
        columns = {
            "doc_id": pa.array(ids, pa.binary()).take(pa.array(owners)),
            "band": numbers,
            "band_hash": hashes[owners, numbers],
            **{name: values.take(first) for name, values in of_document.items()},
            "spec": pa.nulls(len(owners), pa.string()),
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
