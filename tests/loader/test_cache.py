"""Sets that lie elsewhere: fetched once, checked, bounded, shared by processes."""

import shutil
import subprocess
import sys

import fsspec
import numpy as np
import pytest
from exported import packed

from corpusmill.loader import ShardReader, ShardStream, cache
from corpusmill.shards.format import FormatError
from corpusmill.shards.manifest import ManifestError

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("local"), shards=8)[0]


@pytest.fixture(params=["memory", "file"])
def remote(request, local, tmp_path):
    """Address of a copy of the set, and the function that changes a file of it."""
    if request.param == "file":
        shutil.copytree(local, tmp_path / "remote")
        return f"file://{tmp_path / 'remote'}"
    files = fsspec.filesystem("memory")
    files.rm("/sets", recursive=True) if files.exists("/sets") else None
    files.put(f"{local}/", "/sets/main/", recursive=True)
    return "memory://sets/main"


@pytest.fixture
def fetched(monkeypatch):
    """Addresses that were opened so far."""
    opened, original = [], cache._opened
    monkeypatch.setattr(cache, "_opened", lambda a: opened.append(a) or original(a))
    return opened


def shown(reader):
    return [(i["sequence"], i["input_ids"].tolist(), i["boundaries"].tolist()) for i in reader]


def shard_files(folder):
    return sorted(path.name for path in folder.glob("shard-*"))


def held(folder):
    return sum(path.stat().st_size for path in folder.glob("shard-*"))


def overwrite(address, name, data):
    with fsspec.open(f"{address}/{name}", "wb") as file:
        file.write(data)


@pytest.mark.parametrize("manifest", ["", "/manifest.json"])
def test_a_remote_set_reads_as_the_local_one(remote, local, tmp_path, manifest):
    reader = ShardReader(remote + manifest, cache=tmp_path / "cache")

    assert shown(reader) == shown(ShardReader(local))
    assert shown(ShardStream(remote, 1, 2, cache=tmp_path / "cache")) == shown(
        ShardReader(local, 1, 2)
    )


def test_files_are_fetched_whole_once_and_when_they_are_needed(remote, local, tmp_path, fetched):
    for _reader in range(2):
        reader = ShardReader(remote, cache=tmp_path / "cache")
        assert len(fetched) == 1 + _reader * 17
        list(reader)
        list(reader)

    names = [address.rpartition("/")[2] for address in fetched]
    assert sorted(name for name in names if name != "manifest.json") == shard_files(local)
    for path in (tmp_path / "cache").glob("shard-*"):
        assert path.read_bytes() == (local / path.name).read_bytes()


def test_the_cache_keeps_within_its_bytes_and_the_least_recently_used_goes(
    remote, local, tmp_path, monkeypatch
):
    monkeypatch.setattr("corpusmill.loader.maps.OPEN_SHARDS", 1)
    sizes = [path.stat().st_size for path in local.glob("shard-*")]
    limit = sum(sizes) // 2
    reader = ShardReader(remote, order="per-rank", cache=tmp_path / "cache", cache_bytes=limit)

    read = []
    for item in reader:
        read.append((item["sequence"], item["input_ids"].tolist()))
        assert 0 < held(tmp_path / "cache") <= limit

    expected = ShardReader(local, order="per-rank")
    assert read == [(i["sequence"], i["input_ids"].tolist()) for i in expected]


def test_what_was_opened_last_outlives_what_was_not(local, tmp_path):
    entries = [(p.name, p.stat().st_size) for p in sorted(local.glob("*.bin"))]
    manifest = ShardReader(local)._set.content["shards"]
    files = cache.ShardCache(f"file://{local}", tmp_path, 0)
    entry = [cache.FileEntry(**shard["bin"]) for shard in manifest]
    files._limit = sum(size for _name, size in entries[:3])

    for number in (0, 1, 2, 0, 3):
        with files.held(entry[number]):
            pass

    assert entry[0].name in shard_files(tmp_path)
    assert entry[1].name not in shard_files(tmp_path)
    assert entry[3].name in shard_files(tmp_path)


def test_what_killed_fetches_left_is_taken_away_by_the_next_one(local, tmp_path):
    entries = [cache.FileEntry(**s["bin"]) for s in ShardReader(local)._set.content["shards"]]
    files = cache.ShardCache(f"file://{local}", tmp_path, sum(entry.bytes for entry in entries))
    left = tmp_path / f".{entries[0].name}.0123456789abcdef"
    left.write_bytes(b"half a file")

    with files.held(entries[1]):
        pass

    assert not left.exists()
    assert entries[1].name in shard_files(tmp_path)


def test_a_file_that_is_held_is_not_taken_away(local, tmp_path):
    entries = [cache.FileEntry(**s["bin"]) for s in ShardReader(local)._set.content["shards"]]
    files = cache.ShardCache(f"file://{local}", tmp_path, max(e.bytes for e in entries))
    other = cache.ShardCache(f"file://{local}", tmp_path, max(e.bytes for e in entries))

    with files.held(entries[0]) as path:
        with other.held(entries[1]):
            pass
        assert path.exists()
    with other.held(entries[2]):
        pass

    assert not path.exists()


@pytest.mark.parametrize("folder", ["memory://cache", "file"])
def test_a_cache_that_is_no_folder_is_refused_by_name(remote, tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")

    with pytest.raises(ValueError, match=f"cache: {folder}"):
        ShardReader(remote, cache=folder)


def test_an_address_without_a_cache_is_refused(remote):
    with pytest.raises(ValueError, match=f"cache: name a local folder for the files of {remote}"):
        ShardReader(remote)


def test_without_fsspec_the_extra_is_named(remote, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(ModuleNotFoundError, match=r"pip install corpusmill\[remote\]"):
        ShardReader(remote, cache=tmp_path)


def test_a_cache_that_could_not_hold_one_shard_is_refused(remote, tmp_path):
    with pytest.raises(ValueError, match="cache_bytes is 100; the largest shard has"):
        ShardReader(remote, cache=tmp_path, cache_bytes=100)


@pytest.mark.parametrize("damage", ["other bytes", "cut short", "empty"])
def test_a_damaged_file_in_the_cache_is_fetched_again(remote, local, tmp_path, damage):
    folder = tmp_path / "cache"
    list(ShardReader(remote, cache=folder))
    for path in folder.glob("shard-0000[12]-*"):
        data = path.read_bytes()
        path.write_bytes(
            {"other bytes": bytes(len(data)), "cut short": data[:-1], "empty": b""}[damage]
        )

    assert shown(ShardReader(remote, cache=folder)) == shown(ShardReader(local))
    for path in folder.glob("shard-*"):
        assert path.read_bytes() == (local / path.name).read_bytes()


@pytest.mark.parametrize("suffix", ["bin", "docs"])
def test_a_remote_file_with_other_bytes_is_refused_by_name_and_not_kept(
    remote, local, tmp_path, suffix
):
    path = next(local.glob(f"shard-00003-*.{suffix}"))
    overwrite(remote, path.name, bytes(path.stat().st_size))

    with pytest.raises(FormatError, match=f"{path.name} has not the digest"):
        list(ShardReader(remote, cache=tmp_path / "cache"))

    assert path.name not in shard_files(tmp_path / "cache")
    assert not list((tmp_path / "cache").glob(".shard-*"))  # nor a half file
    overwrite(remote, path.name, path.read_bytes())
    assert shown(ShardReader(remote, cache=tmp_path / "cache")) == shown(ShardReader(local))


def test_what_is_missing_is_told_by_name(remote, tmp_path):
    with pytest.raises(ManifestError, match=r"elsewhere/manifest\.json: there is no manifest"):
        ShardReader(f"{remote}/elsewhere", cache=tmp_path / "cache")
    files, folder = fsspec.core.url_to_fs(remote)
    [victim] = files.glob(f"{folder}/shard-00005-*.bin")
    files.rm(victim)

    with pytest.raises(FormatError, match=r"shard-00005-.* is missing"):
        list(ShardReader(remote, cache=tmp_path / "cache"))


def test_processes_of_a_host_share_one_cache(local, tmp_path):
    program = (
        "import sys; from corpusmill.loader import ShardReader;"
        "r = ShardReader(sys.argv[1], int(sys.argv[2]), 3, cache=sys.argv[3]);"
        "print(sum(int(i['input_ids'].sum()) for i in r))"
    )
    command = [sys.executable, "-c", program, f"file://{local}"]

    running = [
        subprocess.Popen([*command, str(rank), str(tmp_path)], stdout=subprocess.PIPE)
        for rank in range(3)
    ]
    answers = [int(process.communicate()[0]) for process in running]

    assert answers == [
        sum(int(item["input_ids"].sum()) for item in ShardReader(local, rank, 3))
        for rank in range(3)
    ]
    assert shard_files(tmp_path) == shard_files(local)
    for path in tmp_path.glob("shard-*"):
        assert np.array_equal(np.fromfile(path, "u1"), np.fromfile(local / path.name, "u1"))
