"""Python for the reader's browser: Pyodide and its packages, put together at build time.

The runtime and the official lock come from npm.  The lock gives the sha256 of every package file;
the files themselves are taken from any archive that holds those very bytes, and no others.
`python -m coursesite.assemble` does it from a shell.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from coursesite.mathematics import WEB

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ROOT / "src"
NPM: Final = WEB / "node_modules" / "pyodide"
LOCK: Final = "pyodide-lock.json"
SCRIPT: Final = "pyodide.js"
RUNTIME: Final = (
    "pyodide.mjs",
    SCRIPT,
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    LOCK,
)
KERNEL: Final = ("micropip", "ssl", "sqlite3", "ipython", "jedi", "numpy")
"""What the kernel of a full notebook starts with."""
PACKAGES: Final = (*KERNEL, "matplotlib")
COURSE: Final = "course.zip"
DIGESTS: Final = "runtime.json"
SHARED: Final = ("coursesite/page_runner.py", "coursesite/themes.py", "coursesite/matplotlibrc")
"""What of this extension runs in the page as well."""
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def needed(lock: Mapping[str, Any], roots: Iterable[str]) -> dict[str, str]:
    """The package files that `roots` need, each with its sha256 in the lock.

    >>> packages = {"a": {"depends": ["b"], "file_name": "a.zip", "sha256": "1"}}
    >>> packages |= {"b": {"depends": [], "file_name": "b.zip", "sha256": "2"}}
    >>> needed({"packages": packages}, ["a"])
    {'a.zip': '1', 'b.zip': '2'}
    """
    found: dict[str, str] = {}
    left = list(roots)
    while left:
        package = lock["packages"][re.sub(r"[-_.]+", "-", left.pop()).lower()]
        if package["file_name"] not in found:
            found[package["file_name"]] = package["sha256"]
            left += package["depends"]
    return dict(sorted(found.items()))


def assemble(
    target: Path, archives: Sequence[Path], npm: Path = NPM, roots: Iterable[str] = PACKAGES
) -> None:
    """Fill a folder with the runtime and the packages that `roots` need.

    Raises: FileNotFoundError for a file that is nowhere, ValueError for one with other bytes than
    the lock says; both name the file.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        if not (npm / name).is_file():
            raise FileNotFoundError(f"{npm / name} is missing; make book brings it")
        shutil.copyfile(npm / name, target / name)
    lock = json.loads((npm / LOCK).read_text(encoding="utf-8"))
    for name, digest in needed(lock, roots).items():
        (target / name).write_bytes(_taken(name, digest, archives))


def digests(folder: Path) -> dict[str, str]:
    """The hash of each file of the runtime, as a browser checks what it fetches."""
    return {
        name: f"sha256-{b64encode(hashlib.sha256((folder / name).read_bytes()).digest()).decode()}"
        for name in RUNTIME
    }


def _taken(name: str, digest: str, archives: Sequence[Path]) -> bytes:
    """The bytes of a package file, from the first archive that holds it."""
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            for inside in opened.namelist():
                if PurePosixPath(inside).name == name:
                    content = opened.read(inside)
                    seen = hashlib.sha256(content).hexdigest()
                    if seen != digest:
                        raise ValueError(
                            f"{archive}: {inside} has sha256 {seen}; Pyodide's lock says {digest}"
                        )
                    return content
    raise FileNotFoundError(f"{name} is in none of {[str(one) for one in archives]}")


def pack_course(path: Path, sources: Path = SOURCES) -> None:
    """Write an archive of this checkout's `hwmath`, and of what runs in the page; always alike."""
    inside = sorted(one for one in (sources / "hwmath").rglob("*") if one.is_file())
    inside = [one for one in inside if "__pycache__" not in one.parts]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in (*inside, *(sources / name for name in SHARED)):
            name = one.relative_to(sources).as_posix()
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), one.read_bytes())
