"""A user's list of addresses whose documents are not wanted.

One entry a line; blank lines and lines that begin with ``#`` are none. ``example.org`` is that host
and every host below it, and so is ``example.org/``; ``example.org/shop`` is every address of just
that host whose path begins so, at a ``/``. Scheme, port, user, query, fragment and the case of the
host do not count. Names beyond ASCII have to be written as the addresses write them. Anything else
(patterns, two words in a line) is refused: it would match nothing and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import regex
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact

_HOST = regex.compile(r"[\w-]+(?:\.[\w-]+)*")
_NO_ENTRY = regex.compile(r"[\s*|^,]")

NAME = "url"
RULES = ("listed_host", "listed_path")


class BadEntry(ValueError):
    """A line of the list that is no host and no address; the message has its number."""


class UrlList:
    """The entries as 64-bit hashes: lists have millions, and a worker 8 bytes for each."""

    def __init__(self, lines: Iterable[str]) -> None:
        """By the lines of the file. Raises ``BadEntry``."""
        self._deepest = 0
        hashes = np.fromiter(self._read(lines), dtype=np.uint64)
        self._hashes: NDArray[np.uint64] = np.unique(hashes)

    def __len__(self) -> int:
        """Number of different entries."""
        return len(self._hashes)

    def broken(self, url: str | None) -> list[str]:
        """Those of ``RULES`` that an address breaks; none without one, or with none to be read."""
        host, path = _parts(url or "")
        if not host:
            return []
        labels, steps = host.split("."), path.split("/", self._deepest + 1)
        hosts = (".".join(labels[n:]) for n in range(len(labels)))
        deepest = min(len(steps) - 1, self._deepest)
        paths = (host + "/".join(steps[: n + 1]) for n in range(1, deepest + 1))
        found = (any(map(self._holds, hosts)), any(map(self._holds, paths)))
        return [rule for rule, flag in zip(RULES, found, strict=True) if flag]

    def _holds(self, entry: str) -> bool:
        value = _hash(entry)
        place = int(np.searchsorted(self._hashes, np.uint64(value)))
        return place < len(self._hashes) and int(self._hashes[place]) == value

    def _read(self, lines: Iterable[str]) -> Iterator[int]:
        for number, line in enumerate(lines, start=1):
            entry = line.strip()
            if not entry or entry.startswith("#"):
                continue
            host, path = _parts(entry if "://" in entry else f"//{entry}")
            if not _HOST.fullmatch(host) or _NO_ENTRY.search(entry):
                raise BadEntry(f"line {number} is no host and no address")
            path = path.rstrip("/")
            self._deepest = max(self._deepest, path.count("/"))
            yield _hash(host + path)


@lru_cache(maxsize=2)
def load_url_list(file: Artefact) -> UrlList:
    """The list in a file, read once a process. Raises ``WrongArtefact`` and ``BadEntry``."""
    with Path(file.checked()).open(encoding="utf-8-sig", errors="replace") as lines:
        return UrlList(lines)


def _parts(url: str) -> tuple[str, str]:
    """Host in small letters, and path; both empty where there is no host to be read."""
    try:
        found = urlsplit(url.strip())
        host = (found.hostname or "").rstrip(".")
    except ValueError:
        return "", ""
    return host, found.path if host else ""


def _hash(entry: str) -> int:
    return int.from_bytes(blake2b(entry.encode("utf-8", "replace"), digest_size=8).digest(), "big")
