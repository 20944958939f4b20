"""The book built again is the same to the byte: elsewhere, over it, and out of the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from nbformat import v4

from browser.conftest import SITE
from browser.rebuild import MEASURES, give

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ("web/node_modules", "_build/pyodide", "_build/downloads")
"""What both builds take from npm and PyPI."""
pytestmark = pytest.mark.browser


def copied(folder: Path) -> Path:
    """A copy of what git tracks, or would."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in SHARED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(ROOT / name)
    return folder


def build(folder: Path, *options: str) -> Path:
    """The website, built there."""
    path = os.pathsep.join((str(folder / "src"), str(folder / "tests")))
    done = subprocess.run(
        [sys.executable, "-m", "browser.rebuild", str(SITE.parent), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "_build" / "html"


def differences(one: Path, other: Path) -> list[str]:
    """The files that differ, each with its first line that does."""
    names = {
        path.relative_to(site).as_posix()
        for site in (one, other)
        for path in site.rglob("*")
        if path.is_file()
    }
    return [f"{name}: {how}" for name in sorted(names) if (how := unlike(one / name, other / name))]


def unlike(one: Path, other: Path) -> str:
    """How two files differ; "" if they do not."""
    if not (one.is_file() and other.is_file()):
        return f"only in {(one if one.is_file() else other).parent}"
    first, second = one.read_bytes(), other.read_bytes()
    if first == second:
        return ""
    pairs = zip(first.splitlines(), second.splitlines(), strict=False)
    line, pair = next(((n, p) for n, p in enumerate(pairs, 1) if p[0] != p[1]), (0, ("", "")))
    return f"line {line}: {pair[0][:100]!r}, {pair[1][:100]!r}"


def test_differences_are_found_and_named(tmp_path: Path) -> None:
    for name, files in {
        "a": {"x": "1\n2", "y": "", "z": "z"},
        "b": {"x": "1\n3", "z": "z"},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    found = differences(tmp_path / "a", tmp_path / "b")
    assert found == ["x: line 2: b'2', b'3'", f"y: only in {tmp_path / 'a'}"]


def test_only_cells_that_measure_are_given_what_they_showed_and_stored() -> None:
    def cell(text: str, *tags: str) -> Any:
        glue = {"scrapbook": {"name": "x", "mime_prefix": "glue/"}}
        outputs = [
            v4.new_output("display_data", {"glue/text/plain": text}, metadata=glue),
            v4.new_output("stream", text=text),
        ]
        return v4.new_code_cell(metadata={"tags": list(tags)}, outputs=outputs)

    cells = [cell("new"), cell("new", "hide-input", MEASURES)]
    give(cells, [cell("old"), cell("old")], {"x": {"data": {"text/plain": "old"}}})
    for one, text in zip(cells, ("new", "old"), strict=True):
        assert [output.get("text") for output in one.outputs] == [None, text]
        assert one.outputs[0].data == {"glue/text/plain": text}


def test_a_build_elsewhere_over_it_and_out_of_the_cache_are_the_same_to_the_byte(
    tmp_path: Path,
) -> None:
    folder = copied(tmp_path / "deeper" / "elsewhere")
    assert differences(SITE, build(folder, "--all")) == []
    (folder / "chapters" / "napkin.md").touch()
    assert differences(SITE, build(folder)) == [], "one page built over an earlier build"
    for name in ("html", "jupyter_execute"):
        shutil.rmtree(folder / "_build" / name)
    assert differences(SITE, build(folder, "--all")) == [], "built out of the cache"
