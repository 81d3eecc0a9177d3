"""Shares of a corpus for ``bench/mill.py``: the records as they stand, dealt evenly to files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from glob import glob
from pathlib import Path

FILES = 8  # so that no worker of either side has to work alone
ENDINGS = (".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class Corpus:
    """A share of a corpus: its files, per cent of the records, records, MB of their texts."""

    folder: Path
    percent: int
    records: int
    size: float


def files_of(given: str) -> list[Path]:
    """JSON Lines files of a folder, or those that a glob matches, in the order of their names."""
    pattern = f"{given}/**/*" if Path(given).is_dir() else given
    names = sorted(glob(pattern, recursive=True))  # noqa: PTH207
    return [Path(name) for name in names if name.endswith(ENDINGS)]


def shares(files: Sequence[Path], percents: Sequence[int], folder: Path) -> list[Corpus]:
    """Every n-th record of all files, for each of the percentages, in one pass."""
    made = [_Share(percent, folder / f"{percent}") for percent in percents]
    for line in _lines(files):
        size = _text_bytes(line)
        for share in made:
            share.offer(line, size)
    return [share.closed() for share in made]


class _Share:
    """The records of one percentage, while they are written."""

    def __init__(self, percent: int, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.percent, self.folder = percent, folder
        self.due = self.records = self.bytes = 0
        self.stack = ExitStack()
        names = [folder / f"part-{number}.jsonl" for number in range(FILES)]
        self.files = [self.stack.enter_context(name.open("wb")) for name in names]

    def offer(self, line: bytes, size: int) -> None:
        self.due += self.percent
        if self.due < 100:
            return
        self.due -= 100
        self.files[self.records % FILES].write(line.rstrip(b"\r\n") + b"\n")
        self.records += 1
        self.bytes += size

    def closed(self) -> Corpus:
        self.stack.close()
        return Corpus(self.folder, self.percent, self.records, self.bytes / 1e6)


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for path in files:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as lines:
            yield from (line for line in lines if line.strip())


def _text_bytes(line: bytes) -> int:
    """Of the field ``text``, in UTF-8; 0 where the line has none."""
    try:
        return len(json.loads(line)["text"].encode(errors="surrogatepass"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0
