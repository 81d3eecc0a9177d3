"""Characters that the extractor would delete."""

from __future__ import annotations

from html_pages import RULES, article, page

from corpusmill.ingest import unprintable
from corpusmill.ingest.extract import extract_page

NEWER = "\U0001fae0\U0001fae8\U0001fae9\u20c0\u0870\U0001e4d0"  # of Unicode 14, 15, 16


def test_characters_newer_than_this_python_are_kept_in_every_python():
    references = "".join(f"&#x{ord(c):x};&#{ord(c)};" for c in NEWER)
    twice = "".join(c + c for c in NEWER)
    data = page(article(f"A sentence with {NEWER} in it, and then {references}, too."))

    found = extract_page(data, None, None, RULES)

    assert f"A sentence with {NEWER} in it, and then {twice}, too." in found.text


def test_no_stand_in_is_mistaken_for_a_character_of_the_page():
    """The ideographs that would stand in first are in the page itself, one of them by number."""
    first = "".join(map(chr, unprintable._IDEOGRAPHS[:3]))
    text = f"A sentence that holds {first}&#x20003; and \U0001fae9, as sentences may."

    found = extract_page(page(article(text)), None, None, RULES)

    assert f"holds {first}\U00020003 and \U0001fae9, as" in found.text


def test_a_joiner_stays_between_letters_and_goes_elsewhere():
    text = "می&zwnj;روم and می&#8204;روم and x &zwnj; y and &#x200D;z and a\u200c\u200cb"

    found = extract_page(page(article(text)), None, None, RULES)

    assert "می\u200cروم and می\u200cروم and x y and z and ab" in " ".join(found.text.split())


def test_marks_are_in_composed_form_beside_a_newer_character():
    text = "Cafe\u0301 \U0001fae9 au lait, and some more words to fill the line."

    assert "Café \U0001fae9 au" in extract_page(page(article(text)), None, None, RULES).text
