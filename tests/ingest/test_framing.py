"""Where the records of a WARC file are, whatever happened to the file."""

from __future__ import annotations

import gzip
import hashlib
import io
import random

import pytest
from warcio.archiveiterator import ArchiveIterator

from corpusmill.ingest.framing import Frames
from corpusmill.ingest.unpack import Stream

LIMIT = 1 << 20


def record(number, body=b"some text", length=None, kind=b"resource"):
    """A record as it stands in a file, the two empty lines after it included."""
    stated = len(body) if length is None else length
    return (
        b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:x:%d>\r\n"
        b"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    ) % (kind, number, stated, body)


def packed(*pieces):
    return b"".join(gzip.compress(piece, mtime=0) for piece in pieces)


def told(data, packing="gz", limit=LIMIT):
    """Of each frame the number of its record, or the fault."""
    found = []
    for frame in Frames(Stream(io.BytesIO(data), packing, 200), limit):
        if frame.fault is None:
            [entry] = ArchiveIterator(io.BytesIO(frame.data))
            number = entry.rec_headers.get_header("WARC-Record-ID")[7:-1]
            assert frame.length == len(frame.data)
            found.append(int(number))
        else:
            found.append(frame.fault)
    return found


WHOLE = [record(n) for n in range(5)]
MEMBERS = [packed(one) for one in WHOLE]


def broken(piece, place):
    changed = bytearray(piece)
    changed[place] ^= 0xFF
    return bytes(changed)


CASES = {
    "whole": (b"".join(MEMBERS), [0, 1, 2, 3, 4]),
    "one member": (packed(b"".join(WHOLE)), [0, 1, 2, 3, 4]),
    "members that end inside records": (
        packed(WHOLE[0][:60], WHOLE[0][60:] + WHOLE[1][:3], WHOLE[1][3:] + WHOLE[2]),
        [0, 1, 2],
    ),
    "ends between members": (b"".join(MEMBERS[:3]), [0, 1, 2]),
    "ends in a member": (b"".join(MEMBERS)[:-20], [0, 1, 2, 3, "file_damaged"]),
    "ends in the head of a member": (
        b"".join(MEMBERS[:2]) + MEMBERS[2][:5],
        [0, 1, "file_damaged"],
    ),
    "ends in one member": (packed(b"".join(WHOLE))[:-10], [0, 1, 2, 3, "file_damaged"]),
    "wrong checksum": (
        b"".join([*MEMBERS[:2], broken(MEMBERS[2], -8), *MEMBERS[3:]]),
        [0, 1, "file_damaged", 3, 4],
    ),
    "wrong checksum at the end": (
        b"".join([*MEMBERS[:4], broken(MEMBERS[4], -8)]),
        [0, 1, 2, 3, "file_damaged"],
    ),
    "a flipped bit": (
        b"".join([*MEMBERS[:2], broken(MEMBERS[2], 10), *MEMBERS[3:]]),
        [0, 1, "file_damaged", 3, 4],
    ),
    "two damaged members": (
        b"".join([broken(MEMBERS[0], -8), MEMBERS[1], broken(MEMBERS[2], -8), MEMBERS[3]]),
        ["file_damaged", 1, "file_damaged", 3],
    ),
    "zeros at the end": (b"".join(MEMBERS) + bytes(99), [0, 1, 2, 3, 4]),
    "garbage at the end": (b"".join(MEMBERS) + b"garbage", [0, 1, 2, 3, 4, "trailing_garbage"]),
    "garbage between": (
        b"".join([*MEMBERS[:2], b"garbage" * 9, *MEMBERS[2:]]),
        [0, 1, "trailing_garbage", 2, 3, 4],
    ),
    "a length too large": (
        packed(*WHOLE[:2], record(2, length=5_000), *WHOLE[3:]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "a length past the limit": (
        packed(*WHOLE[:2], record(2, length=LIMIT * 9), *WHOLE[3:]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "a length too small": (
        packed(*WHOLE[:2], record(2, length=3), *WHOLE[3:]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "no length": (
        packed(*WHOLE[:2], WHOLE[2].replace(b"Content-Length", b"X"), *WHOLE[3:]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "another beginning": (
        packed(*WHOLE[:2], WHOLE[2].replace(b"WARC/1.0", b"WORC/1.0"), *WHOLE[3:]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "a record too long": (
        packed(*WHOLE[:2], record(2, random.Random(1).randbytes(LIMIT)), *WHOLE[3:]),
        [0, 1, "record_too_long", 3, 4],
    ),
    "expands too far": (
        packed(*WHOLE[:2], record(2, bytes(65 << 20)), *WHOLE[3:]),
        [0, 1, "expands_too_far", 3, 4],
    ),
    "nothing": (b"", []),
    "an empty member": (packed(b""), []),
    "no WARC": (packed(b"some lines\n" * 20_000), ["not_a_warc_record"]),
    "no gzip": (b"some lines\n" * 20_000, ["file_damaged"]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_every_stretch_of_a_packed_file_is_a_record_or_a_fault(data, expected):
    assert told(data) == expected


PLAIN = {
    "whole": (b"".join(WHOLE), [0, 1, 2, 3, 4]),
    "bare line feeds": (b"".join(WHOLE).replace(b"\r\n", b"\n"), [0, 1, 2, 3, 4]),
    "cut": (b"".join(WHOLE)[:-8], [0, 1, 2, 3, "record_cut_short"]),
    "a length too large": (
        b"".join([*WHOLE[:2], record(2, length=5_000), *WHOLE[3:]]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "a length past the limit": (
        b"".join([*WHOLE[:2], record(2, length=LIMIT * 9), *WHOLE[3:]]),
        [0, 1, "not_a_warc_record", 3, 4],
    ),
    "a record too long": (
        b"".join([*WHOLE[:2], record(2, b"x" * LIMIT), *WHOLE[3:]]),
        [0, 1, "record_too_long", 3, 4],
    ),
    "a body that looks like a record": (
        b"".join([record(0, b"a\r\nWARC/1.0\r\nnot\r\n\r\n"), WHOLE[1]]),
        [0, 1],
    ),
    "garbage first": (b"x" * 3_000_000 + b"\n" + WHOLE[0], ["not_a_warc_record", 0]),
    "no WARC": (b"some lines\n" * 200_000, ["not_a_warc_record"]),
}


@pytest.mark.parametrize(("data", "expected"), PLAIN.values(), ids=PLAIN)
def test_every_stretch_of_a_plain_file_is_a_record_or_a_fault(data, expected):
    assert told(data, None) == expected


def test_offsets_are_those_of_bytes_and_of_members():
    plain = Frames(Stream(io.BytesIO(b"".join(WHOLE)), None), LIMIT)
    members = Frames(Stream(io.BytesIO(b"".join(MEMBERS)), "gz"), LIMIT)
    one = Frames(Stream(io.BytesIO(packed(b"".join(WHOLE))), "gz"), LIMIT)

    sizes, packed_sizes = ([len(p) for p in pieces] for pieces in (WHOLE, MEMBERS))
    assert [f.offset for f in plain] == [sum(sizes[:n]) for n in range(5)]
    assert [f.offset for f in members] == [sum(packed_sizes[:n]) for n in range(5)]
    assert [(f.offset, f.splits) for f in one] == [(0, True), *[(0, False)] * 4]


def test_the_bytes_of_a_fault_are_counted_and_hashed():
    bad = WHOLE[2].replace(b"WARC/1.0", b"WORC/1.0")

    frames = list(Frames(Stream(io.BytesIO(b"".join([*WHOLE[:2], bad, WHOLE[3]])), None), LIMIT))

    assert (frames[2].length, frames[2].digest) == (len(bad), hashlib.sha256(bad).hexdigest())
    lengths = [len(piece) for piece in (*WHOLE[:2], bad)]
    assert [f.offset for f in frames] == [sum(lengths[:n]) for n in range(4)]


def test_lengths_past_the_end_of_a_file_are_not_followed_there():
    """Or a file of such records would be read to its end for each of them."""

    class Counted(io.BytesIO):
        count = 0

        def read(self, size=-1):
            data = super().read(size)
            self.count += len(data)
            return data

    file = Counted(record(0, b"x" * 2_000, length=10**15) * 300)

    frames = list(Frames(Stream(file, None), LIMIT))

    assert [f.fault for f in frames] == ["not_a_warc_record"] * 300
    assert file.count < 3 * len(file.getvalue())


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(200))
def test_damage_anywhere_costs_no_record_but_those_it_touches(seed):
    """Members far from the damage are read; nothing raises, nothing is read twice."""
    chance = random.Random(seed)
    pieces = [packed(record(n, chance.randbytes(chance.randrange(1, 3_000)))) for n in range(8)]
    data = b"".join(pieces)
    hurt = chance.randrange(8)
    start = sum(map(len, pieces[:hurt]))
    place = start + chance.randrange(len(pieces[hurt]))
    kind = chance.choice(["flip", "drop", "insert"])
    changed = {
        "flip": data[:place]
        + bytes([data[place] ^ (1 << chance.randrange(8))])
        + data[place + 1 :],
        "drop": data[:place] + data[place + 1 :],
        "insert": data[:place] + b"?" + data[place:],
    }[kind]

    found = [entry for entry in told(changed) if isinstance(entry, int)]

    assert found == sorted(set(found))
    assert set(range(8)) - {hurt} <= set(found)
