"""Executed chapters are kept from build to build, as long as what their cells use is the same.

MyST-NB's cache tells notebooks by their text alone, and would serve the numbers of an older
package.  So there is one cache for each state of everything that a cell may read, and only the
one in use is kept.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

READ_BY_CELLS: Final = ("src", "solutions", "exercises", "tests/hidden", "requirements.txt")
NEVER_READ: Final = ("__pycache__", "static")
FOLDER: Final = "executed"


def choose(root: Path, build_dir: Path) -> Path:
    """The cache for the course as it is now; all others are removed."""
    folder = build_dir / FOLDER / fingerprint(root)
    for other in (build_dir / FOLDER).glob("*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


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
