"""A stranger's cells in the released notebook: their answers, and nothing else that counts.

The released cells come back in their own order.  A cell to fill in carries the student's text, a
locked cell never does; what else a student wrote is kept as ordinary cells, where it stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any, Final

import nbformat

from coursework.course import SOLUTION_SUFFIX
from coursework.intake.cells import Cell
from coursework.intake.claims import Slot, claim
from coursework.intake.sentences import notice
from coursework.results import Notice

POINTER: Final = "# The answer to this part stands in another cell."


@dataclass(frozen=True, slots=True)
class Merged:
    """The clean notebook, what there is to say, and how many answers and known cells it has."""

    notebook: Any
    notices: tuple[Notice, ...] = ()
    answers: int = 0
    known: int = 0


@dataclass(slots=True)
class _Piece:
    """A cell to be: of the release (`slot`) or extra, with the student's text (`own`) or not."""

    cell: Cell
    slot: Slot | None = None
    own: bool = True


def merge(released: Any, cells: Sequence[Cell]) -> Merged:
    """The released notebook with the student's answers and other cells in it."""
    slots = [Slot(cell) for cell in released.cells]
    free = claim(slots, cells)
    pieces = list(_laid_out(slots, cells, free))
    elsewhere = _look_elsewhere(pieces)
    answers = [piece.slot for piece in pieces if piece.slot and piece.slot.solution and piece.own]
    known = sum(bool(slot.copies) for slot in slots)
    said = [notice("nothing-recognised")]
    if known:
        missing = [s for s in slots if s.solution and not s.copies and s not in answers]
        found = {"answer-missing": missing, "answer-elsewhere": elsewhere, **_odd(slots, cells)}
        said = [notice(code, (slot.part for slot in odd)) for code, odd in found.items() if odd]
    return Merged(_notebook(released, pieces), tuple(said), len(answers), known)


def _filled(slot: Slot, cells: Sequence[Cell]) -> int | None:
    """The place of the text that a released cell carries; None where that is the released one."""
    texts = slot.changed(cells)
    if slot.solution:
        texts = [i for i in texts if slot.part in cells[i].defines] or texts
    elif slot.open:
        texts = texts or slot.copies
    else:
        return None
    return texts[-1] if texts else None


def _laid_out(
    slots: Sequence[Slot], cells: Sequence[Cell], free: Sequence[int]
) -> Iterator[_Piece]:
    """The released cells, each followed by the extra ones that followed it.

    What was typed into a graded cell comes before it, so that it is there when the checks run.
    """
    filled = [_filled(slot, cells) for slot in slots]
    kept = {i for i in free if cells[i].text.strip()}
    for slot, i in zip(slots, filled, strict=True):
        text = None if i is None else cells[i].text
        kept |= {j for j in slot.changed(cells) if cells[j].text != text}
    starts = {}
    for n, (slot, i) in enumerate(zip(slots, filled, strict=True)):
        if slot.copies:  # an answer stands where its text does, after the copies ahead of it
            starts[slot.place(cells) if i is None or not slot.solution else i] = n
    before: list[list[_Piece]] = [[] for _ in slots]
    after: list[list[_Piece]] = [[] for _ in range(len(slots) + 1)]  # the last: on top of all
    here = -1
    for i, cell in enumerate(cells):
        here = starts.get(i, here)
        if i in kept:
            typed_there = i in starts and slots[here].graded and slots[here].locked
            (before if typed_there else after)[here].append(_Piece(cell))
    yield from after[-1]
    for n, slot in enumerate(slots):
        yield from before[n]
        yield _piece(slot, filled[n], cells)
        yield from after[n]


def _piece(slot: Slot, i: int | None, cells: Sequence[Cell]) -> _Piece:
    kind, text = slot.cell.cell_type, slot.cell.source
    if i is not None:
        kind, text = kind if slot.solution else cells[i].kind, cells[i].text
    return _Piece(Cell(kind, text), slot, own=i is not None)


def _look_elsewhere(pieces: Sequence[_Piece]) -> list[Slot]:
    """Fill the empty answers whose function is defined in another cell; the slots of these.

    Where it is defined before its checks, the released stub only has to go; where after, its text
    is needed earlier.
    """
    found = []
    for piece in pieces:
        slot = piece.slot
        if slot is None or not slot.solution or piece.own:
            continue
        checks = slot.grade_id.removesuffix(SOLUTION_SUFFIX)
        due = [n for n, p in enumerate(pieces) if p.slot and p.slot.grade_id == checks]
        defining = [
            (n, p.cell.text)
            for n, p in enumerate(pieces)
            if p.own and p.cell.kind == "code" and slot.part in p.cell.defines
        ]
        if defining:
            early = not due or defining[0][0] < due[0]
            piece.cell = Cell("code", POINTER if early else defining[-1][1])
            piece.own = True
            found.append(slot)
    return found


def _odd(slots: Sequence[Slot], cells: Sequence[Cell]) -> dict[str, list[Slot]]:
    """What was odd about the released cells in the student's notebook, by code."""
    solutions = [slot for slot in slots if slot.solution]
    filled = [(s, cells[i]) for s in solutions if (i := _filled(s, cells)) is not None]
    locked = [slot for slot in slots if slot.locked]
    prose = [s for s in slots if not (s.solution or s.locked or s.open)]
    found = [s for s, c in filled if s.grade_id != c.grade_id and s.cell.id != c.id]
    known = [slot for slot in slots if slot.copies and slot not in found]
    swapped = [b for a, b in pairwise(known) if (a.place(cells) or 0) > (b.place(cells) or 0)]
    return {
        "answer-found": found,
        "answer-copied": [s for s in solutions if len(s.changed(cells)) > 1],
        "answer-retyped": [s for s, c in filled if c.kind != s.cell.cell_type],
        "locked-changed": [slot for slot in locked if slot.changed(cells)],
        "locked-deleted": [slot for slot in locked if not slot.copies],
        "text-changed": [slot for slot in prose if slot.changed(cells)],
        "order-changed": swapped,
    }


def _notebook(released: Any, pieces: Sequence[_Piece]) -> Any:
    """The pieces as a notebook that has the metadata of the release, and no outputs."""
    taken = {cell.id for cell in released.cells}
    fresh = (name for n in count(1) if (name := f"extra-{n}") not in taken)
    cells = []
    for piece in pieces:
        cell: dict[str, Any] = {
            "cell_type": piece.cell.kind,
            "id": piece.slot.cell.id if piece.slot else next(fresh),
            "metadata": piece.slot.cell.metadata if piece.slot else {},
            "source": piece.cell.text,
        }
        if piece.cell.kind == "code":
            cell.update(execution_count=None, outputs=[])
        cells.append(cell)
    notebook = {"cells": cells, "metadata": released.metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(notebook)  # copies all of it
