"""Every cell that runs in the page gives there what the site shows; in Pyodide under Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest

from browser.conftest import SITE

WEB: Final = Path(__file__).parents[2] / "web"
EXECUTED: Final = SITE.parent / "jupyter_execute"
_CELLS: Final = r'<script type="application/json" id="cells">(.*?)</script>'
pytestmark = pytest.mark.browser


def runnable() -> dict[str, list[str | None]]:
    """The sources that the built pages give to their script, by page."""
    found = {}
    for page in sorted(SITE.rglob("*.html")):
        for cells in re.findall(_CELLS, page.read_text(encoding="utf-8")):
            found[page.relative_to(SITE).with_suffix("").as_posix()] = json.loads(cells)
    return found


PAGES: Final = runnable() if SITE.is_dir() else {}
CELLS: Final = [(page, n) for page, sources in PAGES.items() for n, s in enumerate(sources) if s]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    node = shutil.which("node")
    assert node, "Node.js is missing; make book brings it"
    asked = tmp_path_factory.mktemp("parity") / "pages.json"
    asked.write_text(json.dumps(PAGES))
    done = subprocess.run(
        [node, str(WEB / "parity.mjs"), str(SITE / "pyodide"), str(asked)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, list[Any]] = json.loads(done.stdout)
    return answer


def shown(page: str, number: int) -> dict[str, str]:
    """What the site shows below a cell: its text, its HTML, and whether there is a figure."""
    notebook = nbformat.read(EXECUTED / f"{page}.ipynb", as_version=4)
    cell = [cell for cell in notebook.cells if cell.cell_type == "code"][number]
    text, as_html, figures = "", "", 0
    for output in cell.outputs:
        data = output.get("data", {})
        figures += "image/svg+xml" in data
        as_html += data.get("text/html", "")
        if output.output_type == "stream" and output.get("name") == "stdout":
            text += output.text
        elif output.output_type == "execute_result" and "text/html" not in data:
            text += data["text/plain"] + "\n"
    return {"text": text, "html": as_html, "figure": "x" * figures}


def test_there_are_cells_to_run() -> None:
    assert {"chapters/roofline", "chapters/notation", "chapters/chips"} <= set(PAGES)
    assert len(CELLS) > 20


@pytest.mark.parametrize(("page", "number"), CELLS)
def test_a_cell_gives_in_the_page_what_the_site_shows(
    given: dict[str, list[Any]], page: str, number: int
) -> None:
    cell = given[page][number]
    assert cell["ended"], cell["given"]
    got = {"text": "", "html": "", "figure": ""}
    for kind, content in cell["given"]:
        drawn = kind == "html" and "<svg" in content
        got["figure" if drawn else kind] += "x" if drawn else content
    assert got == shown(page, number)
