"""Files of labelled texts: found, unpacked, and refused by file and line."""

from __future__ import annotations

import bz2
import gzip
import json

import pytest
from backports import zstd

from corpusmill.labelled_files import labelled_files, labelled_rows
from corpusmill.refusal import Refused

GOOD = {"id": "a", "text": "from 8.8.8.8", "spans": [{"type": "IP", "start": 5, "end": 12}]}
PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstd.compress}


def lines(*rows):
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


@pytest.mark.parametrize("ending", PACKED)
def test_plain_and_packed_files_give_their_rows_in_order(tmp_path, ending):
    for name in "ba":
        rows = lines({**GOOD, "id": f"{name}1"}, "", {**GOOD, "id": f"{name}2"})
        (tmp_path / f"{name}.jsonl{ending}").write_bytes(PACKED[ending](rows))

    found = list(labelled_rows(labelled_files([f"{tmp_path}/*", f"{tmp_path}/a*"])))

    assert [row.id for row in found] == ["a1", "a2", "b1", "b2"]
    assert found[0].labels[0].end == 12


def test_a_glob_without_files_is_refused(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()

    with pytest.raises(Refused, match=r"--labelled .*jsonl: it matches no file"):
        labelled_files([f"{tmp_path}/*.jsonl"])


def test_a_file_whose_name_is_no_text_is_refused(tmp_path):
    (tmp_path / "odd\udcff.jsonl").write_bytes(b"")

    with pytest.raises(Refused, match="not UTF-8"):
        labelled_files([f"{tmp_path}/*.jsonl"])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("canary", "not_json"),
        ('["canary"]', "not_an_object"),
        ('{"text": "canary", "text": "canary"}', "duplicate_keys"),
        ({"id": "x", "spans": []}, "text: missing"),
        ({"id": "x", "text": "canary", "spans": [{"type": "IP", "start": 0, "end": 7}]}, "outside"),
    ],
)
def test_a_bad_row_is_refused_by_file_and_line(tmp_path, bad, reason):
    file = tmp_path / "some.jsonl"
    file.write_bytes(lines(GOOD, "", bad))

    with pytest.raises(Refused) as refused:
        list(labelled_rows([file]))

    assert str(refused.value).startswith(f"{file}: line 3: ")
    assert reason in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "some.jsonl.gz"
    file.write_bytes(gzip.compress(lines(*[GOOD] * 9))[:-9])

    with pytest.raises(Refused, match=r"some.jsonl.gz: after line \d+: file_damaged"):
        list(labelled_rows([file]))


def test_a_file_that_is_gone_is_refused(tmp_path):
    with pytest.raises(Refused, match="gone: cannot be read"):
        list(labelled_rows([tmp_path / "gone"]))
