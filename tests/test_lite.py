"""JupyterLite as it is built: what it is told, what lies in it, and that it is always alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from nbformat import v4, write

from coursesite import lite, pyodide

SITE = "https://example.org/course/"


def kernel(config: Any) -> Any:
    settings = config["jupyter-config-data"]["litePluginSettings"]
    return settings["@jupyterlite/pyodide-kernel-extension:kernel"]


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_an_address_is_made_for_the_web() -> None:
    assert lite.notebook_address("a/caches & memory").endswith("?path=caches%20%26%20memory.ipynb")


def test_python_comes_from_the_site_itself_or_from_where_pages_take_it() -> None:
    own = kernel(lite.configuration([], ""))
    assert urljoin(f"{SITE}lite/", own["pyodideUrl"]) == f"{SITE}pyodide/pyodide.js"
    other = kernel(lite.configuration([], "https://example.net/full/"))
    assert other["pyodideUrl"] == "https://example.net/full/pyodide.js"
    for told in (own, other):
        lock = told["loadPyodideOptions"]["lockFileURL"]
        assert urljoin(f"{SITE}lite/", lock) == f"{SITE}lite/pyodide-lock.json"
        assert told["disablePyPIFallback"]


def test_the_kernel_starts_with_what_the_site_has() -> None:
    script = f"{SITE}lite/extensions/{lite.KERNEL}/static/352.js"
    told = kernel(lite.configuration(["comm-1"], ""))
    *names, wheel = told["loadPyodideOptions"]["packages"]
    assert set(names) <= set(pyodide.PACKAGES)
    assert urljoin(script, wheel) == f"{SITE}lite/wheels/comm-1"


def test_the_lock_names_what_the_site_has_and_brings_matplotlib_for_the_courses_plots() -> None:
    packages = {
        name: {"depends": depends, "imports": [name], "file_name": f"{name}.zip", "sha256": name}
        for name, depends in {"matplotlib": ["six"], "six": [], "scipy": []}.items()
    }
    lock = {"info": {"version": "1"}, "packages": packages}
    cut = lite.lock_of(["matplotlib"], lock)
    assert cut["info"] == lock["info"]
    assert {name: one["imports"] for name, one in cut["packages"].items()} == {
        "matplotlib": ["matplotlib", "hwmath"],
        "six": ["six"],
    }
    assert packages["matplotlib"]["imports"] == ["matplotlib"], "the argument is left as it was"


def test_a_wheel_that_was_not_brought_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"comm is not in .*; make book brings its wheel"):
        lite.comm_wheel(tmp_path)
    (tmp_path / "comm-0.2.3-any").touch()
    assert lite.comm_wheel(tmp_path).name == "comm-0.2.3-any"


@pytest.mark.slow
def test_the_wheel_of_the_course_is_always_alike(tmp_path: Path) -> None:
    one, two = (lite.course_wheel(tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
def test_what_jupyterlite_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lite, "EXTENSION", tmp_path / "no-such-kernel")
    with pytest.raises(RuntimeError, match=r"jupyterlite_core failed:(.|\n)*no-such-kernel"):
        lite.build(tmp_path, [], [])


@pytest.mark.slow
def test_it_holds_the_notebooks_one_kernel_and_no_trace_of_where_it_was_built(
    tmp_path: Path,
) -> None:
    notebook = tmp_path / "caches.ipynb"
    write(v4.new_notebook(), notebook)
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(files(lite.build(tmp_path / name, [notebook], [])))
    one, two = made
    assert one == two
    assert one["files/caches.ipynb"] == notebook.read_bytes()
    listed = json.loads(one["api/contents/all.json"])["content"]
    assert [entry["path"] for entry in listed] == ["caches.ipynb"]
    config = json.loads(one["jupyter-lite.json"])["jupyter-config-data"]
    assert [one["name"] for one in config["federated_extensions"]] == [lite.KERNEL]
    assert {name for name in lite.APPS if f"{name}/index.html" not in one} == set()
    assert not any(name.endswith(".map") or name.startswith(("lab/", "repl/")) for name in one)
    assert not any(str(tmp_path).encode() in content for content in one.values())
