"""A course directory in nbgrader's eyes: its topics, their notebooks, and its pipeline.

Topics are the folders of `solutions/`.  Everything generated goes through nbgrader with the
settings of `nbgrader_config.py`, in whatever directory it is asked to work in.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat.warnings import MissingIDFieldWarning
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution
from sqlalchemy.exc import SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from coursework.parts import Part

SOURCE: Final = "solutions"
RELEASE: Final = "exercises"
SETTINGS: Final = "nbgrader_config.py"
SOLUTION_SUFFIX: Final = "-solution"
_nbformat: Any = nbformat  # its functions carry no types


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded cell: the part it belongs to, its id in the gradebook, and its points."""

    part: str
    grade_id: str
    points: float


def topics(root: Path) -> list[str]:
    """The topics that have an exercise, by name."""
    return sorted(path.name for path in (root / SOURCE).iterdir() if path.is_dir())


def notebook(root: Path, step: str, topic: str) -> Path:
    """Where the notebook of a topic lies, as source (`SOURCE`) or as released (`RELEASE`)."""
    return root / step / topic / f"{topic}.ipynb"


def read(path: Path) -> Any:
    """A notebook from a file."""
    return _nbformat.read(path, as_version=4)


def write(nb: Any, path: Path) -> None:
    """Put a notebook into a file, and make the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _nbformat.write(nb, path)


def hidden_parts(root: Path, topic: str) -> dict[str, Part]:
    """The parts of a topic, by the student's function: `PARTS` of `tests/hidden/<topic>.py`."""
    settings(root, root)
    found: dict[str, Part] = importlib.import_module(f"hidden.{topic}").PARTS
    return found


def graded_cells(nb: Any, topic: str) -> list[Graded]:
    """The graded cells, in the notebook's order; ids are `<topic>-<n>-<part>`.

    Raises: ValueError for an id of another form, or numbers that do not count up from 1.
    """
    cells: list[Graded] = []
    for cell in filter(is_grade, nb.cells):
        grade_id = str(cell.metadata.nbgrader.grade_id)
        part = grade_id.removeprefix(f"{topic}-{len(cells) + 1}-")
        if part == grade_id or not part.isidentifier():
            raise ValueError(f"grade_id={grade_id!r} is not {topic}-{len(cells) + 1}-<part>")
        cells.append(Graded(part, grade_id, float(cell.metadata.nbgrader.points)))
    return cells


def solution_cells(nb: Any, topic: str) -> dict[str, Any]:
    """The cells that a student fills in, by part."""
    by_id = {str(c.metadata.nbgrader.grade_id): c for c in nb.cells if is_solution(c)}
    return {g.part: by_id[g.grade_id + SOLUTION_SUFFIX] for g in graded_cells(nb, topic)}


def settings(root: Path, directory: Path) -> Config:
    """The settings in `root`, for a course that lives in `directory`.

    Reading them also puts the hidden tests on the path, as the settings themselves say.
    """
    config = PyFileConfigLoader(SETTINGS, path=str(root)).load_config()
    config.CourseDirectory.root = str(directory.resolve())
    return config


class Pipeline:
    """nbgrader at work in a directory of its own, on the sources and settings of `root`."""

    def __init__(self, root: Path, directory: Path, *, gradebook: bool = True) -> None:
        self.directory = directory
        config = settings(root, directory)
        config.GenerateAssignment.no_database = not gradebook
        config.SaveCells.enabled = gradebook
        self.api = NbGraderAPI(CourseDirectory(config=config), config=config)
        if directory.resolve() != root.resolve():
            shutil.copytree(root / SOURCE, directory / SOURCE, dirs_exist_ok=True)

    def release(self, topic: str) -> Path:
        """Generate the notebook that students get."""
        self._run(self.api.generate_assignment, topic)
        return notebook(self.directory, RELEASE, topic)

    @staticmethod
    def _run(step: Callable[..., dict[str, Any]], *args: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own gradebook
            warnings.simplefilter("ignore", MissingIDFieldWarning)  # of cells it brings back
            result = step(*args, force=True)
        if not result["success"]:
            raise RuntimeError(f"nbgrader failed:\n{result.get('log')}\n{result.get('error')}")


def release(root: Path) -> Iterator[tuple[Path, bool]]:
    """Regenerate the notebooks of all topics; each path, and whether its content changed."""
    with tempfile.TemporaryDirectory() as scratch:
        pipeline = Pipeline(root, Path(scratch), gradebook=False)
        for topic in topics(root):
            fresh = pipeline.release(topic).read_bytes()
            target = notebook(root, RELEASE, topic)
            changed = not target.exists() or target.read_bytes() != fresh
            if changed:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(fresh)
            yield target, changed
