"""Executed chapters are kept from build to build, as long as what their cells use is the same.

MyST-NB's cache tells notebooks by their text alone, and would serve the numbers of an older
package.  So there is one cache for each state of everything that a cell may read, and only the
one in use is kept.  What comes out of the cache MyST-NB shows on the page, but writes down without
its outputs; here they are put back.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
from jupyter_cache import get_cache
from myst_nb.core.utils import coalesce_streams
from sphinx.application import Sphinx

READ_BY_CELLS: Final = ("src", "solutions", "exercises", "tests/hidden", "requirements.txt")
NEVER_READ: Final = ("__pycache__", "static")
FOLDER: Final = "executed"
WRITTEN: Final = "jupyter_execute"
"""Where MyST-NB writes the notebook of each page, and what its cells glued."""


def choose(root: Path, build_dir: Path) -> Path:
    """The cache for the course as it is now; all others are removed."""
    folder = build_dir / FOLDER / fingerprint(root)
    for other in (build_dir / FOLDER).glob("*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


def written(app: Sphinx, pagename: str) -> Path:
    """The notebook that MyST-NB writes for a page, where it writes one."""
    return Path(app.outdir).parent / WRITTEN / f"{pagename}.ipynb"


def complete(app: Sphinx, env: object) -> None:
    """Sphinx calls this once all pages are read: put the outputs into the written notebooks."""
    del env
    for pagename in app.env.found_docs:
        if written(app, pagename).is_file():
            put_outputs_back(written(app, pagename), Path(app.config.nb_execution_cache_path))


def put_outputs_back(notebook: Path, cache: Path) -> None:
    """Give a notebook the outputs that the cache has for it, if it has any.

    A kernel sends what a cell prints in one piece or in several, as chance has it: here it is one.
    """
    content = nbformat.read(notebook, as_version=4)
    with contextlib.suppress(KeyError):
        _, merged = get_cache(cache).merge_match_into_notebook(content)
        for cell in merged.cells:
            if cell.cell_type == "code":
                cell.outputs = coalesce_streams(cell.outputs)
        nbformat.write(merged, notebook)


def fingerprint(root: Path) -> str:
    """Tells one state of the course's files, and of the machine that runs them, from another."""
    seen = hashlib.sha256(f"{platform.node()} {platform.python_version()}".encode())
    for path in _files(root):
        content = path.read_bytes()
        seen.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return seen.hexdigest()[:16]


def _files(root: Path) -> Iterator[Path]:
    for name in READ_BY_CELLS:
        place = root / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in found:
            if path.is_file() and not set(NEVER_READ) & set(path.relative_to(root).parts):
                yield path
