"""A class of sample students, graded by the real pipeline, with the grades they must get.

Some students are right: one with the author's own answers, others with differently written or
noisy ones.  Every named misconception has a student who holds it in one part and is right in
all others.  The rest handed in half of the work, nothing, or code that fails.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coursework import classroom
from coursework.batch import Progress
from coursework.course import (
    RELEASE,
    SOURCE,
    Graded,
    graded_cells,
    hidden_parts,
    notebook,
    read,
    solution_cells,
    write,
)
from coursework.jobs import SUBMITTED
from coursework.parts import Part
from coursework.results import HandInResult
from coursework.sandbox.ladder import Rung
from coursework.store import Store

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


def plan(root: Path, topic: str) -> list[HandIn]:
    """The sample class of a topic."""
    source = read(notebook(root, SOURCE, topic))
    right = {name: answer_in(cell.source) for name, cell in solution_cells(source, topic).items()}
    return hand_ins(right, hidden_parts(root, topic))


def answer_in(cell: str) -> str:
    """The source of a solution cell without the lines that mark the solution."""
    return "\n".join(line for line in cell.splitlines() if not line.lstrip().startswith("###"))


def hand_in(root: Path, topic: str, directory: Path) -> list[HandIn]:
    """Put the sample class's notebooks where the grading looks for them; who handed in what."""
    released = read(notebook(root, RELEASE, topic))
    students = plan(root, topic)
    for student in students:
        place = directory / SUBMITTED / student.student / topic / f"{topic}.ipynb"
        write(fill(released, topic, student.answers), place)
    return students


def grade(
    root: Path,
    topic: str,
    directory: Path,
    rung: Rung,
    progress: Progress = classroom.silent,
) -> list[Row]:
    """Grade the sample class of a topic below `directory`; its rows, in the plan's order."""
    students = hand_in(root, topic, directory)
    classroom.grade(root, directory, topic, rung, progress=progress)
    graded = graded_cells(read(notebook(root, RELEASE, topic)), topic)
    results = {result.student: result for result in Store(directory).results(topic)}
    return [_row(student, graded, results.get(student.student)) for student in students]


def _row(due: HandIn, graded: Sequence[Graded], result: HandInResult | None) -> Row:
    parts = result.parts if result else ()
    points = {part.part: part.points for part in parts}
    hints = tuple(part.hint for part in parts if part.hint)
    return Row(due.student, points, hints, tuple(_surprises(due, graded, points, hints)))


def _surprises(
    hand_in: HandIn, graded: Sequence[Graded], points: Mapping[str, float], hints: tuple[str, ...]
) -> Iterator[str]:
    for cell in graded:
        due = 0.0 if cell.part in hand_in.lost else cell.points
        got = points.get(cell.part, 0.0)
        if got != due or cell.part not in points:
            yield f"{cell.part} earned {got:g} points, not {due:g}"
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
