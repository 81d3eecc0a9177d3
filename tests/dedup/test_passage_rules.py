"""What a recipe may say of passages, and what the presets are."""

from __future__ import annotations

import pytest

from corpusmill.dedup.passage_rules import PRESETS, FrequentEntry, FrequentRule, PassageRules


def test_nothing_is_asked_for_unless_it_is_written():
    rules = PassageRules()

    assert (rules.is_asked, rules.rules) == (False, ())
    assert PassageRules(repeats="lines").is_asked
    assert PassageRules(frequent=(FrequentEntry(),)).is_asked


def test_presets_are_the_published_rules():
    assert {
        "boilerplate": FrequentRule("lines", 1, 6, 1, "none"),
        "sentences": FrequentRule("sentences", 3, 1, 1, "first"),
    } == PRESETS


def test_an_entry_changes_only_what_it_speaks_of():
    entry = FrequentEntry("sentences", documents=4, min_chars=30)

    assert entry.rule == FrequentRule("sentences", 3, 4, 30, "first")
    assert FrequentEntry(unit="paragraphs").rule == FrequentRule("paragraphs", 1, 6, 1, "none")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"preset": "boiler"}, "preset: boiler is unknown; allowed: boilerplate, sentences"),
        ({"unit": "words"}, "unit: words is unknown; allowed: lines, paragraphs, sentences"),
        ({"keep": "last"}, "keep: last is unknown; allowed: none, first"),
        ({"span": 0}, "span must be at least 1"),
        ({"documents": 0}, "documents must be at least 1"),
        ({"min_chars": 0}, "min_chars must be at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(rules, said):
    with pytest.raises(ValueError, match=said):
        FrequentEntry(**rules)


def test_entries_that_say_the_same_in_other_words_are_refused():
    with pytest.raises(ValueError, match="frequent: two entries say the same"):
        PassageRules(frequent=(FrequentEntry(), FrequentEntry(unit="lines", documents=6)))
