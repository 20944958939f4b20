"""What a page loads is asked for by an address that changes with its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Response

from browser.conftest import SITE, Visit

pytestmark = pytest.mark.browser
RESOLVE = "globalThis.at = import.meta.resolve('{name}'); globalThis.done = true;"


def version(path: str) -> str:
    return hashlib.sha256((SITE / path.lstrip("/")).read_bytes()).hexdigest()[:8]


@pytest.mark.parametrize("path", ["chapters/roofline.html", "chapters/napkin.html"])
def test_scripts_and_styles_and_what_scripts_import_carry_their_version(
    path: str, visit: Callable[..., Visit]
) -> None:
    seen: list[Response] = []
    page = visit(path, watch=lambda response: seen.append(response)).page
    page.wait_for_load_state("networkidle")
    styles = page.evaluate("[...document.styleSheets].filter(one => one.href).map(one => one.href)")
    addresses = [urlsplit(url) for url in (*styles, *(response.url for response in seen))]
    assets = {one for one in addresses if one.path.endswith(".js") or one.geturl() in styles}
    assert "/_static/guesses.js" in {one.path for one in assets}, "imported, not named by the page"
    for one in assets:
        assert parse_qs(one.query) == {"v": [version(one.path)]}, one.geturl()
    assert len(assets) == len({one.path for one in assets}), "no file comes under two addresses"


@pytest.mark.parametrize("name", ["_static/run-worker.js", "pyodide/course.zip"])
def test_a_script_can_resolve_what_it_starts_or_fetches(
    name: str, visit: Callable[..., Visit], site: str
) -> None:
    page = visit("chapters/roofline.html").page
    page.add_script_tag(type="module", content=RESOLVE.format(name=f"../{name}"))
    page.wait_for_function("globalThis.done")
    assert page.evaluate("globalThis.at") == f"{site}/{name}?v={version(name)}"
