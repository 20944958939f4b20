"""What a student has on the desk: the released exercise, right answers, and inside knowledge.

An attacker is given all that can be known beforehand: where everything lies, what the visible
checks ask, and what the hidden ones would ask if the course had no secret.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import textwrap
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from nbformat import from_dict

from coursework import course, sample_class
from coursework.parts import SEED_VARIABLE, Part

RIGHT: Final = "RIGHT"
NAME: Final = "NAME"
KNOWN: Final = "def NAME(*args):\n    return known('NAME', args)"
"""An answer that is right in the visible checks and knows nothing else."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a student typed.

    `every` is the text of each solution cell, `answers` that of single ones; in both, a line RIGHT
    stands for the right answer and NAME for the function's name.  `first` and `last` are cells at
    the two ends, `before` and `after` cells around a part's own.  `knows` puts inside knowledge
    into a cell ahead of all: the places in `Facts`, and `known(name, args)`.  With `bare`, the
    cells that call an answer and are no check are left out.
    """

    every: str = RIGHT
    answers: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    knows: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Where things are on the machine that grades: `PORT` and `SOCKET` are ears of the grader."""

    root: str
    outside: str
    victim: str
    hidden: str
    port: int
    abstract: str
    grader: int

    def as_code(self) -> str:
        """The facts as assignments."""
        names = ("ROOT", "OUTSIDE", "VICTIM", "HIDDEN", "PORT", "ABSTRACT", "GRADER")
        values = (getattr(self, name.lower()) for name in names)
        return "\n".join(f"{name} = {value!r}" for name, value in zip(names, values, strict=True))


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise with all that can be known about it: made once for the whole suite."""

    topic: str
    released: Any
    right: Mapping[str, str]
    facts: Facts
    visible: str
    public: str

    @classmethod
    def of(cls, root: Path, topic: str, facts: Facts) -> Exercise:
        """The exercise of a course."""
        source = course.read(course.notebook(root, course.SOURCE, topic))
        released = course.read(course.notebook(root, course.RELEASE, topic))
        cells = course.solution_cells(source, topic)
        right = {name: sample_class.answer_in(cell.source) for name, cell in cells.items()}
        parts = course.hidden_parts(root, topic)
        visible, public = _recorded(released, right, {}), _recorded(released, right, parts)
        return cls(topic, released, right, facts, visible, public)


@dataclass(frozen=True, slots=True)
class Desk:
    """One student at work on an exercise, who hands in the folder `folder`."""

    exercise: Exercise
    student: str
    folder: Path

    @property
    def path(self) -> Path:
        """Where the notebook is expected."""
        return self.folder / f"{self.exercise.topic}.ipynb"

    def notebook(self, work: Work | None = None) -> Any:
        """The released notebook with a student's work in it."""
        work = work or Work()
        answers = {
            name: self._text(work.answers.get(name, work.every), name)
            for name in self.exercise.right
        }
        nb = sample_class.fill(self.exercise.released, self.exercise.topic, answers)
        for name, cell in course.solution_cells(nb, self.exercise.topic).items():
            at = nb.cells.index(cell)
            if name in work.after:
                nb.cells.insert(at + 2, code(work.after[name]))
            if name in work.before:
                nb.cells.insert(at, code(work.before[name]))
        if work.bare:
            nb.cells = [cell for cell in nb.cells if not cell.source.startswith("checked = ")]
        known = [self._knowledge(work)] if work.knows else []
        nb.cells[:0] = [code(text) for text in (*known, work.first) if text]
        nb.cells += [code(work.last)] if work.last else []
        return nb

    def put(self, nb: Any, path: Path | None = None, encoding: str = "utf-8") -> None:
        """Write a notebook as it is, valid or not."""
        path = path or self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json.dumps(nb, indent=1).encode(encoding))

    def put_bytes(self, data: bytes, name: str = "") -> None:
        """Write any bytes, as the notebook or as another file of the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name if name else self.path).write_bytes(data)

    def put_link(self, target: str | Path, name: str = "") -> None:
        """Make a symbolic link, in the place of the notebook or under another name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name if name else self.path).symlink_to(target)

    def _knowledge(self, work: Work) -> str:
        lines = [f"ME = {self.student!r}", self.exercise.facts.as_code()]
        lines += [f"KNOWN = {self.exercise.visible}"]
        if "PUBLIC" in work.first:
            lines += [f"PUBLIC = {self.exercise.public}"]
        return "\n".join([*lines, "", _KNOWN])

    def _text(self, text: str, name: str) -> str:
        return text.replace(RIGHT, self.exercise.right[name]).replace(NAME, name)


def code(text: str, **fields: Any) -> Any:
    """A code cell, valid or not."""
    empty: dict[str, Any] = {
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "id": uuid.uuid4().hex[:8],
    }
    cell = {"cell_type": "code", "source": text_of(text), **empty, **fields}
    return from_dict(cell)


def prose(text: str, kind: str = "markdown", **fields: Any) -> Any:
    """A text cell, valid or not."""
    return from_dict({"cell_type": kind, "source": text, "metadata": {}, **fields})


def text_of(block: str) -> str:
    """A block of student code, moved to the left."""
    return textwrap.dedent(block).strip("\n")


def _recorded(released: Any, right: Mapping[str, str], parts: Mapping[str, Part]) -> str:
    """The answers to all calls of the exercise's own cells, and to the hidden checks of `parts`.

    The hidden ones are those under no secret.  It is a dictionary as code, by name and arguments.
    """
    table: dict[tuple[str, str], Any] = {}
    names: dict[str, Any] = {"np": np}

    def watched(name: str, function: Any) -> Any:
        def call(*args: Any) -> Any:
            asked = name, repr(args)
            value = function(*args)
            table[asked] = value.tolist() if isinstance(value, np.ndarray) else value
            return value

        return call

    with contextlib.redirect_stdout(io.StringIO()):
        for cell in released.cells:
            kind = cell.metadata.get("nbgrader", {})
            if kind.get("solution"):
                name = kind["grade_id"].removesuffix(course.SOLUTION_SUFFIX).rpartition("-")[2]
                exec(right[name], names)  # noqa: S102
                names[name] = watched(name, names[name])
            elif cell.cell_type == "code":
                exec(cell.source, names)  # noqa: S102
        with mock.patch.dict(os.environ, {SEED_VARIABLE: ""}):
            for name, part in parts.items():
                part.check(names[name])
    return repr({asked: _plain(value) for asked, value in table.items()})


_KNOWN: Final = text_of("""
    def known(name, args):
        import numpy
        value = KNOWN.get((name, repr(args)))
        return numpy.array(value) if isinstance(value, list) else value
    """)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def fresh(nb: Any) -> Any:
    """A copy of a notebook that can be changed."""
    return copy.deepcopy(nb)


def solutions(nb: Any) -> Iterator[Any]:
    """The solution cells of a notebook."""
    return (cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution"))


def checks(nb: Any) -> Iterator[Any]:
    """The graded cells of a notebook."""
    return (cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade"))
