"""A class of sample students, graded by the real pipeline, with the grades they must get.

Some students are right: one with the author's own answers, others with differently written or
noisy ones.  Every named misconception has a student who holds it in one part and is right in
all others.  The rest handed in half of the work, nothing, or code that fails.
"""

from __future__ import annotations

import ast
import copy
import inspect
import multiprocessing
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbgrader.utils import is_grade

from coursework.course import (
    SOURCE,
    Graded,
    Pipeline,
    graded_cells,
    hidden_parts,
    notebook,
    read,
    solution_cells,
)
from coursework.feedback import message_of
from coursework.parts import HINT, Part

RAISES: Final = "def {name}(*args):\n    raise OSError('the dog ate it')"
NOISY: Final = """{right}

quiet = {name}

def {name}(*args):
    import sys, warnings
    print("debugging", args, file=sys.stderr)
    warnings.warn("an old function")
    return quiet(*args)
"""
DOES_NOT_PARSE: Final = "def {name}(*args)\n    return 1"


@dataclass(frozen=True, slots=True)
class HandIn:
    """A student, the solution cells that were filled in, and the grade these must earn."""

    student: str
    answers: Mapping[str, str]
    lost: frozenset[str] = frozenset()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What a hand-in earned: points by part, the hints, and what differs from the plan."""

    student: str
    points: Mapping[str, float]
    hints: tuple[str, ...]
    surprises: tuple[str, ...]

    @property
    def total(self) -> float:
        """Points over all parts."""
        return sum(self.points.values())


def hand_ins(right: Mapping[str, str], parts: Mapping[str, Part]) -> list[HandIn]:
    """The sample class, from the right answer and the `Part` of each part."""
    students = [HandIn("right", right)]
    for i in range(max(len(part.alternatives) for part in parts.values())):
        written = {
            name: source_of(part.alternatives[i], name)
            for name, part in parts.items()
            if i < len(part.alternatives)
        }
        students.append(HandIn(f"right-but-different-{i + 1}", {**right, **written}))
    for name, part in parts.items():
        for wrong in part.misconceptions:
            answers = {**right, name: source_of(wrong.function, name)}
            lost = frozenset({name})
            students.append(HandIn(f"{name}--{wrong.name}", answers, lost, (wrong.hint,)))
    names = list(parts)
    done, middle = names[: len(names) // 2], names[len(names) // 2]
    half = {name: right[name] for name in done}
    students.append(HandIn("half-done", half, frozenset(names) - set(done)))
    students.append(HandIn("empty", {}, frozenset(names)))
    for student, source in (("raising", RAISES), ("does-not-parse", DOES_NOT_PARSE)):
        answers = {**right, middle: source.format(name=middle)}
        students.append(HandIn(student, answers, frozenset({middle})))
    loud = NOISY.format(right=right[middle], name=middle)
    students.append(HandIn("noisy", {**right, middle: loud}))
    return students


def source_of(function: Callable[..., object], name: str) -> str:
    """The text of a function under another name, without its decorators."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(f"{function} is not written with def")
    definition.decorator_list = []
    definition.name = name
    return ast.unparse(tree)


def fill(released: Any, topic: str, answers: Mapping[str, str]) -> Any:
    """A released notebook with some of its solution cells replaced."""
    nb = copy.deepcopy(released)
    cells = solution_cells(nb, topic)
    for part, source in answers.items():
        cells[part].source = source
    return nb


def hints_in(graded_notebook: Any) -> tuple[str, ...]:
    """The hints that the graded cells of an autograded notebook show, in order."""
    errors = [
        output
        for cell in filter(is_grade, graded_notebook.cells)
        for output in cell.outputs
        if output.output_type == "error"
    ]
    lines = [line for error in errors for line in message_of(error).splitlines()]
    return tuple(line.removeprefix(HINT) for line in lines if line.startswith(HINT))


def plan(root: Path, topic: str) -> list[HandIn]:
    """The sample class of a topic."""
    source = read(notebook(root, SOURCE, topic))
    right = {name: answer_in(cell.source) for name, cell in solution_cells(source, topic).items()}
    return hand_ins(right, hidden_parts(root, topic))


def answer_in(cell: str) -> str:
    """The source of a solution cell without the lines that mark the solution."""
    return "\n".join(line for line in cell.splitlines() if not line.lstrip().startswith("###"))


def grade(root: Path, topic: str, directory: Path) -> Iterator[Row]:
    """Grade the sample class of a topic, one row after the other.

    Each processor has a worker of its own, with a course and a gradebook below `directory`.
    """
    pool = ProcessPoolExecutor(
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_open,
        initargs=(root, topic, directory),
    )
    with pool:
        yield from pool.map(_grade, plan(root, topic))
    for course in sorted(directory.iterdir()):
        Pipeline(root, course).give_feedback(topic)


def _open(root: Path, topic: str, directory: Path) -> None:
    """Make this process a worker."""
    pipeline = Pipeline(root, directory / f"worker-{os.getpid()}")
    _worker.append((pipeline, topic, read(pipeline.release(topic))))


_worker: list[tuple[Pipeline, str, Any]] = []


def _grade(hand_in: HandIn) -> Row:
    """Grade one hand-in in this worker."""
    pipeline, topic, released = _worker[0]
    pipeline.hand_in(hand_in.student, topic, fill(released, topic, hand_in.answers))
    hints = hints_in(pipeline.grade(hand_in.student, topic))
    scores = pipeline.points(hand_in.student, topic)
    graded = graded_cells(released, topic)
    points = {cell.part: scores[cell.grade_id] for cell in graded}
    surprises = tuple(_surprises(hand_in, graded, points, hints))
    return Row(hand_in.student, points, hints, surprises)


def _surprises(
    hand_in: HandIn, graded: Sequence[Graded], points: Mapping[str, float], hints: tuple[str, ...]
) -> Iterator[str]:
    for cell in graded:
        due = 0.0 if cell.part in hand_in.lost else cell.points
        if points[cell.part] != due:
            yield f"{cell.part} earned {points[cell.part]:g} points, not {due:g}"
    if hints != hand_in.hints:
        yield f"the hints are {list(hints)}, not {list(hand_in.hints)}"


def table(rows: Sequence[Row]) -> str:
    """The rows as text: student, points for each part, total, hints."""
    width = max(len(row.student) for row in rows)
    numbers = [str(n) for n in range(1, len(rows[0].points) + 1)]
    lines = [f"{'student':<{width}}  {'  '.join(numbers)}  total  hint earned"]
    for row in rows:
        points = "  ".join(f"{value:g}" for value in row.points.values())
        lines.append(f"{row.student:<{width}}  {points}  {row.total:5g}  {' | '.join(row.hints)}")
    return "\n".join(line.rstrip() for line in lines)
