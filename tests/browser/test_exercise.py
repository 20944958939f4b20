"""A graded exercise done in the page, kept there, downloaded and graded, and taken up again."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from playwright.sync_api import Locator, Page

from browser.conftest import Scheme, Visit
from browser.test_pages import MOST_SHIFT, WATCH_SHIFTS, axe_faults
from browser.test_run import LOAD_MS
from coursework import course, sample_class

ROOT: Final = Path(__file__).parents[2]
TOPIC: Final = "roofline"
PATH: Final = f"exercises/{TOPIC}/{TOPIC}.html"
RELEASED: Final = course.notebook(ROOT, course.RELEASE, TOPIC)
CLASS: Final = {student.student: student for student in sample_class.plan(ROOT, TOPIC)}
RIGHT: Final = CLASS["right"].answers
FIRST, SECOND, *_ = RIGHT
pytestmark = pytest.mark.browser

Open = Callable[..., Visit]


@pytest.fixture
def exercise(visit: Open) -> Page:
    """The exercise, with its cells open."""
    return ready(visit(PATH).page)


def ready(page: Page) -> Page:
    page.wait_for_function("document.querySelectorAll('.cm-editor').length >= 21")
    return page


def cell(page: Page, name: str) -> Locator:
    return page.locator(f'.cell:has(> [data-id="{name}"])')


def part(page: Page, name: str, kind: str = "solution") -> Locator:
    return cell(page, f"{name.replace('_', '-')}-{kind}")


def typed(page: Page, answers: Mapping[str, str]) -> None:
    for name, source in answers.items():
        part(page, name).locator(".cm-content").fill(source)


def answer(place: Locator) -> str:
    return "\n".join(place.locator(".cm-line").all_inner_texts()).replace("\u200b", "")


def says(page: Page, words: str) -> None:
    said = page.locator(".exercise-says, .exercise-foot", has_text=re.compile(words))
    said.locator("visible=true").wait_for(timeout=LOAD_MS)


def undo(page: Page) -> None:
    """Press Undo where it is offered: in the panel, or at the foot of the window."""
    page.locator(".exercise-bar button", has_text="Undo").locator("visible=true").click()


def checked(place: Locator, words: str = "Passes.") -> str:
    place.locator(".run-start").click()
    place.locator(".run-says", has_text=words).wait_for(timeout=LOAD_MS)
    return place.locator(".run-output").inner_text()


def check_all(page: Page, passing: int) -> None:
    page.locator(".exercise-check").click()
    says(page, f"^{passing} of {len(RIGHT)} parts pass")


def states(page: Page) -> list[str]:
    return page.locator(".exercise-parts span").all_inner_texts()


def downloaded(page: Page, folder: Path) -> Path:
    with page.expect_download() as begun:
        page.locator(".exercise-end .exercise-download").click()
    assert begun.value.suggested_filename == f"{TOPIC}.ipynb"
    path = folder / "mine.ipynb"
    begun.value.save_as(path)
    return path


def opened(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as asked:
        page.locator(".exercise-open").click()
    asked.value.set_files(path)


def started(folder: Path, answers: Mapping[str, str], *own: Any, at: int = -1) -> Path:
    """A notebook as a student has it after a while, with cells of their own."""
    nb = sample_class.fill(nbformat.read(RELEASED, as_version=4), TOPIC, answers)
    nb.cells[at:at] = own
    path = folder / "started.ipynb"
    nbformat.write(nb, path)
    return path


def graded(path: Path) -> dict[str, int]:
    """The points that `make grade` gives, by part."""
    command = ["make", "--silent", "grade", f"NOTEBOOK={path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: int(n) for n, name in re.findall(r"^(\d+) of \d+  (\w+)$", done.stdout, re.M)}


# From the first letter to the grade


def test_answers_typed_checked_and_handed_in_earn_all_points(visit: Open, tmp_path: Path) -> None:
    seen = visit(PATH, script="window.print = () => {}")
    page = ready(seen.page)
    typed(page, RIGHT)
    assert "All visible checks pass" in checked(part(page, FIRST, "checks"))
    check_all(page, passing=len(RIGHT))
    assert states(page) == ["passes"] * len(RIGHT)
    earned = graded(downloaded(page, tmp_path))
    points = course.graded_cells(course.read(RELEASED), TOPIC)
    assert earned == {one.part: one.points for one in points}
    assert seen.outside == []
    assert seen.errors == []


@pytest.mark.parametrize(
    "student", [name for name in CLASS if name.startswith(("half", "noisy", f"{SECOND}--"))]
)
def test_a_hand_in_of_the_page_earns_what_the_sample_class_does(
    exercise: Page, tmp_path: Path, student: str
) -> None:
    typed(exercise, CLASS[student].answers)
    earned = graded(downloaded(exercise, tmp_path))
    assert {name for name, points in earned.items() if not points} == CLASS[student].lost
    assert set(earned) == set(RIGHT)


def test_a_wrong_answer_is_told_where_it_is_checked(exercise: Page) -> None:
    typed(exercise, {FIRST: RIGHT[FIRST].replace("minimum", "maximum")})
    said = checked(part(exercise, FIRST, "checks"), "Does not pass yet.")
    assert "AssertionError" in said
    assert "How much work comes with them?" in said
    assert states(exercise)[:2] == ["not yet", "not checked"]


def test_what_stands_above_hinders_no_other_part(exercise: Page) -> None:
    typed(exercise, {FIRST: "def broken(:", SECOND: RIGHT[SECOND]})
    checked(part(exercise, SECOND, "checks"))
    assert states(exercise)[:2] == ["not checked", "passes"]
    typed(exercise, {SECOND: f"{RIGHT[SECOND]}\n# and more"})
    assert states(exercise)[1] == "not checked", "a verdict holds for what was checked"


@pytest.mark.parametrize(("broken", "told"), [("def broken(:", "SyntaxError"), ("", "NameError")])
def test_a_check_sees_what_stands_there_now(exercise: Page, broken: str, told: str) -> None:
    typed(exercise, {FIRST: RIGHT[FIRST]})
    check = part(exercise, FIRST, "checks")
    checked(check)
    typed(exercise, {FIRST: broken})
    check.locator(".run-start").click()
    check.locator(".run-error", has_text=told).wait_for(timeout=LOAD_MS)
    assert states(exercise)[0] == "not yet"
    typed(exercise, {FIRST: RIGHT[FIRST]})
    checked(check)
    assert check.locator(".run-error").count() == 0


def test_without_a_connection_nothing_is_judged(exercise: Page) -> None:
    typed(exercise, {FIRST: RIGHT[FIRST]})
    exercise.context.route("**/run-worker.js*", lambda route: route.abort())
    checked(part(exercise, FIRST, "checks"), "Nothing was run.")
    assert states(exercise)[0] == "not checked"
    exercise.locator(".exercise-check").click()
    says(exercise, "could not be started")
    assert set(states(exercise)) == {"not checked"}


def test_an_endless_answer_can_be_stopped(exercise: Page) -> None:
    typed(exercise, {FIRST: "print('on and on')\nwhile True:\n    pass"})
    place = part(exercise, FIRST)
    place.locator(".run-start").click()
    place.locator(".run-text").wait_for(timeout=LOAD_MS)
    place.locator(".run-start").click()
    place.locator(".run-says", has_text="Stopped.").wait_for()
    typed(exercise, RIGHT)
    check_all(exercise, passing=len(RIGHT))


def test_checking_all_can_be_stopped(exercise: Page) -> None:
    typed(exercise, {**RIGHT, SECOND: "while True:\n    pass"})
    exercise.locator(".exercise-check").click()
    says(exercise, "part 2 of")
    exercise.locator(".run-says", has_text="above: Running").wait_for(timeout=LOAD_MS)
    exercise.locator(".exercise-check").click()
    says(exercise, "Stopped")
    assert states(exercise)[:2] == ["passes", "not checked"]


# Kept, downloaded, opened


def test_untouched_the_download_is_the_released_file(exercise: Page, tmp_path: Path) -> None:
    assert downloaded(exercise, tmp_path).read_bytes() == RELEASED.read_bytes()


def test_a_filled_download_is_what_jupyter_would_write(exercise: Page, tmp_path: Path) -> None:
    typed(exercise, RIGHT)
    nb = sample_class.fill(nbformat.read(RELEASED, as_version=4), TOPIC, RIGHT)
    assert downloaded(exercise, tmp_path).read_text(encoding="utf-8") == nbformat.writes(nb) + "\n"


def test_answers_and_verdicts_are_there_again_after_a_reload(exercise: Page) -> None:
    typed(exercise, {FIRST: RIGHT[FIRST]})
    checked(part(exercise, FIRST, "checks"))
    exercise.reload()
    ready(exercise)
    assert answer(part(exercise, FIRST)) == RIGHT[FIRST]
    assert states(exercise)[:2] == ["passes", "not checked"]


def test_a_reload_does_not_move_the_page(visit: Open) -> None:
    page = ready(visit(PATH, script=WATCH_SHIFTS).page)
    typed(page, RIGHT)
    page.reload()
    ready(page)
    page.wait_for_timeout(500)
    assert page.evaluate("shifts.sum") < MOST_SHIFT / 10, page.evaluate("shifts.by")


def test_two_tabs_agree(visit: Open) -> None:
    one = ready(visit(PATH).page)
    other = one.context.new_page()
    other.goto(one.url)
    typed(ready(other), {FIRST: "# from the other tab"})
    part(one, FIRST).locator(".cm-line", has_text="from the other tab").wait_for()


def test_a_browser_that_keeps_nothing_says_so(visit: Open, tmp_path: Path) -> None:
    refuse = "Storage.prototype.setItem = () => { throw new DOMException('full') }"
    page = ready(visit(PATH, script=refuse).page)
    typed(page, {FIRST: RIGHT[FIRST]})
    says(page, "keeps nothing: download")
    assert RIGHT[FIRST].splitlines()[-1] in downloaded(page, tmp_path).read_text()


AN_EARLIER_RELEASE = """(cells) => {
  const name = Object.keys(localStorage).find((key) => key.startsWith("exercise"));
  const state = JSON.parse(localStorage.getItem(name));
  state.release = "an earlier one";
  state.notebook.cells.splice(cells);
  localStorage.setItem(name, JSON.stringify(state));
}"""


def test_a_new_release_takes_the_answers_over(visit: Open) -> None:
    page = ready(visit(PATH).page)
    typed(page, {FIRST: RIGHT[FIRST]})
    page.evaluate(AN_EARLIER_RELEASE, -1)
    page.reload()
    says(page, "has changed since you were here")
    assert answer(part(page, FIRST)) == RIGHT[FIRST]


def test_what_fits_no_more_is_put_aside_and_not_lost(visit: Open) -> None:
    page = ready(visit(PATH).page)
    typed(page, {FIRST: RIGHT[FIRST]})
    page.evaluate(AN_EARLIER_RELEASE, 2)
    page.reload()
    says(page, "does not fit and was put aside")
    typed(ready(page), {FIRST: "# new"})
    kept = page.evaluate("Object.entries(localStorage)")
    assert any("put aside" in name and "Exercise: the roofline" in text for name, text in kept)


def test_a_started_notebook_is_gone_on_with(exercise: Page, tmp_path: Path) -> None:
    helper = new_code_cell("def helper(x):\n    return x")
    uses = f"{RIGHT[FIRST]}\nhelper(1)"
    note = new_markdown_cell("A note of mine.")
    opened(exercise, started(tmp_path, {FIRST: uses}, helper, note, at=2))
    says(exercise, "Here is what started.ipynb has in it")
    own = exercise.locator(".exercise-own")
    assert own.count() == 2
    assert "def helper" in own.first.inner_text()
    checked(part(exercise, FIRST, "checks"))
    nb = nbformat.read(downloaded(exercise, tmp_path), as_version=4)
    nbformat.validate(nb)
    assert [one.source for one in nb.cells[2:4]] == [helper.source, note.source]
    assert graded(tmp_path / "mine.ipynb")[FIRST] == 1


def test_opening_replaces_and_can_be_undone(exercise: Page, tmp_path: Path) -> None:
    typed(exercise, {FIRST: "# my own"})
    opened(exercise, started(tmp_path, RIGHT))
    says(exercise, "Here is what")
    assert answer(part(exercise, FIRST)) == RIGHT[FIRST]
    undo(exercise)
    says(exercise, "as it was before")
    assert answer(part(exercise, FIRST)) == "# my own"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x89PNG\r\n", "damaged, or no notebook"),
        (b'{"cells": 3}', "has no cells"),
        (b'{"cells": [], "metadata": {}}', "no answer of this exercise"),
        (b"", "damaged, or no notebook"),
    ],
)
def test_a_file_that_is_none_is_refused_and_nothing_is_lost(
    exercise: Page, tmp_path: Path, content: bytes, why: str
) -> None:
    typed(exercise, {FIRST: "# my own"})
    path = tmp_path / "odd.ipynb"
    path.write_bytes(content)
    opened(exercise, path)
    says(exercise, f"odd.ipynb was not opened: .*{why}")
    assert answer(part(exercise, FIRST)) == "# my own"


CARRY_OVER = """async (theirs) => {
  const { carryOver } = await import("/_static/notebook.js");
  const released = JSON.parse(document.getElementById("exercise").textContent);
  return carryOver(released, theirs);
}"""


def without_ids(nb: Any) -> None:
    for one in nb.cells:
        one.metadata["id"] = one.pop("id")


def without_ids_at_all(nb: Any) -> None:
    for one in nb.cells:
        del one["id"]


def as_single_texts(nb: Any) -> None:
    for one in nb.cells:
        one.source = "".join(one.source)


def turned_round(nb: Any) -> None:
    nb.cells.reverse()


@pytest.mark.parametrize("how", [without_ids, without_ids_at_all, as_single_texts, turned_round])
def test_other_programs_may_save_it_in_their_way(
    exercise: Page, tmp_path: Path, how: Callable[[Any], None]
) -> None:
    theirs = json.loads(
        started(tmp_path, RIGHT).read_text(encoding="utf-8"), object_hook=NotebookNode
    )
    guess = next(one for one in theirs.cells if one.id.endswith("-guess"))
    guess.source = [*guess.source[:-1], "guess_share = 0.5"]
    due = copy.deepcopy(theirs)
    how(theirs)
    carried = exercise.evaluate(CARRY_OVER, theirs)
    assert carried == {"notebook": due, "changed": 0}


def test_copies_come_along_as_cells_of_ones_own(exercise: Page, tmp_path: Path) -> None:
    theirs = nbformat.read(started(tmp_path, RIGHT), as_version=4)
    theirs.cells += [copy.deepcopy(one) for one in theirs.cells if one.source == RIGHT[FIRST]]
    theirs.cells[0].source += "\n\nWhat I think of it."
    carried = exercise.evaluate(CARRY_OVER, theirs)
    *_, last = carried["notebook"]["cells"]
    assert last["id"].startswith("own-")
    assert last["metadata"] == {}
    assert "".join(last["source"]) == RIGHT[FIRST]
    assert carried["changed"] == 1


# Cells


def test_a_cell_of_ones_own_runs_is_kept_and_can_be_removed(exercise: Page) -> None:
    part(exercise, FIRST).locator(".run-add").click()
    own = exercise.locator(".exercise-own")
    own.locator(".cm-content").fill("print(20 + 3)")
    assert checked(own, "Done.").strip() == "23"
    exercise.reload()
    ready(exercise)
    assert "20 + 3" in own.inner_text()
    assert not exercise.locator(".exercise-foot").is_visible(), "nothing lies on the cell"
    own.locator(".run-remove").click()
    assert own.count() == 0
    undo(exercise)
    assert "20 + 3" in own.inner_text()


def test_an_answer_can_be_brought_back_as_released_and_that_undone(exercise: Page) -> None:
    place = part(exercise, FIRST)
    before = answer(place)
    assert not place.locator(".run-reset").is_visible()
    typed(exercise, {FIRST: "# mine"})
    place.locator(".run-reset").click()
    assert answer(place) == before
    undo(exercise)
    assert answer(place) == "# mine"


def test_starting_over_can_be_undone(exercise: Page) -> None:
    typed(exercise, RIGHT)
    exercise.locator(".exercise-clear").click()
    assert "NotImplementedError" in answer(part(exercise, FIRST))
    exercise.reload()
    ready(exercise)
    undo(exercise)
    says(exercise, "as it was before")
    assert answer(part(exercise, FIRST)) == RIGHT[FIRST]


def test_what_may_not_be_changed_cannot_be(exercise: Page) -> None:
    nb = course.read(RELEASED)
    locked = [c.id for c in nb.cells if c.metadata.get("nbgrader", {}).get("locked")]
    assert len(locked) == len(RIGHT) + 1
    for name in locked:
        assert cell(exercise, name).locator(".cm-editor, textarea, .run-reset").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_use_it_has_no_fault_that_axe_knows(visit: Open, scheme: Scheme) -> None:
    page = ready(visit(PATH, scheme=scheme, reduced_motion="reduce").page)
    part(page, FIRST).locator(".run-add").click()
    page.locator(".exercise-own .cm-content").fill(f"# {'long ' * 60}")
    checked(part(page, FIRST, "checks"), "Does not pass yet.")
    assert axe_faults(page) == []


def test_on_a_phone_the_questions_in_cells_are_not_cut(visit: Open) -> None:
    page = ready(visit(PATH, width=390, height=844).page)
    for kind in ("guess", "solution", "checks"):
        place = part(page, FIRST, kind).locator(".cell_input")
        assert place.evaluate(
            "one => [...one.querySelectorAll('*')].every(e => e.scrollWidth <= one.clientWidth + 1)"
        )


def test_the_full_notebook_opens_beside_the_page(exercise: Page) -> None:
    with exercise.expect_popup() as opened_tab:
        exercise.locator(".exercise-full a").first.click()
    opened_tab.value.locator(".jp-Notebook").wait_for(timeout=LOAD_MS)


def test_the_download_of_the_page_says_that_it_has_no_answers(exercise: Page) -> None:
    offered = exercise.locator(".dropdown-download-buttons a[href$='.ipynb']")
    assert "without answers" in (offered.text_content() or "")


def test_without_javascript_the_exercise_can_be_read(visit: Open) -> None:
    page = visit(PATH, java_script_enabled=False).page
    assert "NotImplementedError" in part(page, FIRST).inner_text()
    assert (
        page.locator(".exercise-bar:visible, .run-bar:visible, .exercise-end:visible").count() == 0
    )
