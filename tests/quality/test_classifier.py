"""The trained classifier: reproducible, told apart by what it was shown, scores in millionths."""

import hashlib
import random
import tempfile
from pathlib import Path

import numpy as np
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.quality.classifier import PREFIX, line_of, load_classifier, score, train
from corpusmill.quality.rules import ClassifierRules

pytestmark = pytest.mark.heavy


def trained(examples, rules, seed):
    return train(examples, rules, seed, Path(tempfile.mkdtemp(dir=FOLDER.name)))


FOLDER = tempfile.TemporaryDirectory()
RULES = ClassifierRules(dim=8, epochs=20, buckets=1_000)
GOOD = ["careful", "measured", "argument", "evidence", "therefore", "chapter", "river", "history"]
BAD = ["click", "here", "win", "free", "subscribe", "now", "cookie", "banner"]
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
    return load_classifier(Artefact.of(trained(examples(), RULES, seed=42)))


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
        said = {label: p for p, label in model.f.predict(text + "\n", 2, 0.0, "strict")}
        assert value == min(1_000_000, round(said["__label__1"] * 1_000_000))


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
    ("text", "left"),
    [
        ("write to jo@example.org, or", "write to   or"),
        ("8.8.4.4 and 2001:db8::8a2e:370:7334.", "  and  "),
        ("fe80::a ::ffff no:te a:b:c", "    no:te a:b:c"),
        ("call (030)123-45 67 now", "call     now"),
        ("DE89370400440532013000,x y", "  y"),
        ("电话是0301234567请打 汉字", "电话是 请打 汉字"),
        ("٣٤ عدد", "   عدد"),
    ],
)
def test_what_may_be_personal_is_not_shown_to_a_model(text, left):
    assert line_of(text) == left


def test_a_token_without_end_is_read_in_one_pass():
    line_of("a" * PREFIX + "\n" + "a:" * PREFIX)
