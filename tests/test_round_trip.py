"""The whole way of an exercise: generate, hand in, grade, feedback, export."""

from __future__ import annotations

import copy
import csv
import html
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from grading.own_cluster import own_cluster
from nbformat.v4 import new_markdown_cell

from coursework import __main__ as command_line
from coursework import course, sample_class
from coursework.jobs import SUBMITTED
from coursework.parts import HINT
from coursework.results import HandInResult
from coursework.sample_class import HandIn, Row
from coursework.store import NOT_GRADED, Store

ROOT = Path(__file__).resolve().parents[1]
TOPICS = course.topics(ROOT)
SCRIPT = "it ran<script>stolen()</script>"
every_topic = pytest.mark.parametrize("topic", TOPICS)
pytestmark = pytest.mark.slow


def nbgrader(directory: Path, *arguments: str) -> None:
    """nbgrader's own command, as an instructor types it."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PATH")}
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def exported(path: Path) -> dict[str, dict[str, str]]:
    """The rows of an exported table, by student."""
    with path.open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def words(page: Path) -> str:
    """The text of a page, without its markup."""
    text = page.read_text()
    return html.unescape(re.sub(r"<[^>]+>", "", text[text.index("<body") :]))


def released(topic: str) -> Any:
    return course.read(course.notebook(ROOT, course.RELEASE, topic))


def right(topic: str) -> Mapping[str, str]:
    return sample_class.plan(ROOT, topic)[0].answers


def with_a_misconception(topic: str) -> tuple[dict[str, str], str, str]:
    """Right answers but for one part, that part's name, and the hint that it must earn."""
    part, *_ = course.hidden_parts(ROOT, topic).values()
    wrong = part.misconceptions[0]
    answers = {**right(topic), part.name: sample_class.source_of(wrong.function, part.name)}
    return answers, part.name, wrong.hint


@dataclass(frozen=True)
class Graded:
    """A sample class after grading."""

    topic: str
    directory: Path
    plan: dict[str, HandIn]
    rows: dict[str, Row]
    results: dict[str, HandInResult]
    full: dict[str, float]

    def page(self, student: str) -> str:
        """The text of the page that a student gets back."""
        return words(self.directory / "feedback" / student / self.topic / f"{self.topic}.html")


@pytest.fixture(scope="module", params=TOPICS)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    topic, directory = str(request.param), tmp_path_factory.mktemp("sample_class")
    rows = {r.student: r for r in sample_class.grade(ROOT, topic, directory, "bubblewrap")}
    return Graded(
        topic=topic,
        directory=directory,
        plan={hand_in.student: hand_in for hand_in in sample_class.plan(ROOT, topic)},
        rows=rows,
        results={result.student: result for result in Store(directory).results(topic)},
        full={cell.part: cell.points for cell in course.graded_cells(released(topic), topic)},
    )


def test_the_class_has_a_student_of_every_kind(graded: Graded) -> None:
    parts = course.hidden_parts(ROOT, graded.topic)
    wanted = {f"{p.name}--{w.name}" for p in parts.values() for w in p.misconceptions}
    wanted |= {"right", "right-but-different-1", "right-but-different-2"}
    wanted |= {"half-done", "empty", "raising", "does-not-parse", "noisy"}
    assert set(graded.rows) == set(graded.plan) == wanted


def test_right_answers_earn_everything_however_they_are_written(graded: Graded) -> None:
    for student in ("right", "right-but-different-1", "right-but-different-2", "noisy"):
        assert graded.rows[student].points == graded.full
        assert graded.rows[student].hints == ()


def test_each_misconception_earns_zero_its_own_hint_and_everything_else(graded: Graded) -> None:
    for name, part in course.hidden_parts(ROOT, graded.topic).items():
        for wrong in part.misconceptions:
            row = graded.rows[f"{name}--{wrong.name}"]
            assert row.points == {**graded.full, name: 0}
            assert row.hints == (wrong.hint,)
            found = {part.misconception for part in graded.results[row.student].parts}
            assert found == {"", wrong.name}


def test_half_done_empty_and_failing_hand_ins(graded: Graded) -> None:
    names = list(graded.full)
    done, middle = names[: len(names) // 2], names[len(names) // 2]
    half = {name: points if name in done else 0 for name, points in graded.full.items()}
    assert graded.rows["half-done"].points == half
    assert graded.rows["empty"].total == 0
    for student in ("raising", "does-not-parse"):
        assert graded.rows[student].points == {**graded.full, middle: 0}
    assert all(graded.rows[s].hints == () for s in ("half-done", "empty", "raising"))


def test_the_plan_is_met(graded: Graded) -> None:
    assert [row.student for row in graded.rows.values() if row.surprises] == []


def test_a_grade_that_is_not_as_planned_is_noticed() -> None:
    due = HandIn("anna", {}, frozenset({"one"}), ("Why?",))
    cells = [course.Graded("one", "t-1-one", 1.0), course.Graded("two", "t-2-two", 2.0)]
    points = {"one": 1.0, "two": 0.0}
    assert list(sample_class._surprises(due, cells, points, ())) == [
        "one earned 1 points, not 0",
        "two earned 0 points, not 2",
        "the hints are [], not ['Why?']",
    ]
    assert not list(sample_class._surprises(due, cells, {"one": 0.0, "two": 2.0}, ("Why?",)))
    assert len(list(sample_class._surprises(due, cells, {}, ("Why?",)))) == 2


def test_feedback_says_why_and_shows_no_hidden_test_and_no_solution(graded: Graded) -> None:
    nb = course.read(course.notebook(ROOT, course.SOURCE, graded.topic))
    solutions = [cell.source for cell in course.solution_cells(nb, graded.topic).values()]
    lines = {line for text in solutions for line in solution_lines(text)}
    for student, row in graded.rows.items():
        page = graded.page(student)
        for hint in row.hints:
            assert hint.replace("`", "") in page
        secrets = {"HIDDEN TESTS", f"hidden.{graded.topic}", "PARTS", "coursework", "hwmath"}
        for secret in secrets | lines:
            assert secret not in page, f"{student} sees {secret}"


def solution_lines(cell: str) -> list[str]:
    inside = cell.partition("### BEGIN SOLUTION\n")[2].partition("### END SOLUTION")[0]
    return [line.strip() for line in inside.splitlines() if line.strip()]


def test_messages_for_code_that_fails(graded: Graded) -> None:
    middle = list(graded.full)[len(graded.full) // 2]
    assert "raised OSError for" in graded.page("raising")
    assert "ate it" not in graded.page("raising")
    assert "is not defined. Did the cell that defines it run" in graded.page("does-not-parse")
    assert f"{middle} is not written yet" in graded.page("half-done")


def test_the_export_agrees_with_the_table(graded: Graded) -> None:
    path = graded.directory / "grades.csv"
    nbgrader(ROOT, "export", f"--db=sqlite:///{graded.directory / 'gradebook.db'}", f"--to={path}")
    table = exported(path)
    assert {name: float(row["score"]) for name, row in table.items()} == {
        name: row.total for name, row in graded.rows.items()
    }
    assert {float(row["max_score"]) for row in table.values()} == {sum(graded.full.values())}


def test_the_table_has_a_line_for_each_student(graded: Graded) -> None:
    rows = list(graded.rows.values())
    lines = sample_class.table(rows).splitlines()
    assert len(lines) == len(rows) + 1
    for row, line in zip(rows, lines[1:], strict=True):
        assert line.split()[0] == row.student
        assert f"  {row.total:g}" in line
        assert all(hint in line for hint in row.hints)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A course directory that shares the sources of this one, and nothing that grading makes."""
    for name in (course.SOURCE, "src", "tests", "chapters", course.SETTINGS):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@every_topic
def test_nbgraders_own_commands_work_from_the_root_and_agree_with_the_batch(
    topic: str, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbgrader(clone, "generate_assignment", topic, "--force")
    release = course.notebook(clone, course.RELEASE, topic)
    assert release.read_bytes() == course.notebook(ROOT, course.RELEASE, topic).read_bytes()

    wrong, part, hint = with_a_misconception(topic)
    for student, answers in {"anna": right(topic), "bela": wrong}.items():
        filled = sample_class.fill(course.read(release), topic, answers)
        filled.cells.append(new_markdown_cell(SCRIPT, id="own-text"))
        course.write(filled, clone / SUBMITTED / student / topic / f"{topic}.ipynb")
    broken = clone / SUBMITTED / "carl" / topic / f"{topic}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"\x00 this is no notebook")
    nbgrader(clone, "autograde", topic)
    nbgrader(clone, "generate_feedback", topic)
    nbgrader(clone, "export")

    table = exported(clone / "grades.csv")
    points = {cell.part: cell.points for cell in course.graded_cells(released(topic), topic)}
    full = sum(points.values())
    assert {name: float(row["score"]) for name, row in table.items()} == {
        "anna": full,
        "bela": full - points[part],
        "carl": 0,
    }
    page = (clone / "feedback" / "bela" / topic / f"{topic}.html").read_text()
    assert f"Hint: {hint}" in html.unescape(page)
    assert "<script>stolen" not in page

    by_hand = {r.student: [p.message for p in r.parts] for r in Store(clone).results(topic)}
    monkeypatch.chdir(clone)
    assert command_line.main(["grade-class", topic, "--workers", "0", "--force"]) == 0
    batch = {r.student: [p.message for p in r.parts] for r in Store(clone).results(topic)}
    assert by_hand == batch
    nbgrader(clone, "export", "--to=again.csv")
    again = exported(clone / "again.csv")
    assert {s: row["score"] for s, row in again.items()} == {
        s: row["score"] for s, row in table.items()
    }


@every_topic
def test_grading_again_grades_what_has_changed(
    topic: str, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / course.RELEASE).symlink_to(ROOT / course.RELEASE)
    wrong, part, hint = with_a_misconception(topic)
    place = clone / SUBMITTED
    for student in ("anna", "bela"):
        filled = sample_class.fill(released(topic), topic, wrong)
        course.write(filled, place / student / topic / f"{topic}.ipynb")
    monkeypatch.chdir(clone)
    command = ["grade-class", topic, "--workers", "0"]

    def said(*more: str) -> str:
        assert command_line.main([*command, *more]) == 0
        return capsys.readouterr().out

    assert "2 graded, 0 unchanged" in said()
    assert "drawn from the public sources" in said()
    assert "0 graded, 2 unchanged" in said()
    mended = sample_class.fill(released(topic), topic, right(topic))
    course.write(mended, place / "anna" / topic / f"{topic}.ipynb")
    assert "1 graded, 1 unchanged" in said()
    page = words(clone / "feedback" / f"{topic}-class.html")
    assert hint.replace("`", "") in page
    assert "1 graded" in said("--student", "bela", "--part", part, "--force")
    results = {result.student: result for result in Store(clone).results(topic)}
    assert results["anna"].points == results["anna"].max_points
    assert [p.part for p in results["bela"].parts if not p.passed] == [part]
    monkeypatch.setenv("COURSE_SECRET", "our phrase")
    again = said()
    assert "2 graded, 0 unchanged" in again
    assert "your COURSE_SECRET (" in again
    assert "our phrase" not in again
    assert command_line.main([*command, "--student", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


@every_topic
def test_a_class_is_graded_by_the_workers_of_a_cluster(
    topic: str, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / course.RELEASE).symlink_to(ROOT / course.RELEASE)
    for student in ("anna", "bela", "carl"):
        filled = sample_class.fill(released(topic), topic, right(topic))
        course.write(filled, clone / SUBMITTED / student / topic / f"{topic}.ipynb")
    monkeypatch.chdir(clone)
    with own_cluster() as own:
        command = ["grade-class", topic, "--scheduler", own.scheduler_address]
        assert command_line.main(command) == 0
        assert "3 graded, 0 unchanged" in capsys.readouterr().out
        monkeypatch.setenv("COURSE_SECRET", "a phrase that the workers do not have")
        assert command_line.main(command) == 1
    said = capsys.readouterr()
    assert said.out.count("another COURSE_SECRET") == 3
    results = list(Store(clone).results(topic))
    assert [result.notices[0].code for result in results] == [NOT_GRADED] * 3


def grade_mine(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `make grade NOTEBOOK=path` prints; the notebook must stay as it is."""
    before = path.read_bytes()
    assert command_line.main(["grade", str(path)]) == 0
    assert path.read_bytes() == before
    return capsys.readouterr().out


@every_topic
def test_somebody_alone_gets_points_and_hints(
    topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, part, hint = with_a_misconception(topic)
    mine = tmp_path / "my work.ipynb"
    course.write(sample_class.fill(released(topic), topic, wrong), mine)
    said = grade_mine(mine, capsys)
    points = {cell.part: cell.points for cell in course.graded_cells(released(topic), topic)}
    assert f"0 of {points[part]:g}  {part}" in said
    assert f"{HINT}{hint}" in said
    total = sum(points.values())
    assert f"{total - points[part]:g} of {total:g}  in all" in said


@every_topic
def test_copied_deleted_and_deadly_cells_cost_what_they_must(
    topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = sample_class.fill(released(topic), topic, right(topic))
    first, second, *_ = course.graded_cells(filled, topic)
    old_attempt = copy.deepcopy(course.solution_cells(filled, topic)[first.part])
    old_attempt.id = "old-attempt"
    for cell in filled.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{second.grade_id}-solution":
            cell.source = f"def {second.part}(*args):\n    import os\n    os._exit(1)"
    kept = [
        cell
        for cell in filled.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") != first.grade_id
    ]
    filled.cells = [old_attempt, *kept]
    mine = tmp_path / "mine.ipynb"
    course.write(filled, mine)
    said = grade_mine(mine, capsys)
    total = sum(cell.points for cell in course.graded_cells(released(topic), topic))
    assert "Is there an exit() in it" in said
    assert f"{total - second.points:g} of {total:g}  in all" in said


def test_what_is_no_exercise_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = tmp_path / "stranger.ipynb"
    nb = released(TOPICS[0])
    nb.cells = nb.cells[:1]
    course.write(nb, stranger)
    assert command_line.main(["grade", str(stranger)]) == 1
    topics = ", ".join(TOPICS)
    assert f"is no exercise of the course (topics: {topics})" in capsys.readouterr().err
    assert command_line.main(["grade", str(tmp_path / "gone.ipynb")]) == 1
    assert "gone.ipynb" in capsys.readouterr().err
