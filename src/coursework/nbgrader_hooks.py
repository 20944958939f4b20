"""nbgrader's own `autograde` made safe, through the classes that its settings may name.

The exporter takes every hand-in in before nbgrader looks at it: nbgrader sees clean notebooks
alone.  The preprocessor runs a clean notebook in the sandbox, where nbgrader would run it beside
the hidden tests.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict

from coursework import intake, jobs
from coursework.course import write
from coursework.grading import Exercise
from coursework.limits import Limits
from coursework.sandbox import ladder
from coursework.sandbox.bubblewrap import NoSandboxError
from coursework.store import GradedHandIn, Store

CLEAN: Final = Path("_build", "taken_in")
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A hand-in that was taken in and is not graded yet."""

    job: jobs.HandInJob
    taken: intake.TakenIn


_waiting: dict[tuple[str, str], _Waiting] = {}


class IntakeExporter(NotebookExporter):
    """Reads notebooks for nbgrader; for `autograde`, from hand-ins that were taken in first."""

    def __init__(self, parent: Any = None, **options: Any) -> None:
        super().__init__(parent=parent, **options)  # type: ignore[no-untyped-call]
        if isinstance(parent, Autograde):
            take_all_in(parent)


class SandboxedExecute(NbGraderPreprocessor):  # type: ignore[misc]
    """Runs the student's cells in the sandbox and the graded cells beside the reference."""

    no_sandbox = Bool(False, help="Run students' code unconfined; the grades say so.").tag(
        config=True
    )
    limits = Dict({}, help="Limits that differ from those of coursework.limits.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put into each cell what it printed, and into each graded cell what failed."""
        named = resources["nbgrader"]
        waiting = _waiting[named["assignment"], named["student"]]
        taken = replace(waiting.taken, notebook=nb)
        parts, nb = jobs.grade_taken(jobs.warm_grader(waiting.job), taken)
        result = jobs.result(waiting.job, taken, parts, nb)
        Store(waiting.job.directory.parents[2]).save(GradedHandIn(result))
        return nb, resources


def take_all_in(converter: Any) -> None:
    """Show nbgrader a folder with clean notebooks in the place of the students' own.

    Raises: NbGraderException where nothing can confine a student's code.
    """
    course = converter.coursedir
    topic, root = str(course.assignment_id), Path(course.root)
    settings = SandboxedExecute(config=converter.config)
    try:
        rung = "none" if settings.no_sandbox else ladder.best()
    except NoSandboxError as error:
        converter.log.error(str(error))
        raise NbGraderException(str(error)) from error
    shutil.rmtree(root / CLEAN, ignore_errors=True)
    _waiting.clear()
    released = Exercise(ROOT, topic).released
    for folder in jobs.refused(root, topic):
        assert folder.refused is not None  # noqa: S101
        converter.log.error("%s is not graded: %s", folder.student, folder.refused.text)
    for job in jobs.jobs(ROOT, root, topic, Limits.of(settings.limits), rung):
        if not fnmatch(job.student, course.student_id):
            continue
        taken = intake.take_in(job.directory, topic, released)
        _waiting[topic, job.student] = _Waiting(job, taken)
        for notice in taken.notices:
            converter.log.warning("%s: %s", job.student, notice.text)
        clean = root / CLEAN / job.student / topic
        write(taken.notebook, clean / f"{topic}.ipynb")
        if taken.submitted_at:
            (clean / "timestamp.txt").write_text(taken.submitted_at + "\n")
    course.submitted_directory = str(CLEAN)
    converter.init_notebooks()
