"""Intake: what strangers handed in, read safely and put into the released notebook.

Nothing here runs or believes what a hand-in says, and nothing that is in one stops it: there
always is a clean notebook, at worst the release itself, and a notice for all that was odd.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from coursework.intake import files
from coursework.intake.cells import read
from coursework.intake.merge import Merged, merge
from coursework.intake.sentences import notice
from coursework.intake.students import Folder, hand_ins
from coursework.results import Notice

__all__ = ["Folder", "TakenIn", "hand_ins", "rebuild", "take_in"]

MOST_NOTEBOOKS: Final = 5
SUFFIX: Final = ".ipynb"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A hand-in that is safe to grade.

    `notebook` is nbformat 4.5 and always there; where no notebook could be read (`readable`), it
    is the release itself.  `raw_sha256` is the digest of the bytes read ("" if none),
    `submitted_at` the time of the hand-in as ISO 8601 in UTC ("" if unknown).
    """

    notebook: Any
    notices: tuple[Notice, ...] = ()
    readable: bool = False
    raw_sha256: str = ""
    submitted_at: str = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One notebook's file: its bytes, and what came of them; no bytes where it was not read."""

    name: str
    raw: bytes
    readable: bool
    merged: Merged


def rebuild(released: Any, raw: bytes) -> tuple[Any, tuple[Notice, ...]]:
    """The clean notebook from the bytes of a stranger's, and what was odd in them."""
    merged = _understand("", released, raw).merged
    return merged.notebook, merged.notices


def take_in(directory: Path, topic: str, released: Any) -> TakenIn:
    """What lies in `submitted/<student>/<topic>/`, put into the released notebook of the topic."""
    try:
        with (
            files.folder(directory.parent) as student,
            files.folder(directory.name, inside=student) as descriptor,
        ):
            return _take_in(descriptor, f"{topic}{SUFFIX}", released)
    except FileNotFoundError:
        code = "no-folder"
    except OSError:
        code = "folder-not-read"
    return TakenIn(merge(released, ()).notebook, (notice(code),))


def _take_in(folder: int, expected: str, released: Any) -> TakenIn:
    names = files.names_in(folder)
    attempts = list(_attempts(folder, expected, names, released))
    best = max(attempts, key=lambda a: (a.merged.answers, a.readable, a.merged.known), default=None)
    said = [n for attempt in attempts if not attempt.readable for n in attempt.merged.notices]
    if best is None:
        said.append(notice("no-notebook"))
    elif best.readable:
        if best.name != expected:
            said.append(notice("notebook-chosen" if len(attempts) > 1 else "notebook-renamed"))
        said += best.merged.notices
    known = {files.TIMESTAMP, *(attempt.name for attempt in attempts)}
    if any(name not in known and not name.startswith(".") for name in names):
        said.append(notice("files-not-read"))
    try:
        submitted_at = files.submitted_at(folder)
    except files.NotReadError as error:
        submitted_at = ""
        said.append(notice(error.code))
    return TakenIn(
        notebook=best.merged.notebook if best else merge(released, ()).notebook,
        notices=tuple(dict.fromkeys(said)),
        readable=bool(best and best.readable),
        raw_sha256=hashlib.sha256(best.raw).hexdigest() if best and best.raw else "",
        submitted_at=submitted_at,
    )


def _attempts(
    folder: int, expected: str, names: Sequence[str], released: Any
) -> Iterator[_Attempt]:
    """The notebook with the exercise's name; the others only where that one holds no answer."""
    if files.exists(folder, expected):
        first = _attempt(folder, expected, released)
        yield first
        if first.merged.answers:
            return
    others = [name for name in names if SUFFIX in name.casefold() and name != expected]
    visible = [name for name in reversed(others) if not name.startswith(".")]
    for name in visible[:MOST_NOTEBOOKS]:
        yield _attempt(folder, name, released)


def _attempt(folder: int, name: str, released: Any) -> _Attempt:
    try:
        raw = files.read(folder, name)
    except files.NotReadError as error:
        return _Attempt(
            name, b"", False, replace(merge(released, ()), notices=(notice(error.code),))
        )
    return _understand(name, released, raw)


def _understand(name: str, released: Any, raw: bytes) -> _Attempt:
    cells, odd = read(raw)
    merged = merge(released, cells or ())
    said = tuple(map(notice, odd))
    if cells:
        said += merged.notices
    return _Attempt(name, raw, cells is not None, replace(merged, notices=said))
