"""What is held back: whole pages, by their names alone, and never a text that is trained on."""

from __future__ import annotations

import random

from corpusmill.quality.examples import Example, split


def example(n: int, page: str, source: str = "web", text: str | None = None) -> Example:
    return Example(text or f"text {chr(97 + n % 26)} {'x' * (n + 1)}", n % 2, n, source, page)


def many(count: int = 2_000) -> list[Example]:
    return [example(n, f"page {n // 4}") for n in range(count)]


def test_a_page_is_never_on_both_sides_and_nothing_is_lost() -> None:
    given = many()

    found = split(given, 0.25, 42)

    pages = [{e.page for e in side} for side in (found.training, found.held_back)]
    assert pages[0].isdisjoint(pages[1])
    assert sorted((*found.training, *found.held_back), key=lambda e: e.chars) == given
    assert found.repeated == 0
    assert 0.2 < len(found.held_back) / len(given) < 0.3


def test_pages_are_held_back_by_their_name_and_the_seed_alone() -> None:
    given = many()
    shuffled = random.Random(1).sample(given, len(given))

    one, other = split(given, 0.1, 42), split(shuffled[:700], 0.1, 42)

    held = {e.page for e in one.held_back}
    assert {e.page for e in other.held_back} == held & {e.page for e in shuffled[:700]}
    assert {e.page for e in split(given, 0.1, 43).held_back} != held
    assert held < {e.page for e in split(given, 0.2, 42).held_back}


def test_the_order_of_examples_stays() -> None:
    found = split(many(), 0.3, 7)

    assert [e.chars for e in found.training] == sorted(e.chars for e in found.training)
    assert [e.chars for e in found.held_back] == sorted(e.chars for e in found.held_back)


def test_a_text_that_is_trained_on_is_not_measured_on() -> None:
    given = many(400)
    pages = {e.page for e in split(given, 0.3, 42).held_back}
    page = min(pages)
    said = next(e.text for e in given if e.page not in pages)
    twins = [example(9_000, page, text=f"{said} 7"), example(9_001, page, text="news to all")]

    found = split([*given, *twins], 0.3, 42)

    assert found.repeated == 1  # numbers are not shown to a model, so the first is no news
    assert twins[0] not in found.held_back
    assert twins[1] in found.held_back


def test_a_source_of_one_page_is_told_with_its_side() -> None:
    lonely = [example(n, f"of {n}", source=f"lonely {n}") for n in range(3_000, 3_040)]

    found = split([*many(), *lonely], 0.5, 42)

    sides = {e.source: "training" for e in found.training}
    sides |= {e.source: "held_back" for e in found.held_back}
    assert found.whole == {name: side for name, side in sides.items() if name != "web"}
    assert set(found.whole.values()) == {"training", "held_back"}


def test_where_a_label_would_be_gone_from_training_nothing_is_held_back() -> None:
    page = split(many(), 0.5, 42).held_back[0].page
    given = [example(0, page), example(1, page), example(2, "another")]

    found = split(given, 0.5, 42)

    assert (found.training, found.held_back) == (tuple(given), ())


def test_no_share_holds_nothing_back() -> None:
    assert split(many(), 0.0, 42).held_back == ()


def test_no_example_gives_empty_sides() -> None:
    found = split([], 0.1, 42)

    assert (found.training, found.held_back, found.whole) == ((), (), {})
