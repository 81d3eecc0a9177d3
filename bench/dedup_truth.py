"""Which pairs of known similarity deduplication finds, and how alike the pairs are that it finds.

usage: python bench/dedup_truth.py PAIRS DOCUMENTS [PAIRS DOCUMENTS ...] [--set KEY=VALUE]

PAIRS are JSON Lines files of ``a``, ``b`` and ``jaccard_word5``, with or without a ``label``;
DOCUMENTS globs of the files that their ids are from. Each is run through the jobs, with everything
eligible, in a warehouse of its own. A pair is found where its documents share a bucket of
``lsh_index``, or a cluster of ``duplicates``. ``own`` is the true Jaccard similarity of our
shingles (other words, other folding: see ``corpusmill.text``), in tables of its own. A file without
labels is taken to hold all pairs from 0.5 on. In the tables of recall ``theory`` is the mean of
1 - (1 - s^rows)^bands over the pairs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from dedup_found import Found, Pairs
from dedup_runs import Mill
from numpy.typing import NDArray

from corpusmill.ingest.records import doc_id

SOURCE = "corpus"  # as the command line names files of no source
BANDS = (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.01)
WAYS = ("bucket", "cluster")
CUTS = (0.5, 0.7, 0.8, 0.9)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="PAIRS DOCUMENTS")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    parser.add_argument("--master", default="local[2]")
    arguments = parser.parse_args()
    if len(arguments.files) % 2:
        parser.error("each PAIRS needs its DOCUMENTS")
    given = zip(arguments.files[::2], arguments.files[1::2], strict=True)
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        for number, (pairs, pattern) in enumerate(given):
            mill = Mill(Path(folder) / str(number), arguments.master, arguments.sets)
            mill.prepare(pattern)
            mill.dedup()
            report(pairs, Found.of(mill))
    return 0


def read(name: str) -> list[dict[str, Any]]:
    opened = gzip.open if name.endswith(".gz") else open
    with opened(name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def report(name: str, found: Found) -> None:
    """All tables of one file of pairs."""
    rows = read(name)
    ids = [[doc_id(SOURCE, row[end]) for row in rows] for end in ("a", "b")]
    pairs = found.pairs(*ids)
    ways = {"bucket": found.share_bucket(pairs), "cluster": found.share_cluster(pairs)}
    told = np.array([row["jaccard_word5"] for row in rows])
    own = found.jaccard(pairs)
    params = found.params
    print(f"\n{Path(name).name}: {len(rows)} pairs, {len(found.ids)} documents,", end=" ")
    print(f"{params.bands} bands of {params.rows}")
    if "label" in rows[0]:
        labels = np.array([row["label"] for row in rows])
        labelled(labels, ways, {"jaccard_word5": told, "own": own})
    for title, similarity in (("jaccard_word5", told), ("own", own)):
        recall(title, similarity, ways, found.chance(similarity))
    whole = None if "label" in rows[0] else (pairs, told)
    precision(found, whole)


def labelled(
    labels: NDArray[np.int64],
    ways: dict[str, NDArray[np.bool_]],
    similarities: dict[str, NDArray[np.float64]],
) -> None:
    """Of the pairs of a file: what is found, against the label and against cuts of similarity."""
    truths = {"label 1": labels == 1}
    for title, similarity in similarities.items():
        truths |= {f"{title} >= {cut}": similarity >= cut for cut in CUTS}
    print(f"{'truth':<24}{'pairs':>7}", *(f"{way + ' r / p %':>22}" for way in ways))
    for title, true in truths.items():
        shares = []
        for met in ways.values():
            hits = int((met & true).sum())
            shares.append(f"{percent(hits, true.sum()):>12} /{percent(hits, met.sum()):>8}")
        print(f"{title:<24}{true.sum():>7}", *shares)


def recall(
    title: str,
    similarity: NDArray[np.float64],
    ways: dict[str, NDArray[np.bool_]],
    chance: NDArray[np.float64],
) -> None:
    print(f"recall by {title:<15}{'pairs':>7}{'theory %':>10}", *(f"{way:>9}" for way in WAYS))
    groups = [(f"{a:.2f} to {b:.2f}", (similarity >= a) & (similarity < b)) for a, b in each_band()]
    groups.append(("0.80 and over", similarity >= 0.8))
    for name, group in groups:
        if count := int(group.sum()):
            met = (percent(ways[way][group].sum(), count) for way in WAYS)
            theory = percent(chance[group].sum(), count)
            print(f"{name:<25}{count:>7}{theory:>10}", *(f"{share:>9}" for share in met))


def each_band() -> Sequence[tuple[float, float]]:
    return list(pairwise(BANDS))


def precision(found: Found, whole: tuple[Pairs, NDArray[np.float64]] | None) -> None:
    """How alike the pairs are that are in one bucket, joined by a near edge, or in one cluster."""
    names = ("pairs", *(f"own>={cut}" for cut in CUTS))
    if whole is not None:
        names += tuple(f"word5>={cut}" for cut in CUTS)
    print(f"{'precision %':<12}", *(f"{name:>10}" for name in names), f"{'least own':>10}")
    ways = {
        "one bucket": found.bucket_pairs(),
        "near edge": found.near_edges(),
        "one cluster": found.cluster_pairs(),
    }
    for name, pairs in ways.items():
        own = found.jaccard(pairs)
        shares = [percent((own >= cut).sum(), len(own)) for cut in CUTS]
        if whole is not None:
            told = found.looked_up(pairs, *whole)
            shares += [percent((told >= cut).sum(), len(told)) for cut in CUTS]
        least = f"{own.min(initial=1):>10.3f}"
        print(f"{name:<12} {len(own):>10}", *(f"{share:>10}" for share in shares), least)


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}" if whole else "-"


if __name__ == "__main__":
    raise SystemExit(main())
