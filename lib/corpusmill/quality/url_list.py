"""A user's list of addresses whose documents are not wanted.

One entry a line; blank lines and lines that begin with ``#`` are none. ``example.org`` is that host
and every host below it, ``example.org/shop`` every address of just that host whose path begins so,
at a ``/``. Scheme, port, user, query, fragment and the case of the host do not count. Names beyond
ASCII have to be written as the addresses write them.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact

NAME = "url"
RULES = ("listed_host", "listed_path")


class UrlList:
    """The entries as 64-bit hashes: lists have millions, and a worker 8 bytes for each."""

    def __init__(self, entries: list[str]) -> None:
        """By entries as they stand in the file."""
        known = {_of_entry(line) for line in map(str.strip, entries) if line and line[0] != "#"}
        self._hashes: NDArray[np.uint64] = np.sort(
            np.fromiter((_hash(each) for each in known if each), dtype=np.uint64)
        )

    def __len__(self) -> int:
        """Number of different entries."""
        return len(self._hashes)

    def broken(self, url: str | None) -> list[str]:
        """Those of ``RULES`` that an address breaks; none without one, or with none to be read."""
        host, path = _parts(url or "")
        if not host:
            return []
        labels, steps = host.split("."), path.split("/")
        hosts = (".".join(labels[n:]) for n in range(len(labels)))
        paths = (host + "/".join(steps[: n + 1]) for n in range(1, len(steps)))
        found = (any(map(self._holds, hosts)), any(map(self._holds, paths)))
        return [rule for rule, flag in zip(RULES, found, strict=True) if flag]

    def _holds(self, entry: str) -> bool:
        value = _hash(entry)
        place = int(np.searchsorted(self._hashes, np.uint64(value)))
        return place < len(self._hashes) and int(self._hashes[place]) == value


@lru_cache(maxsize=2)
def load_url_list(file: Artefact) -> UrlList:
    """The list in a file, read once a process. Raises ``WrongArtefact``."""
    return UrlList(Path(file.checked()).read_text("utf-8", errors="replace").splitlines())


def _of_entry(line: str) -> str:
    host, path = _parts(line if "://" in line else f"//{line}")
    return host + path.rstrip("/")


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
