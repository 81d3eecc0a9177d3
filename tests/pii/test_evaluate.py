import random

import pytest

from corpusmill.digests import canonical
from corpusmill.pii.evaluate import ALL, covered, evaluate, ratio
from corpusmill.pii.labelled import Label, Labelled
from corpusmill.pii.spans import AnalysisFailed, Span

KINDS = ("EMAIL_ADDRESS", "IP_ADDRESS")
EMAIL, IP = KINDS
TEXT = "." * 100


def said(*labels, text=TEXT, key="a"):
    return Labelled(key, text, tuple(Label(*label) for label in labels))


def finder(*spans):
    return lambda _text: [Span(kind, start, end, "by hand", 1) for kind, start, end in spans]


def figures(labels, spans, **more):
    return evaluate([said(*labels)], finder(*spans), KINDS, **more).figures["kinds"]


def hits(of):
    return of["hits"], of["misses"], of["false_alarms"]


@pytest.mark.parametrize(
    ("labels", "spans", "strict", "overlap"),
    [
        ([], [], (0, 0, 0), (0, 0, 0)),
        ([(EMAIL, 3, 9)], [(EMAIL, 3, 9)], (1, 0, 0), (1, 0, 0)),
        ([(EMAIL, 3, 9)], [], (0, 1, 0), (0, 1, 0)),
        ([], [(EMAIL, 3, 9)], (0, 0, 1), (0, 0, 1)),
        ([(EMAIL, 3, 9)], [(EMAIL, 8, 12)], (0, 1, 1), (1, 0, 0)),
        ([(EMAIL, 3, 9)], [(EMAIL, 9, 12)], (0, 1, 1), (0, 1, 1)),
        ([(EMAIL, 3, 9)], [(IP, 3, 9)], (0, 1, 0), (0, 1, 0)),
        # One to one: two findings on one label, one finding on two labels.
        ([(EMAIL, 3, 9)], [(EMAIL, 3, 5), (EMAIL, 6, 9)], (0, 1, 2), (1, 0, 1)),
        ([(EMAIL, 3, 5), (EMAIL, 6, 9)], [(EMAIL, 3, 9)], (0, 2, 1), (1, 1, 0)),
        ([(EMAIL, 3, 9)] * 2, [(EMAIL, 3, 9)], (1, 1, 0), (1, 1, 0)),
        # Equal ones belong together, though the first label would overlap that finding too.
        ([(EMAIL, 0, 8), (EMAIL, 4, 9)], [(EMAIL, 4, 9)], (1, 1, 0), (1, 1, 0)),
        ([(EMAIL, 0, 8), (EMAIL, 4, 9)], [(EMAIL, 2, 5), (EMAIL, 4, 9)], (1, 1, 1), (2, 0, 0)),
    ],
)
def test_one_finding_finds_one_label_of_its_kind(labels, spans, strict, overlap):
    found = figures(labels, spans)[EMAIL]

    assert (hits(found["strict"]), hits(found["overlap"])) == (strict, overlap)
    assert (found["labelled"], found["found"]) == (
        len(labels),
        sum(kind == EMAIL for kind, *_ in spans),
    )


@pytest.mark.parametrize(
    ("spans", "strict", "overlap"),
    [
        ([], (0, 1, 0), (0, 1, 0)),
        ([(IP, 12, 20)], (1, 0, 0), (1, 0, 0)),
        ([(IP, 10, 20)], (0, 1, 0), (1, 0, 0)),
        ([(IP, 10, 12)], (0, 1, 0), (0, 1, 0)),
        ([(IP, 5, 10)], (0, 1, 1), (0, 1, 1)),
        ([(EMAIL, 10, 20)], (0, 1, 0), (0, 1, 0)),
    ],
)
def test_what_touches_an_optional_label_of_any_type_is_no_false_alarm(spans, strict, overlap):
    found = figures([("HOSTMASK", 10, 20, True), (IP, 12, 20)], spans)

    assert (hits(found[IP]["strict"]), hits(found[IP]["overlap"])) == (strict, overlap)
    assert found[EMAIL]["strict"]["false_alarms"] == 0


def test_an_optional_label_of_a_kind_is_neither_found_nor_missed():
    labels = [(IP, 1, 5, True), (IP, 10, 15, True)]

    found = figures(labels, [(IP, 1, 5)])[IP]

    assert (hits(found["strict"]), hits(found["overlap"])) == ((0, 0, 0), (0, 0, 0))
    assert (found["labelled"], found["optional"], found["found"]) == (0, 2, 1)
    assert (found["damage"], found["leaked"]) == (0, 0)


def test_labels_nobody_asked_for_are_left_out_and_findings_on_them_count():
    found = evaluate([said(("PERSON", 0, 4), (IP, 8, 12))], finder((EMAIL, 0, 4)), KINDS)

    assert found.figures["left_out"] == {"PERSON": 1}
    assert found.figures["kinds"][ALL]["labelled"] == 1
    assert hits(found.figures["kinds"][EMAIL]["strict"]) == (0, 0, 1)
    assert found.figures["kinds"][EMAIL]["damage"] == 0


def test_findings_nobody_asked_for_do_not_exist():
    found = figures([(IP, 8, 12)], [("PERSON", 8, 30)])

    assert found[ALL]["found"] == found[ALL]["damage"] == 0
    assert found[ALL]["leaked"] == 4


def test_a_label_type_may_be_the_name_of_a_kind():
    found = figures([("ADDRESS", 8, 12)], [(IP, 8, 12)], named={"ADDRESS": IP})

    assert hits(found[IP]["strict"]) == (1, 0, 0)


def test_damage_and_leaks_count_each_character_once():
    labels = [(EMAIL, 10, 20), (EMAIL, 15, 25), ("PERSON", 30, 40), (IP, 50, 60)]
    spans = [(EMAIL, 18, 32), (IP, 24, 31), (IP, 90, 95)]

    found = figures(labels, spans)

    assert {kind: found[kind]["damage"] for kind in found} == {EMAIL: 5, IP: 10, ALL: 10}
    assert {kind: found[kind]["leaked"] for kind in found} == {EMAIL: 8, IP: 10, ALL: 18}
    assert found[ALL]["damage_per_million"] == 100_000


def test_ratios_of_nothing_are_none_and_others_the_nearest_millionth():
    nothing = figures([], [])[EMAIL]["strict"]
    only_missed = figures([(EMAIL, 1, 2)], [])[EMAIL]["strict"]
    only_alarms = figures([], [(EMAIL, 1, 2)])[EMAIL]["strict"]
    some = figures([(EMAIL, n, n + 1) for n in (1, 3, 5)], [(EMAIL, 1, 2), (EMAIL, 7, 8)])

    ratios = [tuple(of[n] for n in ("precision", "recall", "f2")) for of in (nothing, only_missed)]
    assert ratios == [(None, None, None), (None, 0, 0)]
    assert [only_alarms[n] for n in ("precision", "recall", "f2")] == [0, None, None]
    strict = some[EMAIL]["strict"]
    assert (strict["precision"], strict["recall"], strict["f2"]) == (500_000, 333_333, 357_143)
    assert (ratio(1, 2_000_000), ratio(1, 2_000_001)) == (1, 0)


def test_examples_are_the_first_places_by_overlap_and_hold_no_text():
    rows = [said((EMAIL, 5, 9), (IP, 20, 24), key=f"row {n}") for n in range(4)]

    found = evaluate(rows, finder((EMAIL, 8, 12), (EMAIL, 50, 52)), KINDS, examples=3)

    assert found.cases == {
        "missed": {IP: [{"id": f"row {n}", "start": 20, "end": 24} for n in range(3)]},
        "false_alarms": {EMAIL: [{"id": f"row {n}", "start": 50, "end": 52} for n in range(3)]},
        "failed": [],
    }
    assert evaluate(rows, finder(), KINDS).cases["missed"] == {}


def test_a_text_on_which_the_finder_breaks_down_is_in_no_other_number():
    def find(row):
        if "!" in row.text:
            raise AnalysisFailed("Fragile")
        return []

    rows = [said((IP, 1, 2)), said((IP, 1, 2), text="!" * 9, key="b")]

    found = evaluate(rows, find, KINDS, examples=1)

    assert (found.figures["texts"], found.figures["failed"], found.figures["characters"]) == (
        1,
        1,
        100,
    )
    assert found.figures["kinds"][IP]["labelled"] == 1
    assert found.cases["failed"] == ["b"]


def test_each_language_and_source_has_the_figures_of_its_texts_alone():
    rows = [
        Labelled("a", TEXT, (Label(IP, 1, 5),), "en", "chat"),
        Labelled("b", TEXT, (Label(IP, 7, 9), Label("PERSON", 0, 4)), "de", "chat"),
        Labelled("c", "!", (Label(IP, 1, 5),), "de"),
        Labelled("d", TEXT, (Label(EMAIL, 1, 5),)),
    ]

    def find(row):
        if row.text == "!":
            raise AnalysisFailed("Fragile")
        return [Span(IP, 1, 5, "by hand", 1)]

    found = evaluate(rows, find, KINDS, examples=1).figures

    parts = {
        ("languages", "de"): rows[1:3],
        ("languages", "en"): rows[:1],
        ("sources", "chat"): rows[:2],
    }
    assert [(by, name) for by in ("languages", "sources") for name in found[by]] == list(parts)
    for (by, name), own in parts.items():
        alone = evaluate(own, find, KINDS).figures
        assert found[by][name] == {key: alone[key] for key in found[by][name]}
    assert (found["texts"], found["failed"]) == (3, 1)


def test_the_order_of_labels_and_findings_does_not_count():
    draw = random.Random(3)
    labels, spans = some_labels(draw, 12), some_spans(draw, 12)

    answers = set()
    for _ in range(10):
        draw.shuffle(labels)
        draw.shuffle(spans)
        found = evaluate([said(*labels)], finder(*spans), KINDS, examples=9)
        answers.add(canonical([found.figures, found.cases]))

    assert len(answers) == 1


def some_spans(draw, most):
    starts = [draw.randrange(40) for _ in range(draw.randint(0, most))]
    return [(draw.choice(KINDS), start, start + draw.randint(1, 8)) for start in starts]


def some_labels(draw, most):
    spans = [(*span, draw.random() < 0.2) for span in some_spans(draw, most)]
    return [(draw.choice((kind, kind, "PERSON")), *rest) for kind, *rest in spans]


def slowly(labels, spans, kind):
    """Counted another way: by sets of characters, and one pair at a time."""
    wanted = sorted((s, e) for k, s, e, optional in labels if k == kind and not optional)
    found = sorted((s, e) for k, s, e in spans if k == kind)
    anything = {c for _, s, e, _ in labels for c in range(s, e)}
    excused = {c for _, s, e, optional in labels if optional for c in range(s, e)}
    covering = {c for _, s, e in spans for c in range(s, e)}
    for place in list(wanted):
        if place in found:
            found.remove(place)
            wanted.remove(place)
    strict = len(wanted), sum(excused.isdisjoint(range(s, e)) for s, e in found)
    for start, end in list(wanted):
        near = [place for place in found if set(range(*place)) & set(range(start, end))]
        if near:
            found.remove(min(near))
            wanted.remove((start, end))
    overlap = len(wanted), sum(excused.isdisjoint(range(s, e)) for s, e in found)
    return {
        "strict": strict,
        "overlap": overlap,
        "damage": len({c for k, s, e in spans if k == kind for c in range(s, e)} - anything),
        "leaked": len(
            {c for k, s, e, o in labels if k == kind and not o for c in range(s, e)} - covering
        ),
    }


def test_random_spans_are_counted_as_a_slow_count_does():
    draw = random.Random(11)
    for _ in range(2_000):
        labels, spans = some_labels(draw, 7), some_spans(draw, 7)

        found = figures(labels, spans)

        for kind in KINDS:
            of = found[kind]
            assert slowly(labels, spans, kind) == {
                "strict": (of["strict"]["misses"], of["strict"]["false_alarms"]),
                "overlap": (of["overlap"]["misses"], of["overlap"]["false_alarms"]),
                "damage": of["damage"],
                "leaked": of["leaked"],
            }
            assert of["strict"]["hits"] + of["strict"]["misses"] == of["labelled"]
            assert of["overlap"]["hits"] >= of["strict"]["hits"]
        assert [sum(found[kind][n] for kind in KINDS) for n in ("found", "labelled")] == [
            found[ALL][n] for n in ("found", "labelled")
        ]


@pytest.mark.parametrize(
    ("places", "characters"),
    [([], 0), ([(0, 1)], 1), ([(5, 9), (0, 3)], 7), ([(0, 9), (2, 4), (8, 10)], 10)],
)
def test_characters_under_many_places_count_once(places, characters):
    assert covered(places) == characters
