"""The integer plan of a stage: counts of tokens in, how often documents stand out.

Whole numbers and fractions only, so the plan is a function of the counts and the wish alone. A
share passes a cap, or falls short, when it is more than a millionth of the stage beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from corpusmill.refusal import Refused
from corpusmill.shards.mix_rules import BUCKET, MILLION, REST, MixStage

_GRAIN = Fraction(1, MILLION)
_UNIT = 1 << 64
_SYNTHETIC = "synthetic"
_TOLD = 10  # groups that a refusal names

Values = tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """Documents that all have the same chance: those of a group, of a source, of an origin.

    ``source`` and ``origin`` are None where no cap asks for them; ``cells`` are the combinations of
    values of the stage's columns that belong to it, sorted, and ``tokens`` what it has.
    """

    group: str
    source: str | None
    origin: str | None
    cells: tuple[Values, ...]
    tokens: int


@dataclass(frozen=True)
class Part:
    """A pool in the plan: its documents stand ``repeats`` times, and some of them once more.

    share   of the stage, as wished
    wished  tokens, rounded down
    rest    tokens that those which stand once more shall have, less than the pool has
    """

    pool: Pool
    share: Fraction
    wished: int
    repeats: int
    rest: int


@dataclass(frozen=True)
class MixPlan:
    """The parts of a stage, the tokens of what no weight names, and the tokens wished for."""

    stage: MixStage
    parts: tuple[Part, ...]
    left_out: int
    wished: int


def plan_mix(stage: MixStage, counts: Mapping[Values, int]) -> MixPlan:
    """Plan a stage from its documents' tokens by the values of ``stage.columns``.

    Tokens are those of a document with its end, as often as selection repeats it. Raises
    ``Refused``, naming the key, the numbers and what would be possible, where the wish cannot be.
    """
    _refuse_unknown(stage, counts)
    pools = _pools(stage, counts)
    _refuse_empty(stage, pools, counts)
    shares = _shares(stage, pools)
    total = _total(stage, pools, shares)
    parts = []
    for pool, share in zip(pools, shares, strict=True):
        wished = int(total * share)
        parts.append(Part(pool, share, wished, *divmod(wished, pool.tokens)))
    left_out = sum(counts.values()) - sum(pool.tokens for pool in pools)
    return MixPlan(stage, tuple(parts), left_out, int(total))


def report(plan: MixPlan, more: Sequence[int]) -> dict[str, Any]:
    """What was wished and what comes of it, in whole numbers, as the manifest holds it.

    ``more`` are the tokens of the documents that stand once more, by part.
    """
    parts = [
        {
            **{name: getattr(part.pool, name) for name in ("group", "source", "origin")},
            "wish_in_millionths": round(part.share * MILLION),
            "wished": part.wished,
            "available": part.pool.tokens,
            "repeats": part.repeats,
            "tokens": part.repeats * part.pool.tokens + extra,
        }
        for part, extra in zip(plan.parts, more, strict=True)
    ]
    achieved = sum(part["tokens"] for part in parts)
    return {"wished": plan.wished, "tokens": achieved, "left_out": plan.left_out, "parts": parts}


def lines(stage: str, said: Mapping[str, Any]) -> list[str]:
    """A report for a person."""
    shown = [
        f"mix {stage}: {said['tokens']:,} tokens of {said['wished']:,} wished; "
        f"{said['left_out']:,} in documents that no weight names"
    ]
    for part in said["parts"]:
        name = " ".join(part[key] for key in ("group", "source", "origin") if part[key])
        more = part["tokens"] > part["repeats"] * part["available"]
        share = 100 * part["tokens"] / max(1, said["tokens"])
        shown.append(
            f"    {name}: {share:.2f} % ({part['wish_in_millionths'] / 10_000:.2f} % wished), "
            f"{part['tokens']:,} tokens from {part['available']:,}, each document "
            f"{part['repeats']}{' or ' + str(part['repeats'] + 1) if more else ''} times"
        )
    return shown


def _pools(stage: MixStage, counts: Mapping[Values, int]) -> list[Pool]:
    """The pools in order of group, source and origin; what no weight names is in none."""
    found: dict[tuple[str, str, str], list[Values]] = {}
    named, weights = stage.named, stage.weights or {REST: 1.0}
    for values in sorted(counts):
        group = named.get(values[: len(stage.by)], REST)
        if group in weights:
            known = dict(zip(stage.columns, values, strict=True))
            source = "" if stage.max_source_share is None else known["source"]
            origin = "" if stage.max_synthetic_share is None else known["origin"]
            found.setdefault((group, source, origin), []).append(values)
    return [
        Pool(group, source or None, origin or None, tuple(cells), sum(counts[c] for c in cells))
        for (group, source, origin), cells in sorted(found.items())
    ]


def _shares(stage: MixStage, pools: Sequence[Pool]) -> list[Fraction]:
    """Share of each pool in the stage.

    Each group is dealt to its pools by their tokens. Sources above their cap are cut down to it in
    proportion, then synthetic documents to theirs, and the rest of a group goes to those of its
    pools that were never cut, until no cap is passed.
    """
    cut: dict[int, Fraction] = {}
    while True:
        shares = _dealt(stage, pools, cut)
        above = _above(stage, pools, shares)
        if not above:
            return shares
        for members, factor in above:
            cut |= {number: _rounded(shares[number] * factor) for number in members}


def _rounded(share: Fraction) -> Fraction:
    """Down, and only where it would take more than 64 bits: numbers must not grow with each cut."""
    return share if share.denominator <= _UNIT else Fraction(int(share * _UNIT), _UNIT)


def _dealt(stage: MixStage, pools: Sequence[Pool], cut: Mapping[int, Fraction]) -> list[Fraction]:
    left, tokens = dict(stage.shares), dict.fromkeys(stage.shares, 0)
    for number, pool in enumerate(pools):
        left[pool.group] -= cut.get(number, 0)
        tokens[pool.group] += 0 if number in cut else pool.tokens
    for group, share in left.items():
        if pools and share > _GRAIN and not tokens[group]:
            reached = stage.shares[group] - share
            raise Refused(
                f"{_key(stage)}: under {_caps(stage)} group {group} reaches {_percent(reached)} "
                f"of the tokens; {_percent(stage.shares[group])} are wished"
            )
    return [
        cut[number] if number in cut else left[pool.group] * pool.tokens / tokens[pool.group]
        for number, pool in enumerate(pools)
    ]


def _above(
    stage: MixStage, pools: Sequence[Pool], shares: Sequence[Fraction]
) -> list[tuple[list[int], Fraction]]:
    """Pools that pass a cap together, and by what to multiply them; sources before the rest."""
    sources = sorted({pool.source for pool in pools if pool.source is not None})
    by_source = [[n for n, p in enumerate(pools) if p.source == source] for source in sources]
    synthetic = [[n for n, p in enumerate(pools) if p.origin == _SYNTHETIC]]
    for sets, written in (
        (by_source, stage.max_source_share),
        (synthetic, stage.max_synthetic_share),
    ):
        cap = Fraction(MILLION if written is None else round(written * MILLION), MILLION)
        totals = [(members, sum((shares[n] for n in members), Fraction())) for members in sets]
        above = [(members, cap / total) for members, total in totals if total > cap + _GRAIN]
        if above:
            return above
    return []


def _total(stage: MixStage, pools: Sequence[Pool], shares: Sequence[Fraction]) -> Fraction:
    """Tokens of the stage, exactly: those asked for, else as many as there can be."""
    pairs = [(pool, share) for pool, share in zip(pools, shares, strict=True) if share]
    if not pairs:
        return Fraction(0)
    scarce, share = min(pairs, key=lambda pair: pair[0].tokens / pair[1])
    most = stage.most * scarce.tokens / share
    if stage.tokens is None:
        return most
    if stage.tokens > most:
        times = -(-stage.tokens * share // scarce.tokens)
        raise Refused(
            f"{_key(stage)}.tokens: {stage.tokens} tokens are wished, {_percent(share)} of them "
            f"of group {scarce.group}, which has {scarce.tokens}: documents would stand {times} "
            f"times, max_repeats is {stage.max_repeats}; possible are at most {int(most)} tokens"
        )
    return Fraction(stage.tokens)


def _refuse_unknown(stage: MixStage, counts: Mapping[Values, int]) -> None:
    """Refuse documents of which a column is not known: their rows are missing in a table."""
    for place, column in enumerate(stage.columns):
        if not column.startswith(BUCKET) and any(not values[place] for values in counts):
            raise Refused(
                f"{_key(stage)}: {column} of some documents in tokens is not known; they are "
                "missing in clean_documents or raw_documents at the version that is read"
            )


def _refuse_empty(stage: MixStage, pools: Sequence[Pool], counts: Mapping[Values, int]) -> None:
    have = {pool.group for pool in pools}
    for name in stage.weights:
        if name not in have:
            there = sorted({"/".join(values[: len(stage.by)]) for values in counts})
            more = f" and {len(there) - _TOLD} more" if len(there) > _TOLD else ""
            raise Refused(
                f"{_key(stage)}.weights.{name}: no document is in this group; "
                f"there are {', '.join(there[:_TOLD]) or 'none at all'}{more}"
            )
    if stage.tokens is not None and not pools:
        raise Refused(f"{_key(stage)}.tokens: {stage.tokens} tokens are wished, and there are none")


def _caps(stage: MixStage) -> str:
    caps = ("max_source_share", "max_synthetic_share")
    return " and ".join(name for name in caps if getattr(stage, name) is not None)


def _key(stage: MixStage) -> str:
    return f"recipe.mix.stages.{stage.name}"


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.6g} %"
