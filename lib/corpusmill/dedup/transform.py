"""Documents to rows of the index, clusters to survivors, passages to lists and edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial, reduce
from operator import or_

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.dedup.minhash import band_hashes, shingles_of, signatures
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.passages import (
    FREQUENT,
    REPEATS,
    count_in,
    frequent,
    load_passages,
    repeated,
    rows_of,
)
from corpusmill.dedup.rules import MinHashParams
from corpusmill.dedup.units import UnitBatch
from corpusmill.precedence import SurvivorRules, precedence
from corpusmill.text.shingles import FoldedWords


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


def named(members: DataFrame) -> DataFrame:
    """Members of clusters (``clusters.cluster``) with their ids as 32 hex characters."""
    ids = ("doc_id", "cluster_id", "copy_id", "partner_id")
    return members.withColumns({name: F.lower(F.hex(name)) for name in ids})


def choose_survivors(
    members: DataFrame, documents: DataFrame, quality: DataFrame, rules: SurvivorRules
) -> DataFrame:
    """Members of clusters (``clusters.cluster``) as rows of ``duplicates``, in their order.

    ``documents`` has doc_id, source, chars and created. Places are given by ``precedence``; the
    first one survives.
    """
    members = named(members)
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


def count_passages(documents: DataFrame, rules: Sequence[FrequentRule]) -> DataFrame:
    """The frequent passages of documents (doc_id, text): entry, hash, documents, first.

    ``entry`` is the number of the rule; ``documents`` how many hold the passage, more than the rule
    allows; ``first`` the leading 64 bits of the smallest doc_id (``passages.frequent_of`` reads
    the rows). Passages are counted within each batch first: hashes are shuffled, no text.
    """
    ddl = "entry int, hash bigint, documents bigint, first bigint"
    counted = map_batches(documents.select("doc_id", "text"), partial(_counting, rules), ddl)
    summed = counted.groupBy("entry", "hash").agg(
        F.sum("documents").alias("documents"), F.min("first").alias("first")
    )
    bounds = [
        (F.col("entry") == n) & (F.col("documents") > rule.documents)
        for n, rule in enumerate(rules)
    ]
    return summed.where(reduce(or_, bounds))


def passage_edits(
    documents: DataFrame, repeats: str, lists: Sequence[tuple[FrequentRule, Artefact]]
) -> DataFrame:
    """Documents (doc_id, text_digest, text) as rows of ``edits`` that cut passages out.

    ``repeats`` names the unit of which a document keeps only the first of equal ones (or none), the
    ``lists`` are those of frequent passages, with their rules; without either there is no row.
    The files of the lists have to be readable on every worker.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    if repeats == "none" and not lists:
        wanted = wanted.limit(0)
    return map_batches(wanted, partial(_cutting, repeats, lists), contract("edits").ddl)


def _counting(rules: Sequence[FrequentRule]) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        units = UnitBatch.of(batch.column("text").to_pylist())
        ids = batch.column("doc_id").to_pylist()
        for entry, rule in enumerate(rules):
            yield pa.RecordBatch.from_pydict(rows_of(count_in(units, ids, rule), entry))

    return kernel


def _cutting(repeats: str, lists: Sequence[tuple[FrequentRule, Artefact]]) -> Kernel:
    schema = arrow_schema("edits")
    listed = [(rule, load_passages(artefact)) for rule, artefact in lists]

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        units = UnitBatch.of(batch.column("text").to_pylist())
        ids = batch.column("doc_id").to_pylist()
        found = [(FREQUENT, spans) for spans in frequent(units, ids, listed)]
        if repeats != "none":
            found.append((REPEATS, repeated(units, repeats)))
        for step, spans in found:
            owners = pa.array(spans.owners)
            columns = {name: batch.column(name).take(owners) for name in ("doc_id", "text_digest")}
            columns |= {"start": spans.starts, "end": spans.ends}
            columns |= {"step": [step] * len(owners), "replacement": [""] * len(owners)}
            yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _kernel(params: MinHashParams) -> Kernel:
    schema = arrow_schema("lsh_index")
    bands = np.arange(params.bands, dtype=np.int32)

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        folded = FoldedWords.of(batch.column("text").to_pylist())
        shingles = shingles_of(folded, params)
        hashed = shingles.upto(params.longest)
        hashes = band_hashes(signatures(hashed, params), params)
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
            "words_digest": pa.array(folded.digests(), pa.binary(), mask=silent),
            "shingles_digest": pa.array(hashed.digests(), pa.binary(), mask=silent),
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
