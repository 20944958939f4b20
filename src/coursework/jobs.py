"""The hand-ins of a class as jobs for `coursework.batch`, and the function that does one."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import nbformat

from coursework import intake
from coursework.batch import Job
from coursework.course import RELEASE, SOURCE, notebook
from coursework.grading import Exercise, Grader, secret_fingerprint, was_stopped
from coursework.intake.sentences import notice
from coursework.limits import Limits
from coursework.parts import SEED_VARIABLE, course_secret
from coursework.results import HandInResult, PartResult
from coursework.sandbox.ladder import Rung
from coursework.store import GradedHandIn

SUBMITTED: Final = "submitted"
DIFFERS: Final = (
    "this worker has another version of the course in {root}, or another {variable}; "
    "nothing of {topic} is graded here"
)
NOT_READ: Final = "No answer could be read."
CODE: Final = ("src/coursework", "src/hwmath", "tests/hidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandInJob(Job):
    """A hand-in in a folder, and all that its grading depends on; `ground` is its digest."""

    root: Path
    directory: Path
    limits: Limits
    rung: Rung
    ground: str


def jobs(
    root: Path,
    directory: Path,
    topic: str,
    limits: Limits,
    rung: Rung,
    students: Collection[str] = (),
    part: str = "",
) -> Iterator[HandInJob]:
    """A job for each hand-in below `directory` (of these students, if any are named).

    Raises: ValueError for a named student who handed in nothing, or a part that there is not.
    """
    exercise = Exercise(root, topic)
    if part and part not in {graded.part for graded in exercise.graded}:
        there = ", ".join(graded.part for graded in exercise.graded)
        raise ValueError(f"part={part!r} is not in the exercise {topic!r}; its parts: {there}")
    if not (directory / SUBMITTED).is_dir():
        raise ValueError(f"there is no folder {directory / SUBMITTED} with hand-ins")
    fixed = ground(root, topic, limits, rung)
    left = set(students)
    for folder in intake.hand_ins(directory / SUBMITTED, topic):
        if folder.refused is not None or (students and folder.student not in left):
            continue
        left.discard(folder.student)
        yield HandInJob(
            topic=topic,
            student=folder.student,
            digest=fingerprint(folder.directory, fixed),
            part=part,
            root=root,
            directory=folder.directory,
            limits=limits,
            rung=rung,
            ground=fixed,
        )
    if left:
        raise ValueError(f"students={sorted(left)} handed in nothing for {topic!r}")


def refused(directory: Path, topic: str) -> list[intake.Folder]:
    """What lies in the class's folder and cannot be graded, with the reasons."""
    folders = intake.hand_ins(directory / SUBMITTED, topic)
    return [folder for folder in folders if folder.refused is not None]


def ground(root: Path, topic: str, limits: Limits, rung: Rung) -> str:
    """A digest of what the grades of all hand-ins depend on: exercise, tests, secret, limits."""
    digest = hashlib.sha256(course_secret().encode())
    digest.update(json.dumps([asdict(limits), rung, nbformat.__version__]).encode())
    for step in (SOURCE, RELEASE):
        digest.update(notebook(root, step, topic).read_bytes())
    for place in CODE:
        for path in sorted((root / place).resolve().rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint(directory: Path, fixed: str) -> str:
    """A digest of a hand-in's files as they lie there, and of what all grades depend on.

    Only names, sizes, times and kinds are looked at, so a strange file cannot hold anything up.
    """
    seen = [fixed]
    for path in sorted(directory.glob("*"), key=lambda path: path.name.encode(errors="replace")):
        status = path.lstat()
        seen.append(f"{path.name!a} {status.st_mode} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def grade_one(job: HandInJob) -> GradedHandIn:
    """Take a hand-in in, run and check it, and put the result together."""
    grader = warm_grader(job)
    taken = intake.take_in(job.directory, job.topic, grader.exercise.released)
    parts, nb = grade_taken(grader, taken, job.part)
    return GradedHandIn(result(job, taken, parts, nb), "" if job.part else as_text(nb))


def grade_taken(
    grader: Grader, taken: intake.TakenIn, part: str = ""
) -> tuple[list[PartResult], Any]:
    """The results of a hand-in's parts, and its notebook with outputs; see `Grader.grade`.

    Where no notebook could be read there is nothing to run, and no part is said to be wrong.
    """
    if taken.readable:
        return grader.grade(taken.notebook, frozenset({part} if part else ()))
    wanted = [cell for cell in grader.exercise.graded if part in ("", cell.part)]
    results = [
        PartResult(cell.part, cell.grade_id, 0.0, cell.points, failed=NOT_READ) for cell in wanted
    ]
    nb = copy.deepcopy(taken.notebook)
    grader.tell(nb, results)
    return results, nb


def result(
    job: HandInJob, taken: intake.TakenIn, parts: Iterable[PartResult], nb: Any
) -> HandInResult:
    """The record of a hand-in that was taken in and graded, with the run notebook."""
    stopped = (notice("cell-stopped"),) if any(map(was_stopped, nb.cells)) else ()
    return HandInResult(
        topic=job.topic,
        student=job.student,
        parts=tuple(parts),
        notices=(*taken.notices, *stopped),
        digest=job.digest,
        submitted_at=taken.submitted_at,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sandbox=job.rung,
        secret=secret_fingerprint(),
    )


def as_text(nb: Any) -> str:
    """A notebook as the text of its file."""
    return json.dumps(nb, indent=1, ensure_ascii=False) + "\n"


def warm_grader(job: HandInJob) -> Grader:
    """This process's grader for such jobs; it stays warm from one hand-in to the next.

    Raises: RuntimeError where the course or its secret is not the one that the job was made for,
    as it may be on another machine.
    """
    return _grader(job.root, job.topic, job.limits, job.rung, job.ground)


@functools.lru_cache(maxsize=1)
def _grader(root: Path, topic: str, limits: Limits, rung: Rung, wanted: str) -> Grader:
    if ground(root, topic, limits, rung) != wanted:
        raise RuntimeError(DIFFERS.format(root=root, topic=topic, variable=SEED_VARIABLE))
    return Grader(Exercise(root, topic), limits, rung)
