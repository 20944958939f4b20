"""Explorers in the browser, each on a page of its own: what tests of any of them read there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def page_of(topic: str) -> str:
    """The address of a page with nothing but the explorer."""
    return f"explorers/{topic}.html"


def explorer(page: Page, topic: str) -> Locator:
    """The explorer, when it has come to life."""
    made = page.locator(f"{topic}-explorer")
    made.locator("dd").first.wait_for()
    return made


def facts(made: Locator) -> dict[str, str]:
    """What it tells, by name."""
    script = "es => Object.fromEntries(es.map(e => [e.dataset.fact, e.textContent]))"
    found: dict[str, str] = made.locator("dd").evaluate_all(script)
    return found


def cells(made: Locator) -> list[list[str]]:
    """The words of its table."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    found: list[list[str]] = made.locator("tbody tr").evaluate_all(script)
    return found
