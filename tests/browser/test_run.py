"""Cells run in the page: what they give, and what happens to a reader who goes astray."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from browser.conftest import Visit

pytestmark = pytest.mark.browser
CHAPTER = "chapters/roofline.html"
LOAD_MS = 120_000


def cell(page: Page, number: int) -> Locator:
    return page.locator(f'.cell:has(> .run-bar[data-cell="{number}"])')


def with_source(page: Page, words: str) -> Locator:
    return page.locator(".cell:has(.run-bar)", has_text=words).first


def run(place: Locator, says: str = "Done.") -> str:
    """Press Run, wait for its end, and give the text that has come."""
    place.locator(".run-start").click()
    place.locator(".run-says", has_text=re.compile(re.escape(says))).wait_for(timeout=LOAD_MS)
    return place.locator(".run-output").inner_text().strip()


def edited(place: Locator, source: str) -> Locator:
    place.locator(".run-edit").click()
    place.locator(".run-source").fill(source)
    return place


def test_a_cell_gives_in_the_page_what_the_site_shows(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    place = with_source(seen.page, "share of peak")
    shown = place.locator(".cell_output .output pre").text_content() or ""
    assert "share of peak" in shown
    assert run(place) == shown.strip()
    assert seen.outside == []
    assert seen.errors == []


def test_a_later_cell_runs_those_above_and_draws_in_the_colours_of_the_page(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(CHAPTER)
    place = with_source(seen.page, "plot_phases")
    assert place.locator(".cell_output").is_visible()
    run(place)
    figure = place.locator(".run-output svg.figure")
    assert figure.count() == 1
    assert "var(--figure-" in figure.inner_html()
    assert not place.locator(".cell_output").is_visible()
    assert seen.errors == []


def test_an_error_is_shown_where_it_belongs(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "first = 1\nprint('before')\nfirst / 0")
    said = run(place, "Stopped at an error.")
    assert said.splitlines()[0] == "before"
    assert 'File "<cell 2>", line 3' in said
    assert said.endswith("ZeroDivisionError: division by zero")
    assert "page_runner" not in said


def test_an_endless_cell_can_be_stopped_and_reset(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = cell(page, 2)
    source = place.locator(".cell_input pre").text_content()
    edited(place, "print('on and on')\nwhile True:\n    pass")
    place.locator(".run-start").click()
    place.locator(".run-text").wait_for(timeout=LOAD_MS)
    assert place.locator(".run-start").inner_text() == "Stop"
    place.locator(".run-start").click()
    place.locator(".run-says", has_text="Stopped. Run starts anew.").wait_for()
    place.locator(".run-edit").click()
    assert place.locator(".cell_input pre").text_content() == source
    assert not place.locator(".run-output").is_visible()
    assert "share of peak" in run(place)


def test_what_was_changed_above_is_run_again(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    above, below = cell(page, 2), edited(cell(page, 4), "print(seen)")
    source = above.locator(".cell_input pre").text_content() or ""
    run(edited(above, f"{source}\nseen = 'once'"))
    assert run(below) == "once"
    above.locator(".run-source").fill(f"{source}\nseen = 'twice'")
    assert run(below) == "twice"


def test_a_cell_that_cannot_run_here_says_why(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = page.locator(".cell", has_text="mine = measure()").first
    assert "measures the machine" in place.locator(".run-bar").inner_text()
    assert place.locator(".run-start").count() == 0


def test_without_javascript_there_are_no_buttons(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, java_script_enabled=False).page
    assert page.locator(".run-bar").count() > 10
    assert page.locator(".run-bar:visible").count() == 0
