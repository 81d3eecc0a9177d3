"""Shard files, against bytes written out by hand."""

import hashlib
from contextlib import suppress

import numpy as np
import pytest

from corpusmill.shards.format import (
    RECORD,
    FormatError,
    ShardWriter,
    decode,
    dtype_name,
    read_map,
)
from corpusmill.shards.pack import Packable, PackedSequence, pack
from corpusmill.shards.rules import ShardRules

U2, U4 = np.dtype("<u2"), np.dtype("<u4")
DOCUMENTS = [
    Packable("00112233445566778899aabbccddeeff", 0, np.array([5, 6, 7, 8, 258])),
    Packable("ff000000000000000000000000000000", 3, np.array([3])),
]
BIN = bytes.fromhex("0500 0600 0700 08000201 0000 0300 0000")
DOCS = (
    b"CMDOCS01"
    + bytes.fromhex("0300000000000000")
    + bytes.fromhex("00112233445566778899aabbccddeeff")
    + bytes.fromhex("00000000 00000000 00000000 04000000 0000000000000000")
    + bytes.fromhex("00112233445566778899aabbccddeeff")
    + bytes.fromhex("00000000 01000000 00000000 02000000 0400000000000000")
    + bytes.fromhex("ff000000000000000000000000000000")
    + bytes.fromhex("03000000 01000000 02000000 02000000 0000000000000000")
)


def write(folder, documents=DOCUMENTS, dtype=U2, rest="pad"):
    packing = pack(documents, 4, 0, rest, dtype)
    with ShardWriter(3, 64, 4, dtype) as writer:
        for sequence in packing:
            writer.append(sequence)
        return writer.put_into(folder, packing.counts.dropped)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_tiny_shard_has_exactly_these_bytes(tmp_path):
    entry = write(tmp_path)

    assert (tmp_path / entry.bin.name).read_bytes() == BIN
    assert (tmp_path / entry.docs.name).read_bytes() == DOCS


def test_wide_ids_take_four_bytes_each(tmp_path):
    entry = write(tmp_path, [Packable("ab" * 16, 0, np.array([1, 65_536, 2]))], U4)

    expected = bytes.fromhex("01000000 00000100 02000000 00000000")
    assert (tmp_path / entry.bin.name).read_bytes() == expected


def test_names_sizes_digests_and_counts_are_those_of_the_files(tmp_path):
    digest, map_digest = (hashlib.sha256(data).hexdigest() for data in (BIN, DOCS))

    entry = write(tmp_path)

    assert entry.bin.name == f"shard-00003-of-00064-{digest[:16]}.bin"
    assert entry.docs.name == f"shard-00003-of-00064-{map_digest[:16]}.docs"
    assert (entry.bin.bytes, entry.bin.sha256) == (16, digest)
    assert (entry.docs.bytes, entry.docs.sha256) == (136, map_digest)
    assert (entry.shard, entry.sequences, entry.tokens, entry.padding) == (3, 2, 8, 0)
    assert (entry.documents, entry.dropped) == (2, 0)
    assert names(tmp_path) == sorted([entry.bin.name, entry.docs.name])


def test_a_shard_without_a_sequence_puts_no_file_but_tells_what_it_dropped(tmp_path):
    entry = write(tmp_path, DOCUMENTS[1:], rest="drop")

    assert (entry.sequences, entry.dropped, entry.bin, entry.docs) == (0, 2, None, None)
    assert names(tmp_path) == []


def test_a_file_that_is_there_already_is_kept(tmp_path):
    entry = write(tmp_path)
    before = [(tmp_path / name).stat() for name in names(tmp_path)]

    again = write(tmp_path)

    after = [(tmp_path / name).stat() for name in names(tmp_path)]
    assert again == entry
    assert [s.st_ino for s in after] == [s.st_ino for s in before]
    assert [s.st_mtime_ns for s in after] == [s.st_mtime_ns for s in before]


@pytest.mark.parametrize("damage", [BIN[:-1], bytes([BIN[0] ^ 1]) + BIN[1:], b""])
def test_a_damaged_file_under_the_right_name_is_replaced(tmp_path, damage):
    path = tmp_path / write(tmp_path).bin.name
    path.write_bytes(damage)

    write(tmp_path)

    assert path.read_bytes() == BIN
    assert len(names(tmp_path)) == 2


def test_a_link_under_the_right_name_is_replaced_by_the_file(tmp_path):
    folder, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    path = folder / write(folder).bin.name
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    write(folder)

    assert not path.is_symlink()
    assert path.read_bytes() == BIN


def test_the_local_files_are_gone_after_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with suppress(KeyError), ShardWriter(0, 1, 4, U2) as writer:
        writer.append(next(pack(DOCUMENTS, 4, 0, "pad", U2)))
        during = names(tmp_path)
        raise KeyError

    assert len(during) == 1
    assert names(tmp_path) == []


def test_a_put_that_fails_leaves_the_target_as_it_was_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / write(tmp_path).bin.name
    path.write_bytes(b"old")

    def fail(_handle):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path)

    assert path.read_bytes() == b"old"
    assert len(names(tmp_path)) == 2


def test_a_sequence_out_of_order_or_of_another_shape_is_refused():
    first, second = pack(DOCUMENTS, 4, 0, "pad", U2)

    with ShardWriter(0, 1, 4, U2) as writer:
        with pytest.raises(ValueError, match="out of order"):
            writer.append(second)
        with pytest.raises(ValueError, match="other ids"):
            writer.append(PackedSequence(first.ids[:3], first.pieces))
        with pytest.raises(ValueError, match="other ids"):
            writer.append(PackedSequence(first.ids.astype(U4), first.pieces))


def test_a_doc_id_of_another_length_is_refused():
    (sequence,) = pack([Packable("abcd", 0, np.array([1, 2, 3]))], 4, 0, "pad", U2)

    with ShardWriter(0, 1, 4, U2) as writer, pytest.raises(ValueError, match="32 hexadecimal"):
        writer.append(sequence)


def test_the_readers_map_the_files_read_only(tmp_path):
    entry = write(tmp_path)

    ids = decode(tmp_path / entry.bin.name, 4, U2)
    records = read_map(tmp_path / entry.docs.name)

    assert ids.tolist() == [[5, 6, 7, 8], [258, 0, 3, 0]]
    assert not ids.flags.writeable
    assert records["doc_id"][2].tobytes().hex() == DOCUMENTS[1].doc_id
    assert [records[name].tolist() for name in ("repeat", "sequence", "offset")] == [
        [0, 0, 3],
        [0, 1, 1],
        [0, 0, 2],
    ]
    assert [records[name].tolist() for name in ("length", "start")] == [[4, 2, 2], [0, 4, 0]]
    assert RECORD.itemsize == 40


@pytest.mark.parametrize(
    "damage", [DOCS[:-1], DOCS + bytes(40), b"CMDOCS02" + DOCS[8:], DOCS[:12], b""]
)
def test_a_damaged_map_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "some.docs"
    path.write_bytes(damage)

    with pytest.raises(FormatError, match=r"some\.docs"):
        read_map(path)


def test_a_token_file_that_ends_inside_a_sequence_is_refused(tmp_path):
    path = tmp_path / "some.bin"
    path.write_bytes(BIN[:-2])

    with pytest.raises(FormatError, match=r"some\.bin"):
        decode(path, 4, U2)


@pytest.mark.parametrize(
    ("size", "name"), [(1, "uint16"), (65_499, "uint16"), (65_500, "uint32"), (250_000, "uint32")]
)
def test_the_vocabulary_decides_the_stored_type(size, name):
    assert dtype_name(size) == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 0),
        ("count", 48),
        ("count", 131_072),
        ("sequence_length", 0),
        ("block", 0),
        ("window", -1),
        ("rest", "wrap"),
    ],
)
def test_rules_refuse_a_value_by_field_and_name_what_is_allowed(field, value):
    with pytest.raises(ValueError, match=rf"^{field} is .*; allowed: "):
        ShardRules(**{field: value})
