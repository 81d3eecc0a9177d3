import gzip
import itertools
import json
import logging
import pickle
import socket
from collections import Counter
from pathlib import Path

import pytest
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, pattern_recognizer
from presidio_analyzer.predefined_recognizers import PhoneRecognizer
from presidio_analyzer.predefined_recognizers.generic import iban_recognizer

from corpusmill.pii import analyse, places
from corpusmill.pii.addresses import is_public
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.gate import LONGEST, OVERLAP, REACH
from corpusmill.pii.recognisers import build_detectors, build_words
from corpusmill.pii.rules import PiiRules, millionths
from corpusmill.pii.spans import AnalysisFailed, Span, resolve_overlaps
from corpusmill.text.normalise import TextRules, normalise

pytestmark = pytest.mark.heavy

DATA = Path(__file__).parents[3] / "shared" / "data"
LABELLED = DATA / "pii" / "presidio-synth.jsonl.gz"
EVERY = 37  # of mixed-corpus

FOUND = [
    ("EMAIL_ADDRESS", "jo.doe+list@mail.example.co.uk"),
    ("EMAIL_ADDRESS", "müller@bücher.de"),
    ("EMAIL_ADDRESS", "o'hara_x@xn--80ak6aa92e.com"),
    ("PHONE_NUMBER", "(212) 555-0143"),
    ("PHONE_NUMBER", "020 7946 0958"),
    ("PHONE_NUMBER", "+49 89 636-48018"),
    ("PHONE_NUMBER", "01 42 68 53 00"),
    ("PHONE_NUMBER", "\uff10\uff13\uff10 \uff11\uff12\uff13\uff14\uff15\uff16\uff17"),
    ("IP_ADDRESS", "8.8.8.8"),
    ("IP_ADDRESS", "10.1.2.0/24"),
    ("IP_ADDRESS", "fe80::a"),
    ("IP_ADDRESS", "2001:db8:85a3:0:0:8a2e:370:7334"),
    ("IP_ADDRESS", "::ffff:192.0.2.128"),
    ("CREDIT_CARD", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "5500-0000-0000-0004"),
    ("CREDIT_CARD", "378282246310005"),
    ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    ("IBAN_CODE", "GB82WEST12345698765432"),
    ("IBAN_CODE", "MT84MALT011000012345MTLCAST001S"),
    ("US_SSN", "536-90-4399"),
    ("US_SSN", "536 90 4399"),
]
NOT_FOUND = [
    "user@localhost and @handle and a @ b and foo@bar",
    "versions 1.2.3 and 10.4.12-rc1 and 999.1.2.3",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "on 2012-01-02 at 08:00:05, 3/10/2011, 31.12.1999",
    "card 4111 1111 1111 1112 fails its check",
    "iban DE89 3704 0044 0532 0130 01 fails its check",
    "ssn 000-12-3456 and 666-12-3456 and 123-45-6789",
    "std::vector<int> Foo::Bar a ::  b :::: c, ip :: everywhere",
    "pages 211-227 (2003), vol. 12(3), § 2.3.2, isbn 978-3-16-148410-0",
    "0xDEADBEEF 3.14159265358979 1e-10 12:34:56 00:1B:44:11:3A:B7",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]
FRAMES = [
    "{}",
    "write to {}.",
    "\U0001f600\U0001f680 {} \U0001f600",
    "my phone number, card, iban, ssn or ip: {}, thanks",
    "<{}>;({})\t[{}]",
    "social security " + "word " * 3 + "536904399, " + "lorem ipsum " * 40 + "{} " + "dolor " * 60,
]


def long_text():
    lines = [*(f"{n} {value} end" for n, (_, value) in enumerate(FOUND)), *NOT_FOUND]
    return "\n".join(f"{line} {'filling words of no interest ' * 9}" for line in lines * 2)


@pytest.fixture(scope="module")
def analyser():
    return Analyser(PiiRules(ip_addresses="all"))


@pytest.fixture(scope="module")
def stock():
    """Presidio's own engine over whole texts: the same recognisers, its own one for phones."""
    rules = PiiRules(ip_addresses="all")
    detectors = [d for d in build_detectors(rules) if d.kind != "PHONE_NUMBER"]
    recognisers = [detector.recogniser for detector in detectors]
    recognisers.append(PhoneRecognizer(supported_regions=rules.regions))
    engine = AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=recognisers), nlp_engine=build_words()
    )

    def analysed(text, public=False):
        results = engine.analyze(text, "en", entities=list(rules.kinds), score_threshold=0.4)
        spans = [as_span(result) for result in results]
        return resolve_overlaps(only_public(spans, text) if public else spans)

    return analysed


def only_public(spans, text):
    """Without what ``ip_addresses: public`` leaves alone on purpose: addresses of networks that are
    not public, what lies inside of one, and the phone numbers there that score no higher."""
    private = [
        span
        for span in spans
        if span.kind == "IP_ADDRESS" and not is_public(text[span.start : span.end])
    ]

    def is_left_alone(span):
        around = [p for p in private if p.start <= span.start and span.end <= p.end]
        misread = span.kind == "PHONE_NUMBER" and any(p.score >= span.score for p in around)
        return misread or (span.kind == "IP_ADDRESS" and around)

    return [span for span in spans if not is_left_alone(span)]


def as_span(result):
    name = result.recognition_metadata["recognizer_name"]
    return Span(result.entity_type, result.start, result.end, name, millionths(result.score))


@pytest.mark.parametrize("frame", range(len(FRAMES)))
@pytest.mark.parametrize("value", [value for _, value in FOUND] + NOT_FOUND)
def test_windows_give_what_presidio_gives_on_the_whole_text(analyser, stock, frame, value):
    text = FRAMES[frame].replace("{}", value)

    assert analyser.find_spans(text) == stock(text)


def test_a_long_text_gives_what_presidio_gives_on_the_whole_of_it(analyser, stock):
    text = long_text()

    spans = analyser.find_spans(text)

    assert spans == stock(text)
    assert {span.kind for span in spans} == set(PiiRules(ip_addresses="all").kinds)


def test_labelled_texts_give_what_presidio_gives_on_the_whole_of_them(analyser, stock):
    if not LABELLED.exists():
        pytest.skip("../shared/data is not here: no labelled texts to compare on")
    with gzip.open(LABELLED, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(300), strict=False)]

    found = [analyser.find_spans(text) for text in texts]

    assert found == [stock(text) for text in texts]
    assert sum(map(len, found)) > 50


def rows_of(pattern):
    for file in sorted(DATA.glob(pattern)):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from lines


@pytest.mark.slow
@pytest.mark.parametrize(("pattern", "every"), [("pii/*.gz", 1), ("mixed-corpus/*.gz", EVERY)])
def test_real_texts_give_what_presidio_gives_on_the_whole_of_them(stock, pattern, every):
    """By the default rules, but for what ``only_public`` lists."""
    texts = [
        json.loads(line)["text"] for line in itertools.islice(rows_of(pattern), 0, None, every)
    ]
    if not texts:
        pytest.skip("../shared/data is not here: no real texts to compare on")

    found = Analyser(PiiRules()).find_in(texts)

    differing = [
        (n, mine, theirs)
        for n, (text, mine) in enumerate(zip(texts, found, strict=True))
        if mine != (theirs := stock(text, public=True))
    ]
    assert differing == []
    assert sum(map(len, found)) > 100


@pytest.mark.parametrize(("kind", "value"), FOUND)
def test_offsets_cut_out_the_thing_itself_after_astral_characters(analyser, kind, value):
    text = f"\U0001f600 \U0001d518\U0001d52b see {value} \U0001f680"

    spans = analyser.find_spans(text)

    assert [(s.kind, text[s.start : s.end]) for s in spans] == [(kind, value)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_personal_data_stays(analyser, text):
    assert analyser.find_spans(text) == []


def test_context_words_lift_a_bare_number_over_the_threshold(analyser):
    bare, named = "it is 536904399 here", "social security 536904399 here"

    assert analyser.find_spans(bare) == []
    assert [s.kind for s in analyser.find_spans(named)] == ["US_SSN"]


def test_only_the_kinds_asked_for_are_found():
    only_mail = Analyser(PiiRules(kinds=("EMAIL_ADDRESS",), regions=()))

    spans = only_mail.find_spans("x@example.org, 8.8.8.8, +49 89 63648018")

    assert [s.kind for s in spans] == ["EMAIL_ADDRESS"]


def test_a_higher_threshold_drops_what_scores_less():
    strict = Analyser(PiiRules(threshold=0.6))

    spans = strict.find_spans("8.8.8.8 or 536-90-4399 or x@example.org")

    assert [s.kind for s in spans] == ["IP_ADDRESS", "EMAIL_ADDRESS"]


def test_no_socket_is_opened_to_build_or_to_analyse(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    spans = Analyser(PiiRules(ip_addresses="all")).find_spans(long_text())

    assert any(span.kind == "EMAIL_ADDRESS" for span in spans)


def test_no_time_limit_can_hide_a_finding(monkeypatch):
    for module in (pattern_recognizer, iban_recognizer):
        monkeypatch.setattr(module, "REGEX_TIMEOUT_SECONDS", 1e-12)

    spans = Analyser(PiiRules(ip_addresses="all")).find_spans(
        " ".join(value for _, value in FOUND) * 3
    )

    assert pattern_recognizer.REGEX_TIMEOUT_SECONDS is None
    assert iban_recognizer.REGEX_TIMEOUT_SECONDS is None
    assert {"EMAIL_ADDRESS", "IBAN_CODE"} <= {span.kind for span in spans}


def test_a_recogniser_that_breaks_down_is_named_and_the_text_is_not():
    analyser = Analyser(PiiRules(ip_addresses="all"))
    recogniser = analyser._detectors[0].recogniser

    def break_down(text, entities, nlp_artifacts=None):
        raise ValueError(f"cannot read {text}")

    recogniser.analyze = break_down
    with pytest.raises(AnalysisFailed) as failure:
        analyser.find_spans("secret@example.org")

    assert str(failure.value) == "EmailRecognizer failed on a text"
    assert failure.value.__context__ is None
    assert str(pickle.loads(pickle.dumps(failure.value))) == str(failure.value)


def test_want_of_memory_is_no_failure_of_a_text():
    analyser = Analyser(PiiRules())

    def run_out(text, entities, nlp_artifacts=None):
        raise MemoryError

    analyser._detectors[0].recogniser.analyze = run_out

    with pytest.raises(MemoryError):
        analyser.find_in(["secret@example.org", "nothing here"])


def test_a_batch_gives_what_its_texts_give_one_by_one(analyser):
    values = [value for _, value in FOUND]
    texts = ["", *values, *NOT_FOUND, "+", "49 89 63648018", "jo@", "example.org", *FRAMES, "", ""]

    found = analyser.find_in(texts)

    assert found == [analyser.find_spans(text) for text in texts]
    assert analyser.find_in([]) == []


def test_a_text_that_fails_leaves_its_neighbours_alone(analyser, monkeypatch):
    detect = Analyser._detect

    def break_down(self, detector, text, windows):
        if "poison" in text and detector.kind in ("EMAIL_ADDRESS", "IP_ADDRESS"):
            raise ValueError(f"cannot read {text}")
        return detect(self, detector, text, windows)

    monkeypatch.setattr(Analyser, "_detect", break_down)
    texts = ["8.8.8.8", "poison 8.8.8.8 jo@example.org", "poison 8.8.8.8", "jo@example.org"]

    first, second, third, fourth = analyser.find_in(texts)

    assert [[s.kind for s in first], [s.kind for s in fourth]] == [
        ["IP_ADDRESS"],
        ["EMAIL_ADDRESS"],
    ]
    assert str(second) == "EmailRecognizer failed on a text"
    assert str(third) == "IpRecognizer failed on a text"


POISON = "poison 8.8.8.8 030 1234567"


def break_gate(monkeypatch):
    gate = analyse.Gate

    def broken(texts):
        if POISON in texts:
            raise ValueError(f"cannot read {texts}")
        return gate(texts)

    monkeypatch.setattr(analyse, "Gate", broken)


def break_phone_library(monkeypatch):
    can_hold = places.can_hold

    def broken(digits, *others):
        if digits.endswith("1234567"):
            raise ValueError(f"cannot read {digits}")
        return can_hold(digits, *others)

    monkeypatch.setattr(places, "can_hold", broken)


def break_decisions(monkeypatch):
    decided = analyse.decided

    def broken(found, text, rules):
        if text == POISON:
            raise ValueError(f"cannot read {text}")
        return decided(found, text, rules)

    monkeypatch.setattr(analyse, "decided", broken)


@pytest.mark.parametrize(
    ("break_down", "culprit"),
    [
        (break_gate, "Gate"),
        (break_phone_library, "PhoneRecognizer"),
        (break_decisions, "Actions"),
    ],
)
def test_a_text_that_breaks_what_sees_all_texts_fails_alone(monkeypatch, break_down, culprit):
    analyser = Analyser(PiiRules())
    texts = ["8.8.8.8", POISON, "", "jo@example.org"]
    alone = [analyser.find_spans(text) for text in texts]
    break_down(monkeypatch)

    found = analyser.find_in(texts)

    assert [found[0], *found[2:]] == [alone[0], *alone[2:]]
    assert isinstance(found[1], AnalysisFailed)
    assert str(found[1]) == f"{culprit} failed on a text"
    assert found[1].__context__ is None
    [failed] = analyser.find_in([POISON])
    assert str(failed) == str(found[1])


def test_nothing_of_a_text_is_logged(analyser, caplog):
    odd_digits = "ab१२ 3704 0044 0532 0130 00 iban, DE²² 3704 0044 0532 0130 00"

    with caplog.at_level(logging.DEBUG):
        analyser.find_spans(f"{long_text()} {odd_digits}")

    assert [record for record in caplog.records if "presidio" in record.name] == []


@pytest.mark.parametrize(
    ("sign", "goes"),
    [
        *(
            (sign, True)
            for sign in "\x07\u00ad\u061c\u180e\u200b\u200d\u200e\u202e\u2060\u2069\ufeff"
        ),
        *(
            (sign, False)
            for sign in "\u034f\u115f\u17b4\u180b\u2061\u206a\u3164\ufe00\ufe0f\ufff9\uffa0"
        ),
        *((sign, False) for sign in "\U0001d173\U000e0061\U000e0100"),
    ],
    ids=ascii,
)
def test_of_signs_that_show_nothing_those_hide_a_card_that_the_docs_say(analyser, sign, goes):
    written = normalise(f"card 4111 11{sign}11 1111 1111 end", TextRules()).text

    assert any(span.kind == "CREDIT_CARD" for span in analyser.find_spans(written)) == goes


def test_the_vocabulary_does_not_grow_with_the_texts_read(analyser):
    words = analyser._words.get_nlp("en").vocab
    analyser.find_spans("phone number 030 1234567 first")
    before = len(words.strings)

    for n in range(50):
        analyser.find_spans(f"phone number neverseen{n} 030 12345{n:02} neverseenafter{n}")

    assert len(words.strings) == before


@pytest.fixture
def shown(monkeypatch):
    """Characters that recognisers were shown since, by kind."""
    counts = Counter()
    detect = Analyser._detect

    def counted(self, detector, text, windows):
        assert all(end - start <= LONGEST for start, end in windows)
        counts[detector.kind] += sum(end - start for start, end in windows)
        return detect(self, detector, text, windows)

    monkeypatch.setattr(Analyser, "_detect", counted)
    return counts


# Hostile texts, and the share of its characters that a recogniser may be shown of one.
OVERLAPPED = LONGEST / (LONGEST - OVERLAP)
ATTACKS = [
    ("a" * 1_000_000 + "@", 0),
    ("a" * 1_000_000 + "@example.com", 0),
    ("a." * 2_000 + "@ ", 0),
    ("9" * 50_000, OVERLAPPED),
    ("1 " * 5_000, OVERLAPPED),
    ("(" * 50_000, 0),
    ("((1" * 3_000, OVERLAPPED),
    ("@" * 20_000, 0),
    ("::" * 20_000, 0),
    ("AB12" * 5_000, OVERLAPPED),
    ("\x00\ud800 x@example.org \ud800", 1),
    ("", 0),
]


@pytest.mark.parametrize(("attack", "share"), ATTACKS)
def test_attacks_are_read_to_the_end_and_recognisers_see_little_of_them(
    analyser, attack, share, shown
):
    spans = analyser.find_spans(attack)

    assert all(0 <= span.start < span.end <= len(attack) for span in spans)
    assert any(span.kind == "EMAIL_ADDRESS" for span in spans) == ("@example" in attack)
    assert all(count <= share * len(attack) + 2 * REACH for count in shown.values())


@pytest.mark.parametrize(("kind", "value"), FOUND)
def test_a_finding_in_a_long_text_shows_its_recogniser_no_more_of_it(analyser, kind, value, shown):
    analyser.find_spans("filling words " * 20_000 + value + " filling words" * 20_000)

    assert 0 < shown[kind] <= 4 * REACH


def test_a_text_that_shows_a_recogniser_too_much_fails_alone_whatever_its_length():
    analyser = Analyser(PiiRules(work_limit=2_000))
    long, dense = "filling words " * 1_000 + "jo@x.org", "jo@x.org and 8.8.8.8, " * 100

    first, second, third = analyser.find_in([long, dense, "8.8.8.8"])

    assert [span.kind for span in first] == ["EMAIL_ADDRESS"]
    assert isinstance(second, AnalysisFailed)
    assert second.recogniser == "EmailRecognizer"
    assert [span.kind for span in third] == ["IP_ADDRESS"]
    assert len(Analyser(PiiRules(work_limit=3_000)).find_spans(dense)) == 200
