"""The mill's work done by datatrove, from JSON Lines files to tokens, by its public interface.

usage: PEERS-PYTHON bench/mill_peer.py FOLDER WORK --language-model lid.176.ftz
           --tokenizer tokenizer.json [--eos TOKEN] [--cores 2] [--order published]

Run by ``bench/mill.py``; nothing of ours is imported. Steps, their limits and their order are those
of datatrove's ``examples/fineweb.py``, with these differences, each of which spares it work: no URL
filter and no extraction, files between the stages are not compressed, and the last stage is the
tokenizer's too; with ``--order cheapest`` Gopher's quality filter also comes ahead of the dearer
one for repetition, which then sees what is left. It reads no network: the language model is a local
file (datatrove would fetch lid.176.bin), words and sentences are by spaCy's rules for English,
which need no model. The last line of standard output is a JSON object: when stages began and ended
(seconds since 1970), documents left behind each step.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

BANDS, ROWS, WORDS = 14, 8, 5
ORDERS = {
    "published": ("language", "gopher_repetition", "gopher_quality", "c4", "fineweb"),
    "cheapest": ("language", "gopher_quality", "gopher_repetition", "c4", "fineweb"),
}


class Peer:
    """The stages, each an executor of its own, as in the example."""

    def __init__(self, work: Path, cores: int) -> None:
        self.work, self.cores = work, cores
        self.stages: list[dict[str, Any]] = []

    def place(self, name: str) -> str:
        """A folder for what a stage leaves."""
        return str(self.work / name)

    def run(self, name: str, steps: Sequence[Any], tasks: int) -> list[Any]:
        """A stage; what it counted, by step."""
        from datatrove.executor import LocalPipelineExecutor

        logs, start = self.place(f"logs-{name}"), time.time()
        executor = LocalPipelineExecutor(
            list(steps), tasks=tasks, workers=self.cores, logging_dir=logs
        )
        counted = executor.run().stats
        self.stages.append({"name": name, "start": start, "end": time.time()})
        return counted


def filters(language_model: Path, order: str) -> dict[str, Any]:
    """The filters by the mill's names, in their order."""
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
        LanguageFilter,
    )

    language = LanguageFilter()
    language.model.MODEL_URL = str(language_model)
    by_name = {
        "language": language,
        "gopher_repetition": GopherRepetitionFilter(),
        "gopher_quality": GopherQualityFilter(),
        "c4": C4QualityFilter(filter_no_terminal_punct=False),
        "fineweb": FineWebQualityFilter(),
    }
    return {name: by_name[name] for name in ORDERS[order]}


def dedup(peer: Peer, kept: str, tasks: int) -> None:
    """Signatures, buckets and clusters of the documents that the filters left."""
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.hashing import HashConfig

    hashes = HashConfig(precision=64)
    config = MinhashConfig(
        n_grams=WORDS, num_buckets=BANDS, hashes_per_bucket=ROWS, hash_config=hashes
    )
    signatures, buckets = peer.place("signatures"), peer.place("buckets")
    sign = [JsonlReader(kept), MinhashDedupSignature(signatures, config=config)]
    peer.run("minhash: signatures", sign, tasks)
    peer.run("minhash: buckets", [MinhashDedupBuckets(signatures, buckets, config=config)], BANDS)
    clusters = MinhashDedupCluster(buckets, peer.place("clusters"), config=config)
    peer.run("minhash: clusters", [clusters], 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--language-model", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--eos", default="<|endoftext|>")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--order", choices=ORDERS, default="published")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True)
    # Before the import: where datatrove keeps the copy of the model that it makes.
    os.environ |= {"HF_HOME": str(asked.work / "hf"), "HF_HUB_OFFLINE": "1"}
    from datatrove.pipeline.dedup import MinhashDedupFilter
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.tokens import DocumentTokenizer
    from datatrove.pipeline.writers import JsonlWriter

    peer = Peer(asked.work, asked.cores)
    kept, by_name = peer.place("kept"), filters(asked.language_model, asked.order)
    steps = [JsonlReader(str(asked.folder)), *by_name.values(), JsonlWriter(kept, compression=None)]
    counted = peer.run("filters", steps, len(list(asked.folder.iterdir())))
    left = {"read": counted[0]["documents"].total}
    judged = zip(by_name, counted[1:-1], strict=True)
    left |= {name: stats["forwarded"].total for name, stats in judged}
    tasks = len(list(Path(kept).iterdir()))
    dedup(peer, kept, tasks)
    last = [
        JsonlReader(kept),
        MinhashDedupFilter(peer.place("clusters")),
        PIIFormatter(),
        DocumentTokenizer(
            peer.place("tokens"),
            tokenizer_name_or_path=str(asked.tokenizer),
            eos_token=asked.eos,
            seed=42,
        ),
    ]
    [_, twins, clean, tokens] = peer.run("twins out, PII, tokens", last, tasks)
    left |= {"duplicate": twins["forwarded"].total, "written": clean["total"].total}
    left["tokens"] = tokens["tokens"].total
    named = f"datatrove {version('datatrove')}"
    print(json.dumps({"version": named, "stages": peer.stages, "kept": left}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
