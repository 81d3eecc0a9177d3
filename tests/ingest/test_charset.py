"""Bytes of pages as servers send them: rightly declared, wrongly declared, or no text at all."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
import zlib

import pytest

from corpusmill.ingest.charset import PRESCAN, SPOILT, CharsetUnknown, decode

PLAIN = "<p>Nothing but plain letters here, and enough of them to weigh a little.</p>" * 20


def page(body, head=b""):
    return (
        b"<!doctype html><html><head>" + head + b"</head><body><p>" + body + b"</p></body></html>"
    )


def body_of(text):
    return text.partition("<p>")[2].removesuffix("</p></body></html>")


# The bytes are written out: no codec of Python is asked what they mean.
STATED = [
    ("iso-8859-1", b"caf\xe9 \x80 5 \x93so\x94", "café € 5 “so”"),  # as browsers: windows-1252
    ("latin1", b"\xe9\x96", "é–"),
    ("ascii", b"\xe9\x96", "é–"),
    (" Windows-1252 ", b"\xe9\x96", "é–"),
    ("ISO-8859-15", b"\xa4", "€"),
    ("iso-8859-2", b"\xb1\xe6\xea", "ąćę"),
    ("windows-1250", b"\xb9\xe6\xea", "ąćę"),
    ("iso-8859-9", b"\xfe\xf0\xfd \x80", "şğı €"),  # as browsers: windows-1254
    ("windows-1251", b"\xc4\xe0", "Да"),
    ("koi8-r", b"\xe4\xc1", "Да"),
    ("x-sjis", b"\x93\xfa\x96{ \x87@", "日本 ①"),  # as browsers: windows-31j
    ("shift_jis", b"\x93\xfa\x96{", "日本"),
    ("euc-jp", b"\xc6\xfc\xcb\xdc", "日本"),
    ("gb2312", b"\xd6\xd0\xb9\xfa \x81\x30\x81\x30", "中国 \x80"),  # as browsers: gb18030
    ("gbk", b"\xd6\xd0\xb9\xfa \x98\x4f", "中国 極"),
    ("big5", b"\xa4\xa4\xb0\xea", "中國"),
    ("euc-kr", b"\xc7\xd1\xb1\xdb \x8c\x63", "한글 똠"),  # as browsers: windows-949
    ("tis-620", b"\xe4\xb7\xc2 \x85", "ไทย …"),
    ("iso-8859-8-i", b"\xf9\xec\xe5\xed", "שלום"),
    ("iso-2022-jp", b"\x1b$BF|K\\\x1b(B", "日本"),
]


@pytest.mark.parametrize(("label", "data", "text"), STATED, ids=[s[0] for s in STATED])
def test_a_stated_set_is_read_as_browsers_read_it(label, data, text):
    meta = b'<meta http-equiv="Content-Type" content="text/html; charset=%s">' % label.encode()

    assert body_of(decode(page(data), label)) == text
    assert body_of(decode(page(data, meta), None)) == text
    assert body_of(decode(page(data, b"<meta charset='%s' >" % label.encode()), None)) == text


def test_a_byte_order_mark_goes_before_everything_and_is_no_part_of_the_text():
    assert decode(b"\xef\xbb\xbf" + "ü".encode(), "iso-8859-1") == "ü"
    assert decode(b"\xff\xfe<\x00p\x00>\x00\xfc\x00", "utf-8") == "<p>ü"
    assert decode(b"\xfe\xff\x00<\x00p\x00>\x00\xfc", "utf-8") == "<p>ü"


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_zeros(codec, declared):
    text = "<html><body><p>日本語と English</p></body></html>"

    assert decode(text.encode(codec), declared) == text


def test_utf_16_that_is_stated_where_there_is_none_is_not_believed():
    text = body_of(decode(page("žluťoučký".encode()), "utf-16"))
    inside = body_of(decode(page("žluťoučký".encode(), b'<meta charset="utf-16">'), None))

    assert text == inside == "žluťoučký"


@pytest.mark.parametrize(
    "declared", [None, "iso-8859-1", "windows-1251", "gbk", "utf-8", "nonsense"]
)
def test_utf_8_is_seen_whatever_is_stated(declared):
    text = "Die Öffnungszeiten ändern sich über Ostern; größere Gruppen müssen sich früh äußern."

    assert body_of(decode(page(text.encode(), b'<meta charset="iso-8859-1">'), declared)) == text


def test_a_few_characters_that_could_be_either_are_read_as_stated():
    data = page(b"\xc1\xaa\xcd\xa8")  # valid UTF-8 in form, and a word in GBK

    assert body_of(decode(data, "gbk")) == "联通"
    assert body_of(decode(page("Grüße, 联通".encode() * 2), "gbk")) == "Grüße, 联通" * 2


def test_one_accent_in_utf_8_is_enough_against_latin_1():
    assert body_of(decode(page("café".encode()), "iso-8859-1")) == "café"


def test_bad_bytes_in_utf_8_become_replacement_characters_as_long_as_they_are_few():
    good = ("größer " * SPOILT).encode()

    assert body_of(decode(page(good + b"\xff"), "utf-8")) == "größer " * SPOILT + "\ufffd"
    assert "\ufffd" not in decode(page(good + b"\xff " * 40), "utf-8")


def test_spoilt_utf_8_is_not_read_as_the_latin_1_that_is_stated():
    good = "Größe zählt für sehr viele Leser überhaupt nicht, höchstens für wenige. " * 30
    cut = good.encode() + "ü".encode()[:1]

    assert body_of(decode(page(cut), "iso-8859-1")) == good + "\ufffd"


def test_replacement_characters_that_a_page_holds_are_no_fault_of_the_set():
    text = "ü\ufffd" * 50

    assert body_of(decode(page(text.encode()), "utf-8")) == text


def test_a_page_in_ascii_with_some_bytes_of_another_set_is_not_utf_8():
    quoted = (PLAIN * 3).encode() + b"It\x92s \x93so\x94"

    assert decode(page(quoted), "utf-8").endswith("It’s “so”</p></body></html>")


def test_the_server_goes_before_the_page_and_the_page_before_a_guess():
    meta = b'<meta charset="windows-1251">'

    assert body_of(decode(page(b"\xc4\xe0", meta), "windows-1252")) == "Äà"
    assert body_of(decode(page(b"\xc4\xe0", meta), "no-such-set")) == "Да"
    assert body_of(decode(page(b"\xc4\xe0"), None)) != "Äà"


@pytest.mark.parametrize("label", ["utf-7", "rot13", "base64", "idna", "unicode_escape", "hex", ""])
def test_what_browsers_do_not_know_is_not_stated(label):
    assert body_of(decode(page(b"+AGE- caf\xe9"), label)) == "+AGE- café"


def test_a_page_states_its_set_near_its_start_and_outside_comments():
    meta = b'<meta charset="windows-1251">'
    near = b"<!-- " + b"x" * 1500 + b" -->"
    far = b"<!-- " + b"x" * PRESCAN + b" -->"
    words = b"\xc4\xe0 and " + b"plain words " * 9

    assert "Да" in decode(page(words, near + meta), None)
    assert "Äà" in decode(page(words, far + meta), None)
    assert "Äà" in decode(page(words, b"<!--" + meta + b"-->"), None)


def test_an_xml_declaration_states_the_set_too():
    data = b'<?xml version="1.0" encoding="iso-8859-2"?>' + page(b"\xb1")

    assert "<p>ą</p>" in decode(data, None)


SAMPLES = {
    "windows-1251": "Вчера вечером мы долго гуляли по берегу реки и говорили о старых временах.",
    "koi8-r": "Вчера вечером мы долго гуляли по берегу реки и говорили о старых временах.",
    "gb18030": "昨天晚上我们沿着河边散步，谈起了很久以前的事情，直到月亮升起来。",
    "big5": "昨天晚上我們沿著河邊散步，談起了很久以前的事情，直到月亮升起來。",
    "cp932": "昨日の夜は川のほとりを長く散歩して、昔のことをいろいろと話しました。",
    "euc-jp": "昨日の夜は川のほとりを長く散歩して、昔のことをいろいろと話しました。",
    "cp949": "어제 저녁에 우리는 강가를 오래 걸으며 옛날 이야기를 나누었습니다.",
    "cp1253": "Χθες το βράδυ περπατήσαμε πολύ ώρα δίπλα στο ποτάμι και μιλήσαμε για τα παλιά.",
    "cp1255": "אתמול בערב טיילנו זמן רב לאורך הנהר ודיברנו על הימים שהיו ואינם עוד.",
    "cp1256": "مشينا مساء أمس طويلا على ضفة النهر وتحدثنا عن الأيام القديمة حتى طلع القمر.",
    "cp1252": "Hier soir, nous avons longtemps marché près de la rivière, très agitée, et parlé du"
    " passé; même les élèves étaient là, à côté de nous.",
}


@pytest.mark.parametrize(("codec", "text"), SAMPLES.items(), ids=SAMPLES)
def test_an_unstated_set_is_found_in_the_text(codec, text):
    assert body_of(decode(page((text * 4).encode(codec)), None)) == text * 4


def test_the_language_of_a_page_says_which_set_is_likely():
    text = "Tegnap este sokáig sétáltunk a folyó partján, és a régi, szép időkről beszélgettünk. "
    data = (text * 4).encode("cp1250")

    found = decode(b'<html class="a" lang="hu-HU"><body><p>' + data, None)

    assert found.endswith(text * 4)


@pytest.mark.parametrize(
    "data",
    [b"It\x92s fine", b"5 \xb0C today", b"\xa9 2005 Somebody", b"\xab Bonjour \xbb", b"na\xefve"],
)
def test_a_few_letters_beyond_ascii_are_read_as_in_the_west(data):
    assert body_of(decode(page(data), None)) == data.decode("cp1252")


def binaries():
    draw = random.Random(5)
    noise = draw.randbytes(30_000)
    return {
        "noise": noise,
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + noise,
        "gzip": gzip.compress(PLAIN.encode() + noise, mtime=0),
        "zlib": zlib.compress(PLAIN.encode() * 20),
        "pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length 30000>>\nstream\n" + noise,
        "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 500 + noise[:3000],
        "zeros": b"\0" * 5000,
        "controls": bytes(range(1, 32)) * 100,
        "page in noise": page(PLAIN.encode()) + noise,
        "marked": b"\xff\xfe" + noise,
    }


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "gbk", "big5", "utf-16"])
@pytest.mark.parametrize("kind", binaries())
def test_binary_data_is_no_text_in_any_set(kind, declared):
    with pytest.raises(CharsetUnknown) as caught:
        decode(binaries()[kind], declared)

    assert str(caught.value) == ""


def test_some_control_characters_do_not_make_a_text_binary():
    assert (
        decode(page(PLAIN.encode() + b"\0\x01"), None) == page(PLAIN.encode() + b"\0\x01").decode()
    )


@pytest.mark.parametrize("data", [b"", b"<", b"\xff", b"\x80", b"\xc3"])
def test_next_to_nothing_is_read_or_refused(data):
    try:
        assert len(decode(data, None)) == len(data)
    except CharsetUnknown:
        assert data not in (b"", b"<")


def test_nothing_is_nothing():
    assert decode(b"", None) == decode(b"\xef\xbb\xbf", "gbk") == ""


def test_a_long_page_in_an_unstated_set_takes_no_longer_than_it_is():
    """Quadratic in the length of its script, it would take hours."""
    script = b"<script>" + b"var a = 1; " * 300_000 + b"</script>"
    started = time.process_time()

    text = decode(page(SAMPLES["cp1252"].encode("cp1252"), script), None)

    assert SAMPLES["cp1252"] in text
    assert time.process_time() - started < 10


def test_a_guess_is_the_same_in_every_process():
    program = (
        "import sys; from corpusmill.ingest.charset import decode;"
        "print(ascii(decode(sys.stdin.buffer.read(), None)))"
    )
    data = page("Včera večer jsme se dlouho procházeli podél řeky.".encode("iso8859-2"))

    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=data,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }

    assert len(answers) == 1


@pytest.mark.heavy
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_original_bytes_of_real_pages_give_the_text_that_is_kept_of_them(shared_data, declared):
    """Two of the 60 were kept as Latin-1 for one bad byte; they are UTF-8."""
    folder = shared_data / "web-mini"
    with gzip.open(folder / "trafilatura-pages.jsonl.gz", "rt", encoding="utf-8") as file:
        kept = {row["url"]: row for row in map(json.loads, file)}
    spoilt = 0

    records = list(responses(folder / "warc" / "trafilatura-pages-part.warc.gz"))

    for url, body in records:
        html = kept[url]["html"]
        if kept[url]["decoded_as"] == "latin-1":
            html = html.encode("latin-1").decode("utf-8", "replace")
            assert html.count("\ufffd") == 1
            spoilt += 1
        assert decode(body, declared) == html.removeprefix("\ufeff"), url
    assert (len(records), spoilt) == (60, 2)


def responses(location):
    """Address and body of each response of a WARC file."""
    from warcio.archiveiterator import ArchiveIterator

    with location.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                yield (
                    record.rec_headers.get_header("WARC-Target-URI"),
                    record.content_stream().read(),
                )
