"""A class graded: what has changed is graded in parallel, and one writer keeps the results.

How a hand-in is graded is a function of the caller's.  Whatever happens to it, it ends as a
result, and no other hand-in notices.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from coursework import cluster
from coursework.cluster import Failure
from coursework.results import HandInResult, Notice, PartResult
from coursework.store import NOT_GRADED, GradedHandIn, Store, check_student, merged

if TYPE_CHECKING:
    from coursework import course
    from coursework.gradebook import Records

WRITE_EVERY: Final = 32
WRITE_EVERY_S: Final = 2.0
DEADLINE_S: Final = 600.0
UNFINISHED: Final = "Grading did not come to an end."
SORRY: Final = f"{UNFINISHED} These zero points are no grade: the hand-in will be graded again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A hand-in to grade; a subclass adds what its grading needs.

    It is skipped if a result with its `digest` is kept.  With `part`, only that part is graded.
    """

    topic: str
    student: str
    digest: str = ""
    part: str = ""


@dataclass(slots=True)
class Report:
    """How many hand-ins were graded, how many had not changed, and why others have no grade."""

    graded: int = 0
    unchanged: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)
    done: int = 0


J = TypeVar("J", bound=Job)
Progress = Callable[[int, int], None]
"""Told after each hand-in how many are done, and of how many (0 where that is not known)."""


def grade_class(
    jobs: Iterable[J],
    grade_one: Callable[[J], GradedHandIn],
    store: Store,
    records: Records,
    *,
    workers: int | None = None,
    scheduler: str = "",
    force: bool = False,
    deadline_s: float = DEADLINE_S,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """Grade hand-ins, and keep the results in `store` and in the gradebook.

    `grade_one` is a function that workers can import by its name.  It is called in `workers`
    processes on this machine (one for each processor unless given), in this process if that is 0,
    or by the workers of the Dask scheduler at the address `scheduler`.  A worker that needs more
    than `deadline_s` for a hand-in is ended.
    What is not graded for any reason gets zero points and a notice, and is graded again next time.
    What was graded before an interrupt is kept.
    Raises: OSError or SQLAlchemyError if results can no longer be kept, and what Dask raises if no
    worker can work at all.
    """
    total = operator.length_hint(jobs)
    writer = _Writer(store, records)
    todo = writer.without_the_unchanged(jobs, force=force)
    if workers == 0 and not scheduler:
        outcomes = cluster.here(todo, grade_one)
    else:
        outcomes = cluster.spread(
            todo, grade_one, workers=workers, scheduler=scheduler, deadline_s=deadline_s
        )
    with closing(outcomes):
        try:
            for job, outcome in outcomes:
                writer.add(job, outcome)
                progress(writer.report.done, total)
        finally:
            writer.flush()
    progress(writer.report.done, total)
    return writer.report


class _Writer:
    """The only one who keeps results; it writes many at a time."""

    def __init__(self, store: Store, records: Records) -> None:
        self.report = Report()
        self._store = store
        self._records = records
        self._scores = records.scores()
        self._waiting: list[tuple[Job, GradedHandIn]] = []
        self._written_at = time.monotonic()

    def without_the_unchanged(self, jobs: Iterable[J], *, force: bool) -> Iterator[J]:
        """The jobs that need grading.  Of the others, the gradebook learns what it lacks."""
        for job in jobs:
            try:
                check_student(job.student)
            except ValueError as error:
                self._count(job, Failure(str(error)))
                continue
            kept = self._store.load(job.topic, job.student)
            notebook = self._store.notebook(job.topic, job.student)
            if kept is None or not kept.digest or not notebook.is_file():
                yield replace(job, part="")  # a part alone would leave the others without a result
            elif job.part or force or kept.digest != job.digest:
                yield job
            else:
                self.report.unchanged += 1
                self.report.done += 1
                if not self._recorded(kept):
                    self._keep(job, GradedHandIn(kept, notebook.read_text(encoding="utf-8")))

    def add(self, job: Job, outcome: GradedHandIn | Failure) -> None:
        """Take a result; write it when enough have come together."""
        graded = self._accepted(job, outcome)
        self._count(job, graded)
        if isinstance(graded, Failure):
            graded = GradedHandIn(not_graded(job, self._cells(job)))
        self._keep(job, graded)

    def flush(self) -> None:
        """Write what is waiting: to the gradebook, then, as the sign that all is kept, to disk."""
        waiting, self._waiting = self._waiting, []
        self._records.write([graded for _, graded in waiting])
        for job, graded in waiting:
            self._store.save(self._whole(job, graded))
        self._written_at = time.monotonic()

    def _count(self, job: Job, graded: GradedHandIn | Failure) -> None:
        self.report.done += 1
        if isinstance(graded, Failure):
            self.report.failures[job.student] = graded
        else:
            self.report.graded += 1

    def _keep(self, job: Job, graded: GradedHandIn) -> None:
        self._waiting.append((job, graded))
        due = time.monotonic() - self._written_at > WRITE_EVERY_S
        if due or len(self._waiting) >= WRITE_EVERY:
            self.flush()

    def _accepted(self, job: Job, outcome: GradedHandIn | Failure) -> GradedHandIn | Failure:
        """The outcome, if it is one of this job and can be kept."""
        if isinstance(outcome, Failure):
            return outcome
        try:
            self._records.check(outcome.result)
        except ValueError as error:
            return Failure(str(error))
        if outcome.result.student != job.student:
            return Failure(f"the result is of student={outcome.result.student!r}")
        parts = [part.grade_id for part in outcome.result.parts]
        if sorted(parts) != sorted(cell.grade_id for cell in self._cells(job)):
            return Failure(f"the result is of the parts {parts}")
        return outcome

    def _cells(self, job: Job) -> list[course.Graded]:
        """The graded cells that a job is about."""
        return [cell for cell in self._records.cells if job.part in ("", cell.part)]

    def _recorded(self, kept: HandInResult) -> bool:
        """Whether the gradebook held the same points when the batch began."""
        scores = self._scores.get(kept.student, {})
        return all(scores.get(part.grade_id) == part.points for part in kept.parts)

    def _whole(self, job: Job, graded: GradedHandIn) -> GradedHandIn:
        """The hand-in's own result, or the result of one part among those that are kept."""
        kept = self._store.load(job.topic, job.student) if job.part else None
        return replace(graded, result=merged(kept, graded.result)) if kept else graded


def not_graded(job: Job, cells: Sequence[course.Graded]) -> HandInResult:
    """The result of a hand-in whose grading did not come to an end: zero points for `cells`."""
    return HandInResult(
        topic=job.topic,
        student=job.student,
        parts=tuple(
            PartResult(cell.part, cell.grade_id, 0.0, cell.points, failed=UNFINISHED)
            for cell in cells
        ),
        notices=(Notice(NOT_GRADED, SORRY),),
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
