"""Which of a student's cells is which cell of the released notebook.

A cell is known by its grade id, else by its own id, else by unchanged text.  An answer whose
ids are lost is known by the function it defines, an open cell by its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nbgrader.utils import is_grade, is_locked, is_solution

from coursework.course import SOLUTION_SUFFIX
from coursework.intake.cells import Cell


@dataclass(slots=True, eq=False)
class Slot:
    """A released cell, and the places in the student's notebook of what is it or its copy."""

    cell: Any
    copies: list[int] = field(default_factory=list)

    @property
    def grade_id(self) -> str:
        """nbgrader's name for the cell, "" where it has none."""
        return str(self.cell.metadata.get("nbgrader", {}).get("grade_id", ""))

    @property
    def part(self) -> str:
        """The function that the cell asks for or checks; for others, a name all the same."""
        return (self.grade_id or self.cell.id).removesuffix(SOLUTION_SUFFIX).rpartition("-")[2]

    @property
    def solution(self) -> bool:
        """Whether a student fills the cell in."""
        return bool(is_solution(self.cell))

    @property
    def locked(self) -> bool:
        """Whether the cell counts as it was released, whatever a student did to it."""
        return bool(is_locked(self.cell))

    @property
    def graded(self) -> bool:
        """Whether the cell earns points."""
        return bool(is_grade(self.cell))

    @property
    def open(self) -> bool:
        """Whether the cell is code that a student may change, and that earns nothing."""
        return self.cell.cell_type == "code" and not self.solution and not self.locked

    def changed(self, cells: Sequence[Cell]) -> list[int]:
        """The copies that hold something else than the released text."""
        released = normal(self.cell.source)
        return [i for i in self.copies if normal(cells[i].text) not in ("", released)]

    def place(self, cells: Sequence[Cell]) -> int | None:
        """Where the cell stands for the student: the copy with its own id, or the first."""
        own = (i for i in self.copies if cells[i].id == self.cell.id)
        return next(own, min(self.copies, default=None))


def normal(text: str) -> str:
    """A cell's text without what editors change on their own: line ends and space before them."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def claim(slots: Sequence[Slot], cells: Sequence[Cell]) -> list[int]:
    """Enter the student's cells as copies in the slots; the places of those that belong to none."""
    by_grade_id = {slot.grade_id: slot for slot in slots if slot.grade_id}
    by_id = {slot.cell.id: slot for slot in slots}
    by_text = {normal(slot.cell.source): slot for slot in reversed(slots)}
    free = []
    for i, cell in enumerate(cells):
        found = by_grade_id.get(cell.grade_id) or by_id.get(cell.id)
        found = found or by_text.get(normal(cell.text))
        if found:
            found.copies.append(i)
        else:
            free.append(i)
    _by_definition(slots, cells, free)
    _by_neighbours(slots, cells, free)
    return free


def _by_definition(slots: Sequence[Slot], cells: Sequence[Cell], free: list[int]) -> None:
    """Give each answer without a cell the last one that defines its function.

    Code goes before text, and what stands ahead of the answer's checks before what comes after.
    """
    ends = {slot.grade_id: slot.place(cells) for slot in slots if slot.graded}
    for slot in slots:
        if slot.solution and not slot.copies:
            end = ends.get(slot.grade_id.removesuffix(SOLUTION_SUFFIX))
            found = [i for i in free if slot.part in cells[i].defines]
            if found:
                _give(slot, max(found, key=lambda i: _rank(i, cells, end)), free)


def _rank(i: int, cells: Sequence[Cell], end: int | None) -> tuple[bool, bool, int]:
    """How likely a cell is an answer whose checks stand at `end`."""
    return cells[i].kind == "code", end is None or i < end, i


def _by_neighbours(slots: Sequence[Slot], cells: Sequence[Cell], free: list[int]) -> None:
    """Give an open cell that is lost between two known ones the only code that stands there."""
    for before, slot, after in zip(slots, slots[1:], slots[2:], strict=False):
        start, end = before.place(cells), after.place(cells)
        if slot.open and not slot.copies and start is not None and end is not None:
            between = [i for i in free if start < i < end and cells[i].kind == "code"]
            if len(between) == 1:
                _give(slot, between[0], free)


def _give(slot: Slot, i: int, free: list[int]) -> None:
    slot.copies.append(i)
    free.remove(i)
