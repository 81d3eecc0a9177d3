"""Corpora that deduplication is measured on, as JSON Lines files of ids and texts."""

from __future__ import annotations

import glob
import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

FILES = 8  # so that no reader has to work alone
Document = tuple[str, str]


def documents(pattern: str) -> Iterator[Document]:
    """(id, text) of the files that match, in order of their names."""
    for name in sorted(glob.glob(pattern)):  # noqa: PTH207
        opened = gzip.open if name.endswith(".gz") else open
        with opened(name, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield row["id"], row["text"]


def upto(rows: Iterable[Document], megabytes: float) -> Iterator[Document]:
    """So many documents as make the size, in UTF-8."""
    left = megabytes * 1e6
    for name, text in rows:
        if left <= 0:
            return
        left -= len(text.encode(errors="surrogatepass"))
        yield name, text


def written(rows: Iterable[Document], folder: Path) -> str:
    """The documents dealt to files in ``folder``, named after it; the glob that finds them."""
    folder.mkdir(parents=True)
    files = [(folder / f"{folder.name}-{number}.jsonl").open("w") for number in range(FILES)]
    for number, (name, text) in enumerate(rows):
        files[number % FILES].write(json.dumps({"id": name, "text": text}) + "\n")
    for file in files:
        file.close()
    return str(folder / "*.jsonl")


def pieces(rows: Iterable[Document], count: int, characters: int) -> Iterator[Document]:
    """Documents of one length, cut out of others: an ordinary corpus."""
    cut = (
        text[at : at + characters]
        for _, text in rows
        for at in range(0, len(text) - characters + 1, characters)
    )
    for number, text in enumerate(islice(cut, count)):
        yield str(number), text


def sharing(rows: Iterable[Document], share: float, part: float) -> Iterator[Document]:
    """Of the documents every ``1 / share``-th begins with one paragraph, ``part`` of its length."""
    paragraph, due = "", 0.0
    for name, text in rows:
        size = int(len(text) * part)
        paragraph = paragraph or text[:size]
        due += share
        if due >= 1:
            due -= 1
            text = paragraph + "\n\n" + text[size + 2 :]
        yield name, text


def identical(rows: Iterable[Document]) -> Iterator[Document]:
    """As many documents as there are, all with the text of the first."""
    said = ""
    for name, text in rows:
        said = said or text
        yield name, said
