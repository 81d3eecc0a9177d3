"""The plan and the shards against documents sorted, joined and cut in plain Python."""

import hashlib
import random
import struct

import numpy as np
import pytest

from corpusmill.contracts import contract
from corpusmill.shards.order import order_key, shard_of
from corpusmill.shards.transform import mix_documents, place, planned_tokens, write_shards

TOKENS = "doc_id string, text_digest string, token_count bigint, token_ids array<int>"
SELECTION = "doc_id string, text_digest string, repeats int"
MIX = "stage string, doc_id string, text_digest string, repeats int"
PLAN = {
    "shards": 4,
    "sequence_length": 8,
    "rest": "pad",
    "packing": "concat",
    "oversize": "fragment",
    "seed": 42,
    "dtype": "uint16",
    "eos_id": 0,
}


def documents(count=60):
    draw = random.Random(3)
    return {
        hashlib.md5(bytes([n])).hexdigest(): [
            draw.randrange(1, 60_000) for _ in range(draw.choice([1, 2, 7, 8, 9, 30]))
        ]
        for n in range(count)
    }


def token_rows(ids_of):
    return [(doc_id, f"d {doc_id}", len(ids), ids) for doc_id, ids in ids_of.items()]


def mix_rows(ids_of, stage="main", repeats=2):
    return [(stage, doc_id, f"d {doc_id}", repeats) for doc_id in ids_of]


def placed(dealt, ids_of, plan=PLAN, stage="main", repeats=2):
    mix = dealt(mix_rows(ids_of, stage, repeats), MIX)
    return place(dealt(token_rows(ids_of), TOKENS), mix, stage, plan)


def slow_shards(ids_of, plan, stage="main", repeats=2):
    """Shard -> [(doc_id, repeat, ids with their end)] in total order."""
    everything = sorted(
        (order_key(plan["seed"], stage, doc_id, repeat), doc_id, repeat)
        for doc_id in ids_of
        for repeat in range(repeats)
    )
    shards = {}
    for key, doc_id, repeat in everything:
        entry = (doc_id, repeat, [*ids_of[doc_id], plan["eos_id"]])
        shards.setdefault(shard_of(key, plan["shards"]), []).append(entry)
    return shards


def slow_files(entries, plan):
    """The bytes of both files of a shard."""
    length = plan["sequence_length"]
    stream = [token for _, _, ids in entries for token in ids]
    whole = len(stream) // length * length
    if plan["rest"] == "pad":
        stream += [plan["eos_id"]] * (-len(stream) % length)
    else:
        stream = stream[:whole]
    records, at = [], 0
    for doc_id, repeat, ids in entries:
        start = 0
        while start < len(ids) and at + start < len(stream):
            sequence, offset = divmod(at + start, length)
            size = min(length - offset, len(ids) - start)
            record = struct.pack(
                "<16sIIIIQ", bytes.fromhex(doc_id), repeat, sequence, offset, size, start
            )
            records.append(record)
            start += size
        at += len(ids)
    numbers = np.array(stream, dtype={"uint16": "<u2", "uint32": "<u4"}[plan["dtype"]])
    return numbers.tobytes(), struct.pack("<8sQ", b"CMDOCS01", len(records)) + b"".join(records)


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("shards", [1, 2, 64, 65_536])
def test_every_repeat_has_the_place_that_order_gives_it(dealt, shards):
    ids_of = documents(20)

    found = placed(dealt, ids_of, {**PLAN, "shards": shards}, "second", 3).collect()

    expected = [
        (doc_id, repeat, f"{key:016x}", shard_of(key, shards), ids_of[doc_id])
        for doc_id in ids_of
        for repeat in range(3)
        for key in [order_key(42, "second", doc_id, repeat)]
    ]
    said = [(r.doc_id, r.repeat, r.order_key, r.shard, r.token_ids) for r in found]
    assert sorted(said) == sorted(expected)


def test_only_documents_in_the_plan_of_the_stage_are_placed(dealt):
    tokens = dealt(token_rows({"aa": [1], "bb": [2], "cc": [3]}), TOKENS)
    mix = dealt([("main", "aa", "d", 1), ("main", "bb", "d", 2), ("other", "cc", "d", 1)], MIX)

    found = place(tokens, mix, "main", PLAN).collect()

    assert sorted((row.doc_id, row.repeat) for row in found) == [("aa", 0), ("bb", 0), ("bb", 1)]


def test_the_mix_holds_every_document_with_a_token_for_each_stage(dealt):
    tokens = dealt(token_rows({"aa": [5], "bb": [], "cc": [6, 7]}), TOKENS)

    found = mix_documents(tokens, dealt([], SELECTION), {"main": 1, "late": 4})

    assert found.columns == contract("mix_plan").column_names
    assert sorted(map(tuple, found.collect())) == [
        ("late", "aa", "d aa", 4),
        ("late", "cc", "d cc", 4),
        ("main", "aa", "d aa", 1),
        ("main", "cc", "d cc", 1),
    ]


def test_a_document_stands_the_product_of_the_times_of_its_stage_and_its_selection(dealt):
    tokens = dealt(token_rows({name: [5] for name in ("aa", "bb", "cc", "dd")}), TOKENS)
    said = [("aa", "d aa", 3), ("bb", "d bb", 1), ("cc", "another text", 9), ("ee", "d ee", 2)]

    found = mix_documents(tokens, dealt(said, SELECTION), {"main": 1, "late": 4}).collect()

    times = {"aa": 3, "bb": 1, "cc": 1, "dd": 1}
    assert sorted(map(tuple, found)) == sorted(
        (stage, name, f"d {name}", repeats * times[name])
        for stage, repeats in (("main", 1), ("late", 4))
        for name in times
    )


def test_a_document_that_stands_more_often_is_in_the_shards_as_often(dealt, tmp_path):
    ids_of, plan = documents(9), {**PLAN, "sequence_length": 1}
    tokens = dealt(token_rows(ids_of), TOKENS)
    more = {doc_id: 1 + n % 3 for n, doc_id in enumerate(ids_of)}
    said = [(doc_id, f"d {doc_id}", repeats) for doc_id, repeats in more.items()]
    mix = mix_documents(tokens, dealt(said, SELECTION), {"main": 2})

    entries = write_shards(place(tokens, mix, "main", plan), tmp_path, plan, tasks=2)

    with_tokens = {doc_id for doc_id, ids in ids_of.items() if ids}
    assert sum(entry.documents for entry in entries) == sum(2 * more[d] for d in with_tokens)
    assert sum(entry.tokens for entry in entries) == sum(
        2 * more[d] * (len(ids_of[d]) + 1) for d in with_tokens
    )


def test_the_plan_counts_the_tokens_of_each_shard_with_their_ends(dealt):
    ids_of = documents()

    found = planned_tokens(placed(dealt, ids_of)).collect()

    shards = slow_shards(ids_of, PLAN)
    assert {row.shard: row.tokens for row in found} == {
        shard: sum(len(ids) for *_, ids in entries) for shard, entries in shards.items()
    }


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"rest": "drop"},
        {"dtype": "uint32", "eos_id": 70_000},
        {"sequence_length": 1, "shards": 1},
    ],
    ids=["pad", "drop", "wide", "length-one"],
)
def test_shards_are_the_documents_in_total_order_cut_into_sequences(dealt, tmp_path, changed):
    plan, ids_of = {**PLAN, **changed}, documents()

    entries = write_shards(placed(dealt, ids_of, plan), tmp_path, plan, tasks=3)

    expected = slow_shards(ids_of, plan)
    assert [entry.shard for entry in entries] == sorted(expected)
    for entry in entries:
        tokens, docs = slow_files(expected[entry.shard], plan)
        assert (tmp_path / entry.bin.name).read_bytes() == tokens
        assert (tmp_path / entry.docs.name).read_bytes() == docs
        assert (entry.bin.sha256, entry.docs.sha256) == (sha(tokens), sha(docs))
        total = sum(len(ids) for *_, ids in expected[entry.shard])
        assert entry.tokens + entry.dropped == total
        assert entry.sequences * plan["sequence_length"] == entry.tokens + entry.padding
    names = {name for entry in entries for name in (entry.bin.name, entry.docs.name)}
    assert {each.name for each in tmp_path.iterdir()} == names


@pytest.mark.parametrize("tasks", [1, 2, 50])
def test_the_number_of_tasks_changes_no_byte(dealt, tmp_path, tasks):
    frame, ids_of = placed(dealt, documents()), documents()

    entries = write_shards(frame, tmp_path, PLAN, tasks)

    digests = [(entry.bin.sha256, entry.docs.sha256) for entry in entries]
    expected = slow_shards(ids_of, PLAN)
    assert digests == [tuple(map(sha, slow_files(expected[s], PLAN))) for s in sorted(expected)]


def test_writing_again_changes_nothing(dealt, tmp_path):
    frame = placed(dealt, documents())
    first = write_shards(frame, tmp_path, PLAN, 2)
    before = {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()}

    again = write_shards(frame, tmp_path, PLAN, 3)

    assert again == first
    assert {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()} == before


def test_a_document_stands_in_the_set_as_often_as_it_is_repeated(dealt, tmp_path):
    plan = {**PLAN, "sequence_length": 1}

    entries = write_shards(placed(dealt, {"ab" * 16: [7, 9]}, plan, repeats=5), tmp_path, plan, 2)

    data = b"".join((tmp_path / entry.bin.name).read_bytes() for entry in entries)
    assert np.frombuffer(data, dtype="<u2").tolist() == [7, 9, 0] * 5
    assert sum(entry.documents for entry in entries) == 5


def test_no_documents_make_no_shards(dealt, tmp_path):
    assert write_shards(placed(dealt, {}), tmp_path, PLAN, 2) == []
    assert list(tmp_path.iterdir()) == []
