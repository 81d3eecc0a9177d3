"""Speed of build-shards, tokens from Delta into shard files: MB of token ids a second and core.

usage: python bench/shards.py 'data/*.jsonl*' [--master local[2]] [--set KEY=VALUE]

The documents go through the mill once, up to their tokens, with nothing dropped. Then build-shards
runs three times in the same session, each time as another stage that has no set yet: the first time
the JVM still compiles. The copy of the same bytes by the disk alone is the floor.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from jobs import job

UP_TO = (
    "ingest-documents",
    "normalise-documents",
    "identify-language",
    "score-quality",
    "dedup-minhash",
    "dedup-exact",
    "cluster-duplicates",
    "select-documents",
    "redact-pii",
    "train-tokenizer",
    "tokenize-documents",
)
ALL_KEPT = (
    *("recipe.selection.keep_all=true", "recipe.quality.presets=[]", "recipe.pii.kinds=[]"),
    "recipe.shards.count=16",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of JSON Lines files, packed or not")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    arguments = parser.parse_args()
    cores = int(re.search(r"\d+", arguments.master).group())
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        places = ["--warehouse", f"{folder}/w", "--output", f"{folder}/o"]
        told = [f"--set={text}" for text in (*ALL_KEPT, *arguments.sets)]
        options = [*places, "--master", arguments.master, *told]
        for name in UP_TO:
            job(name, *options, *(["--input", arguments.input] if name == UP_TO[0] else []))
        for stage in ("first", "second", "third"):
            named = f"--set=recipe.mix.stages=[{{name: {stage}, repeats: 1}}]"
            line = job("build-shards", *options, named)
            size = written(Path(line["manifest"])) / 1e6
            rate = size / line["seconds"] / cores
            print(f"{stage:<8}{size:>8.1f} MB{line['seconds']:>8.1f} s{rate:>8.1f} MB/s/core")
        started = time.monotonic()
        copied(Path(line["manifest"]).parent, Path(folder, "copy"))
        print(f"copied  {size:>8.1f} MB{time.monotonic() - started:>8.1f} s")
    return 0


def written(manifest: Path) -> int:
    """Bytes of token ids of a set."""
    content = json.loads(manifest.read_text("utf-8"))["content"]
    return sum(shard["bin"]["bytes"] for shard in content["shards"])


def copied(folder: Path, target: Path) -> None:
    target.mkdir()
    for path in folder.glob("shard-*.bin"):
        (target / path.name).write_bytes(path.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
