"""Every page of the built website, in Chromium: nothing asked of others, nothing broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

from browser.conftest import Scheme, Visit

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [f"{docname}.html" for docname in parse_toc_yaml(ROOT / "_toc.yml")]
PHONE_PX: Final = 390
pytestmark = pytest.mark.browser
every_page = pytest.mark.parametrize("path", PAGES)


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
