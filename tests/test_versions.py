"""What a page names changes its address when it changes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from coursesite import versions

HEAD = '<head>\n    <meta charset="utf-8" />\n'
PAGE = HEAD + '<script type="module" src="{up}_static/predict.js?v=old"></script></head>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("_static/predict.js", "_static/guesses.js", "_static/a.css", "chapters/x"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    (tmp_path / "index.html").write_text(PAGE.format(up=""))
    (tmp_path / "chapters" / "one.html").write_text(PAGE.format(up="../"))
    return tmp_path


def imports(page: Path) -> dict[str, str]:
    (text,) = re.findall(r'<script type="importmap">(.*?)</script>', page.read_text())
    found: dict[str, Any] = json.loads(text)
    return dict(found["imports"])


def test_an_entry_script_and_an_import_of_it_are_one_address(site: Path) -> None:
    versions.stamp(site)
    for name, up in (("index.html", "./"), ("chapters/one.html", "../")):
        page = site / name
        found = imports(page)
        assert set(found) == {f"{up}_static/predict.js", f"{up}_static/guesses.js"}
        (entry,) = re.findall(r'src="([^"]+)"', page.read_text())
        assert found[f"{up}_static/predict.js"].removeprefix("./") == entry
        assert page.read_text().index("importmap") < page.read_text().index("predict.js?v=")


def test_a_change_changes_the_address_of_what_changed_alone(site: Path) -> None:
    versions.stamp(site)
    before = imports(site / "index.html")
    (site / "_static" / "guesses.js").write_text("other")
    versions.stamp(site)
    after = imports(site / "index.html")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"./_static/guesses.js"}


def test_stamping_again_changes_nothing(site: Path) -> None:
    versions.stamp(site)
    before = (site / "index.html").read_text()
    versions.stamp(site)
    assert (site / "index.html").read_text() == before


def test_other_addresses_and_pages_without_modules_are_left_alone(site: Path) -> None:
    text = (
        HEAD + '<link href="_static/a.css?digest=1"><link rel="icon" href="i.svg?x">'
        '<script src="https://example.org/a.js?x"></script><a href="_static/a.css?x">'
    )
    (site / "index.html").write_text(text)
    versions.stamp(site)
    page = (site / "index.html").read_text()
    assert re.search(r'href="_static/a\.css\?v=[0-9a-f]{8}">', page)
    assert page.replace(page[page.index("?v=") : page.index("?v=") + 11], "?digest=1") == text
