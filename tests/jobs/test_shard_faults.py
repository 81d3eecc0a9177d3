"""A disk that is full while shards are written; a driver that dies before the manifest."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest
from golden_corpus import RECIPE, manifest_of, places, shard_digests

KILLED_BEFORE_THE_MANIFEST = """
import os, signal, sys
from corpusmill import shard_set
from corpusmill.__main__ import main

shard_set.write_manifest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""

pytestmark = pytest.mark.slow


def digest_of(folder):
    return json.loads(manifest_of(folder).read_bytes())["digest"]


def hidden(folder):
    return [path for path in folder.rglob(".*") if path.is_file()]


@pytest.fixture
def without_shards(copied):
    """The milled golden corpus, its shards gone; the folder in which they stood."""
    shards = copied / "output" / "shards"
    shutil.rmtree(shards)
    shards.mkdir()
    return shards


@pytest.fixture
def resize(without_shards):
    """``resize("12k")``: how large the disk is on which shards are put."""

    def mount(*options):
        command = ["mount", *options, str(without_shards)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a disk can be mounted by root only, and not in every container")

    mount("-t", "tmpfs", "-o", "size=8k", "tmpfs")
    yield lambda size: mount("-o", f"remount,size={size}")
    subprocess.run(["umount", str(without_shards)], check=True)


def test_a_full_disk_fails_in_words_and_the_same_command_finishes_once_there_is_room(
    cli, milled, copied, without_shards, resize
):
    command = ["build-shards", *places(copied), *RECIPE]

    code, line = cli(*command)
    left = list(without_shards.rglob("*"))

    assert (code, line["status"]) == (1, "failed")
    assert "a disk is full" in line["message"]
    assert "No space left on device" in line["message"]
    assert "runtime.output" in line["advice"]
    assert not [path for path in left if path.name == "manifest.json"]
    assert hidden(without_shards) == []

    resize("16m")

    assert cli(*command)[0] == 0
    assert digest_of(copied) == digest_of(milled)
    assert shard_digests(manifest_of(copied)) == shard_digests(manifest_of(milled))
    assert hidden(without_shards) == []


def test_a_driver_killed_between_shards_and_manifest_leaves_no_set_and_loses_nothing(
    cli, milled, copied, without_shards
):
    command = ["build-shards", *places(copied), *RECIPE]
    words = [sys.executable, "-c", KILLED_BEFORE_THE_MANIFEST, *command, "--master", "local[2]"]

    killed = subprocess.run(words, capture_output=True, check=False, cwd=copied)

    assert killed.returncode == -signal.SIGKILL
    (folder,) = without_shards.iterdir()
    assert list(folder.glob("shard-*.bin"))
    assert not list(folder.glob("manifest.json"))
    code, line = cli("verify-shards", *places(copied), "--manifest", str(folder))
    assert (code, "there is no manifest" in line["message"]) == (2, True)

    assert cli(*command)[0] == 0
    assert digest_of(copied) == digest_of(milled)
    assert shard_digests(manifest_of(copied)) == shard_digests(manifest_of(milled))
