"""Rank views: who reads what, counted by hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from corpusmill.shards.format import ShardWriter
from corpusmill.shards.manifest import ManifestError, content_digest, shard_parts, write_manifest
from corpusmill.shards.pack import Packable, pack
from corpusmill.shards.ranks import ShardSet, evened, rank_view, write_rank_views

U2 = np.dtype("<u2")
COUNTS = ("sequences", "length", "dropped", "repeated")


def build(folder, lengths, shards=8):
    """A set whose shard ``v`` has ``lengths[v]`` sequences of two ids; its content."""
    entries = []
    for shard, sequences in enumerate(lengths):
        documents = [
            Packable(f"{shard:016x}{n:016x}", 0, np.array([shard])) for n in range(sequences)
        ]
        with ShardWriter(shard, shards, 2, U2) as writer:
            for sequence in pack(documents, 2, 0, "pad", U2):
                writer.append(sequence)
            entries.append(writer.put_into(folder))
    plan = {
        "shards": shards,
        "sequence_length": 2,
        "rest": "pad",
        "packing": "concat",
        "oversize": "fragment",
        "seed": 42,
        "block": 2,
        "window": 2,
    }
    parts = shard_parts(entries)
    content = {
        "format": 2,
        "stage": "main",
        "recipe": {},
        "recipe_digest": "",
        "plan": {**plan, "dtype": "uint16", "eos_id": 0, "vocab_size": 100},
        "inputs": {},
        "mix": {"tokens": parts["totals"]["tokens"]},
        **parts,
    }
    write_manifest(folder, content)
    return content


def counts(part):
    return tuple(part[name] for name in COUNTS)


def links(folder, rank, world_size):
    return sorted((folder / f"rank-{rank:05d}-of-{world_size:05d}").iterdir())


@pytest.mark.parametrize(
    ("rest", "lengths"), [("drop", [2, 2, 2]), ("wrap", [5, 5, 5]), ("keep", [3, 5, 2])]
)
def test_the_rest_policy_evens_the_lengths(rest, lengths):
    assert evened([3, 5, 2], rest) == lengths


@pytest.mark.parametrize(
    ("rest", "whole", "ranks"),
    [
        ("wrap", (11, 12, 0, 1), [(6, 6, 0, 0), (3, 6, 0, 3), (2, 6, 0, 4)]),
        ("drop", (11, 9, 2, 0), [(6, 2, 4, 0), (3, 2, 1, 0), (2, 2, 0, 0)]),
        ("keep", (11, 11, 0, 0), [(6, 6, 0, 0), (3, 3, 0, 0), (2, 2, 0, 0)]),
    ],
)
def test_a_view_states_what_each_rank_reads_drops_and_repeats(tmp_path, rest, whole, ranks):
    content = build(tmp_path, [4, 0, 2, 2, 3])

    view = rank_view(content, 3, rest)

    assert [counts(rank) for rank in view["ranks"]] == ranks
    assert counts(view["per_rank"]) == tuple(np.sum(ranks, axis=0).tolist())
    assert counts(view["global"]) == whole
    assert [[s["shard"] for s in rank["shards"]] for rank in view["ranks"]] == [[0, 3], [4], [2]]
    assert (view["digest"], view["world_size"]) == (content_digest(content), 3)


@pytest.mark.parametrize("world_size", [0, -1, 9])
def test_a_world_without_ranks_or_with_more_ranks_than_shards_is_refused(tmp_path, world_size):
    content = build(tmp_path, [1])

    with pytest.raises(ValueError, match=f"world_size is {world_size}; allowed"):
        write_rank_views(tmp_path, content, world_size)
    assert not (tmp_path / "ranks").exists()


def test_an_unknown_rest_is_refused(tmp_path):
    with pytest.raises(ValueError, match="rest is 'pad'; allowed: drop, wrap, keep"):
        rank_view(build(tmp_path, [1]), 2, "pad")


def test_every_shard_is_linked_from_one_rank_by_a_relative_link(tmp_path):
    content = build(tmp_path, [1] * 8)

    paths = write_rank_views(tmp_path, content, 4)

    assert paths[0] == tmp_path / "ranks" / "4.json"
    assert json.loads(paths[0].read_bytes()) == rank_view(content, 4)
    found = [link for rank in range(4) for link in links(tmp_path, rank, 4)]
    assert sorted(link.name for link in found) == sorted(p.name for p in tmp_path.glob("shard-*"))
    assert all(os.readlink(link) == f"../{link.name}" for link in found)  # noqa: PTH115
    assert [link.name[:11] for link in links(tmp_path, 1, 4)[::2]] == ["shard-00001", "shard-00005"]


def test_writing_views_again_changes_nothing_and_takes_strange_links_away(tmp_path):
    content = build(tmp_path, [1] * 8)
    write_rank_views(tmp_path, content, 2)
    before = [(p.name, p.lstat().st_ino) for p in links(tmp_path, 0, 2)]
    folder = tmp_path / "rank-00000-of-00002"
    (folder / "shard-00009-of-00008-0.bin").symlink_to("../gone")
    (folder / before[-1][0]).unlink()
    (folder / before[-1][0]).symlink_to("/etc/hostname")

    write_rank_views(tmp_path, content, 2)

    after = links(tmp_path, 0, 2)
    assert [(p.name, p.lstat().st_ino) for p in after][:-1] == before[:-1]
    assert [p.name for p in after] == [name for name, _ in before]
    assert all(p.resolve().parent == tmp_path.resolve() for p in after)


def refuse(*_arguments, **_options):
    raise OSError("no links here")


def test_where_symbolic_links_fail_hard_links_serve(tmp_path, monkeypatch):
    content = build(tmp_path, [1] * 4, shards=4)
    monkeypatch.setattr(Path, "symlink_to", refuse)

    write_rank_views(tmp_path, content, 2)
    write_rank_views(tmp_path, content, 2)

    assert all(p.samefile(tmp_path / p.name) for p in links(tmp_path, 0, 2))
    assert not any(p.is_symlink() for p in links(tmp_path, 0, 2))


def test_where_no_links_work_the_view_alone_is_written(tmp_path, monkeypatch):
    content = build(tmp_path, [1] * 4, shards=4)
    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(Path, "hardlink_to", refuse)

    paths = write_rank_views(tmp_path, content, 2)

    assert paths == [tmp_path / "ranks" / "2.json"]
    assert not list(tmp_path.glob("rank-*"))


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path):
    content = build(tmp_path, [1])
    content["shards"][0]["bin"]["name"] = "../../secret"

    with pytest.raises(ManifestError, match=r"shards\[0\]\.bin\.name"):
        write_rank_views(tmp_path, content, 1)


def test_an_empty_set_has_views_of_nothing(tmp_path):
    view = rank_view(build(tmp_path, []), 4)

    assert [counts(rank) for rank in view["ranks"]] == [(0, 0, 0, 0)] * 4


@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 8])
def test_ranks_of_per_rank_order_read_their_own_shards_once_each_permuted(tmp_path, world_size):
    lengths = [7, 40, 1, 5, 9, 3, 2, 6]
    build(tmp_path, lengths)
    owner = np.repeat(np.arange(8), lengths) % world_size
    opened = ShardSet.open(tmp_path)

    shares = [opened.share(rank, world_size, "per-rank", "keep") for rank in range(world_size)]
    read = [share.at(np.arange(len(share))).tolist() for share in shares]

    for rank, numbers in enumerate(read):
        assert sorted(numbers) == np.flatnonzero(owner == rank).tolist()
    assert any(numbers != sorted(numbers) for numbers in read)


def test_a_rank_repeats_its_own_from_the_start_and_one_without_any_reads_the_whole_set(tmp_path):
    build(tmp_path, [5, 3, 0, 2], shards=4)
    opened = ShardSet.open(tmp_path)

    read = [
        opened.share(rank, 4, "per-rank", "wrap").at(np.arange(5)).tolist() for rank in range(4)
    ]

    assert sorted(read[0]) == [0, 1, 2, 3, 4]
    assert sorted(read[1][:3]) == [5, 6, 7]
    assert read[1][3:] == read[1][:2]
    assert len(set(read[2])) == 5
    assert read[3][2:] == [*read[3][:2], read[3][0]]


def test_a_sequence_is_found_in_its_shard(tmp_path):
    build(tmp_path, [2, 0, 3])

    found = [ShardSet.open(tmp_path).locate(sequence) for sequence in range(5)]

    assert found == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
