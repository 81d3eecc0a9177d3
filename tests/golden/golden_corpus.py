"""The golden corpus, the small numbers it is milled with, and what tests ask of its output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).with_name("corpus.jsonl")
EXPECTED = Path(__file__).with_name("shards.json")

# Small numbers that leave every stage something to do on a corpus of thirty documents.
RECIPE = [
    "--set=recipe.tokenizer.vocab_size=600",
    "--set=recipe.shards.count=4",
    "--set=recipe.shards.sequence_length=128",
    "--set=recipe.language.threshold=0.5",
    "--set=runtime.world_size=2",
    "--set=runtime.shuffle_partitions=2",
]


def places(folder: Path) -> list[str]:
    """Options that put everything below a folder."""
    return ["--warehouse", str(folder / "warehouse"), "--output", str(folder / "output")]


def manifest_of(folder: Path) -> Path:
    """The manifest of the one shard set below a folder."""
    (found,) = (folder / "output" / "shards").glob("*/manifest.json")
    return found


def shard_digests(manifest: str | Path) -> list[str]:
    """SHA-256 of the token file of each shard, as the manifest lists them."""
    content = json.loads(Path(manifest).read_text("utf-8"))["content"]
    return [shard["bin"]["sha256"] for shard in content["shards"]]


def versions(line: dict[str, Any]) -> dict[str, int]:
    """Delta versions by table, from the JSON line."""
    return {name: table["version"] for name, table in line["tables"].items()}
