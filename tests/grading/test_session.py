"""A notebook run to its end: time, deaths, copies for parts, and what a tampered process says."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from coursework import course, intake, jobs, sample_class
from coursework.export.cells import feedback
from coursework.grading import Exercise, Grader
from coursework.limits import Limits
from coursework.pages.state import state
from coursework.results import PartResult
from coursework.sandbox.ladder import Rung

ROOT = Path(__file__).resolve().parents[2]
TOPIC = "roofline"
"""Answers are wrapped and split in ways that suit this exercise."""
LIMITS = Limits(
    cell_s=2.0, call_s=2.0, hand_in_s=60.0, memory_bytes=300 * 10**6, message_bytes=10**6
)
SET_UP = 3
WAITS = pytest.mark.slow
"""A test that waits for one limit after the other."""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(Exercise(ROOT, TOPIC), LIMITS, "bubblewrap") as started:
        yield started


RIGHT = sample_class.plan(ROOT, TOPIC)[0].answers
PARTS = list(RIGHT)
FIRST, MIDDLE, LAST = PARTS[0], PARTS[len(PARTS) // 2], PARTS[-1]


def grade(
    grader: Grader, extra: str = "", at: int = SET_UP, answers: dict[str, str] | None = None
) -> tuple[dict[str, PartResult], Any]:
    """Grade the right answers with some of them replaced, and a cell of one's own put in."""
    nb = sample_class.fill(grader.exercise.released, TOPIC, {**RIGHT, **(answers or {})})
    if extra:
        nb.cells.insert(at, new_code_cell(extra))
    results, run = grader.grade(nb)
    return {result.part: result for result in results}, run


def lost(results: dict[str, PartResult]) -> list[str]:
    return [part for part, result in results.items() if result.points < result.max_points]


def errors(nb: Any) -> list[str]:
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    return [o.evalue for cell in cells for o in cell.outputs if o.output_type == "error"]


def body(part: str, text: str) -> dict[str, str]:
    return {part: f"def {part}(*args, **kwargs):\n    {text}"}


def test_right_answers_earn_all_and_the_notebook_keeps_what_they_print(grader: Grader) -> None:
    results, nb = grade(grader, "print('mine')\n1 + 1")
    assert lost(results) == []
    assert all(result.calls > 10 for result in results.values())
    assert nb.cells[SET_UP].outputs[0].text == "mine\n2\n"
    assert errors(nb) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [
        "for _ in range(500):\n    display('x' * 10**6)",
        "for _ in range(500):\n    print('x' * 10**6)",
        "import sys\nfor _ in range(500):\n    sys.stderr.write('x' * 10**6)",
        "def hold():\n    held = b'x' * (200 * 10**6)\n    raise ValueError\nhold()",
    ],
    ids=["shown", "printed", "warned", "held by an exception"],
)
def test_what_a_cell_showed_or_held_takes_no_memory_from_the_next(
    grader: Grader, cell: str
) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    nb.cells[SET_UP:SET_UP] = [new_code_cell(cell), new_code_cell("len(b'x' * (200 * 10**6))")]
    results, run = grader.grade(nb)
    assert lost({result.part: result for result in results}) == []
    assert run.cells[SET_UP + 1].outputs[0].get("text") == "200000000\n"


@pytest.mark.parametrize("rung", ["landlock", "none"])
def test_the_other_rungs_of_the_ladder_give_the_same_points(grader: Grader, rung: Rung) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, {**RIGHT, **body(MIDDLE, "return 0")})
    with Grader(grader.exercise, LIMITS, rung) as other:
        results, _ = other.grade(nb)
    assert results == grader.grade(nb)[0]
    assert [result.part for result in results if not result.passed] == [MIDDLE]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("while True: pass", "ran for 2 seconds and was stopped"),
        ("10 ** 10 ** 8", "ran for 2 seconds and was stopped"),
        (
            "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
            "ran for 2 seconds and was stopped",
        ),
        ("import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(60)", "stopped"),
        ("import os; os._exit(0)", "Python ended in this cell"),
        ("import ctypes; ctypes.string_at(0)", "Python ended in this cell"),
        (
            "import os\n"
            "for fd in range(3, 200):\n  try: os.write(fd, b'x' * 99)\n  except OSError: 0",
            "",
        ),
    ],
)
@pytest.mark.parametrize("at", [0, SET_UP, 12])
def test_a_cell_that_kills_its_process_costs_no_part(
    grader: Grader, cell: str, said: str, at: int
) -> None:
    results, nb = grade(grader, cell, at)
    assert lost(results) == []
    assert any(said in error for error in errors(nb))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("while True: pass", "{part} was still running after 2 seconds and was stopped."),
        ("import time; time.sleep(60)", "{part} was still running after 2 seconds"),
        ("import os; os._exit(0)", "Python ended while {part} ran."),
        ("import os; os.kill(os.getpid(), 9)", "Python ended while {part} ran."),
        ("import os; os.kill(-1, 9)", "{part}"),
        ("import sys; sys.exit()", "{part} raised SystemExit for"),
        ("return bytearray(10**9)", "{part} raised MemoryError for"),
        ("return 'x' * 2 * 10**6", "What {part} returned is too large or cannot be read."),
    ],
)
@pytest.mark.parametrize("part", [FIRST, LAST])
def test_a_function_that_kills_its_process_costs_its_part_alone(
    grader: Grader, part: str, text: str, said: str
) -> None:
    results, _ = grade(grader, answers=body(part, text))
    assert lost(results) == [part]
    assert said.format(part=part) in results[part].failed


def test_the_message_of_an_exception_stays_inside(grader: Grader) -> None:
    leak = "raise type(f'Leak{args}', (ValueError,), {})(f'leak {args}')"
    results, _ = grade(grader, answers=body(MIDDLE, leak))
    assert lost(results) == [MIDDLE]
    assert "raised an exception of its own for" in results[MIDDLE].failed
    assert "eak" not in results[MIDDLE].failed


def test_what_a_check_does_is_gone_before_the_next_cell(grader: Grader) -> None:
    spy = (
        f"spied = []\nhonest = {FIRST}\n"
        f"def {FIRST}(*args):\n    spied.append(args)\n    return honest(*args)"
    )
    position = next(
        i
        for i, cell in enumerate(grader.exercise.released.cells)
        if cell.source.startswith(f"def {FIRST}")
    )
    answers = {FIRST: f"{RIGHT[FIRST]}\n\n{spy}"}
    nb = sample_class.fill(grader.exercise.released, TOPIC, {**RIGHT, **answers})
    nb.cells.insert(position + 2, new_code_cell("print(spied)"))
    results, run = grader.grade(nb)
    assert lost({result.part: result for result in results}) == []
    assert run.cells[position + 2].outputs[0].text == "[]\n"


def test_a_visible_check_quotes_what_was_returned_where_the_hidden_ones_pass(
    grader: Grader,
) -> None:
    cells = grader.exercise.released.cells
    first = next(c.source for c in cells if c.source.startswith(f"got = {FIRST}("))
    asked = first.partition(FIRST)[2].partition("\n")[0]
    spoilt = (
        f"honest = {FIRST}\n"
        f"def {FIRST}(*args):\n"
        f"    return 'mine' if repr(args) == repr({asked}) else honest(*args)"
    )
    results, _ = grade(grader, answers={FIRST: f"{RIGHT[FIRST]}\n\n{spoilt}"})
    assert lost(results) == [FIRST]
    assert f"{asked} gave mine; expected" in results[FIRST].failed


def test_all_that_is_kept_is_made_before_a_function_meets_a_hidden_input(grader: Grader) -> None:
    """What is in a pipe, a file or shared memory outlives the copy in which a part is checked."""
    spy = f"""
import mmap, os
page, (out, into) = mmap.mmap(-1, 4096), os.pipe()
honest = {FIRST}
def {FIRST}(*args):
    page[0] += 1
    os.write(into, b"x")
    open("/tmp/seen", "a").write("x")
    return honest(*args)
"""
    tell = (
        "os.set_blocking(out, False)\n"
        "print(page[0], len(os.read(out, 999)), len(open('/tmp/seen').read()))"
    )
    own = [c.source for c in grader.exercise.released.cells if c.cell_type == "code"]
    visible = sum(source.count(f"{FIRST}(") for source in own)
    results, nb = grade(grader, tell, len(own) * 9, {FIRST: f"{RIGHT[FIRST]}\n{spy}"})
    (counted,) = set(nb.cells[-1].outputs[0].text.split())
    assert 0 < int(counted) <= visible < results[FIRST].calls


@WAITS
def test_what_copies_hold_together_is_no_fault_of_a_cell_or_a_part(grader: Grader) -> None:
    """A table is within the bounds in one copy, and not in all copies at once."""
    keeping = """
import os
def keeping(function, own=os.getpid(), kept=[]):
    def called(*args):
        if os.getpid() != own:
            kept[:] = [b"x" * (100 * 10**6)]
        return function(*args)
    return called
"""
    answers = {part: f"{RIGHT[part]}\n{keeping}\n{part} = keeping({part})" for part in PARTS}
    results, nb = grade(grader, "import time\ntime.sleep(1)", len(PARTS) * 4, answers)
    assert lost(results) == []
    assert errors(nb) == []


def test_functions_are_checked_as_they_stand_at_their_part(grader: Grader) -> None:
    later = f"def {FIRST}(*args):\n    return 'overwritten later'"
    results, _ = grade(grader, later, at=len(grader.exercise.released.cells) - 1)
    assert lost(results) == []


@pytest.mark.parametrize(
    "value",
    ["{'is': 'value'}", "b'x'", "object()", "(x for x in ())", "len", "type", "10 ** 5000", "{1}"],
)
def test_values_of_other_kinds_are_wrong_answers(grader: Grader, value: str) -> None:
    results, _ = grade(grader, answers=body(MIDDLE, f"return {value}"))
    assert lost(results) == [MIDDLE]
    assert results[MIDDLE].failed


@pytest.mark.parametrize(
    "definition",
    [
        f"{MIDDLE} = 3",
        f"{MIDDLE} = None",
        f"class {MIDDLE}: pass",
        f"import numpy as np\n{MIDDLE} = np",
        "",
    ],
)
def test_something_else_than_a_function_is_named_as_such(grader: Grader, definition: str) -> None:
    results, _ = grade(grader, answers={MIDDLE: definition})
    assert lost(results) == [MIDDLE]


@pytest.mark.slow
def test_a_notebook_has_one_clock_over_all(grader: Grader) -> None:
    limits = Limits(cell_s=30.0, hand_in_s=1.0)
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    nb.cells.insert(SET_UP, new_code_cell("import time\ntime.sleep(20)"))
    with Grader(grader.exercise, limits, "bubblewrap") as hurried:
        results, _ = hurried.grade(nb)
    assert {result.failed for result in results} == {
        "The notebook as a whole took too long, so this part was not checked."
    }


TAMPERED = """
import {module} as tampered
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("guest."):
        for key, value in list(vars(module).items()):
            if callable(value) and key in {keys}:
                setattr(module, key, lambda *a, **k: {reply})
"""


@pytest.mark.parametrize(
    ("keys", "reply"),
    [
        (("pack",), "b'garbage'"),
        (("pack",), "__import__('struct').pack('>II', 2**31, 5)"),
        (("_call",), "{'is': 'value', 'value': None}"),
        (("_call",), "{'is': 'error', 'error': {}, 'message': [], 'line': 'x'}"),
        (("_call",), "{'is': 'foreign', 'type': '<b>'}"),
        (("_call",), "[1, 2]"),
        (("_look",), "{'is': 'value', 'value': 1}"),
        (("_look",), "None"),
        (("run_cell", "_run"), "{'error': 1, 'message': None, 'output': {}}"),
        pytest.param(("_copy",), "{'forked': True}", marks=WAITS),
        pytest.param(("_copy",), "7", marks=WAITS),
        pytest.param(("_fork", "fork"), "0", marks=WAITS),
        pytest.param(("unpack",), "{'do': 'copy'}", marks=WAITS),
    ],
)
def test_a_tampered_process_harms_itself_alone(
    grader: Grader, keys: tuple[str, ...], reply: str
) -> None:
    cell = TAMPERED.format(module="os", keys=keys, reply=reply)
    unsolved = sample_class.fill(grader.exercise.released, TOPIC, {})
    unsolved.cells.insert(0, new_code_cell(cell))
    results, _ = grader.grade(unsolved)
    assert [result.points for result in results] == [0] * len(PARTS)
    assert all(isinstance(result.failed, str) and result.failed for result in results)
    assert lost(grade(grader)[0]) == [], "the next hand-in is graded as ever"


@pytest.mark.parametrize(
    ("cell", "stopped"),
    [
        pytest.param("while True: pass", True, marks=WAITS),
        ("import os; os._exit(0)", True),
        ("1 / 0", False),
        ("", False),
    ],
)
def test_a_cell_that_was_stopped_is_told(
    grader: Grader, tmp_path: Path, cell: str, stopped: bool
) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    nb.cells.append(new_code_cell(cell))
    course.write(nb, tmp_path / jobs.SUBMITTED / "ada" / TOPIC / f"{TOPIC}.ipynb")
    (job,) = jobs.jobs(ROOT, tmp_path, TOPIC, LIMITS, "bubblewrap")
    result = jobs.grade_one(job).result
    assert result.points == result.max_points
    assert [n.code for n in result.notices] == ["cell-stopped"] * stopped


def test_where_nothing_can_be_read_no_part_is_said_to_be_wrong(tmp_path: Path) -> None:
    place = tmp_path / jobs.SUBMITTED / "ada" / TOPIC / f"{TOPIC}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_bytes(b'{"cells": [{"cell_')
    (job,) = jobs.jobs(ROOT, tmp_path, TOPIC, LIMITS, "bubblewrap")
    graded = jobs.grade_one(job)
    assert {part.failed for part in graded.result.parts} == {jobs.NOT_READ}
    assert graded.result.points == sum(part.calls for part in graded.result.parts) == 0
    assert graded.notebook.count('"output_type": "error"') == len(PARTS), "as nbgrader reads it"
    assert state(graded.result) == "unread"
    assert "damaged" in feedback(graded.result)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("from functools import cache", "@cache\n{right}"),
        ("COEFFICIENT = 2", "{right}"),
        ("{right}", "{name} = np.vectorize({name}) if False else {name}"),
        ("", "{right}\n1 + 1"),
    ],
)
def test_an_answer_that_was_split_in_two_runs_in_its_own_order(
    grader: Grader, first: str, second: str
) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    cell = course.solution_cells(nb, TOPIC)[MIDDLE]
    at = nb.cells.index(cell)
    halves = [copy.deepcopy(cell), copy.deepcopy(cell)]
    for half, text, name in zip(halves, (first, second), ("one", "two"), strict=True):
        half.update(id=name, source=text.format(right=RIGHT[MIDDLE], name=MIDDLE))
    nb.cells[at : at + 1] = halves
    clean, _ = intake.rebuild(grader.exercise.released, nbformat.writes(nb).encode())
    results, _ = grader.grade(clean)
    assert lost({result.part: result for result in results}) == []


def test_an_answer_without_its_ids_is_the_one_ahead_of_its_checks(grader: Grader) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    nb.cells.append(new_code_cell(f"{MIDDLE} = 3"))
    for number, cell in enumerate(nb.cells):
        cell.update(id=f"lost-{number}", metadata={})
    clean, notices = intake.rebuild(grader.exercise.released, nbformat.writes(nb).encode())
    assert "answer-found" in {found.code for found in notices}
    results, _ = grader.grade(clean)
    assert lost({result.part: result for result in results}) == []


def test_the_last_value_has_its_usual_name(grader: Grader) -> None:
    _, nb = grade(grader, "21 * 2\n", 1)
    nb.cells.insert(2, new_code_cell("print(_ + 0)\nimport sys\nprint(sys.stdout.encoding)"))
    _, run = grader.grade(nb)
    assert run.cells[2].outputs[0].text == "42\nutf-8\n"


def test_what_is_sent_ahead_of_a_copy_harms_its_sender_alone(grader: Grader) -> None:
    """An array where a record is expected, on every socket there is."""
    send = """
import json, os, stat, struct
def ahead(tree, blob=b""):
    text = json.dumps(tree).encode()
    for file in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(file).st_mode):
                os.write(file, struct.pack(">II", len(text), len(blob)) + text + blob)
        except OSError:
            pass
ahead(["d", "error", "", "message", "", "line", 0, "output", ""])
ahead(["a", "<f8", 8, 1], bytes(8))
"""
    results, _ = grade(grader, answers={MIDDLE: f"{RIGHT[MIDDLE]}\n{send}"})
    assert set(results) == set(PARTS)
    assert lost(grade(grader)[0]) == []


def test_one_part_alone_can_be_graded(grader: Grader) -> None:
    nb = sample_class.fill(grader.exercise.released, TOPIC, RIGHT)
    results, _ = grader.grade(nb, frozenset({MIDDLE}))
    assert [(result.part, result.passed) for result in results] == [(MIDDLE, True)]
