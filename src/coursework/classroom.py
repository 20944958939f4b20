"""A class's hand-ins from `submitted/` to grades, feedback pages and the class page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from coursework import jobs, pages
from coursework.batch import Progress, Report, grade_class
from coursework.course import settings
from coursework.gradebook import Records
from coursework.intake import Folder
from coursework.limits import Limits
from coursework.pages.state import state
from coursework.results import HandInResult
from coursework.sandbox.ladder import Rung
from coursework.store import Store


@dataclass(frozen=True, slots=True)
class Graded:
    """What was done for a class: the batch, what is no hand-in, who earned nothing, the pages."""

    batch: Report
    refused: list[Folder]
    unread: list[HandInResult]
    pages: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to grade, and where: some students, one part, how many workers, everything anew."""

    students: Collection[str] = ()
    part: str = ""
    workers: int | None = None
    scheduler: str = ""
    force: bool = False
    db_url: str = ""


def silent(done: int, total: int) -> None:
    """Report no progress."""


def grade(
    root: Path,
    directory: Path,
    topic: str,
    rung: Rung,
    choice: Choice | None = None,
    limits: Limits | None = None,
    progress: Progress = silent,
) -> Graded:
    """Grade the hand-ins below `directory` with the exercises and settings of the course `root`.

    Raises: ValueError for students or a part that there are not, or limits that are none.
    """
    choice = choice or Choice()
    limits = limits or limits_of(root)
    todo = list(jobs.jobs(root, directory, topic, limits, rung, choice.students, choice.part))
    store = Store(directory)
    with Records(root, topic, choice.db_url or db_url(root, directory)) as records:
        report = grade_class(
            todo,
            jobs.grade_one,
            store,
            records,
            workers=choice.workers,
            scheduler=choice.scheduler,
            force=choice.force,
            progress=progress,
        )
    refused = jobs.refused(directory, topic)
    reasons = {folder.student: folder.refused for folder in refused if folder.refused}
    outline = pages.Outline.of(root, topic)
    results = list(store.results(topic))
    unread = [result for result in results if state(result) in ("unread", "uncalled")]
    written = pages.write(results, directory, topic, outline, reasons)
    return Graded(report, refused, unread, written)


def limits_of(root: Path) -> Limits:
    """The limits that the course's settings give.

    Raises: ValueError for a name or a value that is no limit.
    """
    return Limits.of(settings(root, root).SandboxedExecute.get("limits", {}))


def db_url(root: Path, directory: Path) -> str:
    """The gradebook: the one of the settings in the course's own directory, else one beside."""
    same = directory.resolve() == root.resolve()
    return "" if same else f"sqlite:///{directory.resolve() / 'gradebook.db'}"
