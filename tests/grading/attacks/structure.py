"""Notebooks whose cells or metadata are not what was released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grading.attacks import ALL, ATTAINABLE, BATCH, GEMM, NOTHING, STENCIL, Group
from grading.attacks.desk import Desk, Work, checks, code, fresh, prose, solutions

GROUP = Group("structure")
EMPTY = Work(every="")


def edited(
    tries: str,
    earns: frozenset[str] = ALL,
    keeps: frozenset[str] | None = None,
    work: Work | None = None,
) -> Callable[[Callable[[Any], None]], Any]:
    """Decorate a function that changes the finished notebook in place."""

    def add(change: Callable[[Any], None]) -> None:
        def hand_in(desk: Desk) -> None:
            nb = desk.notebook(work)
            change(nb)
            desk.put(nb)

        GROUP.folder(tries, earns, keeps, name=change.__name__.replace("_", "-"))(hand_in)

    return add


@edited("Tags every check so that the kernel skips it, and answers nothing.", NOTHING, work=EMPTY)
def skip_execution(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.tags = ["skip-execution"]


@edited("Tags every cell so that errors in it are expected.", NOTHING, work=EMPTY)
def raises_exception(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata.tags = ["raises-exception", "nbgrader-ignore"]


@edited("Tags the checks of right answers so that they never run.")
def skips_its_own_checks(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.tags = ["skip-execution"]


@edited("Empties the checks, with no answer above them.", NOTHING, work=EMPTY)
def empty_checks(nb: Any) -> None:
    for cell in checks(nb):
        cell.source = "pass"


@edited("Claims a hundred points for each part.")
def more_points(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.nbgrader.points = 100


@edited("Claims a hundred points for each part, with no answer.", NOTHING, work=EMPTY)
def more_points_for_nothing(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.nbgrader.points = 100


@edited("Gives points that are no numbers, so that a sum fails.")
def points_that_are_no_numbers(nb: Any) -> None:
    odd: list[Any] = ["many", None, -5, float("nan"), [], {}, 10**400]
    for cell, points in zip(checks(nb), odd, strict=True):
        cell.metadata.nbgrader.points = points


@edited("Sets the schema version of every cell to 99.")
def schema_99(nb: Any) -> None:
    _schema(nb, 99)


@edited("Sets the schema version of every cell to 1.")
def schema_1(nb: Any) -> None:
    _schema(nb, 1)


@edited("Sets the schema version of every cell to something that is no number.")
def schema_without_number(nb: Any) -> None:
    _schema(nb, {"three": [3]})


def _schema(nb: Any, version: Any) -> None:
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.schema_version = version


@edited("Marks its own cells as graded, worth a thousand points.", NOTHING, work=EMPTY)
def graded_cells_of_its_own(nb: Any) -> None:
    fields = {**next(checks(nb)).metadata.nbgrader, "points": 1000}
    for n in range(5):
        mine = {**fields, "grade_id": f"roofline-{n + 8}-bonus"}
        nb.cells.append(code("pass", metadata={"nbgrader": mine}))


@edited("Marks every check as an answer that is graded by hand.", NOTHING, work=EMPTY)
def checks_turned_into_answers(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.nbgrader.update(solution=True, task=True, locked=False)


@edited("Writes three copies of each check.")
def checks_three_times(nb: Any) -> None:
    nb.cells = [c for cell in nb.cells for c in [cell] * (3 if cell in [*checks(nb)] else 1)]


@edited("Writes each answer twice under the same id.")
def answers_twice(nb: Any) -> None:
    nb.cells = [c for cell in nb.cells for c in [cell] * (2 if cell in [*solutions(nb)] else 1)]


@edited("Has an empty copy of one answer at the end.", keeps=ALL - {GEMM})
def a_second_answer_that_is_empty(nb: Any) -> None:
    again = fresh([*solutions(nb)][1])
    again.source = "def gemm_intensity(m, n, k, element_bytes):\n    raise NotImplementedError()"
    nb.cells.append(again)


@edited("Repeats one check three hundred times.", keeps=NOTHING)
def a_check_three_hundred_times(nb: Any) -> None:
    nb.cells += [next(checks(nb))] * 300


@edited("Adds three thousand cells.", keeps=NOTHING)
def three_thousand_cells(nb: Any) -> None:
    nb.cells += [code(f"x = {n}") for n in range(3000)]


@edited("Deletes all checks.")
def checks_deleted(nb: Any) -> None:
    gone = [*checks(nb)]
    nb.cells = [cell for cell in nb.cells if cell not in gone]


@edited("Deletes all answers.", NOTHING)
def answers_deleted(nb: Any) -> None:
    gone = [*solutions(nb)]
    nb.cells = [cell for cell in nb.cells if cell not in gone]


@edited("Deletes one answer.", ALL - {STENCIL})
def one_answer_deleted(nb: Any) -> None:
    nb.cells.remove([*solutions(nb)][2])


@edited("Deletes all cells but the answers.")
def only_the_answers(nb: Any) -> None:
    nb.cells = [*solutions(nb)]


@edited("Has no cell at all.", NOTHING)
def no_cells(nb: Any) -> None:
    nb.cells = []


@edited("Puts the cells into the opposite order.")
def cells_backwards(nb: Any) -> None:
    nb.cells.reverse()


@edited("Passes its one right answer off as the answer to every part.", frozenset({ATTAINABLE}))
def one_answer_under_every_id(nb: Any) -> None:
    first, *others = solutions(nb)
    for cell in others:
        cell.source = first.source


@edited("Gives the check of the easiest part the id of the part with most points.", keeps=NOTHING)
def ids_exchanged(nb: Any) -> None:
    first, *_, last = checks(nb)
    ids = first.metadata.nbgrader, last.metadata.nbgrader
    ids[0].grade_id, ids[1].grade_id = ids[1].grade_id, ids[0].grade_id


@edited("Renames all ids, to escape into cells that nobody knows.", NOTHING, work=EMPTY)
def ids_renamed(nb: Any) -> None:
    for n, cell in enumerate(nb.cells):
        cell.metadata.setdefault("nbgrader", {})["grade_id"] = f"../../{n}"


@edited("Uses ids that lead out of a folder or into a query.", keeps=NOTHING)
def ids_that_are_paths(nb: Any) -> None:
    for cell in checks(nb):
        cell.metadata.nbgrader.grade_id = "../../../gradebook'; DROP TABLE grade; --"


@edited("Turns one answer into a text cell.", keeps=ALL - {GEMM})
def an_answer_as_text(nb: Any) -> None:
    [*solutions(nb)][1].cell_type = "markdown"


@edited("Turns all checks into raw cells.")
def checks_as_raw_cells(nb: Any) -> None:
    for cell in checks(nb):
        cell.cell_type = "raw"


@edited("Rewrites the locked set-up cell so that its own NumPy is gone.", keeps=NOTHING)
def set_up_rewritten(nb: Any) -> None:
    next(
        c for c in nb.cells if "nbgrader" in c.metadata
    ).source = "np = math = None\nassert_ = print"


@edited("Asks for another kernel and another language.")
def another_kernel(nb: Any) -> None:
    nb.metadata.kernelspec = {"name": "bash", "language": "bash", "display_name": "Bash"}
    nb.metadata.language_info = {"name": "c++"}


@edited("Has metadata of wrong kinds on cells of its own.")
def metadata_of_wrong_kinds(nb: Any) -> None:
    for value in ([1, 2], "text", 7, {"grade": "yes", "solution": {}}, {"grade_id": [1]}):
        nb.cells.append(code("pass", metadata={"nbgrader": value}))
    nb.metadata.update(nbgrader=[], kernelspec=None, widgets=7)


@edited("Has one answer to its name, and takes the id of each other check.", frozenset({BATCH}))
def one_answer_and_all_checks(nb: Any) -> None:
    *others, last = solutions(nb)
    ids = [cell.metadata.nbgrader for cell in checks(nb)]
    for cell, fields in zip(others, ids, strict=False):
        cell.source, cell.metadata.nbgrader = "pass", fields
    assert "batch" in last.source


@edited("Gives all cells one and the same cell id, and one none.")
def one_cell_id(nb: Any) -> None:
    for cell in nb.cells:
        cell.id = "same"
    del nb.cells[-1]["id"]


@edited("Adds attachments, outputs and cell types that no format knows.")
def unknown_fields(nb: Any) -> None:
    nb.cells.append({"cell_type": "hologram", "metadata": {}, "source": "x", "id": "x"})
    nb.cells.append(prose("![](attachment:x)", attachments={"x": {"a/b": 7}}))
    nb.cells.append(code("pass", outputs=[{"output_type": "smell"}, 7, None]))
