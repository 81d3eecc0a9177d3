"""Mojibake is undone where it is sure, and what only looks like it stays."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import unicodedata2
from ftfy import fix_encoding
from ftfy.chardata import CHARMAP_ENCODINGS

from corpusmill.text.mojibake import repaired, without_code_pages

SENTENCES = [
    "Falsches Üben von Xylophonmusik quält jeden größeren Zwerg.",
    "Dès Noël où un zéphyr haï me vêt de glaçons würmiens.",
    "El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia; añoraba a su niño.",
    "À noite, vovô Kowalsky vê o ímã cair no pé do pinguim queixoso.",
    "Pchnąć w tę łódź jeża lub ośm skrzyń fig.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Ζαφείρι δέξου πάγκαλο, βαθῶν ψυχῆς τὸ σῆμα.",
    "Kæmi ný öxi hér, ykist þjófum nú bæði víl og ádrepa.",
    "Pijamalı hasta yağız şoföre çabucak güvendi.",
    "いろはにほへと ちりぬるを わかよたれそ つねならむ",
    "視野無限廣，窗外有藍天",
    "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश",
    "“It’s 20 °C – naïve café…”",
    "smile 🙂 and wave 👋🏽",
]


def repair(text: str) -> str:
    return repaired(text, Counter())


@pytest.mark.parametrize("page", ["latin-1", "sloppy-windows-1252"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_that_was_read_as_western_european_comes_back(sentence: str, page: str) -> None:
    assert repair(sentence.encode().decode(page)) == sentence


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("schÃ¶n", "schön"),
        ("â€œHelloâ€\x9d, itâ€™s me", "“Hello”, it’s me"),
        ("voilÃ  le cafÃ©", "voilà le café"),  # the second byte of à had become a plain space
        ("priceÂ 5, Â£20, Â©2020", "price\xa05, £20, ©2020"),
        ("cafÃƒÂ©", "café"),  # twice
        ("日本 cafÃ© 中文", "日本 café 中文"),
        ("ï»¿Title Ã©", "\ufeffTitle é"),
        ("\x93quoted\x94 it\x92s \x85 5\x80", "“quoted” it’s … 5€"),  # Windows-1252 as Latin-1
        ("РџСЂРёРІРµС‚", "Привет"),
    ],
)
def test_known_forms_are_undone(broken: str, whole: str) -> None:
    assert repair(broken) == whole


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("change", [str, str.upper, str.title, str.swapcase])
def test_sound_text_stays(text: str, change: Callable[[str], str]) -> None:
    assert repair(change(text)) == change(text)


@pytest.mark.parametrize(
    "text",
    [
        "PÃO AÇÃO NÃO, IRMÃ, MANHÃ ",
        "“ĐÃ TỪNG” ĐÃ ÂM",
        "ÞJÁRSJÓÐ“ OG „EIGN“",  # Icelandic capitals before a quotation mark
        "Albwm Â Big Boy",  # Welsh: with
        "«PEKPEGû «LE»",
        "DÉJÀ® VÉ™ ÂGÉ…",
        "l’été », « à la » — «é»",
        "<<-·´¯`·.¸Ž¯)ž.·Ž¯)",  # a drawing, which ftfy reads as Thaana
        "America¡¦s ¡§war¡¨",  # Big5, which ftfy does not know
        "→ × ² ½ ©®™ ±°§¶ ½°",
        "├──│ └── ▒▓█",
        "Übung Nº 5, 1ª, Å ångström",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert repair(text) == text


def test_the_drawing_is_one_that_ftfy_alone_would_take_for_another_alphabet() -> None:
    line = "ir? ž.·'Ž¯)ž.·'Ž¯)"

    assert fix_encoding(line) != line
    assert repair(line) == line


def test_an_ambiguous_sequence_is_undone_where_the_text_has_others() -> None:
    alone, among = repair("the end Â Big Boy"), repair("the end Â Big Boy\nschÃ¶n")

    assert alone == "the end Â Big Boy"
    assert among == "the end \xa0Big Boy\nschön"


def test_a_replacement_character_and_its_neighbours_stay() -> None:
    assert repair("cafÃ©\ufffd\ufffd â€\ufffd") == "café\ufffd\ufffd â€\ufffd"
    assert fix_encoding("cafÃ©\ufffd\ufffd") != "café\ufffd\ufffd"


def test_lines_are_repaired_one_by_one_and_counted() -> None:
    changes: Counter[str] = Counter()

    found = repaired("schÃ¶n\nПривет Ã\n\nquÃ©\nschön", changes)

    assert found == "schön\nПривет Ã\n\nqué\nschön"
    assert changes == {"mojibake": 2}


def test_a_long_line_is_repaired_in_pieces() -> None:
    line = "cafÃ© au lait " * 200

    assert repair(line) == "café au lait " * 200
    assert repair("Ã©" * 2_000) == "é" * 2_000


@pytest.mark.parametrize("page", ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251"])
def test_a_long_line_without_spaces_is_not_cut_within_a_sequence(page: str) -> None:
    line = "視野無限廣窗外有藍天いろはにほへとちりぬるを" * 150

    assert repair(line.encode().decode(page)) == line


def test_lines_that_never_come_to_rest_lose_what_sequences_are_made_of() -> None:
    changes: Counter[str] = Counter()

    found = without_code_pages("schön 日\nÃ©x é 日\nhid\u200bden é", changes)

    assert found == "schön 日\nx  日\nhid\u200bden "
    assert changes == {"mojibake": 2}


def test_ftfy_is_shown_no_letter_on_which_pythons_differ() -> None:
    known = {c for page in CHARMAP_ENCODINGS for c in bytes(range(0x80, 0x100)).decode(page)}

    classes = {c: unicodedata2.category(c)[0] in "LN" for c in known}

    assert {c: c.isalnum() for c in known} == classes


def test_where_nothing_is_hidden_it_is_what_ftfy_makes_of_each_line() -> None:
    draw = random.Random(2)
    words = [word for sentence in SENTENCES for word in sentence.split() if word[0].islower()]
    lines = []
    while len(lines) < 2_000:
        line = " ".join(draw.choices(words, k=6)) + "."
        broken = line.encode().decode(draw.choice(["latin-1", "sloppy-windows-1252"]))
        lines += [broken] if draw.random() < 0.5 else [line]

    found = [repair(line) for line in lines]

    assert found == [fix_encoding(line) for line in lines]
    assert sum(map(str.__ne__, found, lines)) > 800


def _news(folder: Path) -> list[str]:
    with gzip.open(folder / "langid" / "ntrex.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


@pytest.mark.heavy
@pytest.mark.parametrize("change", [str, str.upper, str.title])
def test_news_in_120_languages_stays_but_for_stray_bytes(
    shared_data: Path, change: Callable[[str], str]
) -> None:
    texts = [change(text) for text in _news(shared_data) if not text.isascii()]

    changed = [text for text in texts if repair(text) != text]

    assert len(texts) > 10_000
    assert all(any("\x80" <= c <= "\x9f" for c in text) for text in changed)


@pytest.mark.heavy
def test_most_broken_news_comes_back_whole(shared_data: Path) -> None:
    texts = [text for text in _news(shared_data)[::7] if not text.isascii()]
    broken = [text.encode().decode("sloppy-windows-1252") for text in texts]

    whole = sum(map(str.__eq__, map(repair, broken), texts))

    assert whole > 0.97 * len(texts) > 1_500
