"""The files of strangers: opened relative to their folder, never through a link, and bounded.

A hard link is refused: an archive can make one to another student's notebook, while no school's
system hands out honest ones; copying the folder mends it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from coursework.intake.sentences import LARGEST_NOTEBOOK_BYTES

LARGEST_TIMESTAMP_BYTES: Final = 200
MOST_NAMES: Final = 1000
TIMESTAMP: Final = "timestamp.txt"
YEARS: Final = range(2000, 2100)
ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]*")
_GUARDED: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class NotReadError(Exception):
    """A file was not read; `code` is that of the notice which says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextlib.contextmanager
def folder(path: Path | str, inside: int | None = None) -> Iterator[int]:
    """The descriptor of a folder that is no link, for the time of a `with` block.

    Raises: OSError where there is none, or it may not be read.
    """
    descriptor = os.open(path, _GUARDED | os.O_DIRECTORY, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def names_in(descriptor: int) -> list[str]:
    """The names in a folder, sorted; of a folder with very many, only some.

    Raises: OSError where the folder may not be read.
    """
    with os.scandir(descriptor) as entries:
        return sorted(entry.name for entry in islice(entries, MOST_NAMES))


def exists(descriptor: int, name: str) -> bool:
    """Whether a folder has something of this name, be it a link to nowhere."""
    try:
        os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def read(descriptor: int, name: str, most_bytes: int = LARGEST_NOTEBOOK_BYTES) -> bytes:
    """The bytes of an ordinary file in a folder.

    Raises: NotReadError for anything else, a file with a second name, and more than `most_bytes`.
    """
    try:
        _check(os.stat(name, dir_fd=descriptor, follow_symlinks=False))
        with os.fdopen(os.open(name, _GUARDED, dir_fd=descriptor), "rb") as file:
            _check(os.fstat(file.fileno()))
            raw = file.read(most_bytes + 1)
    except FileNotFoundError:
        raise NotReadError("no-notebook") from None
    except OSError:
        raise NotReadError("notebook-not-readable") from None
    if len(raw) > most_bytes:
        raise NotReadError("notebook-too-large")
    return raw


def submitted_at(descriptor: int) -> str:
    """The time in nbgrader's timestamp.txt, as ISO 8601 in UTC; "" where there is no such file.

    Raises: NotReadError for a file that holds no time.
    """
    if not exists(descriptor, TIMESTAMP):
        return ""
    try:
        text = read(descriptor, TIMESTAMP, LARGEST_TIMESTAMP_BYTES).decode("ascii").strip()
        time = _time(text).astimezone(UTC)
    except (NotReadError, ValueError, OverflowError):
        raise NotReadError("time-not-read") from None
    if time.year not in YEARS:
        raise NotReadError("time-not-read")
    return time.isoformat()


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotReadError("notebook-not-a-file")
    if status.st_nlink > 1:
        raise NotReadError("notebook-hard-linked")


def _time(text: str) -> datetime:
    """A time such as `2026-02-01 12:00:00.5 Europe/Berlin`; in UTC where no zone is named."""
    moment, _, zone = text.rpartition(" ")
    if moment and ZONE.fullmatch(zone):
        return datetime.fromisoformat(moment).replace(tzinfo=_zone(zone))
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _zone(name: str) -> tzinfo:
    if name in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):
        raise ValueError(f"zone={name!r} is not known") from None
