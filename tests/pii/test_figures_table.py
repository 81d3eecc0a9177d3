from corpusmill.pii.evaluate import evaluate
from corpusmill.pii.figures_table import group_table, table
from corpusmill.pii.labelled import Label, Labelled
from corpusmill.pii.spans import Span

KINDS = ("EMAIL_ADDRESS", "IP_ADDRESS")


def test_a_line_a_kind_with_ratios_to_four_places_and_dashes_for_nothing():
    row = Labelled("a", "." * 2_000, tuple(Label("IP_ADDRESS", n, n + 2) for n in (0, 10, 20)))
    spans = [Span("IP_ADDRESS", n, n + 2, "by hand", 1) for n in (0, 11, 500)]

    lines = [line.split() for line in table(evaluate([row], lambda _: spans, KINDS).figures)]

    ratios = [*["0.3333"] * 3, *["0.6667"] * 3]
    assert lines == [
        ["strict", "overlap"],
        ["kind", "labelled", "found", *["prec", "recall", "F2"] * 2, "damage/M", "leaked"],
        ["EMAIL_ADDRESS", "0", "0", *["-"] * 6, "0", "0"],
        ["IP_ADDRESS", "3", "3", *ratios, "1,500", "3"],
        ["all", "3", "3", *ratios, "1,500", "3"],
    ]


def test_languages_and_sources_have_a_line_each_of_all_kinds():
    label = Label("IP_ADDRESS", 0, 2)
    rows = [
        Labelled("a", "." * 1_000, (label,), "en", "chat"),
        Labelled("b", "." * 1_000, (label, Label("EMAIL_ADDRESS", 4, 8)), "de", "chat"),
        Labelled("c", "." * 1_000, (label,)),
    ]
    spans = [Span("IP_ADDRESS", 0, 2, "by hand", 1)]

    lines = [line.split() for line in group_table(evaluate(rows, lambda _: spans, KINDS).figures)]

    heads = ["labelled", "found", *["prec", "recall", "F2"] * 2, "damage/M", "leaked"]
    half = ["1.0000", "0.5000", "0.5556"]
    assert lines == [
        ["languages", *heads],
        ["de", "2", "1", *half * 2, "0", "4"],
        ["en", "1", "1", *["1.0000"] * 6, "0", "0"],
        ["sources", *heads],
        ["chat", "3", "2", *["1.0000", "0.6667", "0.7143"] * 2, "0", "4"],
    ]
    assert list(group_table(evaluate(rows[2:], lambda _: spans, KINDS).figures)) == []


def test_columns_are_aligned():
    figures = evaluate([Labelled("a", "text")], lambda _: [], KINDS).figures

    assert len({len(line) for line in list(table(figures))[1:]}) == 1
