"""The whole way of an exercise: generate, hand in, autograde, feedback, export."""

from __future__ import annotations

import copy
import csv
import html
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from coursework import __main__ as command_line
from coursework import course, sample_class
from coursework.parts import HINT
from coursework.sample_class import HandIn, Row

ROOT = Path(__file__).resolve().parents[1]
TOPICS = course.topics(ROOT)
SCRIPT = "it ran<script>stolen()</script>"
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


@dataclass(frozen=True)
class Graded:
    """A sample class after grading."""

    topic: str
    directory: Path
    plan: dict[str, HandIn]
    rows: dict[str, Row]
    full: dict[str, float]

    def page(self, student: str) -> str:
        """The text of the page that a student gets back."""
        name = f"*/feedback/{student}/{self.topic}/{self.topic}.html"
        (path,) = self.directory.glob(name)
        text = path.read_text()
        body = text[text.index("<body") :]
        return html.unescape(re.sub(r"<[^>]+>", "", body))


@pytest.fixture(scope="module", params=TOPICS)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    topic, directory = str(request.param), tmp_path_factory.mktemp("sample_class")
    rows = {row.student: row for row in sample_class.grade(ROOT, topic, directory)}
    nb = course.read(course.notebook(ROOT, course.SOURCE, topic))
    return Graded(
        topic=topic,
        directory=directory,
        plan={hand_in.student: hand_in for hand_in in sample_class.plan(ROOT, topic)},
        rows=rows,
        full={cell.part: cell.points for cell in course.graded_cells(nb, topic)},
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


def test_feedback_says_why_and_shows_no_hidden_test_and_no_solution(graded: Graded) -> None:
    nb = course.read(course.notebook(ROOT, course.SOURCE, graded.topic))
    solutions = [cell.source for cell in course.solution_cells(nb, graded.topic).values()]
    secrets = ["HIDDEN TESTS", f"hidden.{graded.topic}", "PARTS", "coursework", "hwmath"]
    for student, row in graded.rows.items():
        page, own = graded.page(student), "\n".join(graded.plan[student].answers.values())
        assert f"(Score: {row.total:.1f} /" in page
        for hint in row.hints:
            assert f"Hint: {hint}" in page
        for secret in (*secrets, *(line for text in solutions for line in solution_lines(text))):
            assert secret not in page or secret in own, f"{student} sees {secret}"


def solution_lines(cell: str) -> list[str]:
    inside = cell.partition("### BEGIN SOLUTION\n")[2].partition("### END SOLUTION")[0]
    return [line.strip() for line in inside.splitlines()]


def test_messages_for_code_that_fails(graded: Graded) -> None:
    middle = list(graded.full)[len(graded.full) // 2]
    assert f"{middle} raised OSError (the dog ate it) for" in graded.page("raising")
    undefined = (
        f"name '{middle}' is not defined. Did the cell that defines it run without an error?"
    )
    assert undefined in graded.page("does-not-parse")
    assert f"{middle} is not written yet" in graded.page("half-done")


def test_the_export_agrees_with_the_table(graded: Graded) -> None:
    table: dict[str, dict[str, str]] = {}
    for gradebook in graded.directory.glob("*/gradebook.db"):
        path = gradebook.with_name("grades.csv")
        nbgrader(ROOT, "export", f"--db=sqlite:///{gradebook}", f"--to={path}")
        table |= exported(path)
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


@pytest.mark.parametrize("topic", TOPICS)
def test_nbgraders_own_commands_work_from_the_root(topic: str, tmp_path: Path) -> None:
    for name in (course.SOURCE, "src", "tests", course.SETTINGS):
        (tmp_path / name).symlink_to(ROOT / name)
    nbgrader(tmp_path, "generate_assignment", topic, "--force")
    release = course.notebook(tmp_path, course.RELEASE, topic)
    assert release.read_bytes() == course.notebook(ROOT, course.RELEASE, topic).read_bytes()

    nb = course.read(course.notebook(ROOT, course.SOURCE, topic))
    right = next(h.answers for h in sample_class.plan(ROOT, topic) if h.student == "right")
    part, *_ = course.hidden_parts(ROOT, topic).values()
    wrong = {**right, part.name: sample_class.source_of(part.misconceptions[0].function, part.name)}
    pipeline = course.Pipeline(tmp_path, tmp_path)
    for student, answers in {"anna": right, "bela": wrong}.items():
        filled = sample_class.fill(course.read(release), topic, answers)
        own_text = copy.deepcopy(filled.cells[1])
        own_text.update(id="own-text", source=SCRIPT)
        filled.cells.append(own_text)
        pipeline.hand_in(student, topic, filled)
    nbgrader(tmp_path, "autograde", topic)
    nbgrader(tmp_path, "generate_feedback", topic)
    nbgrader(tmp_path, "export")

    table = exported(tmp_path / "grades.csv")
    points = {cell.part: cell.points for cell in course.graded_cells(nb, topic)}
    assert float(table["anna"]["score"]) == sum(points.values())
    assert float(table["bela"]["score"]) == sum(points.values()) - points[part.name]
    page = (tmp_path / "feedback" / "bela" / topic / f"{topic}.html").read_text()
    assert f"Hint: {part.misconceptions[0].hint}" in html.unescape(page)
    assert "it ran" in page
    assert "<script>stolen" not in page


@pytest.mark.parametrize("topic", TOPICS)
def test_somebody_alone_gets_points_and_hints(
    topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = course.read(course.notebook(ROOT, course.RELEASE, topic))
    right = next(h.answers for h in sample_class.plan(ROOT, topic) if h.student == "right")
    part, *_ = course.hidden_parts(ROOT, topic).values()
    wrong = part.misconceptions[0]
    answers = {**right, part.name: sample_class.source_of(wrong.function, part.name)}
    mine = tmp_path / "my work.ipynb"
    course.write(sample_class.fill(released, topic, answers), mine)
    before = mine.read_bytes()

    assert command_line.grade(ROOT, mine) == 0
    said = capsys.readouterr().out
    points = {cell.part: cell.points for cell in course.graded_cells(released, topic)}
    assert f"0 of {points[part.name]:g}  {part.name}" in said
    assert f"{HINT}{wrong.hint}" in said
    total = sum(points.values())
    assert f"{total - points[part.name]:g} of {total:g}  in all" in said
    assert mine.read_bytes() == before


@pytest.mark.parametrize("topic", TOPICS)
def test_copied_deleted_and_endless_cells_cost_what_they_must(
    topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = course.read(course.notebook(ROOT, course.RELEASE, topic))
    right = next(h.answers for h in sample_class.plan(ROOT, topic) if h.student == "right")
    filled = sample_class.fill(released, topic, right)
    first, second, *_ = course.graded_cells(released, topic)
    old_attempt = copy.deepcopy(course.solution_cells(filled, topic)[first.part])
    old_attempt.id = "old-attempt"
    filled.cells = [
        old_attempt,
        *(
            c
            for c in filled.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") != first.grade_id
        ),
    ]
    endless = f"def {second.part}(*args):\n    while True:\n        pass"
    for cell in filled.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{second.grade_id}-solution":
            cell.source = endless
    mine = tmp_path / "mine.ipynb"
    course.write(filled, mine)
    assert command_line.grade(ROOT, mine) == 0
    said = capsys.readouterr().out
    total = sum(cell.points for cell in course.graded_cells(released, topic))
    assert "Does every loop in it come to an end?" in said
    assert f"{total - second.points:g} of {total:g}  in all" in said


def test_a_notebook_that_ends_python_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = course.read(course.notebook(ROOT, course.RELEASE, TOPICS[0]))
    released.cells[-1].update(cell_type="code", source="import os; os._exit(1)", outputs=[])
    released.cells[-1].update(execution_count=None)
    course.write(released, tmp_path / "exits.ipynb")
    assert command_line.grade(ROOT, tmp_path / "exits.ipynb") == 1
    assert "Is there an exit() in it" in capsys.readouterr().err


def test_what_is_no_exercise_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = tmp_path / "stranger.ipynb"
    released = course.read(course.notebook(ROOT, course.RELEASE, TOPICS[0]))
    released.cells = released.cells[:1]
    course.write(released, stranger)
    assert command_line.grade(ROOT, stranger) == 1
    assert "is no exercise of the course (topics: roofline" in capsys.readouterr().err
    assert command_line.grade(ROOT, tmp_path / "gone.ipynb") == 1
    assert "gone.ipynb" in capsys.readouterr().err
