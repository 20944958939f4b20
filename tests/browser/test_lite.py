"""The full notebook in Chromium: its cells run, its answers last, and what it saves is graded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visit
from coursesite.lite import notebook_address
from coursework import course, own_work, sample_class
from hwmath.roofline import ridge_flop_per_byte

ROOT: Final = Path(__file__).parents[2]
TOPIC: Final = "roofline"
ADDRESS: Final = notebook_address(f"exercises/{TOPIC}/{TOPIC}")
RELEASED: Final = course.read(course.notebook(ROOT, course.RELEASE, TOPIC))
CODE: Final = [one for one in RELEASED.cells if one.cell_type == "code"]
LOAD_MS: Final = 120_000
STEP_MS: Final = 200
KERNEL_NAME: Final = "Python (Pyodide)"
MARK: Final = "# the last line"
IS_SAVED: Final = """async ([file, words]) => {
  const result = asked => new Promise(done => asked.onsuccess = () => done(asked.result));
  const [{name}] = await indexedDB.databases();
  const store = await result(indexedDB.open(name));
  const saved = await result(store.transaction("files").objectStore("files").get(file));
  store.close();
  return JSON.stringify(saved ?? "").includes(words);
}"""
pytestmark = pytest.mark.browser


def cells(page: Page) -> Locator:
    """The code cells, once all of them are there."""
    found = page.locator(".jp-Notebook .jp-CodeCell")
    expect(found).to_have_count(len(CODE), timeout=LOAD_MS)
    return found


def cell(page: Page, grade_id: str, after: int = 0) -> Locator:
    """The code cell with an id, or one that comes so many code cells after it."""
    ids = [one.metadata.get("nbgrader", {}).get("grade_id") for one in CODE]
    return cells(page).nth(ids.index(grade_id) + after)


def answer(page: Page, part: str) -> Locator:
    (graded,) = (one for one in course.graded_cells(RELEASED, TOPIC) if one.part == part)
    return cell(page, f"{graded.grade_id}-solution")


def typed(place: Locator, source: str) -> Locator:
    place.locator(".cm-content").fill(source)
    return place


def until_ready(page: Page) -> None:
    """Wait for the kernel; what is run before it is chosen is lost."""
    expect(page.locator(".jp-Toolbar-kernelName")).to_have_text(KERNEL_NAME, timeout=LOAD_MS)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=LOAD_MS)


def until_saved(page: Page, words: str) -> None:
    """Wait for the notebook in the browser's own storage to hold some words."""
    for _ in range(LOAD_MS // STEP_MS):
        if page.evaluate(IS_SAVED, [f"{TOPIC}.ipynb", words]):
            return
        page.wait_for_timeout(STEP_MS)
    pytest.fail(f"{words!r} was not saved")


def source(place: Locator) -> str:
    return "\n".join(place.locator(".cm-line").all_text_contents())


def run(place: Locator) -> str:
    """Run a cell, wait for its end, and give the text that has come."""
    place.locator(".cm-content").press("Control+Enter")
    ended = re.compile(r"\[\d+\]:")
    expect(place.locator(".jp-InputPrompt")).to_have_text(ended, timeout=LOAD_MS)
    return place.locator(".jp-OutputArea").inner_text().strip()


def test_cells_run_with_numpy_and_the_course_and_nothing_of_other_hosts(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(ADDRESS)
    page, first = seen.page, course.graded_cells(RELEASED, TOPIC)[0]
    until_ready(page)
    assert run(cell(page, f"{TOPIC}-setup")) == ""
    right = sample_class.plan(ROOT, TOPIC)[0].answers
    assert run(typed(answer(page, first.part), right[first.part])) == ""
    assert "All visible checks pass." in run(cell(page, first.grade_id))

    free = cell(page, f"{TOPIC}-setup", after=1)
    code = "import numpy, hwmath.roofline\nhwmath.roofline.ridge_flop_per_byte(numpy.float64(3), 2)"
    assert run(typed(free, code)).endswith(str(ridge_flop_per_byte(3, 2)))
    plots = "from hwmath import plots\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    free = cell(page, first.grade_id, after=2)
    run(typed(free, plots))
    free.locator(".jp-RenderedImage").wait_for()
    refused = cell(page, first.grade_id, after=6)
    assert "PyPI fallback is disabled" in run(typed(refused, "%pip install cowsay"))
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []
    assert seen.outside == []
    assert seen.errors == []


def test_answers_outlast_a_reload_and_earn_what_they_must(
    visit: Callable[..., Visit], tmp_path: Path
) -> None:
    student = next(one for one in sample_class.plan(ROOT, TOPIC) if one.hints)
    page = visit(ADDRESS).page
    page.on("dialog", lambda asked: asked.accept())
    *early, last = student.answers
    for part in early:
        typed(answer(page, part), f"{student.answers[part]}\n{MARK} of {part}")
    until_saved(page, f"{MARK} of {early[-1]}")
    page.reload()
    for part in early:
        expect(answer(page, part)).to_contain_text(f"{MARK} of {part}", timeout=LOAD_MS)
        assert source(answer(page, part)) == f"{student.answers[part]}\n{MARK} of {part}"
    typed(answer(page, last), student.answers[last])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{TOPIC}.ipynb"
    mine = tmp_path / "mine.ipynb"
    download.value.save_as(mine)

    def kept(nb: Any) -> list[Any]:
        return [one.metadata.get("nbgrader") for one in nb.cells]

    assert kept(course.read(mine)) == kept(RELEASED)
    graded = own_work.grade(ROOT, mine, "bubblewrap")
    assert {part.part: part.points for part in graded.parts} == {
        one.part: 0 if one.part in student.lost else one.points
        for one in course.graded_cells(RELEASED, TOPIC)
    }
    assert tuple(part.hint for part in graded.parts if part.hint) == student.hints


def test_the_root_lists_the_notebooks_in_the_colours_that_the_reader_wants(
    visit: Callable[..., Visit],
) -> None:
    seen = visit("lite/index.html", scheme="dark")
    seen.page.wait_for_url("**/lite/tree/index.html")
    names = seen.page.locator(".jp-DirListing-itemName")
    expect(names).to_have_text([f"{topic}.ipynb" for topic in course.topics(ROOT)])
    assert seen.page.get_attribute("body", "data-jp-theme-light") == "false"
    assert seen.outside == []
    assert seen.errors == []
