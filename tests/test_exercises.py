"""Every topic's notebooks: source and release in step, graded cells sound, nothing given away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.utils import is_grade
from nbgrader.validator import Validator

from coursework import course

ROOT = Path(__file__).resolve().parents[1]
TOPICS = course.topics(ROOT)
BEGIN, END = "### BEGIN HIDDEN TESTS\n", "### END HIDDEN TESTS\n"
every_topic = pytest.mark.parametrize("topic", TOPICS)


def source(topic: str) -> Any:
    return course.read(course.notebook(ROOT, course.SOURCE, topic))


def released(topic: str) -> Any:
    return course.read(course.notebook(ROOT, course.RELEASE, topic))


def graded(nb: Any) -> Iterator[Any]:
    return filter(is_grade, nb.cells)


def hidden_and_visible(cell: Any) -> tuple[str, str]:
    """The two halves of a graded cell of the source."""
    before, _, rest = cell.source.partition(BEGIN)
    hidden, found, visible = rest.partition(END)
    assert found, "no hidden region"
    assert before == "", "the hidden region comes first, so that a failed check can give its hint"
    return hidden, visible


def test_there_are_topics() -> None:
    assert TOPICS


@every_topic
def test_the_release_is_what_the_source_generates(topic: str, tmp_path: Path) -> None:
    pipeline = course.Pipeline(ROOT, tmp_path, gradebook=False)
    fresh = pipeline.release(topic).read_bytes()
    kept = course.notebook(ROOT, course.RELEASE, topic).read_bytes()
    assert kept == fresh, "exercises/ is stale or was edited: run `make exercises`"


def test_releasing_writes_only_what_changed(tmp_path: Path) -> None:
    for name in (course.SOURCE, "src", "tests", course.SETTINGS):
        (tmp_path / name).symlink_to(ROOT / name)
    assert [changed for _, changed in course.release(tmp_path)] == [True] * len(TOPICS)
    paths = [path for path, _ in course.release(tmp_path)]
    assert paths == [course.notebook(tmp_path, course.RELEASE, topic) for topic in TOPICS]
    paths[0].write_text("edited")
    changed = [changed for _, changed in course.release(tmp_path)]
    assert changed == [True] + [False] * (len(TOPICS) - 1)


@every_topic
def test_a_folder_holds_its_notebook_and_nothing_else(topic: str) -> None:
    """nbgrader copies every file beside a source into the release."""
    for step in (course.SOURCE, course.RELEASE):
        path = course.notebook(ROOT, step, topic)
        assert [found for found in path.parent.rglob("*") if found.is_file()] == [path]


@every_topic
def test_parts_are_those_of_the_hidden_tests_with_points_in_the_heading(topic: str) -> None:
    nb = source(topic)
    cells = course.graded_cells(nb, topic)
    assert [cell.part for cell in cells] == list(course.hidden_parts(ROOT, topic))
    assert 4 <= len(cells) <= 7
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## (\d)\. `(\w+)` \((\d) points?\)$", text, flags=re.MULTILINE)
    assert [(name, int(points)) for _, name, points in headings] == [
        (cell.part, cell.points) for cell in cells
    ]
    assert all(1 <= cell.points <= 4 for cell in cells)


@every_topic
def test_each_graded_cell_has_a_hidden_check_and_visible_asserts_with_messages(topic: str) -> None:
    nb = source(topic)
    for cell, part in zip(graded(nb), course.graded_cells(nb, topic), strict=True):
        hidden, visible = hidden_and_visible(cell)
        assert f'PARTS["{part.part}"].check({part.part})' in hidden
        asserts = [node for node in ast.walk(ast.parse(visible)) if isinstance(node, ast.Assert)]
        assert len(asserts) >= 2
        for node in asserts:
            assert node.msg is not None
            message = ast.unparse(node.msg)
            assert "gave {got" in message
            assert "expected" in message
            assert message.rstrip("'\")").endswith("?")
        last = ast.parse(visible).body[-1]
        assert "Hidden checks" in ast.unparse(last), "the last line says what is still to come"


@every_topic
def test_each_part_asks_for_a_guess_before_the_solution(topic: str) -> None:
    nb = source(topic)
    for name, cell in course.solution_cells(nb, topic).items():
        before = nb.cells[nb.cells.index(cell) - 1]
        assert re.search(r"^guess_\w+ = None$", before.source, flags=re.MULTILINE), name


@every_topic
def test_the_source_is_clean_and_its_cell_ids_say_what_they_are(topic: str) -> None:
    nb = source(topic)
    nbformat.validate(nb)
    assert nb.metadata.kernelspec == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    ids = [cell.id for cell in nb.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell_id) for cell_id in ids)
    for cell in nb.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    texts = [cell for cell in nb.cells if cell.cell_type == "markdown"]
    titles = [cell for cell in texts if re.search(r"^# ", cell.source, flags=re.MULTILINE)]
    assert titles == [nb.cells[0]]


@every_topic
def test_the_release_gives_nothing_away(topic: str) -> None:
    text = "\n".join(cell.source for cell in released(topic).cells)
    for secret in ("HIDDEN TESTS", "hidden." + topic, "PARTS", "SOLUTION", "hwmath"):
        assert secret not in text
    for part in course.hidden_parts(ROOT, topic).values():
        for wrong in part.misconceptions:
            assert wrong.hint not in text
            assert wrong.name not in text
    for cell in course.solution_cells(source(topic), topic).values():
        for line in _solution_lines(cell.source):
            assert line not in text, f"the release holds a line of the solution: {line}"


def _solution_lines(cell: str) -> list[str]:
    inside = cell.partition("### BEGIN SOLUTION\n")[2].partition("### END SOLUTION")[0]
    return [line.strip() for line in inside.splitlines() if line.strip()]


@every_topic
def test_the_release_keeps_signature_and_docstring(topic: str) -> None:
    answers = course.solution_cells(source(topic), topic)
    for name, cell in course.solution_cells(released(topic), topic).items():
        kept = answers[name].source.partition("    ### BEGIN SOLUTION")[0]
        assert cell.source == f"{kept}    # YOUR CODE HERE\n    raise NotImplementedError()"
        function = ast.parse(kept + "    pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        assert ast.get_docstring(function)


@pytest.mark.slow
@every_topic
def test_the_source_passes_and_in_the_release_no_graded_cell_does(
    topic: str, tmp_path: Path
) -> None:
    course.settings(ROOT, ROOT)  # puts the hidden tests on the kernels' path
    assert Validator().validate(str(course.notebook(ROOT, course.SOURCE, topic))) == {}
    release = course.notebook(ROOT, course.RELEASE, topic)
    assert Validator(invert=True).validate(str(release)) == {}

    given_away = course.read(release)
    cell = next(graded(given_away))
    cell.source = "print('nothing is checked here')"
    path = tmp_path / "given_away.ipynb"
    course.write(given_away, path)
    found = Validator(invert=True, ignore_checksums=True).validate(str(path))
    assert [cell["source"] for cell in found["passed"]] == [cell.source]
