"""Intake of notebooks: whatever the bytes, the released notebook comes back with the answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbgrader.utils import is_grade, is_locked

from coursework import course, sample_class
from coursework.intake import rebuild
from coursework.intake.merge import POINTER
from coursework.intake.sentences import (
    LARGEST_NOTEBOOK_BYTES,
    LONGEST_CELL_CHARACTERS,
    MOST_CELLS,
)
from grading.notebooks import (
    FIRST,
    MARK,
    PARTS,
    RELEASED,
    RIGHT,
    SECOND,
    TOPIC,
    Notebook,
    answer_to,
    at,
    cell_of,
    check_clean,
    check_said,
    code,
    passed,
    right,
    sources,
)

Change = Callable[[Notebook], object]
STUB = course.solution_cells(RELEASED, TOPIC)[FIRST.part].source
SETUP = next(c for c in RELEASED.cells if is_locked(c) and not is_grade(c)).metadata.nbgrader
OPEN = next(c.id for c in RELEASED.cells if c.cell_type == "code" and "nbgrader" not in c.metadata)
FOLDED = f"def {FIRST.part}(*args):\n    return 'an old attempt'"


# ---- honest hand-ins: nothing is lost, and nothing is said


def with_outputs(nb: Notebook) -> None:
    for n, cell in enumerate(nb["cells"]):
        if cell["cell_type"] == "code":
            stream = {"output_type": "stream", "name": "stderr", "text": ["a warning\n"]}
            image = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGk="}}
            cell.update(execution_count=n, outputs=[stream, image])
            cell["metadata"].update(collapsed=True, tags=["skip-execution"], scrolled=True)
        else:
            cell["attachments"] = {"a.png": {"image/png": "aGk="}}


def without_ids(nb: Notebook) -> None:
    nb.update(nbformat_minor=4)
    for cell in nb["cells"]:
        cell.pop("id", None)


def like_colab(nb: Notebook) -> None:
    nb.update(nbformat_minor=0)
    nb["metadata"].update(colab={"provenance": [], "toc_visible": True}, accelerator="GPU")
    for cell in nb["cells"]:
        cell["metadata"].update(id=cell.pop("id"), colab={"base_uri": "https://localhost/"})
        cell["metadata"].pop("nbgrader", None)


def from_windows(nb: Notebook) -> None:
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "  \r\n")


def from_the_future(nb: Notebook) -> None:
    nb.update(nbformat_minor=99, signature="none")
    for cell in nb["cells"]:
        cell.update(mood="bright", metadata={**cell["metadata"], "weather": {"sun": 1e300}})


def with_own_cells(nb: Notebook) -> None:
    nb["cells"].insert(at(nb, answer_to(FIRST)), code("helper = 1"))
    nb["cells"].insert(0, code("import os"))
    nb["cells"].append({"cell_type": "markdown", "metadata": {"tags": ["x"]}, "source": "# Mine"})
    nb["cells"].append(code("  \n"))


def with_a_guess(nb: Notebook) -> None:
    cell_of(nb, OPEN)["source"] = "guess = 42"


def with_a_guess_without_ids(nb: Notebook) -> None:
    with_a_guess(nb)
    without_ids(nb)


HONEST: list[Change] = [
    lambda _: None,
    with_outputs,
    without_ids,
    like_colab,
    from_windows,
    from_the_future,
    with_own_cells,
    with_a_guess,
    with_a_guess_without_ids,
]


@pytest.mark.parametrize("change", HONEST, ids=lambda c: c.__name__.strip("<>"))
def test_an_honest_hand_in_loses_nothing(change: Change) -> None:
    nb = right()
    change(nb)
    clean_nb, notices = rebuild(RELEASED, json.dumps(nb).encode())
    check_clean(clean_nb)
    check_said(notices, set())
    assert passed(clean_nb) == PARTS


def test_the_release_comes_back_as_it_is() -> None:
    clean_nb, notices = rebuild(RELEASED, nbformat.writes(RELEASED).encode())
    assert (clean_nb, notices) == (RELEASED, ())
    assert passed(clean_nb) == []


def test_the_right_hand_in_comes_back_as_it_is() -> None:
    filled = sample_class.fill(RELEASED, TOPIC, RIGHT)
    assert rebuild(RELEASED, nbformat.writes(filled).encode()) == (filled, ())


def test_a_rebuilt_notebook_is_rebuilt_as_it_is_and_the_release_is_left_alone() -> None:
    nb, before = right(), copy.deepcopy(RELEASED)
    with_own_cells(nb)
    once, _ = rebuild(RELEASED, json.dumps(nb).encode())
    assert rebuild(RELEASED, nbformat.writes(once).encode()) == (once, ())
    once.cells[0].metadata["x"] = once.metadata["x"] = 1
    assert before == RELEASED


def test_own_cells_keep_their_places() -> None:
    nb = right()
    with_own_cells(nb)
    clean_nb, _ = rebuild(RELEASED, json.dumps(nb).encode())
    found = sources(clean_nb)
    assert found[0] == "import os"
    assert found[found.index("helper = 1") + 1] == RIGHT[FIRST.part]
    assert found[-1] == "# Mine"
    assert len(found) == len(RELEASED.cells) + 3, "an empty cell is no cell of the student's"


@pytest.mark.parametrize("change", [with_a_guess, with_a_guess_without_ids])
def test_a_guess_stays_in_its_cell(change: Change) -> None:
    nb = right()
    change(nb)
    clean_nb, _ = rebuild(RELEASED, json.dumps(nb).encode())
    assert next(c for c in clean_nb.cells if c.id == OPEN).source == "guess = 42"
    assert len(clean_nb.cells) == len(RELEASED.cells)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_other_encodings_are_read(encoding: str) -> None:
    raw = json.dumps(right(), ensure_ascii=False).encode(encoding)
    clean_nb, notices = rebuild(RELEASED, raw)
    assert passed(clean_nb) == PARTS
    assert notices == ()


# ---- unlucky and hostile notebooks: what can be saved is, and it is said


def copied_before(nb: Notebook) -> None:
    old = copy.deepcopy(cell_of(nb, answer_to(FIRST)))
    nb["cells"].insert(0, {**old, "id": "old", "source": FOLDED})


def copied_stub(nb: Notebook) -> None:
    old = copy.deepcopy(cell_of(nb, answer_to(FIRST)))
    nb["cells"].insert(at(nb, answer_to(FIRST)) + 1, {**old, "source": STUB})


def copied_stub_without_metadata(nb: Notebook) -> None:
    nb["cells"].insert(at(nb, answer_to(FIRST)) + 1, code(STUB))


def split(nb: Notebook) -> None:
    cell = cell_of(nb, answer_to(FIRST))
    nb["cells"].insert(at(nb, answer_to(FIRST)) + 1, {**cell, "id": "b", "source": "print('hi')"})


def merged(nb: Notebook) -> None:
    second = nb["cells"].pop(at(nb, answer_to(SECOND)))
    first = cell_of(nb, answer_to(FIRST))
    first["source"] = ["".join(first["source"]), "\n\n", "".join(second["source"])]


def all_in_one_cell(nb: Notebook) -> None:
    nb["cells"] = [c for c in nb["cells"] if not c["metadata"].get("nbgrader", {}).get("solution")]
    nb["cells"].append(code("\n\n".join(RIGHT.values())))


def below_the_stubs(nb: Notebook) -> None:
    for graded in (FIRST, SECOND):
        place = at(nb, answer_to(graded))
        nb["cells"].insert(place + 1, code(RIGHT[graded.part]))
        nb["cells"][place]["source"] = "" if graded is FIRST else nb["cells"][place]["source"]
    cell_of(nb, answer_to(FIRST))["source"] = STUB


def above_the_stub(nb: Notebook) -> None:
    cell_of(nb, OPEN)["source"] = RIGHT[FIRST.part]
    cell_of(nb, answer_to(FIRST))["source"] = STUB


def at_the_end(nb: Notebook) -> None:
    cell_of(nb, answer_to(FIRST))["source"] = STUB
    nb["cells"].append(code(RIGHT[FIRST.part]))


def emptied_and_at_the_end(nb: Notebook) -> None:
    at_the_end(nb)
    cell_of(nb, answer_to(FIRST))["source"] = ""


def typed_into_the_checks(nb: Notebook) -> None:
    cell_of(nb, FIRST.grade_id)["source"] = RIGHT[FIRST.part]
    cell_of(nb, answer_to(FIRST))["source"] = STUB


def checks_made_easy(nb: Notebook) -> None:
    cell_of(nb, answer_to(FIRST))["source"] = FOLDED
    cell_of(nb, FIRST.grade_id)["source"] = "assert True"


def set_up_extended(nb: Notebook) -> None:
    cell = cell_of(nb, SETUP.grade_id)
    cell["source"] = "".join(cell["source"]) + f"\n{MARK} = 1"


def retyped(to: str) -> Change:
    def change(nb: Notebook) -> None:
        cell = cell_of(nb, answer_to(FIRST))
        cell.update(cell_type=to)
        del cell["outputs"], cell["execution_count"]

    change.__name__ = f"retyped_{to}"
    return change


def retyped_without_metadata(nb: Notebook) -> None:
    cell = cell_of(nb, answer_to(FIRST))
    cell.update(cell_type="markdown", id="x", metadata={})


def without_metadata_or_ids(nb: Notebook) -> None:
    for cell in nb["cells"]:
        cell.update(metadata={}, id="same")


def moved_to_the_end(nb: Notebook) -> None:
    nb["cells"].append(nb["cells"].pop(at(nb, answer_to(FIRST))))


def backwards(nb: Notebook) -> None:
    nb["cells"].reverse()


def without_checks(nb: Notebook) -> None:
    gone = {FIRST.grade_id, SECOND.grade_id, SETUP.grade_id}
    nb["cells"] = [
        c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") not in gone
    ]


def task_edited(nb: Notebook) -> None:
    prose = next(c for c in nb["cells"] if c["cell_type"] == "markdown")
    prose["source"] = f"{MARK}: my notes"


def answer_deleted(nb: Notebook) -> None:
    del nb["cells"][at(nb, answer_to(FIRST))]


def answer_emptied(nb: Notebook) -> None:
    cell_of(nb, answer_to(FIRST))["source"] = []


def doubled(nb: Notebook) -> None:
    nb["cells"] += copy.deepcopy(nb["cells"])


def attempts(nb: Notebook) -> None:
    cell = cell_of(nb, answer_to(FIRST))
    place = at(nb, answer_to(FIRST))
    tries = [{**cell, "source": f"{MARK}_{n} = {n}", "id": "same"} for n in range(3)]
    nb["cells"][place:place] = tries


def tagged_and_claimed(nb: Notebook) -> None:
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "remove-cell"]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"].update(
                points=1000, grade=True, locked=False, schema_version=99, cell_type=MARK
            )
    cell = code("1", id=MARK)
    cell["metadata"] = {"nbgrader": {"grade": True, "grade_id": MARK, "points": 9e9, "locked": 1}}
    nb["cells"].append(cell)
    nb["metadata"] = {"kernelspec": {"name": "bash", "display_name": MARK}}


def format_3(nb: Notebook) -> None:
    cells = nb.pop("cells")
    for cell in cells:
        del cell["id"]
        if cell["cell_type"] == "code":
            cell.update(input=cell.pop("source"), language="python", prompt_number=1)
            del cell["execution_count"]
    half = len(cells) // 2
    nb.update(nbformat=3, nbformat_minor=0)
    nb["worksheets"] = [{"cells": cells[:half]}, {"cells": cells[half:]}, 3, {"cells": 4}]


def odd_cells(nb: Notebook) -> None:
    nb["cells"][:0] = [None, 1, "x", [], {}, {"source": 1}, {"source": {"a": 1}}]
    nb["cells"][:0] = [{"source": 1.5}, {"source": float("nan")}, {"source": [float("inf")]}]
    nb["cells"].append({"cell_type": ["code"], "id": {}, "metadata": [], "source": "raw = 1"})
    nb["cells"].append(code("x", metadata={"nbgrader": {"grade_id": []}}))
    nb["cells"].append(code("x", metadata={"nbgrader": "x", "id": 3}))
    mixed = cell_of({"cells": [c for c in nb["cells"] if at_home(c)]}, answer_to(FIRST))
    mixed["source"] = [None, "".join(mixed["source"]), 3, ["x"]]


def at_home(cell: object) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("metadata"), dict) and "id" in cell


def half_characters(nb: Notebook) -> None:
    nb["cells"].append(code("s = '\ud800 \udfff \0'"))
    split_pair = code("")
    nb["cells"].append({**split_pair, "source": ["t = '\ud83d", "\ude00'"]})


def too_many_cells(nb: Notebook) -> None:
    nb["cells"] += [code(str(n)) for n in range(2 * MOST_CELLS)]


def too_long_a_cell(nb: Notebook) -> None:
    nb["cells"].append(code("#" * (LONGEST_CELL_CHARACTERS + 1)))


def another_notebook(nb: Notebook) -> None:
    nb["cells"] = [code("print('hello')"), {"cell_type": "markdown", "source": "Hello"}]


def no_cells(nb: Notebook) -> None:
    nb["cells"] = []


def no_version(nb: Notebook) -> None:
    del nb["nbformat"], nb["nbformat_minor"], nb["metadata"]


ODD: list[tuple[Change, set[str], set[str]]] = [  # change, codes, parts that are lost
    (copied_before, {"answer-copied"}, set()),
    (copied_stub, set(), set()),
    (copied_stub_without_metadata, set(), set()),
    (split, {"answer-copied"}, set()),
    (merged, {"answer-elsewhere"}, set()),
    (all_in_one_cell, {"answer-found", "answer-elsewhere"}, set()),
    (below_the_stubs, {"answer-elsewhere"}, set()),
    (above_the_stub, {"answer-elsewhere"}, set()),
    (at_the_end, {"answer-elsewhere"}, set()),
    (emptied_and_at_the_end, {"answer-elsewhere"}, set()),
    (typed_into_the_checks, {"locked-changed", "answer-elsewhere"}, set()),
    (checks_made_easy, {"locked-changed"}, {FIRST.part}),
    (set_up_extended, {"locked-changed"}, set()),
    (retyped("markdown"), {"answer-retyped"}, set()),
    (retyped("raw"), {"answer-retyped"}, set()),
    (retyped("heading"), {"answer-retyped"}, set()),
    (retyped_without_metadata, {"answer-retyped", "answer-found"}, set()),
    (without_metadata_or_ids, {"answer-found"}, set()),
    (moved_to_the_end, {"order-changed"}, set()),
    (backwards, {"order-changed"}, set()),
    (without_checks, {"locked-deleted"}, set()),
    (task_edited, {"text-changed"}, set()),
    (answer_deleted, {"answer-missing"}, {FIRST.part}),
    (answer_emptied, set(), {FIRST.part}),
    (doubled, {"answer-copied"}, set()),
    (attempts, {"answer-copied"}, set()),
    (tagged_and_claimed, set(), set()),
    (format_3, {"old-format"}, set()),
    (odd_cells, {"cells-damaged"}, set()),
    (half_characters, {"text-damaged"}, set()),
    (too_many_cells, {"cells-too-many"}, set()),
    (too_long_a_cell, {"cells-too-long"}, set()),
    (another_notebook, {"nothing-recognised"}, set(PARTS)),
    (no_cells, {"no-cells"}, set(PARTS)),
    (no_version, {"old-format"}, set()),
]


@pytest.mark.parametrize(("change", "codes", "lost"), ODD, ids=lambda x: getattr(x, "__name__", ""))
def test_an_odd_notebook_is_mended_and_it_is_said(
    change: Change, codes: set[str], lost: set[str]
) -> None:
    nb = right()
    change(nb)
    clean_nb, notices = rebuild(RELEASED, json.dumps(nb).encode())
    check_clean(clean_nb)
    check_said(notices, codes)
    assert passed(clean_nb) == [part for part in PARTS if part not in lost]
    again, said = rebuild(RELEASED, nbformat.writes(clean_nb).encode())
    assert {n.code for n in said} <= {"answer-elsewhere"}, "the second time there is little to mend"
    assert passed(again) == passed(clean_nb)


def rebuilt(change: Change) -> list[str]:
    return sources(rebuilt_notebook(change))


def rebuilt_notebook(change: Change) -> Any:
    nb = right()
    change(nb)
    return rebuild(RELEASED, json.dumps(nb).encode())[0]


def answer(change: Change, graded: course.Graded = FIRST) -> str:
    """What stands in the cell for an answer."""
    found = course.solution_cells(rebuilt_notebook(change), TOPIC)[graded.part].source
    assert isinstance(found, str)
    return found


def test_of_several_answers_the_last_counts_and_the_others_stay_where_they_were() -> None:
    found = rebuilt(copied_before)
    assert found[0] == FOLDED
    assert RIGHT[FIRST.part] in found
    found = rebuilt(attempts)
    start = found.index(f"{MARK}_0 = 0")
    assert found[start : start + 4] == [*(f"{MARK}_{n} = {n}" for n in range(3)), RIGHT[FIRST.part]]
    assert rebuilt(doubled) == rebuilt(lambda _: None)


def test_what_was_typed_into_a_locked_cell_stands_beside_it() -> None:
    def change(nb: Notebook) -> None:
        set_up_extended(nb)
        cell_of(nb, SECOND.grade_id)["source"] = "x = 1"

    found = rebuilt(change)
    released = sources(RELEASED)
    setup = next(c.source for c in RELEASED.cells if "nbgrader" in c.metadata)
    assert found[found.index(setup) + 1].endswith(f"{MARK} = 1")
    checks = released[at(right(), SECOND.grade_id)]
    assert found[found.index(checks) - 1] == "x = 1"


def test_what_is_no_text_is_no_line_of_a_cell() -> None:
    assert answer(odd_cells) == RIGHT[FIRST.part]
    assert len(rebuilt(odd_cells)) == len(RELEASED.cells) + 3


def test_own_cells_follow_the_cell_that_they_followed_when_the_order_comes_back() -> None:
    def change(nb: Notebook) -> None:
        place = at(nb, answer_to(FIRST))
        nb["cells"].insert(place + 1, code("after = 1"))
        nb["cells"] = nb["cells"][place:] + nb["cells"][:place]

    found = rebuilt(change)
    assert found[found.index("after = 1") - 1] == RIGHT[FIRST.part]


def test_edited_prose_is_kept_below_the_original() -> None:
    found = rebuilt(task_edited)
    assert found[:2] == [RELEASED.cells[0].source, f"{MARK}: my notes"]


def test_half_characters_are_replaced_and_split_ones_are_joined() -> None:
    assert rebuilt(half_characters)[-2:] == ["s = '\ufffd \ufffd \ufffd'", "t = '\U0001f600'"]


def test_of_the_halves_of_a_cell_the_one_that_defines_the_function_is_the_answer() -> None:
    assert answer(split) == RIGHT[FIRST.part]
    assert "print('hi')" in rebuilt(split)


def test_a_stub_gives_way_where_its_function_is_defined_before_the_checks() -> None:
    assert answer(merged, SECOND) == POINTER
    assert answer(at_the_end) == RIGHT[FIRST.part]
    assert rebuilt(at_the_end)[-1] == RIGHT[FIRST.part]


def test_a_definition_in_prose_is_an_answer_only_where_there_is_no_cell_for_it() -> None:
    prose = {"cell_type": "markdown", "metadata": {}, "source": f"def {FIRST.part}(): my idea"}

    def beside_the_stub(nb: Notebook) -> None:
        cell_of(nb, answer_to(FIRST))["source"] = STUB
        nb["cells"].append(prose)

    def beside_code(nb: Notebook) -> None:
        cell_of(nb, answer_to(FIRST)).update(metadata={}, id="lost")
        nb["cells"].append(prose)

    assert answer(beside_the_stub) == STUB
    assert answer(beside_code) == RIGHT[FIRST.part]


def test_new_ids_are_not_those_of_the_release() -> None:
    released = copy.deepcopy(RELEASED)
    released.cells[0].id = "extra-1"
    nb = right()
    with_own_cells(nb)
    clean_nb, _ = rebuild(released, json.dumps(nb).encode())
    assert len({cell.id for cell in clean_nb.cells}) == len(clean_nb.cells)


def test_no_more_cells_come_out_than_may_come_in() -> None:
    assert len(rebuilt(too_many_cells)) <= len(RELEASED.cells) + MOST_CELLS


# ---- bytes that are no notebook

DEEP = 200_000
LONG = 1_000_000
UNREADABLE: dict[str, tuple[bytes, set[str]]] = {
    "empty": (b"", {"notebook-empty"}),
    "blank": (b"\n  \0", {"notebook-empty"}),
    "too large": (b" " * LARGEST_NOTEBOOK_BYTES + b"{}", {"notebook-too-large"}),
    "binary": (bytes(range(256)), {"not-a-notebook"}),
    "BOM alone": (b"\xef\xbb\xbf", {"not-a-notebook"}),
    "half a UTF-16 character": (b"\xff\xfe{", {"not-a-notebook"}),
    "zip": (b"PK\x03\x04" + b"\0" * 100, {"not-a-notebook"}),
    "cut off": (json.dumps(right()).encode()[:-20], {"not-a-notebook"}),
    "deep": (b"[" * DEEP + b"]" * DEEP, {"not-a-notebook"}),
    "deep below": (b'{"cells":' * DEEP, {"not-a-notebook"}),
    "a list": (b"[]", {"not-a-notebook"}),
    "a number": (b"1", {"not-a-notebook"}),
    "NaN": (b"NaN", {"not-a-notebook"}),
    "no cells": (b"{}", {"not-a-notebook"}),
    "cells are an object": (b'{"nbformat": 4, "cells": {"0": {}}}', {"not-a-notebook"}),
    "worksheets are none": (b'{"nbformat": 3, "worksheets": null}', {"not-a-notebook"}),
}


@pytest.mark.parametrize(("raw", "codes"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_notebook_becomes_the_release(raw: bytes, codes: set[str]) -> None:
    clean_nb, notices = rebuild(RELEASED, raw)
    check_clean(clean_nb)
    check_said(notices, codes)
    assert clean_nb == RELEASED


@pytest.mark.parametrize(
    "junk", ["9" * LONG, f"-{'9' * LONG}", f"1.{'9' * LONG}e999", "NaN", "-Infinity", "1e999999"]
)
def test_odd_numbers_cost_nothing(junk: str) -> None:
    text = json.dumps(right()).replace('"nbformat_minor": 5', f'"nbformat_minor": {junk}, "a":[0]')
    assert junk in text
    clean_nb, notices = rebuild(RELEASED, text.encode())
    assert passed(clean_nb) == PARTS
    assert notices == ()


def test_of_two_keys_the_last_counts() -> None:
    text = json.dumps(right()).replace('"cells":', '"cells": [], "cells":', 1)
    assert passed(rebuild(RELEASED, text.encode())[0]) == PARTS


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    nb = right()
    cell_of(nb, answer_to(FIRST))["source"] = RIGHT[FIRST.part] + "\n# caf\u00e9"
    raw = json.dumps(nb, ensure_ascii=False).encode("latin-1", "replace")
    clean_nb, notices = rebuild(RELEASED, raw)
    assert passed(clean_nb) == PARTS
    check_said(notices, {"text-damaged"})
