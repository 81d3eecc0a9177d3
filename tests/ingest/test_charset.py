"""From the bytes of a page to its text."""

from __future__ import annotations

import codecs

import pytest

from corpusmill.ingest.charset import CharsetUnknown, decode

GERMAN = "Die Größe der Stühle ändert sich über die Jahre; schön wäre es, wenn nicht. " * 4
RUSSIAN = "Это обычный русский текст о том, как люди читают книги зимой. " * 4
JAPANESE = "これは日本語の普通の文章です。文字の集合を確かめるために書きました。" * 4
CHINESE = "这是一个普通的中文句子，用来检查字符集是否正确。" * 4
KOREAN = "이것은 문자 집합을 확인하기 위한 보통의 한국어 문장입니다. " * 4


def page(text, charset=None, lang="de"):
    stated = f'<meta charset="{charset}">' if charset else ""
    return f'<html lang="{lang}"><head>{stated}<title>x</title></head><p>{text}</p></html>'


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "cp1252", "ISO-8859-1"),
        (GERMAN + "„so“ – 5 €", "cp1252", "latin1"),
        (GERMAN, "iso8859-15", "iso-8859-15"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (JAPANESE, "shift_jis", "Shift_JIS"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (CHINESE, "gb2312", "gb2312"),
        (CHINESE, "gb18030", "GBK"),
        (KOREAN, "euc_kr", "euc-kr"),
    ],
)
def test_a_stated_set_is_taken_whoever_states_it(text, codec, label):
    data = page(text).encode(codec)
    told = page(text, label)

    assert decode(data, label) == page(text)
    assert decode(told.encode(codec), None) == told


def test_the_server_goes_before_the_page():
    text = page(RUSSIAN, "iso-8859-1")

    assert decode(text.encode("cp1251"), "windows-1251") == text


@pytest.mark.parametrize("stated", ["iso-8859-1", "windows-1252", "us-ascii", "utf-8", None, "?"])
def test_what_reads_as_utf8_is_utf8_whatever_is_stated(stated):
    text = page(GERMAN, stated)

    assert decode(text.encode(), stated) == text


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_goes_before_everything_and_is_no_text(mark, codec):
    assert decode(mark + page(GERMAN).encode(codec), "koi8-r") == page(GERMAN)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_is_told_by_its_zeros(codec):
    assert decode(page(GERMAN).encode(codec), "iso-8859-1") == page(GERMAN)


@pytest.mark.parametrize(
    ("text", "codec", "lang"),
    [
        (GERMAN, "cp1252", "de"),
        (RUSSIAN, "cp1251", "ru"),
        (RUSSIAN, "koi8-r", "ru"),
        (JAPANESE, "shift_jis", "ja"),
        (JAPANESE, "euc_jp", "ja"),
        (CHINESE, "gb18030", "zh"),
        (KOREAN, "euc_kr", "ko"),
    ],
)
def test_a_set_that_nobody_states_is_detected(text, codec, lang):
    told = page(text, lang=lang)

    assert decode(told.encode(codec), None) == told


def test_few_bad_bytes_are_replaced_and_many_are_another_set():
    good = page(GERMAN * 20).encode()
    few = good[:3_000].decode(errors="ignore").encode() + b"\xff" + good[3_000:]

    found = decode(few, "utf-8")

    assert found.count("\ufffd") <= 3
    assert "Stühle ändert sich über" in found
    assert decode(page(GERMAN).encode("cp1252"), "utf-8") == page(GERMAN)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, bytes(5_000), bytes(range(1, 32)) * 100],
    ids=["an image", "zeros", "controls"],
)
@pytest.mark.parametrize("stated", [None, "utf-8", "iso-8859-1"])
def test_what_is_no_text_is_refused(data, stated):
    with pytest.raises(CharsetUnknown):
        decode(data, stated)


def test_nothing_is_nothing():
    assert decode(b"", None) == ""
