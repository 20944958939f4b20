"""nbgrader's gradebook for one topic, written in batches: SQLite by default, PostgreSQL by URL.

What is stored is what nbgrader's own `autograde` stores.  An instructor's scores and comments
stay; a part with such a score is marked for another look, as nbgrader does it.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import make_url, select
from sqlalchemy.exc import IntegrityError, SAWarning

from coursework import course
from coursework.gradebook_rows import CELLS, GRADES, NOTEBOOKS, SUBMISSIONS, Exercise, write
from coursework.results import HandInResult
from coursework.store import GradedHandIn, check_student


class Records:
    """One topic in the gradebook, over one engine that is closed in the end.

    Opening it makes the schema and registers the topic, so that many may read afterwards.
    `db_url` is the one of the settings unless given: `gradebook.db` in the course's root.
    Raises: ValueError if the gradebook holds hand-ins of another version of the exercise, or if
    the released notebook is another version than its source.
    """

    def __init__(self, root: Path, topic: str, db_url: str = "") -> None:
        settings = course.settings(root, root)
        directory = CourseDirectory(config=settings)
        self.topic = topic
        self.url = db_url or str(directory.db_url)
        self.cells = _graded_cells(root, topic)
        self._late = AssignLatePenalties(config=settings)
        self._late.init_plugin()
        with _quiet():
            self._gradebook: Any = Gradebook(self.url, directory.course_id)
            try:
                self._exercise = self._registered(root)
                self._gradebook.db.rollback()  # no transaction stays open
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the engine."""
        self._gradebook.close()

    def check(self, result: HandInResult) -> None:
        """Refuse a result that the gradebook cannot hold.

        Raises: ValueError for another topic, an unknown part, points out of range, or a student's
        id that cannot be kept.
        """
        check_student(result.student)
        if result.topic != self.topic:
            raise ValueError(f"topic={result.topic!r} is not {self.topic!r}")
        points = {cell.grade_id: cell.points for cell in self.cells}
        for part in result.parts:
            most = points.get(part.grade_id)
            if most is None:
                raise ValueError(f"grade_id={part.grade_id!r} is not in the gradebook")
            if not (math.isfinite(part.points) and 0 <= part.points <= most):
                raise ValueError(f"points={part.points!r} for {part.grade_id}, worth {most:g}")

    def write(self, hand_ins: Sequence[GradedHandIn]) -> None:
        """Write hand-ins in one transaction: all of them, or none.

        Raises: ValueError for a result that the gradebook cannot hold.
        """
        for graded in hand_ins:
            self.check(graded.result)
        with _quiet():
            try:
                self._write(hand_ins)
            except IntegrityError:  # another writer was first with a row; now it is there
                self._write(hand_ins)

    def scores(self) -> dict[str, dict[str, float | None]]:
        """The points that are stored as autograded, by student and id of the graded cell."""
        query = (
            select(SUBMISSIONS.c.student_id, CELLS.c.name, GRADES.c.auto_score)
            .join_from(SUBMISSIONS, NOTEBOOKS, NOTEBOOKS.c.assignment_id == SUBMISSIONS.c.id)
            .join(GRADES, GRADES.c.notebook_id == NOTEBOOKS.c.id)
            .join(CELLS, CELLS.c.id == GRADES.c.cell_id)
            .where(NOTEBOOKS.c.notebook_id == self._exercise.notebook_id)
        )
        found: dict[str, dict[str, float | None]] = defaultdict(dict)
        with self._gradebook.engine.connect() as connection:
            for student, grade_id, score in connection.execute(query):
                found[student][grade_id] = score
        return dict(found)

    def _registered(self, root: Path) -> Exercise:
        """The topic in the gradebook, put there by nbgrader if it is missing or has changed."""
        wanted = {cell.grade_id: cell.points for cell in self.cells}
        with contextlib.suppress(MissingEntry):
            notebook = self._gradebook.find_notebook(self.topic, self.topic)
            if {cell.name: cell.max_score for cell in notebook.grade_cells} == wanted:
                return Exercise.of(notebook)
        self._gradebook.db.rollback()
        with tempfile.TemporaryDirectory() as scratch:
            pipeline = course.Pipeline(root, Path(scratch))  # the course's folders stay as they are
            pipeline.api.coursedir.db_url = self.url
            try:
                pipeline.release(self.topic)
            except RuntimeError as error:
                url = make_url(self.url).render_as_string(hide_password=True)
                raise ValueError(
                    f"{url} cannot take the exercise {self.topic!r}: {error}"
                ) from None
        return Exercise.of(self._gradebook.find_notebook(self.topic, self.topic))

    def _write(self, hand_ins: Sequence[GradedHandIn]) -> None:
        session = self._gradebook.db
        try:
            late = write(session.connection(), self._exercise, hand_ins)
            for student in late:
                self._penalise(student)
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def _penalise(self, student: str) -> None:
        """Ask the late plugin of the settings what being late costs, as nbgrader does."""
        submission = self._gradebook.find_submission(self.topic, student)
        seconds = submission.total_seconds_late
        if seconds > 0:
            notebook = self._gradebook.find_submission_notebook(self.topic, self.topic, student)
            penalty = self._late.plugin_inst.late_submission_penalty(
                student, notebook.score, seconds
            )
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)


def _graded_cells(root: Path, topic: str) -> list[course.Graded]:
    """The graded cells of the exercise; its source and its release must agree on them."""
    source, released = (
        course.graded_cells(course.read(course.notebook(root, step, topic)), topic)
        for step in (course.SOURCE, course.RELEASE)
    )
    if source != released:
        raise ValueError(f"{topic!r} was released with other graded cells than its source has")
    return source


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own models
        yield
