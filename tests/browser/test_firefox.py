"""A chapter works in Firefox as well: its scripts, its explorer, its cells."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from browser.firefox import Firefox

PROGRAMS: Final = ("firefox-esr", "firefox")
CELL: Final = (
    "[...document.querySelectorAll('.cell:has(.run-bar)')]"
    ".find(cell => cell.textContent.includes('share of peak'))"
)
DONE: Final = """new Promise((resolve) => {
  const says = cell.querySelector(".run-says");
  const look = () => /^(Done|Stopped)/.test(says.textContent) ? resolve() : setTimeout(look, 100);
  look();
})"""
pytestmark = pytest.mark.browser


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Firefox: the one in FIREFOX, or the first that is found."""
    found = os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        pytest.fail(f"none of {', '.join(PROGRAMS)} is on the path; FIREFOX can name one")
    with Firefox(found, tmp_path) as started:
        yield started


def test_a_chapter_and_its_cells_work_in_firefox(firefox: Firefox, site: str) -> None:
    firefox.open(f"{site}/chapters/roofline.html")
    firefox.evaluate(f"globalThis.cell = {CELL}; null")
    shown = firefox.evaluate("cell.querySelector('.cell_output .output pre').textContent.trim()")
    assert "share of peak" in shown
    assert firefox.evaluate("document.querySelectorAll('roofline-explorer svg').length") > 0
    firefox.click("cell.querySelector('.run-start')")
    firefox.evaluate(DONE)
    assert firefox.evaluate("cell.querySelector('.run-output').innerText.trim()") == shown
    assert firefox.errors == []
    outside = {url for url in firefox.requests if urlsplit(url).hostname not in {"127.0.0.1", None}}
    assert outside == set()
    assert any(url.endswith(".wasm") for url in firefox.requests), "Python came by these requests"
