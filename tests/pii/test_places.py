"""Places beside the plain patterns that they stand for, and beside Presidio's own."""

import itertools
import random

import pytest
import regex
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IpRecognizer

from corpusmill.pii.phones import JOINTS
from corpusmill.pii.places import Places
from corpusmill.pii.rules import REGIONS

pytestmark = pytest.mark.heavy

# What the places of these kinds are: every match of the pattern, leftmost first.
PLAIN = {
    "CREDIT_CARD": r"\d(?:[- ]?\d){12,40}",
    "IBAN_CODE": r"(?i)(?<=[A-Z]{2})[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}",
    "US_SSN": r"[0-9](?:[- .]?[0-9]){8,40}",
}
SIGNS = {
    "CREDIT_CARD": "0123456789" * 3 + "- - \uff11.a\n",
    "IBAN_CODE": "0123456789" + "abYZ" * 3 + "- \u017f\u212aé_\n",
    "US_SSN": "0123456789" * 3 + "- .\uff11a\n",
}


def places(text, kind, regions=REGIONS):
    return [place for _, found in Places([text]).of(kind, regions) for place in found]


def made_up(signs, seed, count=300):
    draw = random.Random(seed)
    return ["".join(draw.choices(signs, k=draw.randrange(200))) for _ in range(count)]


@pytest.mark.parametrize("kind", PLAIN)
def test_places_are_the_matches_of_the_plain_pattern(kind):
    pattern = regex.compile(PLAIN[kind])
    texts = made_up(SIGNS[kind], kind)

    found = [places(text, kind) for text in texts]

    assert found == [[match.span() for match in pattern.finditer(text)] for text in texts]
    assert sum(map(len, found)) > 50


def test_groups_of_phone_digits_are_the_matches_of_the_plain_pattern():
    pattern = regex.compile(rf"\d(?:[{JOINTS}]{{0,4}}\d){{3,200}}")
    texts = made_up("0123456789" * 2 + "-- ..()/x~+\uff0b\uff11a\n", "phone")

    found = [Places([text])._groups(1, 4, 4, 4, 201) for text in texts]

    spans = [list(zip(starts.tolist(), ends.tolist(), strict=True)) for starts, ends in found]
    assert spans == [[match.span() for match in pattern.finditer(text)] for text in texts]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 200, 201, 202, 204, 205, 402, 403, 1_000])
def test_a_long_group_goes_on_in_the_next_as_the_plain_pattern_does(size):
    pattern = regex.compile(r"\d(?:[- ]?\d){12,40}")

    assert places("7" * size, "CREDIT_CARD") == [m.span() for m in pattern.finditer("7" * size)]


@pytest.mark.parametrize(
    ("recogniser", "signs"),
    [
        (EmailRecognizer(), "ab1._-" * 3 + "@@@@é'+ \n,"),
        (IpRecognizer(), "012589af" + "::::::..: /%g \n_"),
        (IpRecognizer(), "0129" + "......:: /a"),
    ],
)
def test_every_match_of_presidios_patterns_has_a_place_in_it(recogniser, signs):
    [kind] = recogniser.supported_entities
    flags = recogniser.global_regex_flags
    patterns = [p for p in recogniser.patterns if p.name != "IPv6_unspecified"]
    matched = 0

    for text in made_up(signs, kind, 2_000):
        found = places(text, kind)
        for pattern in patterns:
            for match in regex.finditer(pattern.regex, text, flags):
                matched += 1
                assert any(start < match.end() and match.start() < end for start, end in found)

    assert matched > 100


def test_full_and_mixed_ipv6_addresses_have_a_place():
    written = ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:10.0.0.1", "::1", "1::", "fe80::1%eth0", "::/0a"]

    found = [bool(places(f"is {each}, or", "IP_ADDRESS")) for each in written]

    assert found == [True, True, True, True, True, False]


def test_names_of_programs_have_no_place():
    text = "std::vector Foo::Bar a ::  b :::: c, face::off, 12:34:56 00:1B:44:11:3A:B7 @param x@y"

    assert [places(text, kind) for kind in ("IP_ADDRESS", "EMAIL_ADDRESS")] == [[], []]


def test_no_place_reaches_from_one_text_into_the_next():
    pieces = ["12 345", "6 789 012 34", "56 AB", "12CDEF 3456", "10.0.", "0.1", "x@", "y.org", "1:"]
    kinds = ("EMAIL_ADDRESS", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN")
    batches = itertools.permutations(pieces, 3)

    found = [list(Places(texts).of(kind, ())) for texts in batches for kind in kinds]

    assert found == [
        [
            (index, places(text, kind, ()))
            for index, text in enumerate(texts)
            if places(text, kind, ())
        ]
        for texts in itertools.permutations(pieces, 3)
        for kind in kinds
    ]


def test_a_plus_sign_of_another_text_counts_for_nothing():
    found = list(Places(["+", "49 891 234", "+49 891 234"]).of("PHONE_NUMBER", ("US",)))

    assert [index for index, _ in found] == [2]
