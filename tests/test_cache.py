"""What was executed is kept as long as it holds, and no longer."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat import v4

from coursesite import cache


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "src/hwmath/roofline.py",
        "src/hwmath/data/chips.toml",
        "src/coursesite/static/course.css",
        "tests/hidden/roofline.py",
        "tests/test_roofline.py",
        "requirements.txt",
        "README.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("src/hwmath/roofline.py", False),
        ("src/hwmath/data/chips.toml", False),
        ("src/hwmath/new.py", False),
        ("tests/hidden/roofline.py", False),
        ("requirements.txt", False),
        ("src/hwmath/__pycache__/roofline.pyc", True),
        ("src/coursesite/static/course.css", True),
        ("tests/test_roofline.py", True),
        ("README.md", True),
    ],
)
def test_another_state_of_what_cells_read_has_another_cache(
    root: Path, name: str, holds: bool
) -> None:
    before = cache.fingerprint(root)
    assert cache.fingerprint(root) == before
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("other")
    assert (cache.fingerprint(root) == before) is holds


def test_text_that_moves_from_one_file_to_the_next_is_noticed(root: Path) -> None:
    one, other = root / "src/hwmath/a.py", root / "src/hwmath/b.py"
    one.write_text("xy")
    other.write_text("z")
    before = cache.fingerprint(root)
    one.write_text("x")
    other.write_text("yz")
    assert cache.fingerprint(root) != before


def test_only_the_cache_in_use_is_kept(root: Path, tmp_path: Path) -> None:
    build = tmp_path / "_build"
    old = cache.choose(root, build)
    old.mkdir(parents=True)
    assert cache.choose(root, build) == old
    assert old.is_dir()
    (root / "requirements.txt").write_text("numpy==0")
    new = cache.choose(root, build)
    assert new != old
    assert not old.exists()


def test_what_was_executed_before_is_written_with_its_outputs(tmp_path: Path) -> None:
    """In one piece each, though the kernel sent several."""
    code = "print('one')\nprint('two')"
    source = v4.new_notebook(cells=[v4.new_markdown_cell("Both:"), v4.new_code_cell(code)])
    executed = v4.new_notebook(cells=[v4.new_code_cell(code, execution_count=1)])
    executed.cells[0].outputs = [
        v4.new_output("stream", name="stdout", text="one\n"),
        v4.new_output("stream", name="stderr", text="careful\n"),
        v4.new_output("stream", name="stdout", text="two\n"),
        v4.new_output("display_data", data={"text/plain": "three"}),
    ]
    store = get_cache(tmp_path / "executed")
    store.cache_notebook_bundle(CacheBundleIn(executed, "both.md"))
    page = tmp_path / "both.ipynb"
    nbformat.write(source, page)
    for _ in range(2):
        cache.put_outputs_back(page, tmp_path / "executed")
        text, cell = nbformat.read(page, as_version=4).cells
        assert text.source == "Both:"
        shown = [output.get("text") for output in cell.outputs]
        assert shown == ["one\ntwo\n", "careful\n", None]


def test_what_was_never_executed_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "two.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("print(2)")]), page)
    before = page.read_bytes()
    cache.put_outputs_back(page, tmp_path / "executed")
    assert page.read_bytes() == before
