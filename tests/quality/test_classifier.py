"""The trained classifier: reproducible, told apart by what it was shown, scores in millionths."""

import dataclasses
import hashlib
import random
import tempfile
from pathlib import Path

import numpy as np
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.quality.classifier import (
    PREFIX,
    Classifier,
    line_of,
    load_model,
    score,
    train,
    whole_line_of,
)
from corpusmill.quality.classifier_rules import ClassifierRules

pytestmark = pytest.mark.heavy


def trained(examples, rules, seed):
    return train(examples, rules, seed, Path(tempfile.mkdtemp(dir=FOLDER.name)))


FOLDER = tempfile.TemporaryDirectory()
RULES = ClassifierRules(dim=8, epochs=20, buckets=1_000)
GOOD = ["careful", "measured", "argument", "evidence", "therefore", "chapter", "river", "history"]
BAD = ["click", "here", "win", "free", "subscribe", "now", "cookie", "banner"]
SHOWS = ("words", "text")
BOTH = ["the", "of", "a", "and", "to", "in"]


def texts(words, seed, count=120):
    draw = random.Random(seed)
    return [" ".join(draw.choices(words + BOTH, k=25)) for _ in range(count)]


def examples(seed=1):
    pairs = [(t, 1) for t in texts(GOOD, seed)] + [(t, 0) for t in texts(BAD, seed + 1)]
    random.Random(seed).shuffle(pairs)
    return pairs


@pytest.fixture(scope="module")
def model():
    return Classifier(Artefact.of(trained(examples(), RULES, seed=42)))


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_examples_give_the_same_model_bytes():
    one, same, other = (sha(trained(examples(seed), RULES, seed=42)) for seed in (1, 1, 2))

    assert one == same
    assert one != other


def test_what_the_process_did_before_leaves_no_trace_in_the_model():
    expected = sha(trained(examples(), RULES, seed=42))

    for used in range(5):
        waste = [np.random.default_rng(used).bytes(40_000) for _ in range(200)]
        del waste
        trained(examples(seed=used), RULES, seed=used)
        assert sha(trained(examples(), RULES, seed=42)) == expected


def test_another_seed_gives_another_model():
    assert sha(trained(examples(), RULES, seed=1)) != sha(trained(examples(), RULES, seed=2))


def test_nothing_of_the_examples_is_left_beside_the_model():
    path = trained(examples(), RULES, seed=42)

    assert [each.name for each in path.parent.iterdir()] == ["classifier.bin"]


def test_unseen_texts_of_the_two_classes_are_told_apart(model):
    good, bad = score(model, texts(GOOD, 77)), score(model, texts(BAD, 78))

    assert good.min() > 500_000 > bad.max()


def test_scores_are_the_probability_of_label_1_in_millionths(model):
    seen = [*texts(GOOD, 5, 20), *texts(BAD, 6, 20), " ".join(GOOD[:3] + BAD[:3]), "neither known"]

    found = score(model, seen)

    assert found.dtype == np.int32
    for text, value in zip(seen, found.tolist(), strict=True):
        asked = load_model(model.model).f
        [(sure, label)] = asked.predict(text + "\n", 1, 0.0, "strict")
        good = sure if label == "__label__1" else 1 - sure
        assert value == min(1_000_000, round(good * 1_000_000))


def test_a_text_gets_the_same_score_in_any_company(model):
    seen = [*texts(GOOD, 5, 10), "", *texts(BAD, 6, 10)]

    found = score(model, seen)

    assert found.tolist() == [int(score(model, [text])[0]) for text in seen]
    assert score(model, []).tolist() == []


def test_lines_and_white_space_make_no_difference(model):
    text = " ".join(GOOD)

    one, other = score(model, [text, "\n\n  " + text.replace(" ", "\n \t ") + "\n"])

    assert one == other


def test_a_model_reads_one_line_of_the_prefix():
    text = "a b\nc  d\t" + "x" * PREFIX

    line = line_of(text)

    assert line == "a b c  d\t" + "x" * (PREFIX - 9)


@pytest.mark.parametrize(
    "change",
    [{"epochs": 4}, {"dim": 4}, {"word_ngrams": 1}, {"min_count": 40}, {"learning_rate": 0.5}],
    ids=lambda change: next(iter(change)),
)
def test_every_setting_reaches_fasttext(change):
    other = dataclasses.replace(RULES, **change)

    assert sha(trained(examples(), other, seed=42)) != sha(trained(examples(), RULES, seed=42))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to jo@example.org, or", "write to or"),
        ("8.8.4.4 and 2001:db8::8a2e:370:7334.", "and"),
        ("fe80::a ::ffff no:te a:b:c", "no : te a : b : c"),
        ("call (030)123-45 67 now", "call now"),
        ("DE89370400440532013000,x y", "y"),
        ("电话是0301234567请打 汉字", "电话是 请打 汉字"),
        ("٣٤ عدد", "عدد"),
    ],
)
def test_what_may_be_personal_is_not_shown_to_a_model(text, left):
    assert line_of(text).split() == left.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It ends. (Or?)", "It ends . ( Or ? )"),
        ("“So”… a—b", "“ So ” … a — b"),
        ("你好，世界。", "你好 ， 世界 。"),
        ("a_b 100 € x", "a _ b € x"),
    ],
)
def test_punctuation_stands_apart_from_words(text, words):
    assert line_of(text).split() == words.split()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  one\ntwo 2@x.org \r\n three.\n", "one two 2@x.org   three."),
        ("a\x0bb\u2028c\x85d", "a b c d"),
        ("x" * 9_000, "x" * 9_000),
        ("\n \n", ""),
    ],
)
def test_a_published_model_is_shown_the_whole_text_on_one_line(text, line):
    assert whole_line_of(text) == line


def test_the_good_label_of_a_model_is_the_one_that_is_named(model):
    seen = [*texts(GOOD, 5, 3), *texts(BAD, 6, 3)]

    good, bad = score(model, seen), score(Classifier(model.model, good="__label__0"), seen)

    assert np.abs(good + bad - 1_000_000).max() <= 1
    assert good[0] > bad[0]


def test_a_model_is_shown_what_its_rules_say(model):
    late = " ".join(BAD) + " " * PREFIX + " ".join(GOOD * 20)

    words, whole = (score(Classifier(model.model, shown=shown), [late]) for shown in SHOWS)

    assert words[0] < 500_000 < whole[0]


def test_a_token_without_end_is_read_in_one_pass():
    line_of("a" * PREFIX + "\n" + "a:" * PREFIX)
