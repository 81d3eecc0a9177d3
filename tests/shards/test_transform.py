"""The plan and the shards against documents sorted, joined and cut in plain Python."""

import hashlib
import random
import struct

import numpy as np
import pytest

from corpusmill.contracts import contract
from corpusmill.shards.best_fit import pack_best_fit
from corpusmill.shards.format import decode, read_map
from corpusmill.shards.mix_rules import MixStage
from corpusmill.shards.order import keyed, order_key, shard_of
from corpusmill.shards.pack import Packable
from corpusmill.shards.transform import (
    cell_tokens,
    last_once_more,
    mix_documents,
    mixable_documents,
    place,
    planned_tokens,
    write_shards,
)

TOKENS = "doc_id string, text_digest string, token_count bigint, token_ids array<int>"
SELECTION = "doc_id string, text_digest string, repeats int"
MIXABLE = "doc_id string, text_digest string, cell string, key string, more int, tokens bigint"
PARTS = "cell string, part int, repeats int, rest bigint"
ENDS = "cell string, repeats int, last string"
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


def mixable_rows(count=200, cells=("a", "b", "c")):
    """Documents of a few cells, their keys unrelated to their ids."""
    draw = random.Random(5)
    return [
        (
            f"{n:032x}",
            f"d {n}",
            draw.choice(cells),
            f"{draw.choice([0, 1, draw.randrange(1 << 64)]):016x}{n:032x}",
            draw.choice([1, 1, 3]),
            draw.randrange(2, 50),
        )
        for n in range(count)
    ]


def test_a_document_is_mixed_by_its_values_and_weighs_its_tokens_and_ends(dealt):
    ids_of = {"aa": [5], "bb": [], "cc": [6, 7], "dd": [8, 9, 9], "ee": [1]}
    said = [("cc", "d cc", 3), ("dd", "another text", 9), ("ee", "d ee", 1)]
    of_text = [("aa", "d aa", "web"), ("cc", "d cc", "wiki"), ("dd", "other", "web")]
    clean = [*of_text, ("ee", "d ee", "web")]
    raw = [("aa", "human"), ("cc", "synthetic"), ("dd", "human"), ("ee", "human")]
    scored = [("aa", "d aa", 19), ("cc", "d cc", None)]
    stage = MixStage(
        name="late",
        by=("source", "bucket.quality"),
        weights={"*": 1.0},
        max_synthetic_share=0.5,
    )

    found = mixable_documents(
        dealt(token_rows(ids_of), TOKENS),
        dealt(said, SELECTION),
        [
            dealt(clean, "doc_id string, text_digest string, source string"),
            dealt(raw, "doc_id string, origin string"),
            dealt(scored, "doc_id string, text_digest string, `bucket.quality` int"),
        ],
        stage,
        7,
    ).collect()

    def key(doc_id):
        text = f"7\0mix\0late\0{doc_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:16] + doc_id

    assert sorted(map(tuple, found)) == [
        ("aa", "d aa", "web\x0019\0human", key("aa"), 1, 2),
        ("cc", "d cc", "wiki\0none\0synthetic", key("cc"), 3, 9),
        ("dd", "d dd", "\0none\0human", key("dd"), 1, 4),
        ("ee", "d ee", "web\0none\0human", key("ee"), 1, 2),
    ]


def test_tokens_are_counted_by_cell(dealt):
    rows = mixable_rows()

    found = cell_tokens(dealt(rows, MIXABLE)).collect()

    cells = {row[2] for row in rows}
    assert dict(map(tuple, found)) == {c: sum(row[5] for row in rows if row[2] == c) for c in cells}


@pytest.mark.parametrize("rest", [0, 1, 30, 700, 1500])
def test_the_documents_up_to_the_last_are_the_longest_prefix_that_fits(dealt, rest):
    rows = mixable_rows()
    parts = [("a", 0, 1, rest), ("b", 0, 1, rest), ("c", 1, 2, 2 * rest // 3)]

    found = last_once_more(dealt(rows, MIXABLE), dealt(parts, PARTS)).collect()

    ends = {row.part: row.last for row in found}
    assert set(ends) == {n for n, bound in ((0, rest), (1, 2 * rest // 3)) if bound}
    for row in found:
        cells, bound = (("a", "b"), rest) if row.part == 0 else (("c",), 2 * rest // 3)
        own = sorted((each[3], each[5]) for each in rows if each[2] in cells)
        reached, expected = 0, []
        for key, tokens in own:
            if reached + tokens > bound:
                break
            reached += tokens
            expected.append(key)
        assert row.tokens == reached
        assert [key for key, _ in own if key <= row.last] == expected


def test_the_plan_holds_documents_as_often_as_their_part_and_selection_say(dealt):
    rows = mixable_rows()
    last = sorted(row[3] for row in rows if row[2] == "b")[10]
    ends = [("a", 2, ""), ("b", 0, last)]

    found = mix_documents(dealt(rows, MIXABLE), dealt(ends, ENDS), "late")

    assert found.columns == contract("mix_plan").column_names
    times = {row[0]: {"a": 2, "b": int(row[3] <= last), "c": 0}[row[2]] * row[4] for row in rows}
    assert sorted(map(tuple, found.collect())) == sorted(
        ("late", row[0], row[1], times[row[0]]) for row in rows if times[row[0]]
    )


def test_a_document_that_stands_more_often_is_in_the_shards_as_often(dealt, tmp_path):
    ids_of, plan = documents(9), {**PLAN, "sequence_length": 1}
    tokens = dealt(token_rows(ids_of), TOKENS)
    more = {doc_id: 1 + n % 3 for n, doc_id in enumerate(ids_of)}
    said = [(doc_id, f"d {doc_id}", repeats) for doc_id, repeats in more.items()]
    stage = MixStage(repeats=2)
    mixable = mixable_documents(tokens, dealt(said, SELECTION), [], stage, 42)
    mix = mix_documents(mixable, dealt([("", 2, "")], ENDS), "main")

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


@pytest.mark.parametrize("oversize", ["fragment", "truncate"])
def test_shards_packed_by_best_fit_hold_what_the_packer_makes_of_the_documents_in_order(
    dealt, tmp_path, oversize
):
    plan = {**PLAN, "packing": "best_fit", "oversize": oversize}
    ids_of = documents()

    entries = write_shards(placed(dealt, ids_of, plan), tmp_path, plan, tasks=3)

    expected = slow_shards(ids_of, plan)
    assert [entry.shard for entry in entries] == sorted(expected)
    for entry in entries:
        packables = [Packable(d, r, np.array(ids[:-1])) for d, r, ids in expected[entry.shard]]
        key = keyed("sequences", 42, entry.shard)
        packing = pack_best_fit(packables, 8, 0, oversize, np.dtype("<u2"), key)
        sequences = list(packing)
        found = decode(tmp_path / entry.bin.name, 8, np.dtype("<u2"))
        assert found.tolist() == [sequence.ids.tolist() for sequence in sequences]
        records = read_map(tmp_path / entry.docs.name)
        assert [(r["doc_id"].tobytes().hex(), *r.tolist()[1:]) for r in records] == [
            tuple(piece) for sequence in sequences for piece in sequence.pieces
        ]
        assert (entry.tokens, entry.padding) == (packing.counts.tokens, packing.counts.padding)
        assert entry.dropped == packing.counts.dropped
        assert entry.documents == len(packables)


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
