"""Hand-ins broken at random: intake raises nothing, and nothing that can be read is lost.

`INTAKE_FUZZ_ROUNDS=100000 pytest tests/grading/test_fuzz.py` runs longer.  A round that fails is
named by its number, and comes out the same the next time.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import nbformat
import pytest

from coursework import course, sample_class
from coursework.intake import rebuild
from coursework.intake.sentences import (
    LARGEST_NOTEBOOK_BYTES,
    LONGEST_CELL_CHARACTERS,
    MOST_CELLS,
    SENTENCES,
)
from grading.notebooks import RELEASED, ROOT, TOPIC, check_clean

ROUNDS: Final = int(os.environ.get("INTAKE_FUZZ_ROUNDS", "300"))
MOST_BREAKS: Final = 8
SLOTS: Final = course.solution_cells(RELEASED, TOPIC)
STUDENTS: Final = ("right", "half-done", "empty", "does-not-parse", "noisy")
OURS: Final = [[line.rstrip() for line in c.source.strip().splitlines()] for c in RELEASED.cells]
IDS: Final = {c.metadata.nbgrader.grade_id for c in RELEASED.cells if "nbgrader" in c.metadata}
SURROGATE: Final = re.compile("[\ud800-\udfff]")
ANSWERS: Final = [h.answers for h in sample_class.plan(ROOT, TOPIC) if h.student in STUDENTS]
HUGE: Final = 200_000
DEEP: Final = 2_000
LONG_NUMBER: Final = "a number of 5000 digits"
JUNK: Final[list[Any]] = [
    None,
    True,
    0,
    -1,
    LONG_NUMBER,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "\0",
    "code",
    "markdown",
    "\u202e",
    "x" * HUGE,
    [],
    {},
    [None],
    [[], [0], {"a": 0}],
    {"nbgrader": None},
    {"source": "x", "cell_type": "code"},
    {"cells": []},
]
Mutation = Callable[[Any, random.Random], object]


def hand_in(rng: random.Random) -> Any:
    """A hand-in as an editor saves it, with outputs and cells of its own."""
    nb = sample_class.fill(RELEASED, TOPIC, rng.choice(ANSWERS))
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.execution_count = rng.randrange(100)
            cell.outputs = [nbformat.v4.new_output("stream", text="caf\u00e9 \U0001f600\n")]
    for n in range(rng.randrange(4)):
        place = rng.randrange(len(nb.cells))
        nb.cells.insert(place, nbformat.v4.new_code_cell(f"mine_{n} = {n}"))
    return json.loads(nbformat.writes(nb))


def containers(tree: Any) -> list[Any]:
    """All lists and objects in a JSON tree that have something in them."""
    found, todo = [], [tree]
    while todo:
        here = todo.pop()
        if isinstance(here, (dict, list)) and here:
            found.append(here)
            todo += here.values() if isinstance(here, dict) else here
    return found


def somewhere(tree: Any, rng: random.Random) -> tuple[Any, Any]:
    """A container in the tree and one of its keys."""
    where = rng.choice(containers(tree) or [{"x": 0}])
    return where, rng.choice(list(where) if isinstance(where, dict) else range(len(where)))


def cells_in(nb: Any) -> list[Any]:
    cells = nb.get("cells") if isinstance(nb, dict) else None
    return cells if isinstance(cells, list) and cells else [{}]


# ---- ways to break the tree


def delete(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    del where[key]


def retype(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    where[key] = copy.deepcopy(rng.choice(JUNK))


def wrap(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    where[key] = rng.choice([[where[key]], {str(key): where[key]}, str(where[key])])


def swap(nb: Any, rng: random.Random) -> None:
    (here, a), (there, b) = somewhere(nb, rng), somewhere(nb, rng)
    value = copy.deepcopy(there[b])
    there[b] = copy.deepcopy(here[a])
    here[a] = value


def rename(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    other, name = somewhere(nb, rng)
    if isinstance(where, dict) and isinstance(other, dict):
        where[name] = where.pop(key)


def repeat(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    if isinstance(where, list):
        where.insert(rng.randrange(len(where) + 1), copy.deepcopy(where[key]))


def nest(nb: Any, rng: random.Random) -> None:
    where, key = somewhere(nb, rng)
    deep: Any = where[key]
    for _ in range(rng.randrange(20)):
        deep = [deep] if rng.random() < 0.5 else {"a": deep}
    where[key] = deep


def shuffle_cells(nb: Any, rng: random.Random) -> None:
    rng.shuffle(cells_in(nb))


def delete_cells(nb: Any, rng: random.Random) -> None:
    cells = cells_in(nb)
    del cells[rng.randrange(len(cells)) :: rng.randrange(1, 5)]


def repeat_cells(nb: Any, rng: random.Random) -> None:
    cells = cells_in(nb)
    for _ in range(rng.randrange(1, 9)):
        place = rng.randrange(len(cells))
        cells.insert(rng.randrange(len(cells) + 1), copy.deepcopy(cells[place]))


def many_cells(nb: Any, rng: random.Random) -> None:
    cells = cells_in(nb)
    if len(cells) <= MOST_CELLS // 2:
        cells[rng.randrange(len(cells)) :] *= rng.randrange(2, 6)


def cut_cell(nb: Any, rng: random.Random) -> None:
    cells = cells_in(nb)
    place = rng.randrange(len(cells))
    half = copy.deepcopy(cells[place])
    source = half.get("source") if isinstance(half, dict) else None
    if isinstance(source, list):
        half["source"] = source[rng.randrange(len(source) + 1) :]
        cells.insert(place + 1, half)


def rewrite(nb: Any, rng: random.Random) -> None:
    cell = rng.choice(cells_in(nb))
    if isinstance(cell, dict):
        part = rng.choice(list(SLOTS))
        cell["source"] = f"def {part}():\n    return {rng.random()}"


def swap_metadata(nb: Any, rng: random.Random) -> None:
    a, b = rng.choice(cells_in(nb)), rng.choice(cells_in(nb))
    key = rng.choice(["metadata", "id", "cell_type", "source"])
    if isinstance(a, dict) and isinstance(b, dict) and key in a and key in b:
        a[key], b[key] = b[key], a[key]


def claim_more(nb: Any, rng: random.Random) -> None:
    cell = rng.choice(cells_in(nb))
    grade_id = rng.choice([rng.choice(list(SLOTS.values())).metadata.nbgrader.grade_id, "x", ""])
    claims = {"grade": True, "points": 1e9, "grade_id": grade_id, "locked": rng.random() < 0.5}
    if isinstance(cell, dict):
        cell["metadata"] = {"nbgrader": claims, "tags": ["skip-execution"], "deletable": True}


def drop_everywhere(nb: Any, rng: random.Random) -> None:
    key = rng.choice(["id", "metadata", "cell_type", "nbgrader", "grade_id", "outputs", "source"])
    for where in containers(nb):
        if isinstance(where, dict) and rng.random() < 0.7:
            where.pop(key, None)


def to_format_3(nb: Any, rng: random.Random) -> None:
    if isinstance(nb, dict) and "cells" in nb:
        nb["worksheets"] = [{"cells": nb.pop("cells")}] * rng.randrange(3)


TREE: Final[list[Mutation]] = [
    delete,
    retype,
    wrap,
    swap,
    rename,
    repeat,
    nest,
    shuffle_cells,
    delete_cells,
    repeat_cells,
    many_cells,
    cut_cell,
    rewrite,
    repeat_cells,
    rewrite,
    swap_metadata,
    claim_more,
    drop_everywhere,
    to_format_3,
]


# ---- ways to break the bytes


def flip(raw: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randrange(1, 20)):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def truncate(raw: bytearray, rng: random.Random) -> None:
    del raw[rng.randrange(len(raw)) :]


def cut_out(raw: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(raw))
    del raw[start : start + rng.randrange(1, 200)]


def insert(raw: bytearray, rng: random.Random) -> None:
    digits, brackets = b"9" * 5000, b"[" * DEEP
    junk = rng.choice([rng.randbytes(9), b"\0", b"\xff", b'"', b"{", b"\xef\xbb\xbf", b"\\ud800"])
    place = rng.randrange(len(raw))
    raw[place:place] = rng.choice([junk, junk, digits, brackets, raw[place : place + 300]])


def encode(raw: bytearray, rng: random.Random) -> None:
    raw[:] = raw.decode(errors="replace").encode(rng.choice(["utf-16", "utf-32-le", "utf-8-sig"]))


BYTES: Final[list[Mutation]] = [flip, truncate, cut_out, insert, encode]


def broken(rng: random.Random) -> bytes:
    """A hand-in with some damage."""
    nb = hand_in(rng)
    if rng.random() < 0.8:
        for _ in range(rng.randrange(1, MOST_BREAKS)):
            rng.choice(TREE)(nb, rng)
    raw = bytearray(written(nb))
    if rng.random() < 0.3:
        for _ in range(rng.randrange(1, 3)):
            rng.choice(BYTES)(raw or bytearray(b"{}"), rng)
    return bytes(raw)


def written(nb: Any) -> bytes:
    """The tree as JSON; Python itself refuses to write a number that is as long."""
    return json.dumps(nb).replace(f'"{LONG_NUMBER}"', "9" * 5000).encode()


# ---- what must hold


def claims(raw: bytes) -> Iterator[tuple[str, str]]:
    """Name (a grade id of ours, else the id) and text of the cells that JSON lets one read."""
    try:
        nb = json.loads(raw.decode(errors="replace"), parse_int=len)
    except (ValueError, RecursionError):
        return
    cells = nb.get("cells") if isinstance(nb, dict) else None
    for cell in cells[:MOST_CELLS] if isinstance(cells, list) else []:
        if isinstance(cell, dict):
            metadata = cell["metadata"] if isinstance(cell.get("metadata"), dict) else {}
            nbgrader = metadata["nbgrader"] if isinstance(metadata.get("nbgrader"), dict) else {}
            source = cell.get("source")
            lines = source if isinstance(source, list) else [source]
            text = "".join(line for line in lines if isinstance(line, str))
            grade_id, own = str(nbgrader.get("grade_id")), str(cell.get("id") or metadata.get("id"))
            yield grade_id if grade_id in IDS else own, text


def check_texts(raw: bytes, nb: Any) -> int:
    """Each text that can be read is there, and alone under its name in place; their number."""
    kept = {cell.source for cell in nb.cells}
    in_place = {cell.id: cell.source for cell in nb.cells}
    found = [text for _, text in claims(raw) if text.strip() and not odd(text)]
    for text in found:
        assert text in kept or same_lines(text) in OURS
    for slot in SLOTS.values():
        names = (slot.metadata.nbgrader.grade_id, slot.id)
        mine = [text for name, text in claims(raw) if name in names]
        if len(mine) == 1 and mine[0].strip() and not odd(mine[0]) and mine[0] != slot.source:
            assert in_place[slot.id] == mine[0]
    return len(found)


def odd(text: str) -> bool:
    """Whether a text is one that intake leaves out or mends."""
    return len(text) > LONGEST_CELL_CHARACTERS or "\0" in text or bool(SURROGATE.search(text))


def same_lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.slow
def test_no_damage_stops_intake_or_loses_what_can_be_read() -> None:
    before, survived, unread = copy.deepcopy(RELEASED), 0, 0
    for number in range(ROUNDS):
        raw = broken(random.Random(number))  # noqa: S311 - to come out the same
        try:
            nb, notices = rebuild(RELEASED, raw)
            check_clean(nb)
            if len(raw) <= LARGEST_NOTEBOOK_BYTES:
                survived += check_texts(raw, nb)
        except Exception as error:
            error.add_note(f"in round {number}")
            raise
        codes = [notice.code for notice in notices]
        assert len(codes) == len(set(codes)), number
        assert set(codes) <= set(SENTENCES), number
        unread += "not-a-notebook" in codes
    assert before == RELEASED
    assert survived > 9 * ROUNDS, "most damage leaves most cells readable"
    assert unread < ROUNDS / 2
