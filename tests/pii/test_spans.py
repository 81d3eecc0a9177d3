import itertools
import random

import pytest

from corpusmill.pii.spans import Edit, Span, apply_edits, resolve_overlaps


def span(kind, start, end, score=400_000):
    return Span(kind, start, end, "R", score)


@pytest.mark.parametrize(
    ("better", "worse", "left"),
    [
        (span("US_SSN", 5, 9, 500_000), span("CREDIT_CARD", 0, 20, 400_000), [(0, 5), (9, 20)]),
        (span("US_SSN", 0, 10), span("CREDIT_CARD", 1, 10), []),
        (span("US_SSN", 0, 10), span("CREDIT_CARD", 1, 11), [(10, 11)]),
        (span("CREDIT_CARD", 0, 10), span("US_SSN", 0, 10), []),
    ],
    ids=["higher score", "longer", "earlier start", "kind"],
)
def test_of_two_overlapping_spans_the_stated_one_stays_and_the_rest_of_the_other(
    better, worse, left
):
    either_order = [[better, worse], [worse, better]]

    resolved = [resolve_overlaps(spans) for spans in either_order]

    pieces = [span(worse.kind, *place, worse.score) for place in left]
    expected = sorted([better, *pieces], key=lambda s: s.start)
    assert resolved == [expected, expected]


def test_spans_that_only_touch_both_stay_in_text_order():
    spans = [span("US_SSN", 10, 20, 900_000), span("US_SSN", 0, 10)]

    resolved = resolve_overlaps(spans)

    assert [(s.start, s.end) for s in resolved] == [(0, 10), (10, 20)]


def test_resolving_agrees_with_a_slow_reference_whatever_the_order():
    draw = random.Random(4)

    for _ in range(300):
        spans = [
            span(draw.choice("AB"), start, start + draw.randint(1, 9), draw.randint(1, 3))
            for start in (draw.randrange(25) for _ in range(draw.randrange(9)))
        ]
        expected = slow_resolution(spans)
        draw.shuffle(spans)

        assert resolve_overlaps(spans) == expected


def slow_resolution(spans):
    order = sorted(set(spans), key=lambda s: (-s.score, -(s.end - s.start), s.start, s.kind))
    owner = {}
    for s in order:
        for place in range(s.start, s.end):
            owner.setdefault(place, s)
    pieces = []
    for place in sorted(owner):
        s = owner[place]
        if pieces and pieces[-1][0] is s and pieces[-1][2] == place:
            pieces[-1][2] += 1
        else:
            pieces.append([s, place, place + 1])
    return [span(s.kind, start, end, s.score) for s, start, end in pieces]


def test_edits_replace_spans_of_the_original_text():
    edits = [Edit("pii", 12, 17, "<B>"), Edit("lines", 0, 3, ""), Edit("pii", 4, 7, "<A>")]

    edited = apply_edits("one two and three.", edits)

    assert edited == " <A> and <B>."


def test_an_edit_inside_an_earlier_one_leaves_no_trace():
    edits = [Edit("lines", 0, 10, ""), Edit("pii", 2, 5, "<A>")]

    assert apply_edits("0123456789rest", edits) == "rest"


def test_an_edit_cut_by_an_earlier_one_still_covers_all_it_has_left():
    edits = [Edit("lines", 3, 6, "-"), Edit("pii", 1, 9, "<A>"), Edit("pii", 8, 10, "<B>")]

    edited = apply_edits("0123456789", edits)

    assert edited == "0<A>-<B>"


def test_edits_of_one_place_are_decided_by_their_order_in_the_sequence():
    first, second = Edit("a", 0, 2, "A"), Edit("b", 0, 2, "B")

    assert apply_edits("xxy", [first, second]) == "Ay"
    assert apply_edits("xxy", [second, first]) == "By"


def test_edits_agree_with_a_slow_reference_one_character_at_a_time():
    draw = random.Random(7)
    text = "abcdefghij\U0001f600klmnopqrstuv"

    for _ in range(300):
        edits = [
            Edit("s", start, draw.randint(start + 1, len(text)), f"<{index}>")
            for index, start in enumerate(draw.randrange(20) for _ in range(draw.randrange(7)))
        ]

        assert apply_edits(text, edits) == slow_edits(text, edits)


def slow_edits(text, edits):
    written, done = [], set()
    for at, character in enumerate(text):
        owners = [i for i, edit in enumerate(edits) if edit.start <= at < edit.end]
        if not owners:
            written.append(character)
        elif owners[0] not in done:
            written.append(edits[owners[0]].replacement)
            done.add(owners[0])
    return "".join(written)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 1)])
def test_an_edit_without_a_span_is_refused(start, end):
    with pytest.raises(ValueError, match="step pii"):
        Edit("pii", start, end, "")


def test_an_edit_past_the_text_is_refused_without_quoting_the_text():
    with pytest.raises(ValueError, match="past the text") as refusal:
        apply_edits("secret", [Edit("pii", 2, 7, "")])

    assert "secret" not in str(refusal.value)


@pytest.mark.heavy
def test_many_overlapping_spans_and_edits_take_no_quadratic_time():
    chain = [span("A", at, at + 30, at % 7 + 1) for at in range(60_000)]
    edits = [Edit("s", at, at + 30, "") for at in range(60_000)]

    resolved = resolve_overlaps(chain)
    edited = apply_edits("x" * 60_029 + "y", edits)

    assert all(a.end <= b.start for a, b in itertools.pairwise(resolved))
    assert edited == "y"
