import pytest

from corpusmill.pii.labelled import BadRow, Label, Labelled, labelled_of

SPAN = {"type": "IP_ADDRESS", "start": 3, "end": 10}
TEXT = "\U0001f600: 8.8.8.8 zanzibar"


def row(**more):
    return {"id": "a", "text": TEXT, "spans": [SPAN], **more}


def spanned(**more):
    return row(spans=[{**SPAN, **more}])


def test_a_row_is_a_text_with_labels_whatever_else_it_says():
    spans = [{**SPAN, "value": "8.8.8.8", "scope": "public"}, {**SPAN, "optional": True}]

    found = labelled_of(row(spans=spans, source="by hand", id=7, author=7))

    labels = Label("IP_ADDRESS", 3, 10), Label("IP_ADDRESS", 3, 10, optional=True)
    assert found == Labelled("7", TEXT, labels, source="by hand")


def test_a_text_may_have_no_labels():
    assert labelled_of(row(spans=[])).labels == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": "a", "spans": []}, ["text: missing"]),
        (row(text=7), ["text: missing or no text"]),
        (row(text="zanzibar \ud800"), ["text"]),
        ({"text": "zanzibar", "spans": []}, ["id: missing"]),
        (row(id=True), ["id"]),
        (row(id="\udfff"), ["id"]),
        ({"id": "a", "text": "zanzibar"}, ["spans: missing"]),
        (row(spans={}), ["spans: missing or no list"]),
        (row(language=7), ["language: no name"]),
        (row(source="zanzibar\n8.8.8.8"), ["source: no name"]),
        (row(spans=[SPAN, "zanzibar"]), ["spans[1]: no object"]),
        (spanned(start=10), ["spans[0]: start 10 is not before end 10"]),
        (spanned(start=-1), ["spans[0].start"]),
        (spanned(start=True), ["spans[0].start"]),
        (spanned(end=4.0), ["spans[0].end"]),
        (spanned(end=None), ["spans[0].end"]),
        (spanned(end=20), ["spans[0]: end 20 lies outside the text, which has 19 characters"]),
        (spanned(type=None), ["spans[0].type"]),
        (spanned(type="zanzibar\n8.8.8.8"), ["spans[0].type"]),
        (spanned(optional="yes"), ["spans[0].optional"]),
        (spanned(value="zanzibar"), ["spans[0].value", "3..10"]),
        (spanned(value=None), ["spans[0].value"]),
    ],
)
def test_a_bad_row_is_refused_for_a_reason_that_quotes_nothing(fields, words):
    with pytest.raises(BadRow) as refused:
        labelled_of(fields)

    assert [word for word in words if word not in str(refused.value)] == []
    assert "zanzibar" not in str(refused.value)
    assert "8.8.8.8" not in str(refused.value)
