"""Canonical JSON and the digests taken of it."""

from __future__ import annotations

import hashlib
import os

import pytest

from corpusmill.digests import canonical, digest, file_digest, text_digest

SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}\n'),
        ({"Z": 1, "a": 2, "_": 3}, b'{"Z":1,"_":3,"a":2}\n'),
        ({}, b"{}\n"),
        ([], b"[]\n"),
        ((1, (2,)), b"[1,[2]]\n"),
        ("é\u2028\n", b'"\xc3\xa9\xe2\x80\xa8\\n"\n'),
        (10**30, b"1000000000000000000000000000000\n"),
    ],
)
def test_canonical_json_is_sorted_dense_utf8_and_ends_in_a_line_feed(value, expected):
    assert canonical(value) == expected


def test_the_order_of_keys_does_not_matter_and_the_order_of_lists_does():
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}

    assert digest(one) == digest(other)
    assert digest([1, 2]) != digest([2, 1])


def test_values_of_other_types_have_other_digests():
    values = [0, "0", False, None, "", [], {}]

    assert len({digest(value) for value in values}) == len(values)


@pytest.mark.parametrize("value", [1.0, {"a": 0.5}, [[1.5]], {"a": [{"b": (2.5,)}]}, float("nan")])
def test_a_float_has_no_canonical_form_at_any_depth(value):
    with pytest.raises(ValueError, match="float"):
        canonical(value)


@pytest.mark.parametrize("value", [{1: "a"}, {None: 1}, {"a": [{True: 1}]}])
def test_keys_are_strings_at_any_depth(value):
    with pytest.raises(ValueError, match="strings"):
        canonical(value)


def test_a_digest_is_sha256_of_the_canonical_bytes():
    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}\n').hexdigest()


@pytest.mark.parametrize(("text", "sha"), [("", SHA256_OF_NOTHING), ("abc", SHA256_OF_ABC)])
def test_a_text_digest_is_sha256_of_its_utf8_bytes(text, sha):
    assert text_digest(text) == sha


def test_composed_and_decomposed_letters_have_other_digests():
    assert text_digest("\u00e9") != text_digest("e\u0301")


@pytest.mark.heavy
@pytest.mark.parametrize("size", [0, 3, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_file_digest_is_sha256_of_all_its_bytes(tmp_path, size):
    data = bytes(n % 251 for n in range(size))
    (tmp_path / "file").write_bytes(data)

    assert file_digest(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_a_file_that_changed_gets_another_digest(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    before = file_digest(file)

    file.write_bytes(b"abd")
    os.utime(file, ns=(1, 1))

    assert before == SHA256_OF_ABC
    assert file_digest(file) == hashlib.sha256(b"abd").hexdigest()


def test_a_link_has_the_digest_of_the_file_it_leads_to(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    assert file_digest(tmp_path / "link") == SHA256_OF_ABC
