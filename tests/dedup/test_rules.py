"""What a recipe may say of near twins, and what the presets are."""

from __future__ import annotations

import pytest
from datasketch import MinHashLSH

from corpusmill.dedup.rules import PRESETS, DedupRules, MinHashParams, MinHashRules


@pytest.mark.parametrize(
    ("preset", "params"),
    [
        ("fineweb", MinHashParams(5, 10, 0, 112, 14, 8, 1, 200_000)),
        ("curator", MinHashParams(0, 0, 24, 260, 20, 13, 42, 200_000)),
        ("bigcode", MinHashParams(5, 10, 0, 250, 25, 10, 1, 200_000)),
        ("redpajama", MinHashParams(13, 26, 0, 128, 9, 13, 1, 200_000)),
    ],
)
def test_presets_are_the_published_parameters(preset, params) -> None:
    assert DedupRules(preset).params == params


@pytest.mark.parametrize(("threshold", "permutations"), [(0.5, 128), (0.7, 250), (0.9, 64)])
def test_bands_for_a_threshold_are_those_of_datasketch(threshold, permutations) -> None:
    rules = MinHashRules(threshold=threshold, permutations=permutations)

    params = DedupRules("fineweb", rules).params

    theirs = MinHashLSH(threshold=threshold, num_perm=permutations)
    assert (params.bands, params.rows) == (theirs.b, theirs.r)
    assert params.permutations == permutations
    assert (params.words, params.seed) == (5, 1)


@pytest.mark.parametrize(
    ("rules", "changed"),
    [
        (MinHashRules(), {}),
        (MinHashRules(seed=0), {"seed": 0}),
        (MinHashRules(words=3), {"words": 3, "letters": 6}),
        (MinHashRules(characters=9), {"words": 0, "letters": 0, "characters": 9}),
        (MinHashRules(bands=5, rows=2), {"bands": 5, "rows": 2, "permutations": 10}),
    ],
)
def test_a_rule_changes_only_what_it_speaks_of(rules, changed) -> None:
    fineweb = DedupRules().params

    found = DedupRules("fineweb", rules).params

    assert found == MinHashParams(**{**vars(fineweb), **changed})


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"words": 0}, "words must be from 1 to 10000"),
        ({"words": 2**62}, "words must be from 1 to 10000"),
        ({"characters": 2**63 - 1}, "characters must be from 1 to 10000"),
        ({"bands": 10**12, "rows": 10**12}, "bands must be from 1 to 10000"),
        ({"bands": 101, "rows": 100}, "bands times rows must not be above 10000"),
        ({"threshold": 0.7, "permutations": 10_001}, "permutations must be from 1 to 10000"),
        ({"longest": 0}, "longest must be at least 1"),
        ({"words": 5, "characters": 9}, "exclude each other"),
        ({"bands": 5}, "bands and rows go together"),
        ({"threshold": 0.8}, "threshold and permutations go together"),
        ({"threshold": 1.5, "permutations": 128}, "between 0 and 1"),
        ({"threshold": 0.0, "permutations": 128}, "threshold must lie between 0 and 1"),
        ({"threshold": 0.0}, "threshold and permutations go together"),
        ({"threshold": float("nan"), "permutations": 128}, "threshold must lie between 0 and 1"),
        (
            {"bands": 5, "rows": 2, "threshold": 0.8, "permutations": 10},
            "threshold has nothing to say",
        ),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_makes_no_sense_is_refused(rules, said) -> None:
    with pytest.raises(ValueError, match=said):
        MinHashRules(**rules)


@pytest.mark.parametrize(("threshold", "permutations"), [(0.8, 1), (0.8, 2), (0.999999, 128)])
def test_a_threshold_that_no_bands_suit_is_refused(threshold, permutations) -> None:
    rules = MinHashRules(threshold=threshold, permutations=permutations)

    said = f"^minhash.threshold: no bands of {permutations} permutations suit {threshold}"
    with pytest.raises(ValueError, match=said):
        DedupRules(minhash=rules)


@pytest.mark.parametrize(
    ("rules", "unheard"),
    [
        (DedupRules(), ()),
        (DedupRules(similarity=0.8), ("similarity",)),
        (DedupRules(similarity=0.8, bucket_cap=99), ("similarity", "bucket_cap")),
        (DedupRules(verify="jaccard", similarity=0.8, bucket_cap=99), ()),
    ],
)
def test_what_says_how_to_verify_is_not_heard_where_nothing_is_verified(rules, unheard) -> None:
    assert rules.unheard == unheard


def test_the_resolved_recipe_has_numbers() -> None:
    resolved = DedupRules("bigcode").resolved()

    assert resolved["minhash"]["scheme"] == "affine64"
    assert resolved["minhash"]["bands"] == 25
    assert set(PRESETS) == {"fineweb", "curator", "bigcode", "redpajama"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"exact": "case"}, "exact case: allowed are text, words"),
        ({"verify": "true"}, "verify true: allowed are none, estimate, jaccard"),
        ({"similarity": 0.0}, "similarity must lie above 0"),
        ({"similarity": 1.1}, "similarity must lie above 0"),
        ({"bucket_cap": 16}, "bucket_cap must be more than 16"),
        ({"bucket_cap": 3_000_000_000}, "bucket_cap must be .* not above 100000"),
    ],
)
def test_ways_to_compare_that_make_no_sense_are_refused(rules, said) -> None:
    with pytest.raises(ValueError, match=said):
        DedupRules(**rules)


def test_what_is_not_verified_has_no_similarity_in_the_resolved_recipe() -> None:
    verified = DedupRules(verify="jaccard", similarity=0.85, bucket_cap=20).resolved()["verify"]

    assert DedupRules(similarity=0.9).resolved() == DedupRules().resolved()
    assert verified == {"measure": "jaccard", "similarity": 850_000, "bucket_cap": 20}
