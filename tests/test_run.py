"""Python in the page: put together from verified bytes, and cells run as the site runs them."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbformat import v4

from coursesite import assemble, editor, pyodide, run
from coursesite.page_runner import Runner

# The engine

ROOTS = ("numpy", "matplotlib")


@pytest.fixture
def npm(tmp_path: Path) -> Path:
    """What npm brings, with a lock of two packages."""
    folder = tmp_path / "npm"
    folder.mkdir()
    for name in pyodide.RUNTIME:
        (folder / name).write_bytes(name.encode())
    packages = {
        name: {
            "depends": depends,
            "file_name": f"{name}.zip",
            "sha256": hashlib.sha256(name.encode()).hexdigest(),
        }
        for name, depends in {"matplotlib": ["numpy"], "numpy": [], "scipy": ["numpy"]}.items()
    }
    (folder / pyodide.LOCK).write_text(json.dumps({"packages": packages}))
    return folder


def archive(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(f"deep/inside/{name}.zip", content)
    return path


def test_the_engine_has_what_its_packages_need_and_no_more(npm: Path, tmp_path: Path) -> None:
    archives = [
        archive(tmp_path / "one.zip", numpy="numpy", scipy="scipy"),
        archive(tmp_path / "two.zip", matplotlib="matplotlib"),
    ]
    pyodide.assemble(tmp_path / "engine", archives, npm, ROOTS)
    there = {path.name for path in (tmp_path / "engine").iterdir()}
    assert there == {*pyodide.RUNTIME, "numpy.zip", "matplotlib.zip"}
    assert (tmp_path / "engine" / "numpy.zip").read_bytes() == b"numpy"


def test_a_package_goes_by_every_spelling_of_its_name() -> None:
    packages = {
        "ipython": {"depends": ["Pure_Eval"], "file_name": "i.zip", "sha256": "1"},
        "pure-eval": {"depends": [], "file_name": "p.zip", "sha256": "2"},
    }
    assert set(pyodide.needed({"packages": packages}, ["ipython"])) == {"i.zip", "p.zip"}


def test_other_bytes_than_the_lock_says_are_refused_by_name(npm: Path, tmp_path: Path) -> None:
    changed = archive(tmp_path / "a.zip", numpy="numpY", matplotlib="matplotlib")
    with pytest.raises(ValueError, match=r"numpy\.zip has sha256 .*; Pyodide's lock says"):
        pyodide.assemble(tmp_path / "engine", [changed], npm, ROOTS)


def test_a_missing_file_is_named(
    npm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = archive(tmp_path / "a.zip", matplotlib="matplotlib")
    with pytest.raises(FileNotFoundError, match=r"numpy\.zip is in none of"):
        pyodide.assemble(tmp_path / "engine", [lacking], npm, ROOTS)
    (npm / "pyodide.asm.wasm").unlink()
    with pytest.raises(FileNotFoundError, match=r"pyodide\.asm\.wasm is missing"):
        pyodide.assemble(tmp_path / "engine", [lacking], npm, ROOTS)
    assert assemble.main([str(tmp_path / "engine"), str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert assemble.main([]) == 2


def test_the_course_is_packed_alike_each_time(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        pyodide.pack_course(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    names = set(zipfile.ZipFile(tmp_path / "one.zip").namelist())
    assert {"hwmath/roofline.py", "hwmath/data/chips.toml", *pyodide.SHARED} <= names
    assert not any("__pycache__" in name or "coursework" in name for name in names)


# The editor


def test_an_editor_that_cannot_be_made_is_an_error_that_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Any = SimpleNamespace(outdir=tmp_path)
    broken = tmp_path / "broken.mjs"
    broken.write_text('import "nowhere.js"')
    monkeypatch.setattr(editor, "SOURCE", broken)
    with pytest.raises(RuntimeError, match=r"nowhere\.js"):
        editor.write_editor(app)
    monkeypatch.setattr(editor, "ESBUILD", tmp_path / "esbuild")
    with pytest.raises(FileNotFoundError, match="make book brings it"):
        editor.write_editor(app)


# The cells


@pytest.fixture(autouse=True)
def _own_modules() -> Iterator[None]:
    """A runner puts its own modules in the place of some; here they come back."""
    before = dict(sys.modules)
    yield
    for name in ("myst_nb", "IPython", "IPython.display"):
        sys.modules.pop(name, None)
        if name in before:
            sys.modules[name] = before[name]


def given(source: str) -> tuple[bool, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    ended = Runner().run("cell 1", source, lambda kind, content: told.append((kind, content)))
    return ended, told


def test_a_cell_shows_what_it_prints_and_its_last_value() -> None:
    assert given("x = 2\nprint(x)\nx + 1") == (
        True,
        [("text", "2"), ("text", "\n"), ("text", "3\n")],
    )
    assert given("x = 2") == (True, [])
    assert given("") == (True, [])
    assert given("class A:\n    def _repr_html_(self): return '<b>a</b>'\nA()") == (
        True,
        [("html", "<b>a</b>")],
    )


def test_values_are_displayed_as_in_a_notebook() -> None:
    assert given("display(1, 'a')") == (True, [("text", "1\n"), ("text", "'a'\n")])
    source = "from IPython.display import HTML, display\ndisplay(HTML('<i>x</i>'))\nHTML('y')"
    assert given(source) == (True, [("html", "<i>x</i>"), ("html", "y")])


def test_matplotlib_finds_no_kernel_to_hook_into() -> None:
    assert given("import IPython\nIPython.get_ipython() is None") == (True, [("text", "True\n")])


def test_names_last_from_cell_to_cell_and_glue_is_nothing() -> None:
    runner = Runner()
    told: list[str] = []
    assert runner.run("cell 1", "from myst_nb import glue\nglue('x', 1)\ny = 5", lambda *_: None)
    assert runner.run("cell 2", "y", lambda _, content: told.append(content))
    assert told == ["5\n"]


@pytest.mark.parametrize(
    ("source", "first", "last"),
    [
        ("def f():\n    1 / 0\nf()", 'File "<cell 1>", line 3', "ZeroDivisionError"),
        ("x = (", 'File "<cell 1>", line 1', "SyntaxError"),
        ("raise SystemExit(3)", 'File "<cell 1>", line 1', "SystemExit: 3"),
    ],
)
def test_an_error_is_told_from_the_cell_on(source: str, first: str, last: str) -> None:
    ended, told = given(source)
    assert not ended
    ((kind, text),) = told
    assert kind == "error"
    assert first in text
    assert last in text.splitlines()[-1]
    assert "page_runner" not in text


# The page


def cell(source: str, *tags: str) -> Any:
    return v4.new_code_cell(source, metadata={"tags": list(tags)})


def test_a_cell_that_measures_the_machine_says_why_it_does_not_run() -> None:
    assert run.why_not(cell("x")) == run.why_not(cell("x", "hide-input")) == ""
    assert "measures" in run.why_not(cell("x", "hide-input", "nbval-ignore-output"))
    assert "whole course" in run.why_not(cell("x", "no-browser"))


def test_a_site_that_hosts_no_python_tells_its_pages_where_it_is(tmp_path: Path) -> None:
    config = SimpleNamespace(coursesite_pyodide_url="https://example.org/p/?a&b")
    app: Any = SimpleNamespace(config=config, outdir=tmp_path / "html")
    (tmp_path / "html").mkdir()
    context: dict[str, Any] = {"metatags": "<meta>"}
    run.tell_engine(app, "page", "", context, None)
    assert 'content="https://example.org/p/?a&amp;b"' in context["metatags"]
    with pytest.raises(FileNotFoundError, match="make book brings it"):
        run.write_engine(app)
    engine = tmp_path / "pyodide"
    engine.mkdir()
    for name in (*pyodide.RUNTIME, "numpy.zip"):
        (engine / name).write_text(name)
    there = tmp_path / "html" / "pyodide"
    run.write_engine(app)
    own = {pyodide.COURSE, pyodide.LOCK, pyodide.DIGESTS}
    assert {path.name for path in there.iterdir()} == own
    digests = json.loads((there / pyodide.DIGESTS).read_text())
    # printf pyodide.mjs | openssl dgst -sha256 -binary | base64
    assert digests["pyodide.mjs"] == "sha256-OBVpcJtBeVCUfXpsrMDybDva+K8O3jfTy1XbkWZGwWY="
    config.coursesite_pyodide_url = ""
    run.write_engine(app)
    assert (there / "numpy.zip").is_file()
