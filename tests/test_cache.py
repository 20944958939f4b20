"""What was executed is kept as long as it holds, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

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
