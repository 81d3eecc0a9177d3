"""Shard files of a set that lies elsewhere, fetched whole into a local folder of bounded size.

Several processes of a host share the folder. A file appears in it in one step, once its digest is
found right, and stands under a name with that digest, so whoever sees it can use it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from corpusmill.shards.format import FileEntry, FormatError, holds, put
from corpusmill.shards.manifest import MANIFEST, ManifestError
from corpusmill.shards.ranks import ShardSet

CACHE_BYTES = 1 << 36  # 64 GiB
_ASIDE = ".shard-"  # how names of files begin that are being fetched (``format.put``)


class ShardCache:
    """Files of one set at an fsspec address, at hand in a folder.

    A file is checked against its digest when it is fetched, and once in each process that finds it
    in the folder; one that is wrong there is fetched again. Before a fetch, files make room that no
    process has opened for the longest time, but those that one is about to map. One that is mapped
    when it goes keeps its space until it is let go, and processes that fetch at once each make room
    for their own file only.
    """

    def __init__(self, manifest: str, folder: str | Path, limit: int) -> None:
        """``manifest`` is the address of the file or of its folder; nothing is fetched yet.

        ValueError for a ``folder`` that is none of this machine or cannot be made.
        """
        if "://" in str(folder):
            raise ValueError(f"cache: {folder} is no folder of this machine")
        is_file = manifest.endswith(".json")
        self._address = manifest if is_file else f"{manifest.rstrip('/')}/{MANIFEST}"
        self._folder, self._limit = Path(folder).expanduser().absolute(), limit
        self._checked: dict[str, tuple[int, int, int]] = {}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"cache: {folder}: {error.strerror}") from None

    def open_set(self) -> ShardSet:
        """The set, its manifest fetched anew. ManifestError where it is missing or not whole.

        ValueError where the cache could not hold the largest shard.
        """
        name = f"{hashlib.sha256(self._address.encode()).hexdigest()[:16]}-{MANIFEST}"
        try:
            with _opened(self._address) as source:
                put(source, self._folder / name)
        except FileNotFoundError:
            raise ManifestError(f"{self._address}: there is no manifest") from None
        shard_set = ShardSet.open(self._folder / name)
        shards = shard_set.content["shards"]
        most = max((shard["bin"]["bytes"] + shard["docs"]["bytes"] for shard in shards), default=0)
        if self._limit < most:
            raise ValueError(f"cache_bytes is {self._limit}; the largest shard has {most} bytes")
        return shard_set

    @contextmanager
    def held(self, entry: FileEntry) -> Iterator[Path]:
        """The file in the folder, which no process takes away meanwhile.

        FormatError when the one at the address is missing or wrong.
        """
        path = self._folder / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)  # somebody may have cleared it
        with self._alone(entry.name):
            if not self._is_known(path):
                if not holds(path, entry):
                    self._fetch(path, entry)
                self._checked[entry.name] = _stamp(path)
            _touch(path)
            yield path

    def _is_known(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            return self._checked.get(path.name) == _stamp(path)
        return False

    def _fetch(self, path: Path, entry: FileEntry) -> None:
        self._make_room(entry)
        address = f"{self._address.rpartition('/')[0]}/{entry.name}"
        try:
            with _opened(address) as source:
                put(cast(BinaryIO, _Checked(source, entry)), path)
        except FileNotFoundError:
            raise FormatError(f"{entry.name} is missing") from None

    def _make_room(self, entry: FileEntry) -> None:
        """Take away files, the longest unused first, until one more fits.

        What killed fetches left goes first; files that another process holds stay.
        """
        for path in self._folder.glob(f"{_ASIDE}*"):
            self._take_away(path)
        found = []
        for path in self._folder.glob("shard-*"):
            with suppress(FileNotFoundError):
                stat = path.stat()
                found.append((stat.st_atime_ns, path.name, stat.st_size))
        held = sum(size for _used, name, size in found if name != entry.name)
        for _used, name, size in sorted(found):
            if held + entry.bytes <= self._limit:
                break
            if name != entry.name and self._take_away(self._folder / name):
                held -= size

    def _take_away(self, path: Path) -> bool:
        """Whether a file is gone; not where its lock is held, perhaps by this process itself."""
        with self._alone(path.name, wait=False) as is_ours:
            if is_ours:
                path.unlink(missing_ok=True)
            return is_ours

    @contextmanager
    def _alone(self, name: str, wait: bool = True) -> Iterator[bool]:
        """One process of the host at a time holds a file, fetches it or takes it away.

        Whether this one does: always, where it may ``wait``.
        """
        key = name.removeprefix(".").split(".")[0].rpartition("-")[2][:2]  # of its digest
        with (self._folder / f".lock-{key}").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


class _Checked:
    """A file as it is read, which ends in FormatError when it was not what its entry says."""

    def __init__(self, source: BinaryIO, entry: FileEntry) -> None:
        self._source, self._entry = source, entry
        self._digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._digest.update(data)
        if not data and self._digest.hexdigest() != self._entry.sha256:
            raise FormatError(f"{self._entry.name} has not the digest that the manifest states")
        return data


def _opened(address: str) -> Any:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"{address} needs fsspec: pip install corpusmill[remote]"
        ) from None
    return fsspec.open(address, "rb")


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is replaced or written to, and not when it is read."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _touch(path: Path) -> None:
    """Note the time of use, which file systems themselves often do not."""
    with suppress(OSError):
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
