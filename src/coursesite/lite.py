"""Each exercise as a full notebook: JupyterLite in the site, on the Python that the pages use.

It is built anew each time, which takes some seconds and leaves nothing stale.  It asks nothing of
other hosts: `%pip` refuses what the site does not have.  A service worker, which would lend Python
the files beside the notebook, is left out: no exercise has any, and each import would wait for it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from sphinx.application import Sphinx

from coursesite import pyodide

FOLDER: Final = "lite"
WHEELS: Final = "wheels"
KERNEL: Final = "@jupyterlite/pyodide-kernel-extension"
EXTENSION: Final = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / KERNEL
ROOT_FROM_KERNEL: Final = "../" * len(PurePosixPath("extensions", KERNEL, "static").parts)
APPS: Final = ("notebooks", "tree", "edit", "consoles")
"""The notebook alone on its page, and what its menus lead to."""
UNUSED: Final = ("doc", "*.eot", "*.ttf", "fa-*.svg", "fa-*.woff")
"""Files for people who develop JupyterLite, and for browsers that cannot run it."""
DISABLED: Final = (
    "@jupyterlite/application-extension:service-worker-manager",
    # the last one would be decades ago
    "@jupyter-notebook/notebook-extension:checkpoints",
    "@jupyter-notebook/notebook-extension:kernel-logo",
    "@jupyter-notebook/notebook-extension:trusted",
)
SETTINGS: Final = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 5},
    "@jupyterlab/notebook-extension:panel": {
        "toolbar": [
            {"name": "download", "command": "docmanager:download", "label": "Download", "rank": 5}
        ]
    },
    # all cells are on the page, so that the browser finds words in them
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
LONG_AGO_S: Final = 315_532_800
"""The start of 1980, in seconds of Unix, for all that is stamped."""


def notebook_address(docname: str) -> str:
    """Where the notebook of a page opens, from the site's root.

    >>> notebook_address("exercises/roofline/roofline")
    'lite/notebooks/index.html?path=roofline.ipynb'
    """
    return f"{FOLDER}/notebooks/index.html?path={quote(PurePosixPath(docname).name)}.ipynb"


def configuration(wheels: Sequence[str], pyodide_url: str) -> dict[str, Any]:
    """What JupyterLite reads when it starts.

    Its addresses are relative to its own root; only those of wheels are so to the kernel's script.
    """
    start = [*pyodide.KERNEL, *(f"{ROOT_FROM_KERNEL}{WHEELS}/{name}" for name in wheels)]
    kernel = {
        "pyodideUrl": f"{pyodide_url or './../pyodide/'}{pyodide.SCRIPT}",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"lockFileURL": pyodide.LOCK, "packages": start},
    }
    data = {
        "appUrl": "./tree",
        "faviconUrl": "./notebooks/favicon.ico",
        "disabledExtensions": DISABLED,
        "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        "showLoadingIndicator": True,
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}


def lock_of(packages: Iterable[str], lock: Mapping[str, Any]) -> dict[str, Any]:
    """Pyodide's lock, cut down to these packages and what they need.

    Of another package the notebook says at once that it is not there.  A cell that imports `hwmath`
    also gets Matplotlib, for `hwmath.plots`.
    """
    files = pyodide.needed(lock, packages)
    kept = {
        name: package | {"imports": [*package["imports"], "hwmath"]}
        if name == "matplotlib"
        else package
        for name, package in lock["packages"].items()
        if package["file_name"] in files
    }
    return {**lock, "packages": kept}


def course_wheel(folder: Path) -> Path:
    """The wheel of this checkout's `hwmath`, built into a folder; always alike."""
    _run("hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=pyodide.ROOT)
    return next(folder.glob("hwmath-*"))


def comm_wheel(downloads: Path) -> Path:
    """The wheel of `comm`, which the kernel needs and Pyodide does not have.

    Raises: FileNotFoundError if it was not downloaded.
    """
    for wheel in downloads.glob("comm-*"):
        return wheel
    raise FileNotFoundError(f"comm is not in {downloads}; make book brings its wheel")


def build(
    work: Path, notebooks: Sequence[Path], wheels: Sequence[Path], pyodide_url: str = ""
) -> Path:
    """JupyterLite with these notebooks, in a folder below `work`; always alike.

    Raises: RuntimeError with what JupyterLite says where it fails.
    """
    made = work / "made"
    about = {
        "apps": APPS,
        "contents": [str(path) for path in notebooks],
        "federated_extensions": [str(EXTENSION)],
        "ignore_sys_prefix": ["federated_extensions"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(made),
        "source_date_epoch": LONG_AGO_S,
    }
    for name, content in {
        "jupyter_lite_config.json": {"LiteBuildConfig": about},
        "jupyter-lite.json": configuration([wheel.name for wheel in wheels], pyodide_url),
        "overrides.json": SETTINGS,
    }.items():
        (work / name).write_text(json.dumps(content), encoding="utf-8")
    _run("jupyterlite_core", "build", cwd=work)
    return made


def write_lite(app: Sphinx) -> None:
    """Put JupyterLite into the built site, with every page that is a notebook file."""
    around, target = Path(app.outdir).parent, Path(app.outdir) / FOLDER
    work = around / FOLDER
    for folder in (work, target):
        shutil.rmtree(folder, ignore_errors=True)
    work.mkdir()
    pages = (Path(app.env.doc2path(name)) for name in sorted(app.env.found_docs))
    notebooks = [path for path in pages if path.suffix == ".ipynb"]
    wheels = [course_wheel(work), comm_wheel(around / "downloads")]
    made = build(work, notebooks, wheels, app.config.coursesite_pyodide_url)
    shutil.copytree(made, target, ignore=shutil.ignore_patterns(*UNUSED))
    (target / WHEELS).mkdir()
    for wheel in wheels:
        shutil.copy(wheel, target / WHEELS)
    lock = json.loads((pyodide.NPM / pyodide.LOCK).read_text(encoding="utf-8"))
    there = lock["packages"] if app.config.coursesite_pyodide_url else pyodide.PACKAGES
    text = json.dumps(lock_of(there, lock))
    (target / pyodide.LOCK).write_text(text, encoding="utf-8")


def _run(module: str, *arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stdout}{done.stderr}")
