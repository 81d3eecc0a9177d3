"""Facts of a corpus that never was, to look at the page of the report without any table."""

from __future__ import annotations

from corpusmill.contracts import TABLES
from corpusmill.distributions import Distributions, Histogram, Spread, length_edges
from corpusmill.excerpts import Piece, side_by_side
from corpusmill.losses import Loss
from corpusmill.report.facts import (
    Cluster,
    Facts,
    Flow,
    Personal,
    PinState,
    Privacy,
    Provenance,
    Reasons,
    ShardSet,
    TableState,
    Twins,
)
from corpusmill.samples import Redaction, Sample, Samples, TwinSample

EVIL = (
    '<script>document.title = "evil"</script><img src=x onerror="alert(2)">\u202e$x^$ {{ 7 * 7 }}'
)
LONG = "a-name-without-any-place-to-break-" * 6
DIGEST = "6de430e0c1f59322" * 4


def _id(number: int) -> str:
    return f"{number:032x}"


def _flow(by: str, name: str, accepted: int, kept: int, tokens: int) -> Flow:
    return Flow(
        *(by, name, accepted, accepted, accepted, accepted - 5, kept, kept, kept),
        clusters=accepted // 50,
        twins=accepted // 20,
        characters=accepted * 2_000,
        tokens=tokens,
        unknown=3,
        even_documents=kept,
        even_characters=tokens * 4,
        even_words=tokens * 10 // 13,
        even_tokens=tokens,
    )


def _text(text: str) -> tuple[Piece, ...]:
    return (Piece(text),)


def _samples() -> Samples:
    one = "The miller brings the flour, and the baker weighs it with care. " * 3
    other = one.replace("baker", "cook").replace("with care", "carefully, as always")
    sides = side_by_side(_text(one + EVIL), _text(other + EVIL))
    redacted = (Piece("Write to "), Piece("<EMAIL_ADDRESS>", "placeholder"), Piece(" today. " * 9))
    return Samples(
        [
            Sample(None, _id(1), "web", (), _text("A quiet street.\nAnd a second line.")),
            Sample(None, _id(2), EVIL, ("fineweb.short_lines",), _text(f"{EVIL} {LONG}")),
            Sample("language.unknown", _id(3), "web", ("language.unknown",), None),
            Sample("gopher_quality.too_few_words", _id(4), "web", ("x",), _text("שלום וברכה")),
        ],
        [
            TwinSample(_id(5), _id(6), "near", 812_345, sides),
            TwinSample(_id(7), _id(8), "exact", 1_000_000, None),
            TwinSample(_id(9), _id(8), "near", None, None, failed=True),
        ],
        [Redaction("EMAIL_ADDRESS", _id(10), redacted), Redaction("US_SSN", _id(11), None)],
    )


def _distributions() -> Distributions:
    edges = length_edges(60_000)
    middle = len(edges) // 2
    kept = tuple(max(0, 900 - 25 * (n - middle) ** 2) for n in range(len(edges) - 1))
    dropped = tuple(max(0, 300 - 9 * (n - middle + 6) ** 2) for n in range(len(edges) - 1))
    scores = tuple(range(0, 1_000_001, 25_000))
    low = tuple(120 if n < 26 else 0 for n in range(40))
    high = tuple(0 if n < 26 else 12 * (n - 25) ** 2 for n in range(40))
    spreads = [
        Spread(signal, by, name, 1_234, tuple(start * n for n in (1, 4, 9, 20, 70)))
        for signal, start in (("characters", 90), ("token_count", 20), ("duplicate_lines", 9_000))
        for by, names in (("language", ("en", "de")), ("source", ("web", LONG, EVIL)))
        for name in names
    ]
    histograms = (
        Histogram("characters", edges, kept, dropped),
        Histogram("language_score", scores, high, low),
        Histogram("classifier_scores.quality", scores, high, low),
    )
    return Distributions(8_526, 8_526, tuple(spreads), histograms)


def _set(stage: str, digest: str, parts: list[dict[str, object]]) -> ShardSet:
    shards = [
        {
            "shard": n,
            "sequences": 100,
            "tokens": 204_000,
            "bin": {"name": f"shard-{n:05}-of-00064.bin", "bytes": 409_600, "sha256": DIGEST},
        }
        for n in range(64)
    ]
    tokens = sum(int(str(part["tokens"])) for part in parts)
    content = {
        "stage": stage,
        "recipe": RECIPE,
        "mix": {"tokens": tokens, "wished": tokens + 900, "left_out": 12_345, "parts": parts},
        "shards": shards,
        "totals": {"padding": 12_800, "dropped": 0},
    }
    lineage = {
        "packages": {"corpusmill": "0.1.0"},
        "tables": {"tokens": {"committed": "2026-11-22T23:20:21+00:00"}},
    }
    path = f"/data/mill/output/shards/{stage}-{digest[:16]}/manifest.json"
    counts = (3, 64, 6_400, tokens)
    return ShardSet(stage, digest, "b" * 64, *counts, path, content, lineage)


RECIPE = {
    "seed": 42,
    "dedup": {
        "exact": "text",
        "minhash": {"words": 5, "characters": 0, "bands": 14, "rows": 8},
        "passages": {"repeats": "none", "frequent": []},
        "urls": False,
        "verify": None,
    },
    "language": {"threshold": "0.65", "languages": []},
    "normalise": {"form": "NFC", "mojibake": True},
    "pii": {
        **{"kinds": ["EMAIL_ADDRESS", "US_SSN"], "threshold": "0.4", "allow": ["me@example.org"]},
        **{"languages": {}, "sources": {}},
    },
    "quality": {
        "filters": {"gopher_quality": {"min_words": 50, "min_lettered_words": 800_000}},
        "remove_lines": {},
    },
    "selection": {
        **{"classifier_cuts": {"quality": "0.5"}, "domain_cap": None, "duplicates": "drop"},
        **{"ignore": [], "keep_all": False, "keep_per_cluster": 1, "languages": {}},
        "rehydrate": {},
    },
    "shards": {"sequence_length": 2048, "packing": "concat"},
    "tokenizer": {"sha256": DIGEST, "eos": "<|endoftext|>"},
}


def _flows() -> list[Flow]:
    return [
        *(_flow("source", f"source-{n:02}", 90, 60, 30_000 - n) for n in range(30)),
        _flow("source", "web", 5_000, 3_614, 9_900_000),
        _flow("source", EVIL, 800, 300, 2_000_000),
        _flow("source", LONG, 26, 1, 7),
        _flow("language", "en", 6_000, 4_900, 10_000_000),
        _flow("language", "ja", 900, 700, 2_500_000),
        _flow("kind", "web", 8_526, 5_774, 12_800_000),
        _flow("origin", "human", 8_000, 5_500, 12_000_000),
        _flow("origin", "synthetic", 526, 274, 800_000),
    ]


def _losses() -> list[Loss]:
    return [
        Loss("source", EVIL, 800, 500, {"gopher_quality.too_few_words": 480}),
        Loss("source", "web", 5_000, 1_386, {"duplicate.near": 700}),
        Loss("language", "en", 6_000, 0, {}),
    ]


def _twins() -> Twins:
    largest = [Cluster(_id(n), 90 - n, _id(n + 1), {"web": 80 - n, EVIL: 10}) for n in range(10)]
    return Twins(
        {2: 300, 3: 80, 4: 20, 7: 9, 90: 1}, {"near": 640, "exact": 120}, largest,
        {("web", "web"): 700, ("web", EVIL): 60}, 12,
    )  # fmt: skip


def _pins() -> list[PinState]:
    return [
        PinState(DIGEST, "tokens", 3, "rebuild", "guarded", "protected", "the newest version"),
        PinState(DIGEST, "quality", 1, "replay", "guarded", "broken", "2 of 9 files are missing"),
        PinState(DIGEST, "languages", 1, "replay", "guarded", "at risk", "nobody knows"),
    ]


def made_facts() -> Facts:
    """A corpus with something in every section, and names that want to be more than text."""
    parts = [
        {
            **{"group": group, "source": None, "origin": None, "wish_in_millionths": wish},
            **{"wished": 1_000_000, "available": 700_000, "repeats": 1, "tokens": tokens},
        }
        for group, wish, tokens in (("web/en", 600_000, 8_020_000), ("*", 400_000, 5_030_000))
    ]
    reasons = Reasons(
        {"duplicate.near": 812, "gopher_quality.too_few_words": 1_500, "language.unknown": 640},
        {"duplicate.near": 700, "gopher_quality.too_few_words": 1_412, "language.unknown": 640},
        {"classifier.quality.below_cut": 77, "fineweb.short_lines": 9},
    )
    found = [
        Personal("EMAIL_ADDRESS", "web", 300, 2, 1, 150),
        Personal("PHONE_NUMBER", EVIL, 20, 0, 0, 9),
    ]
    tables = [
        TableState(name, 3, 8_526, f"2026-11-22 23:20:{n:02} UTC", True)
        for n, name in enumerate(TABLES)
    ]
    unread = ShardSet("old", "a" * 64, "c" * 64, 1, 8, 80, 160_000, "/gone", unread="no manifest")
    return Facts(
        place="/data/mill/warehouse",
        corpusmill="0.1.0",
        tables=tables,
        quarantined={"no_text": 41, "not_utf8": 3},
        flows=_flows(),
        provenance=[
            Provenance("web", "web", "human", None, 5_000, 3_614, 9_900_000),
            Provenance(EVIL, "web", "synthetic", "CC-BY-4.0", 800, 300, 2_000_000),
        ],
        reasons=reasons,
        losses=_losses(),
        distributions=_distributions(),
        buckets=[("quality", n, 300 + n, 90_000, 10 * n) for n in range(19, -1, -1)],
        twins=_twins(),
        privacy=Privacy(found, 4, 1),
        edited={"pii": 5_120, "lines": 900},
        sets=[_set("main", DIGEST, parts), unread],
        pins=_pins(),
        recipe=RECIPE,
        samples=_samples(),
    )


def no_facts() -> Facts:
    """What the report knows of a warehouse without a table."""
    return Facts("/data/mill/warehouse", "0.1.0", [TableState(name) for name in TABLES])
