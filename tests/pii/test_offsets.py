"""Offsets go both ways, as a slow count of characters has them."""

from __future__ import annotations

import random

import pytest

from corpusmill.pii.offsets import Offsets
from corpusmill.pii.spans import Edit, apply_edits

TEXT = "abcdefghij\U0001f600klmnopqrstuv"


def test_places_before_inside_and_behind_edits_by_hand():
    # one two and three.  ->  " <A> and <B>."
    offsets = Offsets(
        [Edit("pii", 12, 17, "<B>"), Edit("lines", 0, 3, ""), Edit("pii", 4, 7, "<A>")]
    )

    assert [offsets.to_clean(n) for n in (0, 2, 3, 4, 6, 7, 8, 12, 16, 17, 18)] == [
        *(0, 0, 0, 1, 1, 4, 5, 9, 9, 12, 13)
    ]
    assert [offsets.to_text(n) for n in (0, 1, 2, 3, 4, 5, 9, 11, 12, 13)] == [
        *(3, 4, 4, 4, 7, 8, 12, 12, 17, 18)
    ]
    assert [offsets.replacement(n) for n in range(3)] == [(9, 12), (0, 0), (1, 4)]


def test_without_edits_nothing_moves():
    assert (Offsets([]).to_clean(7), Offsets([]).to_text(7)) == (7, 7)


def test_an_edit_that_lost_all_its_characters_has_no_place():
    offsets = Offsets([Edit("lines", 0, 10, ""), Edit("pii", 2, 5, "<A>")])

    assert offsets.replacement(1) is None
    assert (offsets.to_clean(3), offsets.to_text(0)) == (0, 10)


@pytest.mark.parametrize("seed", range(200))
def test_offsets_agree_with_a_slow_count_one_character_at_a_time(seed):
    draw = random.Random(seed)
    edits = [
        Edit("s", start, draw.randint(start + 1, len(TEXT)), draw.choice(["", "-", f"<{index}>"]))
        for index, start in enumerate(draw.randrange(20) for _ in range(draw.randrange(6)))
    ]
    clean, origins, places, stands = slow(edits)
    offsets = Offsets(edits)

    assert clean == apply_edits(TEXT, edits)
    assert [offsets.replacement(index) for index in range(len(edits))] == [
        stands.get(index) for index in range(len(edits))
    ]
    for at, place in places.items():
        assert offsets.to_clean(at) == place
        assert clean[place] == TEXT[at]
        assert offsets.to_text(place) == at
    for place, of in enumerate(origins):
        assert offsets.to_text(place) == of
    assert offsets.to_clean(len(TEXT)) == len(clean)
    assert offsets.to_text(len(clean)) == len(TEXT)


def slow(edits):
    """The clean text, where each of its characters is from, where each character that stays is,
    and where each replacement stands."""
    clean, origins, places, stands = "", [], {}, {}
    for at, character in enumerate(TEXT):
        owners = [i for i, edit in enumerate(edits) if edit.start <= at < edit.end]
        if not owners:
            places[at] = len(clean)
            clean, origins = clean + character, [*origins, at]
        elif owners[0] not in stands:
            replacement = edits[owners[0]].replacement
            stands[owners[0]] = len(clean), len(clean) + len(replacement)
            clean, origins = clean + replacement, [*origins, *[at] * len(replacement)]
    return clean, origins, places, stands
