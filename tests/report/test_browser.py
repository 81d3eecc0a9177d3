"""The page in a real Chromium: opens, fits, stays quiet, and shows text as text."""

from __future__ import annotations

import shutil

import pytest
from made_facts import EVIL, made_facts, no_facts

from corpusmill.report.page import render

pytestmark = pytest.mark.slow

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = (360, 768, 1280)
SECONDS = 2  # in which a page opens; a bound for people, far above what is measured
TIMING = "performance.getEntriesByType('navigation')[0].loadEventEnd"
OUTSIDE = """width => [...document.querySelectorAll("body *")]
    .filter(e => !e.parentElement.closest(".scroll") && e.getBoundingClientRect().right > width + 1)
    .map(e => e.tagName + " " + e.textContent.slice(0, 30))"""
CONTRAST = """() => {
    const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(Number).map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b; };
    const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (!c.endsWith(", 0)")) return c; } };
    const told = [...document.querySelectorAll("p, td, th, a, summary, mark, ins, h2, code")]
        .filter(e => e.textContent.trim());
    return Math.min(...told.map(e => { const pair = [light(getComputedStyle(e).color),
        light(ground(e))].sort((a, b) => b - a); return (pair[0] + .05) / (pair[1] + .05); }));
}"""


@pytest.fixture(scope="module")
def browser():
    """Chromium from the path, driven by playwright."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is on the path")
    with driver.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """``opened(facts, width=..., scheme=...)``: the page of these facts, and what went wrong."""
    contexts = []

    def open_page(facts, width=1280, scheme="light"):
        file = tmp_path / "report.html"
        file.write_text(render(facts), "utf-8")
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        page, wrong = context.new_page(), []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda one: one.url == file.as_uri() or wrong.append(one.url))
        page.goto(file.as_uri())
        return page, wrong

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("facts", [made_facts, no_facts], ids=["full", "empty"])
def test_the_page_fits_and_nothing_goes_wrong(opened, facts, width, scheme):
    page, wrong = opened(facts(), width, scheme)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(OUTSIDE, width) == []
    assert wrong == []


def test_texts_with_tags_stay_texts(opened):
    page, _ = opened(made_facts())

    assert page.title() == "Corpus report"
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert EVIL.replace("\u202e", "\\u202e") in page.text_content("#tokens")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(opened, scheme):
    """WCAG AA asks for a contrast of 4.5 to 1."""
    page, _ = opened(made_facts(), scheme=scheme)

    assert page.evaluate(CONTRAST) >= 4.5


def test_the_plots_take_the_colours_of_the_scheme(opened):
    fill = "getComputedStyle(document.querySelector('#spread svg text')).fill"

    pages = [opened(made_facts(), scheme=scheme)[0] for scheme in ("light", "dark")]
    light, dark = (page.evaluate(fill) for page in pages)

    assert light != dark


def test_every_link_leads_somewhere_and_every_plot_has_words(opened):
    page, _ = opened(made_facts())

    dead = "all => all.filter(a => !document.querySelector(a.getAttribute('href'))).length"
    assert page.eval_on_selector_all("a", dead) == 0
    mute = "all => all.filter(s => !s.getAttribute('aria-label')).length"
    assert page.eval_on_selector_all("svg", mute) == 0
    assert page.locator("svg").count() == 5


def test_a_printed_page_shows_what_is_folded(opened):
    page, _ = opened(made_facts())
    page.emulate_media(media="print")

    box = page.locator("#shards details table").bounding_box()

    assert box is not None
    assert box["height"] > 100
    assert len(page.pdf()) > 10_000


def test_the_page_opens_at_once(opened, capsys):
    page, _ = opened(made_facts())
    page.wait_for_load_state("load")

    spent = page.evaluate(TIMING) / 1000

    with capsys.disabled():
        print(f"\nthe page opened in {spent:.2f} s")  # noqa: T201
    assert 0 < spent < SECONDS
