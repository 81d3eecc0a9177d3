"""What is wrong inside shards whose digests are right: told, and whole sets are clean."""

import random
from dataclasses import replace

import numpy as np
import pytest
import small_sets

from corpusmill.digests import sha256_of
from corpusmill.shards import check
from corpusmill.shards.best_fit import pack_best_fit
from corpusmill.shards.check import check_shard
from corpusmill.shards.format import (
    DTYPES,
    HEADER,
    MAGIC,
    RECORD,
    FileEntry,
    ShardEntry,
    decode,
    file_name,
    read_map,
)
from corpusmill.shards.manifest import read_manifest
from corpusmill.shards.order import keyed, order_key, shard_of
from corpusmill.shards.pack import Packable, pack

SEED, COUNT, EOS, U2 = 42, 4, 0, DTYPES["uint16"]
PLANS = {
    "pad": {"packing": "concat", "rest": "pad", "oversize": "fragment"},
    "drop": {"packing": "concat", "rest": "drop", "oversize": "fragment"},
    "fragment": {"packing": "best_fit", "rest": "pad", "oversize": "fragment"},
    "truncate": {"packing": "best_fit", "rest": "pad", "oversize": "truncate"},
}


def documents(shard, seed=1, most=30, repeats=3, lengths=range(1, 30)):
    """Documents of a shard in total order, some of them several times."""
    draw, found = random.Random(seed), []
    for _ in range(40 * COUNT):
        doc_id = f"{draw.getrandbits(128):032x}"
        ids = [draw.randrange(1, 9) for _ in range(draw.choice(lengths))]
        for repeat in range(draw.randint(1, repeats)):
            key = order_key(SEED, "main", doc_id, repeat)
            if shard_of(key, COUNT) == shard:
                found.append((key, Packable(doc_id, repeat, np.array(ids))))
    return [document for _, document in sorted(found, key=lambda pair: pair[0])[:most]]


def written(folder, documents, kind="pad", shard=1, length=8):
    """A signed set of one shard."""
    plan, dtype = PLANS[kind], U2
    if plan["packing"] == "concat":
        packing = pack(documents, length, EOS, plan["rest"], dtype)
    else:
        key = keyed("sequences", SEED, shard)
        packing = pack_best_fit(documents, length, EOS, plan["oversize"], dtype, key)
    entry = small_sets.write(folder, shard, COUNT, length, packing)
    entry = replace(entry, dropped=packing.counts.dropped)
    small_sets.sign(folder, [entry], length, SEED, COUNT, **plan)
    return folder


def complaints(folder):
    """What is wrong with the set, which ``read_manifest`` must have let through."""
    content = read_manifest(folder).content
    found = []
    for shard in content["shards"]:
        for part in ("bin", "docs"):
            assert sha256_of(folder / shard[part]["name"]) == shard[part]["sha256"]
        found += check_shard(folder, shard, content["stage"], content["plan"])
    return found


def damaged(folder, change, **counts):
    """Change the ids, the records and the plan of a set, and sign it again with new digests.

    ``tokens``, ``padding`` and ``documents`` follow what is in the files, but for ``counts``.
    """
    content = read_manifest(folder).content
    plan, [shard] = content["plan"], content["shards"]
    length = plan["sequence_length"]
    ids = decode(folder / shard["bin"]["name"], length, U2).copy()
    records = read_map(folder / shard["docs"]["name"]).copy()
    changed = change(ids, records, plan)
    records = records if changed is None else changed
    data = HEADER.pack(MAGIC, len(records)) + records.tobytes()
    tokens = min(int(records["length"].sum(dtype=np.int64)), ids.size)
    found = {
        "tokens": tokens,
        "padding": ids.size - tokens,
        "documents": int((records["start"] == 0).sum()),
    }
    files = {
        part: placed(folder, shard["shard"], part, content)
        for part, content in (("bin", ids.tobytes()), ("docs", data))
    }
    entry = ShardEntry(**{**shard, **found, **counts, **files})
    more = {key: plan[key] for key in ("packing", "rest", "oversize", "vocab_size")}
    small_sets.sign(folder, [entry], length, SEED, plan["shards"], **more)
    return complaints(folder)


def placed(folder, shard, part, data):
    path = folder / "changed"
    path.write_bytes(data)
    sha256 = sha256_of(path)
    name = file_name(shard, COUNT, sha256, part)
    path.replace(folder / name)
    return FileEntry(name, len(data), sha256)


@pytest.fixture(params=sorted(PLANS))
def kind(request):
    return request.param


@pytest.mark.parametrize("length", [1, 2, 5, 8, 64])
@pytest.mark.parametrize("seed", range(3))
def test_sets_as_they_are_packed_are_clean(tmp_path, monkeypatch, kind, length, seed):
    monkeypatch.setattr(check, "_BLOCK", 7)

    assert complaints(written(tmp_path, documents(1, seed), kind, length=length)) == []


@pytest.mark.parametrize("left", range(1, 12))
def test_a_tail_that_was_left_out_is_no_damage_wherever_it_begins(tmp_path, left):
    few = documents(1, most=left)

    assert complaints(written(tmp_path, few, "drop", length=7)) == []


def test_a_set_of_several_shards_is_clean(tmp_path):
    entries = [
        small_sets.write(tmp_path, n, COUNT, 8, pack(documents(n), 8, EOS, "pad", U2))
        for n in range(COUNT)
    ]
    small_sets.sign(tmp_path, entries, 8, SEED, COUNT)

    assert complaints(tmp_path) == []


def unchanged(ids, records, plan):
    return records


def reversed_map(ids, records, plan):
    return records[::-1]


def overlapping(ids, records, plan):
    records["length"][inner(records)] += 1


def gap(ids, records, plan):
    records["length"][inner(records)] -= 1


def inner(records):
    """A record with another one behind it in its sequence."""
    return np.flatnonzero(np.diff(records["sequence"]) == 0)[1]


def late(ids, records, plan):
    second = np.flatnonzero(records["sequence"] == 1)[0]
    records["offset"][second] += 1
    records["length"][second] -= 1


def without_the_last(ids, records, plan):
    return records[:-1]


def without_the_first(ids, records, plan):
    return records[1:]


def far_sequence(ids, records, plan):
    records["sequence"][-1] = 1 << 31


def endless_run(ids, records, plan):
    records["length"][-1] = (1 << 32) - 1


def empty_run(ids, records, plan):
    extra = records[-1:].copy()
    extra["offset"] += extra["length"]
    extra["length"] = 0
    return np.concatenate([records, extra])


DAMAGED_MAPS = [
    *(reversed_map, overlapping, gap, late, without_the_first, far_sequence),
    *(endless_run, empty_run),
]


@pytest.mark.parametrize("damage", DAMAGED_MAPS, ids=lambda damage: damage.__name__)
def test_a_map_that_does_not_lie_over_the_ids_is_told(tmp_path, kind, damage):
    written(tmp_path, documents(1), kind)

    found = damaged(tmp_path, damage)

    told = [text for text in found if ".docs: record " in text]
    assert len(told) == 1
    assert "does not begin where" in told[0] or "empty, or longer" in told[0]


def test_a_missing_last_record_is_told(tmp_path, kind):
    written(tmp_path, documents(1), kind)

    found = "\n".join(damaged(tmp_path, without_the_last))

    assert any(
        told in found
        for told in ("of no document", "is not full", "has records of", "not end with")
    )


def test_a_short_sequence_that_is_not_the_last_is_told_where_documents_lie_end_to_end(tmp_path):
    written(tmp_path, documents(1), "fragment", length=20)

    def concat(ids, records, plan):
        plan["packing"] = "concat"

    assert any("is not full" in text for text in damaged(tmp_path, concat))


def test_a_short_last_sequence_is_told_where_it_would_have_been_left_out(tmp_path):
    written(tmp_path, documents(1, most=1, lengths=[9]), "pad", length=8)

    def drop(ids, records, plan):
        plan["rest"] = "drop"

    assert [text.partition(": ")[2] for text in damaged(tmp_path, drop)] == [
        "sequence 1 is not full"
    ]


def test_a_document_that_is_there_twice_is_told(tmp_path, kind):
    few = documents(1, most=6, lengths=[5])
    twice = [few[0], few[0], *few[1:]]

    found = complaints(written(tmp_path, twice, kind))

    name = f"document {few[0].doc_id}, repeat {few[0].repeat} is not there once"
    assert any(".docs: " + name in text for text in found)


@pytest.mark.parametrize("start", [5, 8, (1 << 64) - 3])
def test_a_wrong_start_is_told(tmp_path, kind, start):
    written(tmp_path, documents(1, lengths=[5]), kind)

    def moved(ids, records, plan):
        records["start"][0] = start

    assert any("is not there once" in text for text in damaged(tmp_path, moved))


def test_a_piece_that_is_missing_in_the_middle_of_a_document_is_told(tmp_path):
    written(tmp_path, documents(1, most=3, lengths=[30]), "pad")

    def jump(ids, records, plan):
        records["start"][2] += 1

    assert any("is not there once" in text for text in damaged(tmp_path, jump))


def test_a_cut_that_best_fit_does_not_make_is_told(tmp_path):
    few = documents(1, most=4, lengths=[20])
    written(tmp_path, few, "pad", length=8)

    def best_fit(ids, records, plan):
        plan["packing"] = "best_fit"

    assert any("is not there once, whole" in text for text in damaged(tmp_path, best_fit))


def test_a_fragment_of_a_set_without_fragments_is_told(tmp_path):
    written(tmp_path, documents(1, lengths=[20]), "fragment", length=8)

    def truncate(ids, records, plan):
        plan["oversize"] = "truncate"

    assert any("is not there once, whole" in text for text in damaged(tmp_path, truncate))


def test_a_wrong_repeat_belongs_to_another_shard(tmp_path, kind):
    few = documents(1, repeats=1, lengths=[5])
    written(tmp_path, few, kind)

    def renumbered(ids, records, plan):
        doc_id = records["doc_id"][2].tobytes().hex()
        records["repeat"][2] = next(n for n in range(1, 99) if shard_at(doc_id, n) != 1)

    assert any("belongs to another shard" in text for text in damaged(tmp_path, renumbered))


@pytest.mark.parametrize("kind", ["pad", "drop"])
def test_a_wrong_repeat_of_the_same_shard_is_not_in_its_place(tmp_path, kind):
    few = documents(1, repeats=1, lengths=[5])
    written(tmp_path, few, kind, length=6)
    above = order_key(SEED, "main", few[1].doc_id, 0)

    def renumbered(ids, records, plan):
        keys = {n: order_key(SEED, "main", few[0].doc_id, n) for n in range(1, 999)}
        records["repeat"][0] = next(
            n for n, key in keys.items() if shard_of(key, COUNT) == 1 and key > above
        )

    found = damaged(tmp_path, renumbered)

    assert [text for text in found if "is not in its place of the order" in text] == found


def shard_at(doc_id, repeat):
    return shard_of(order_key(SEED, "main", doc_id, repeat), COUNT)


def test_documents_in_another_order_are_told(tmp_path, kind):
    few = documents(1, lengths=[3])

    found = complaints(written(tmp_path, few[::-1], kind))

    assert any("is not in its place of the order" in text for text in found)


def test_order_is_from_sequence_to_sequence_where_documents_lie_end_to_end(tmp_path):
    few = documents(1, lengths=[3])

    found = complaints(written(tmp_path, few[::-1], "pad", length=4))

    assert [text for text in found if "is not in its place of the order" in text] == found != []


def test_documents_of_one_key_are_in_the_order_of_their_ids(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "order_key", lambda *_: 1 << 62)
    few = sorted(documents(1), key=lambda document: (document.doc_id, document.repeat))

    assert complaints(written(tmp_path / "right", few)) == []
    assert any(
        "its place of the order" in t for t in complaints(written(tmp_path / "w", few[::-1]))
    )


def test_a_run_that_is_two_records_is_told(tmp_path, kind):
    written(tmp_path, documents(1, lengths=[5]), kind)

    def split(ids, records, plan):
        two = records[[0, 0]].copy()
        two["length"] = 2, records["length"][0] - 2
        two["offset"][1] = two["start"][1] = 2
        return np.concatenate([two, records[1:]])

    assert any("is not in its place of the order" in text for text in damaged(tmp_path, split))


def test_documents_of_another_shard_are_told(tmp_path, kind):
    written(tmp_path, documents(2), kind, shard=1)

    assert any("belongs to another shard" in text for text in complaints(tmp_path))


@pytest.mark.parametrize("count", ["documents", "dropped"])
def test_a_wrong_count_is_told(tmp_path, count):
    written(tmp_path, documents(1), "pad")
    [shard] = read_manifest(tmp_path).content["shards"]
    right = shard[count]

    found = damaged(tmp_path, unchanged, **{count: right + 1})

    told = f"its counts are not those of the manifest: {count} {right}, not {right + 1}"
    assert found == [f"{docs_of(tmp_path)}: {told}"]


def test_wrong_tokens_and_padding_are_told(tmp_path):
    written(tmp_path, documents(1), "pad", length=64)
    [shard] = read_manifest(tmp_path).content["shards"]
    tokens, padding = shard["tokens"], shard["padding"]

    found = damaged(tmp_path, unchanged, tokens=tokens - 1, padding=padding + 1)

    assert f"tokens {tokens}, not {tokens - 1}, padding {padding}, not {padding + 1}" in found[0]


def test_an_id_past_the_vocabulary_is_told_by_its_sequence(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(check, "_BLOCK", 7)
    written(tmp_path, documents(1, lengths=[3]), kind)

    def past(ids, records, plan):
        ids[2, 1] = 9

    found = damaged(tmp_path, past)

    assert [text for text in found if ".bin: sequence 2 has an id that is not below 9" in text]


def test_ids_without_any_end_of_a_document_are_told(tmp_path, kind):
    written(tmp_path, documents(1), kind)

    def endless(ids, records, plan):
        ids[ids == EOS] = 1

    found = damaged(tmp_path, endless)

    assert [text for text in found if text.endswith("does not end with 0")]


@pytest.mark.parametrize("kind", ["drop", "fragment"])
def test_dropped_ids_excuse_no_document_that_cannot_have_lost_any(tmp_path, kind):
    written(tmp_path, documents(1, lengths=[7]), kind, length=8)

    def endless(ids, records, plan):
        ids[1, 7] = 1

    assert any("does not end with 0" in text for text in damaged(tmp_path, endless, dropped=5))


@pytest.mark.parametrize("kind", ["pad", "fragment", "truncate"])
def test_padding_of_other_ids_is_told(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(check, "_BLOCK", 7)
    written(tmp_path, documents(1, lengths=[3]), kind, length=9)

    def unpadded(ids, records, plan):
        last = records[-1]
        ids[last["sequence"], last["offset"] + last["length"] :] = 1

    found = damaged(tmp_path, unpadded)

    assert len(found) == 1
    assert found[0].endswith("has ids of no document that are no padding")


def test_only_a_document_of_a_whole_sequence_may_be_cut_off(tmp_path):
    long, *short = documents(1, most=5, lengths=[20, 3])
    written(tmp_path, sorted_by_order([long, *short]), "truncate", length=8)
    assert complaints(tmp_path) == []

    found = damaged(tmp_path, unchanged, dropped=0)

    assert any("does not end with" in text for text in found)


def sorted_by_order(documents):
    return sorted(documents, key=lambda d: order_key(SEED, "main", d.doc_id, d.repeat))


def test_a_map_that_is_none_is_told_by_its_name(tmp_path):
    written(tmp_path, documents(1))
    content = read_manifest(tmp_path).content
    [shard] = content["shards"]
    path = tmp_path / shard["docs"]["name"]
    path.write_bytes(b"CMDOCS99" + path.read_bytes()[8:])

    found = check_shard(tmp_path, shard, "main", content["plan"])

    assert found == [f"{path.name} is no document map"]


def test_a_map_without_records_is_told(tmp_path):
    written(tmp_path, documents(1))
    content = read_manifest(tmp_path).content
    [shard] = content["shards"]
    (tmp_path / shard["docs"]["name"]).write_bytes(HEADER.pack(MAGIC, 0))

    found = check_shard(tmp_path, shard, "main", content["plan"])

    assert found[0] == f"{shard['docs']['name']}: has no records"


@pytest.mark.parametrize("key", ["eos_id", "vocab_size", "dropped"])
def test_numbers_that_no_machine_word_holds_break_nothing(tmp_path, kind, key):
    written(tmp_path, documents(1), kind)
    content = read_manifest(tmp_path).content
    shard, plan = content["shards"][0] | {key: 1 << 70}, content["plan"] | {key: 1 << 70}

    found = check_shard(tmp_path, shard, "main", plan)

    lossless = kind in ("pad", "fragment")
    assert bool(found) == (key == "eos_id" or (key == "dropped" and lossless))


@pytest.mark.parametrize("seed", range(40))
def test_no_map_breaks_the_check(tmp_path, kind, seed):
    written(tmp_path, documents(1, most=8), kind)
    draw = np.random.default_rng(seed)

    def noise(ids, records, plan):
        raw = records.view(np.uint8).reshape(len(records), RECORD.itemsize)
        rows = draw.integers(len(records), size=3)
        raw[rows] = draw.integers(256, size=(3, RECORD.itemsize))

    assert damaged(tmp_path, noise)


@pytest.mark.parametrize("count", [3, 1 << 20, 1 << 70])
def test_a_number_of_shards_that_no_set_has_is_told(tmp_path, count):
    written(tmp_path, documents(1))
    content = read_manifest(tmp_path).content

    found = check_shard(tmp_path, content["shards"][0], "main", content["plan"] | {"shards": count})

    assert found == [
        f"{docs_of(tmp_path)}: plan.shards is {count}, among which no document has a place"
    ]


def docs_of(folder):
    return read_manifest(folder).content["shards"][0]["docs"]["name"]
