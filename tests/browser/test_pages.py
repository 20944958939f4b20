"""Every page of the built website, in Chromium: nothing asked of others, nothing broken."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, Response
from sphinx_external_toc.parsing import parse_toc_yaml

from browser.conftest import Scheme, Visit

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    *(f"{docname}.html" for docname in parse_toc_yaml(ROOT / "_toc.yml")),
    "search.html",
    "404.html",
]
AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE_PX: Final = 390
MOST_BYTES: Final = 400_000
MOST_SHIFT: Final = 0.02
WATCH_SHIFTS: Final = """
window.shifts = {sum: 0, by: []};
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    shifts.sum += entry.value;
    shifts.by.push(entry.value, ...entry.sources.map(one => one.node?.outerHTML?.slice(0, 150)));
  }
}).observe({type: "layout-shift", buffered: true});
"""
pytestmark = pytest.mark.browser
every_page = pytest.mark.parametrize("path", PAGES)


def axe_faults(page: Page) -> list[str]:
    """What axe finds on a page as it is shown now."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        "async (tags) => (await axe.run({runOnly: tags})).violations.map("
        "rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120)).join(' | '))",
        AXE_RULES,
    )
    return found


@every_page
def test_a_page_asks_nothing_of_other_hosts_and_raises_no_error(
    path: str, visit: Callable[..., Visit]
) -> None:
    seen = visit(path)
    seen.page.wait_for_timeout(300)
    assert seen.outside == []
    assert seen.errors == []


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_does_not_scroll_sideways_on_a_phone(
    path: str, scheme: Scheme, visit: Callable[..., Visit]
) -> None:
    page = visit(path, width=PHONE_PX, height=844, scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_PX


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_no_fault_that_axe_knows(
    path: str, scheme: Scheme, visit: Callable[..., Visit]
) -> None:
    page = visit(path, scheme=scheme, reduced_motion="reduce").page
    assert axe_faults(page) == []


@every_page
def test_a_page_is_light(path: str, visit: Callable[..., Visit]) -> None:
    seen: list[Response] = []
    page = visit(path, watch=lambda response: seen.append(response)).page
    page.wait_for_timeout(300)
    sizes = {response.url: len(gzip.compress(response.body(), 9)) for response in seen}
    heaviest = sorted(((size, url) for url, size in sizes.items()), reverse=True)[:8]
    assert sum(sizes.values()) <= MOST_BYTES, heaviest


@every_page
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_a_page_does_not_jump_while_it_loads(
    path: str, width: int, visit: Callable[..., Visit]
) -> None:
    page = visit(path, width=width, script=WATCH_SHIFTS).page
    page.wait_for_timeout(800)
    assert page.evaluate("shifts.sum") < MOST_SHIFT, page.evaluate("shifts.by")


def test_the_search_works_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit("index.html").page
    page.keyboard.press("Control+k")
    page.keyboard.type("ridge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=ridge*")
    found = page.locator("#search-results li a").first
    found.wait_for()
    assert "chapters/roofline.html" in str(found.get_attribute("href"))


def test_the_menu_works_by_keyboard_on_a_phone(visit: Callable[..., Visit]) -> None:
    page = visit("chapters/roofline.html", width=PHONE_PX, height=844).page
    link = page.locator(".bd-docs-nav a", has_text="Reading list")
    assert not link.is_visible()
    page.locator(".primary-toggle:visible").focus()
    page.keyboard.press("Enter")
    link.wait_for(state="visible")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/reading_list.html")


def test_on_paper_nothing_is_folded_away(visit: Callable[..., Visit]) -> None:
    page = visit("chapters/roofline.html").page
    page.emulate_media(media="print")
    page.wait_for_function(
        "[...document.querySelectorAll('article details > :not(summary)')]"
        ".every(one => one.checkVisibility({contentVisibilityAuto: true}))",
        timeout=10_000,
    )


def test_a_wrong_address_leads_to_the_contents_from_any_depth(
    visit: Callable[..., Visit], site: str
) -> None:
    page = visit("404.html").page
    assert page.evaluate("document.querySelector('article a').href") == f"{site}/index.html"
    assert page.evaluate("document.baseURI") == f"{site}/"
