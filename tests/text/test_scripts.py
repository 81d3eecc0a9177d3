"""Scripts of characters, against the property asked for one by one."""

import pytest
import regex

from corpusmill.text.characters import CODE_POINTS
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.scripts import SCRIPTS, count_scripts, script_numbers


def counts(*texts):
    found = count_scripts(CodePoints.of(texts))
    return [
        {SCRIPTS[n]: int(count) for n, count in enumerate(row) if count} for row in found.tolist()
    ]


def test_letters_are_counted_by_script_and_what_all_share_is_not():
    assert counts("Mühle 1, Ωμ!", "", "水车の粉", "é\u0301 5") == [
        {"Latn": 5, "Grek": 2},
        {},
        {"Hani": 3, "Hira": 1},
        {"Latn": 1},
    ]


def test_codes_are_in_order_and_different():
    assert list(SCRIPTS) == sorted(set(SCRIPTS))
    assert len(SCRIPTS) < 256


@pytest.mark.heavy
def test_every_character_has_the_script_that_the_property_says():
    table = script_numbers()
    for number, script in enumerate(SCRIPTS, 1):
        matches = regex.compile(rf"\p{{Script={script}}}").match
        some = (table == number).nonzero()[0].tolist()
        assert some, script
        assert all(matches(chr(code)) for code in some[:: max(1, len(some) // 50)])


@pytest.mark.heavy
def test_what_has_no_number_is_shared_or_newer():
    shared = regex.compile(r"[\p{Script=Zyyy}\p{Script=Zinh}\p{Script=Zzzz}]").match
    known = script_numbers() > 0
    plane = [*range(0xD800), *range(0xE000, 0x10000)]

    assert [code for code in plane if bool(known[code]) == bool(shared(chr(code)))] == []
    assert len(known) == CODE_POINTS
