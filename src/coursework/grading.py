"""One hand-in graded: its clean notebook run in a sandbox, its parts checked.

Its cells are run, its outputs are kept, and the checks that students can see are made.  Only then
are the hidden ones made, in copies that were held as they stood at their parts, and no word of
the student's is kept any more: so no hidden input can come out in a message or an output.  What
has no copy left is run again for its hidden checks, in a fresh process.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_locked

from coursework.course import RELEASE, SOURCE, Graded, graded_cells, notebook, read
from coursework.limits import Limits
from coursework.parts import PUBLIC_SEED, course_secret
from coursework.results import PartResult
from coursework.sandbox.checks import Checks
from coursework.sandbox.ladder import Rung
from coursework.sandbox.warm import Warm
from coursework.session import ENDED, STOPPED, TIME_LIMIT, Ran, Session

ALL_RIGHT: Final = "All checks pass.\n"


class Exercise:
    """What an exercise's files say about grading it."""

    def __init__(self, root: Path, topic: str) -> None:
        self.root, self.topic = root, topic
        self.released = read(notebook(root, RELEASE, topic))
        source = read(notebook(root, SOURCE, topic))
        self.graded: list[Graded] = graded_cells(source, topic)
        self.visible = _checks(self.released)
        self.checks = _checks(source)

    @property
    def setup(self) -> list[str]:
        """The released cells that are locked and not graded: what every part may rely on."""
        cells = [cell for cell in self.released.cells if cell.cell_type == "code"]
        return [cell.source for cell in cells if is_locked(cell) and not is_grade(cell)]

    @property
    def imports(self) -> list[str]:
        """The modules that the released code imports."""
        code = [cell.source for cell in self.released.cells if cell.cell_type == "code"]
        return list(dict.fromkeys(name for source in code for name in imported(source)))


class Grader:
    """Grades hand-ins of one topic, one after the other, with processes that are kept warm."""

    def __init__(self, exercise: Exercise, limits: Limits, rung: Rung) -> None:
        self.exercise, self.limits = exercise, limits
        self.warm = Warm(rung, limits, exercise.imports)
        root, topic, setup = exercise.root, exercise.topic, exercise.setup
        self.checks = Checks(rung, root, topic, setup, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self.warm.close()
        self.checks.close()

    def grade(self, clean: Any, only: frozenset[str] = frozenset()) -> tuple[list[PartResult], Any]:
        """The results of the parts (of those in `only`, if any), and the notebook with outputs."""
        nb = copy.deepcopy(clean)
        wanted = [part for part in self.exercise.graded if not only or part.part in only]
        with Session(self.warm, self.checks, self.limits) as session:
            visible = self._walk(session, nb, wanted, hidden=False)
            sources = {part.part: self.exercise.checks[part.grade_id] for part in wanted}
            held = session.check_held(sources)
            hidden = {part.grade_id: held[part.part] for part in wanted if part.part in held}
            left = [part for part in wanted if part.part not in held]
            if left:
                session.start_over()
                hidden |= self._walk(session, nb, left, hidden=True)
        results = [_result(part, visible[part.grade_id], hidden[part.grade_id]) for part in wanted]
        self.tell(nb, results)
        return results, nb

    def tell(self, nb: Any, results: Sequence[PartResult]) -> None:
        """Put the results into the graded cells, where nbgrader reads them as outputs."""
        by_id = {result.grade_id: result for result in results}
        for cell in filter(is_grade, nb.cells):
            grade_id = str(cell.metadata.nbgrader.grade_id)
            if grade_id in by_id:
                cell.source = self.exercise.checks[grade_id]
                cell.outputs = _verdict_output(by_id[grade_id])

    def _walk(
        self, session: Session, nb: Any, wanted: Sequence[Graded], *, hidden: bool
    ) -> dict[str, Mapping[str, Any]]:
        """Run the cells and check the parts on the way, with the hidden checks or without."""
        by_id = {part.grade_id: part for part in wanted}
        checks = self.exercise.checks if hidden else self.exercise.visible
        verdicts: dict[str, Mapping[str, Any]] = {}
        for number, cell in enumerate(nb.cells, start=1):
            if cell.cell_type != "code":
                continue
            if not is_grade(cell):
                ran = session.run(number, cell.source)
                if not hidden:
                    cell.outputs = outputs(ran)
            elif part := by_id.get(str(cell.metadata.nbgrader.grade_id)):
                source = checks[part.grade_id]
                verdicts[part.grade_id] = session.check(source, part.part, hidden=hidden)
        return verdicts


def imported(source: str) -> Iterator[str]:
    """The modules that a cell imports at its top; none where it is no plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def outputs(ran: Ran) -> list[Any]:
    """What a cell printed and how it ended, as a notebook keeps it."""
    kept = [new_output("stream", name="stdout", text=ran.output)] if ran.output else []
    if ran.error:
        lines = [f"{ran.error}: {ran.message}"]
        kept.append(new_output("error", ename=ran.error, evalue=ran.message, traceback=lines))
    return kept


def _checks(nb: Any) -> dict[str, str]:
    """The sources of the graded cells, by their ids."""
    cells = filter(is_grade, nb.cells)
    return {str(cell.metadata.nbgrader.grade_id): str(cell.source) for cell in cells}


def was_stopped(cell: Any) -> bool:
    """Whether a cell of a notebook that was run had to be stopped, or ended its process."""
    ends = (output.get("ename") for output in cell.get("outputs", ()))
    return any(end in (ENDED, STOPPED, TIME_LIMIT) for end in ends)


def _result(graded: Graded, visible: Mapping[str, Any], hidden: Mapping[str, Any]) -> PartResult:
    """What both runs say; the hidden checks know more, so their word goes first."""
    verdict = hidden if hidden["failed"] and not hidden.get("untold") else visible
    failed = str(verdict["failed"] or hidden["failed"])
    return PartResult(
        part=graded.part,
        grade_id=graded.grade_id,
        points=0.0 if failed else graded.points,
        max_points=graded.points,
        called=str(verdict.get("called", "")),
        failed=failed,
        hint=str(verdict.get("hint", "")),
        misconception=str(verdict.get("misconception", "")),
        calls=int(visible.get("calls", 0)) + int(hidden.get("calls", 0)),
    )


def _verdict_output(result: PartResult) -> list[Any]:
    if result.passed:
        return [new_output("stream", name="stdout", text=ALL_RIGHT)]
    lines = result.message.splitlines()
    return [new_output("error", ename="PartFailed", evalue=result.message, traceback=lines)]


def secret_fingerprint() -> str:
    """Eight digits that tell two secrets apart without giving them away, or "public"."""
    secret = course_secret()
    if secret == PUBLIC_SEED:
        return PUBLIC_SEED
    return hashlib.sha256(f"fingerprint {secret}".encode()).hexdigest()[:8]
