"""The gradebook, on SQLite and on PostgreSQL: the rows that nbgrader itself would write."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import is_grade
from sqlalchemy import MetaData, create_engine, make_url, text

from coursework import course
from coursework.gradebook import Records
from coursework.results import HandInResult, Notice, PartResult
from coursework.sample_class import answer_in, fill
from coursework.store import NOT_GRADED, GradedHandIn
from grading import postgres

ROOT = Path(__file__).resolve().parents[2]
TOPIC = course.topics(ROOT)[0]
RELEASED = course.read(course.notebook(ROOT, course.RELEASE, TOPIC))
CELLS = course.graded_cells(RELEASED, TOPIC)
FULL = {cell.grade_id: cell.points for cell in CELLS}
DUE = datetime(2026, 3, 1, 12)
pytestmark = [pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


@pytest.fixture(scope="module")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gradebook with the exercise and no student."""
    url = f"sqlite:///{tmp_path_factory.mktemp('gradebook') / 'gradebook.db'}"
    Records(ROOT, TOPIC, url).close()
    return url


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        statement(url, "CREATE DATABASE gradebook")
        Records(ROOT, TOPIC, url.format("gradebook")).close()
        yield url


def statement(url: str, sql: str) -> None:
    engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(sql))
    engine.dispose()


@dataclass(frozen=True)
class Databases:
    """Fresh gradebooks with the exercise and no student, on one kind of server."""

    kind: str
    request: pytest.FixtureRequest
    numbers: Iterator[int]

    def fresh(self) -> str:
        name = f"gradebook_{next(self.numbers)}"
        if self.kind == "postgresql":
            server: str = self.request.getfixturevalue("postgres_server")
            statement(server, f"CREATE DATABASE {name} TEMPLATE gradebook")
            return server.format(name)
        path = Path(self.request.getfixturevalue("tmp_path")) / f"{name}.db"
        shutil.copy(str(make_url(self.request.getfixturevalue("empty_sqlite")).database), path)
        return f"sqlite:///{path}"


NUMBERS = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    return Databases(request.param, request, NUMBERS)


@pytest.fixture
def own_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course, whose settings and exercise may be changed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    root = tmp_path / "course"
    for step in (course.SOURCE, course.RELEASE):
        shutil.copytree(ROOT / step, root / step)
    shutil.copy(ROOT / course.SETTINGS, root)
    return root


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """All that a gradebook holds, with the random ids replaced by what they stand for."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    order = ["base_cell", "student", "assignment", "notebook", "submitted_assignment"]
    order += ["submitted_notebook", "grade", "comment", "source_cell", "course"]
    names: dict[str, str] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        for name in order:
            read = [
                dict(row._mapping) for row in connection.execute(metadata.tables[name].select())
            ]
            for row in read:
                own = row.pop("id")
                known = {key: names.get(str(value), value) for key, value in row.items()}
                row.clear()
                row.update(known)
                label = [value for key, value in known.items() if key.endswith(("_id", "name"))]
                names[str(own)] = f"{name} {own if name in ('student', 'course') else label}"
                row["id"] = names[str(own)]
            found[name] = sorted(read, key=lambda row: str(row["id"]))
    engine.dispose()
    return found


def change(url: str, sql: str, **values: object) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(sql), values).rowcount > 0
    engine.dispose()


def hand_in(
    student: str,
    points: dict[str, float] | None = None,
    *,
    nb: Any = RELEASED,
    submitted_at: str = "",
    notices: Sequence[Notice] = (),
) -> GradedHandIn:
    """A hand-in with the given points, which are all there are unless given."""
    parts = tuple(
        PartResult(cell.part, cell.grade_id, (points or FULL)[cell.grade_id], cell.points)
        for cell in CELLS
    )
    result = HandInResult(TOPIC, student, parts, tuple(notices), submitted_at=submitted_at)
    return GradedHandIn(result, nbformat.writes(nb))


def write(url: str, *hand_ins: GradedHandIn, root: Path = ROOT) -> None:
    with Records(root, TOPIC, url) as records:
        records.write(hand_ins)


def write_as_nbgrader(url: str, graded: GradedHandIn, root: Path) -> None:
    """Store a hand-in by nbgrader's own steps, on a notebook whose outputs earn the points."""
    result = graded.result
    settings = course.settings(root, root)
    with Gradebook(url, settings.CourseDirectory.course_id) as book:
        book.update_or_create_student(result.student)
        when = {"timestamp": result.submitted_at} if result.submitted_at else {}
        book.update_or_create_submission(TOPIC, result.student, **when)
    nb: Any = nbformat.reads(graded.notebook, as_version=4)
    points = {part.grade_id: part.points for part in result.parts}
    for cell in filter(is_grade, nb.cells):
        earned = points[cell.metadata.nbgrader.grade_id]
        data = {"text/plain": str(earned)}
        cell.outputs = [
            nbformat.v4.new_output("execute_result", data=data)
            if earned
            else nbformat.v4.new_output("error", ename="PartFailed")
        ]
    named = {"notebook": TOPIC, "assignment": TOPIC, "student": result.student, "db_url": url}
    for step in (SaveAutoGrades, AssignLatePenalties):
        step(config=settings).preprocess(nb, {"nbgrader": dict(named)})


def answered(*parts: str) -> Any:
    source = course.read(course.notebook(ROOT, course.SOURCE, TOPIC))
    right = {name: answer_in(c.source) for name, c in course.solution_cells(source, TOPIC).items()}
    return fill(RELEASED, TOPIC, {name: right[name] for name in parts})


@pytest.mark.slow
def test_the_rows_are_those_that_nbgrader_writes(databases: Databases, own_course: Path) -> None:
    with (own_course / course.SETTINGS).open("a") as settings:
        settings.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    half = {cell.grade_id: cell.points / 2 if n % 2 else 0.0 for n, cell in enumerate(CELLS)}
    names = [cell.part for cell in CELLS]
    late, in_time = ((DUE + timedelta(seconds=s)).isoformat() for s in (90, -90))
    hand_ins = [
        hand_in("right", nb=answered(*names), submitted_at=in_time),
        hand_in("half", half, nb=answered(*names[::2]), submitted_at=f"{in_time}+00:00"),
        hand_in("empty", dict.fromkeys(FULL, 0.0)),
        hand_in("late", nb=answered(*names), submitted_at=f"{late}+00:00"),
        hand_in("later-abroad", nb=answered(*names), submitted_at=f"{late}-05:00"),
    ]
    ours, theirs = databases.fresh(), databases.fresh()
    for url in (ours, theirs):
        change(url, "UPDATE assignment SET duedate = :due", due=DUE)

    def write_both() -> None:
        write(ours, *hand_ins, root=own_course)
        for graded in hand_ins:
            write_as_nbgrader(theirs, graded, own_course)

    write_both()
    assert rows(ours) == rows(theirs)
    notebooks = {
        row["id"]: row["late_submission_penalty"] for row in rows(ours)["submitted_notebook"]
    }
    assert sorted(filter(None, notebooks.values())) == [sum(FULL.values())] * 2
    assert any(row["auto_comment"] == "No response." for row in rows(ours)["comment"])
    for url in (ours, theirs):
        change(url, "UPDATE grade SET manual_score = 0.25, needs_manual_grade = false")
        change(url, "UPDATE submitted_assignment SET extension = NULL")
        with Gradebook(url) as book:
            book.grant_extension(TOPIC, "late", hours=1)
    hand_ins[2] = hand_in("empty", half, nb=answered(names[0]), submitted_at=in_time)
    write_both()
    assert rows(ours) == rows(theirs)


@pytest.mark.slow
def test_writing_twice_changes_nothing(databases: Databases) -> None:
    url = databases.fresh()
    hand_ins = [hand_in(f"student-{n}", submitted_at="2026-02-03T04:05:06+00:00") for n in range(3)]
    write(url, *hand_ins)
    once = rows(url)
    write(url, *hand_ins, *hand_ins)
    assert rows(url) == once
    assert len(once["grade"]) == 3 * len(CELLS)


@pytest.mark.slow
def test_what_an_instructor_gave_stays(databases: Databases) -> None:
    url = databases.fresh()
    write(url, hand_in("anna", dict.fromkeys(FULL, 0.0), nb=answered()))
    change(url, "UPDATE grade SET manual_score = 1, extra_credit = 2, needs_manual_grade = false")
    change(url, "UPDATE comment SET manual_comment = 'well tried'")
    write(url, hand_in("anna", nb=answered(*(cell.part for cell in CELLS))))
    kept = rows(url)
    for row in kept["grade"]:
        assert (row["manual_score"], row["extra_credit"]) == (1, 2)
        assert row["needs_manual_grade"]
    assert sorted(row["auto_score"] for row in kept["grade"]) == sorted(FULL.values())
    assert {row["manual_comment"] for row in kept["comment"]} == {"well tried"}
    assert {row["auto_comment"] for row in kept["comment"]} == {None}


def test_a_hand_in_that_was_not_graded_has_no_score_and_waits(databases: Databases) -> None:
    url = databases.fresh()
    write(url, hand_in("anna"))
    zero = dict.fromkeys(FULL, 0.0)
    write(url, hand_in("anna", zero, notices=[Notice(NOT_GRADED, "Sorry.")]))
    for row in rows(url)["grade"]:
        assert row["auto_score"] is None
        assert row["needs_manual_grade"]
    write(url, hand_in("anna"))
    assert not any(row["needs_manual_grade"] for row in rows(url)["grade"])


def test_one_part_alone_leaves_the_others(databases: Databases) -> None:
    url = databases.fresh()
    write(url, hand_in("anna"))
    before = rows(url)
    part = PartResult(CELLS[1].part, CELLS[1].grade_id, 0.0, CELLS[1].points)
    write(url, GradedHandIn(HandInResult(TOPIC, "anna", (part,))))
    with Records(ROOT, TOPIC, url) as records:
        assert records.scores() == {"anna": {**FULL, CELLS[1].grade_id: 0.0}}
    after = rows(url)
    assert after["comment"] == before["comment"]
    assert after["submitted_assignment"] == before["submitted_assignment"]


@pytest.mark.parametrize(
    "student", ["ä" * 128, "Robert'); DROP TABLE student;--", "a b%c\nd", "\U0001f600", "-rf", "?"]
)
def test_odd_names_are_kept_as_they_are(databases: Databases, student: str) -> None:
    url = databases.fresh()
    write(url, hand_in(student), hand_in("anna"))
    with Records(ROOT, TOPIC, url) as records:
        assert records.scores() == {student: FULL, "anna": FULL}


@pytest.mark.parametrize("student", ["", "x" * 129, "a/b", "..", "nul\0", "half of a \udcff"])
def test_names_that_cannot_be_kept_are_refused(databases: Databases, student: str) -> None:
    url = databases.fresh()
    with pytest.raises(ValueError, match="student="):
        write(url, hand_in("anna"), hand_in(student))
    assert rows(url)["student"] == []


def test_a_batch_is_written_whole_or_not_at_all(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.fresh()
    write(url, hand_in("anna"))
    before = rows(url)

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    with Records(ROOT, TOPIC, url) as records:
        monkeypatch.setattr("coursework.gradebook_rows._write_comments", full_disk)
        with pytest.raises(OSError, match="no space"):
            records.write([hand_in("anna", dict.fromkeys(FULL, 0.0)), hand_in("bert")])
        assert rows(url) == before
        monkeypatch.undo()
        records.write([hand_in("bert")])
        assert set(records.scores()) == {"anna", "bert"}


def test_several_may_write_the_same_students_at_once(databases: Databases) -> None:
    url = databases.fresh()
    hand_ins = [hand_in(f"student-{n}") for n in range(30)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write, url, *order) for order in (hand_ins, hand_ins[::-1]) * 2]:
            done.result()
    with Records(ROOT, TOPIC, url) as records:
        assert records.scores() == {f"student-{n}": FULL for n in range(30)}
    assert len(rows(url)["grade"]) == 30 * len(CELLS)


@pytest.mark.slow
def test_registering_touches_the_gradebook_alone(own_course: Path) -> None:
    before = {path: path.read_bytes() for path in own_course.rglob("*") if path.is_file()}
    with Records(own_course, TOPIC) as records:
        assert records.cells == CELLS
        assert records.url == f"sqlite:///{own_course / 'gradebook.db'}"
    after = {path: path.read_bytes() for path in own_course.rglob("*") if path.is_file()}
    assert after.pop(own_course / "gradebook.db")
    assert after == before


@pytest.mark.slow
def test_another_version_of_the_exercise_is_taken_up_until_there_are_hand_ins(
    own_course: Path,
) -> None:
    with Records(own_course, TOPIC) as records:
        url = records.url
    for step in (course.SOURCE, course.RELEASE):
        path = course.notebook(own_course, step, TOPIC)
        nb = course.read(path)
        nb.cells = [c for c in nb.cells if CELLS[-1].grade_id not in str(c.metadata)]
        path.chmod(0o644)
        course.write(nb, path)
        if step == course.SOURCE:
            with pytest.raises(ValueError, match="released with other graded cells"):
                Records(own_course, TOPIC)
    with Records(own_course, TOPIC) as records:
        assert records.cells == CELLS[:-1]
        graded = hand_in("anna")
        with pytest.raises(ValueError, match=CELLS[-1].grade_id):
            records.write([graded])
        fewer = HandInResult(TOPIC, "anna", graded.result.parts[:-1])
        records.write([GradedHandIn(fewer)])
    with pytest.raises(ValueError, match=r"gradebook\.db cannot take"):
        Records(ROOT, TOPIC, url)
