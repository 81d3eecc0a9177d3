"""One peer's MinHash, from JSON Lines files to clusters: five words, 14 bands of 8 rows.

usage: PEERS-PYTHON bench/dedup_peers.py datatrove|data-juicer|pyspark FOLDER WORK [--cores 2]

Run by ``bench/dedup.py`` with the Python of an environment in which the peer is installed; nothing
of the mill is imported. Environments that worked: ``peer-requirements.txt`` for datatrove;
``py-data-juicer==1.6.1 aiohttp ray``; for plain PySpark the project's own, with its ``dev`` extra.
The last line of standard output is a JSON object: seconds behind the imports,
documents, and documents that are none of the kept.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

from mill_peer import BANDS, ROWS, WORDS, Peer, dedup


def datatrove(folder: Path, work: Path, cores: int) -> dict[str, int]:
    """Signatures, buckets and clusters; its last stage, which writes the texts, is left out."""
    peer = Peer(work, cores)
    dedup(peer, str(folder), len(list(folder.iterdir())))
    clusters = Path(peer.place("clusters"))
    return {"removed": sum(file.stat().st_size // 4 for file in clusters.glob("*.remove"))}


def data_juicer(folder: Path, work: Path, cores: int) -> dict[str, int]:
    os.environ["HF_HOME"] = str(work)
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.deduplicator.document_minhash_deduplicator import (
        DocumentMinhashDeduplicator,
    )
    from datasets import load_dataset

    files = [str(file) for file in sorted(folder.iterdir())]
    rows = NestedDataset(load_dataset("json", data_files=files, split="train"))
    step = DocumentMinhashDeduplicator(
        tokenization="space",
        window_size=WORDS,
        num_permutations=BANDS * ROWS,
        num_bands=BANDS,
        num_rows_per_band=ROWS,
    )
    hashed = rows.map(step.compute_hash, num_proc=cores)
    kept, _ = step.process(hashed)
    return {"removed": len(rows) - len(kept)}


def pyspark(folder: Path, work: Path, cores: int) -> dict[str, int]:
    """What a data engineer writes first: datasketch in a pandas function, the rest in SQL."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{cores}]").appName("plain")
    for key, value in {
        "spark.driver.memory": "3g",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 4,
        "spark.local.dir": str(work),
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.read.schema("id string, text string").json(str(folder)).createOrReplaceTempView("texts")
    bands = spark.table("texts").mapInPandas(banded, "id string, band int, hash binary")
    bands.createOrReplaceTempView("bands")
    stars = spark.sql(
        "SELECT DISTINCT min(id) OVER (PARTITION BY band, hash) AS a, id AS b FROM bands"
    )
    edges = stars.where("a != b").toPandas()
    return {"removed": joined(edges)}


def banded(batches):
    import numpy as np
    import pandas as pd
    from datasketch import MinHash

    first = MinHash(num_perm=BANDS * ROWS, seed=1)
    for batch in batches:
        rows = []
        for name, text in zip(batch["id"], batch["text"], strict=True):
            words = re.findall(r"\w+", text.lower())
            runs = range(max(1, len(words) - WORDS + 1))
            sketch = first.copy()
            sketch.update_batch([" ".join(words[at : at + WORDS]).encode() for at in runs])
            values = np.asarray(sketch.hashvalues).reshape(BANDS, ROWS)
            rows += [(name, band, values[band].tobytes()) for band in range(BANDS)]
        yield pd.DataFrame(rows, columns=["id", "band", "hash"])


def joined(edges) -> int:
    """Documents that are not the first of their component."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, codes = np.unique(edges[["a", "b"]].to_numpy(dtype=str), return_inverse=True)
    a, b = codes.reshape(-1, 2).T
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(ids), len(ids)))
    return len(ids) - connected_components(graph, directed=False, return_labels=False)


PEERS = {"datatrove": datatrove, "data-juicer": data_juicer, "pyspark": pyspark}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True)
    started = time.monotonic()
    found = PEERS[arguments.peer](arguments.folder, arguments.work, arguments.cores)
    print(json.dumps({**found, "seconds": time.monotonic() - started}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
