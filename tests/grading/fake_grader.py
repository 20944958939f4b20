"""A grader for tests of the batch: it earns what the job says, and plays the tricks it names."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from coursework.batch import Job
from coursework.results import HandInResult, PartResult
from coursework.store import GradedHandIn

HIDDEN = "the expected value is 3.0625"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Job):
    """A hand-in that earns `share` of each of `cells`; `log` is told whenever it is graded."""

    cells: tuple[tuple[str, str, float], ...]
    log: Path
    notebook: str = ""
    share: float = 1.0
    trick: str = ""

    def line(self) -> str:
        return f"{self.student} {os.getpid()}\n"


def grade(task: Task) -> GradedHandIn:
    with task.log.open("a") as log:
        log.write(task.line())
    match task.trick:
        case "raise":
            raise ValueError(HIDDEN)
        case "exit":
            raise SystemExit(HIDDEN)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once" if times_graded(task.log)[task.student] == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        case "take time":
            time.sleep(0.05)
    result = HandInResult(
        topic=task.topic,
        student=task.student,
        parts=tuple(
            PartResult(part, grade_id, most * task.share, most)
            for part, grade_id, most in task.cells
            if task.part in ("", part)
        ),
        digest=task.digest,
        submitted_at="2026-02-03T04:05:06+00:00",
        sandbox="none",
        secret="public",  # noqa: S106
    )
    if task.trick == "another student":
        result = replace(result, student="victim")
    return GradedHandIn(result, task.notebook)


def times_graded(log: Path) -> Counter[str]:
    """How often each student was graded."""
    return Counter(line.rsplit(" ", 1)[0] for line in log.read_text().splitlines())


def workers(log: Path) -> list[int]:
    """The processes that graded, in order."""
    return [int(line.rsplit(" ", 1)[1]) for line in log.read_text().splitlines()]
