"""What the course takes from each reading: where it is explained, computed again and practised."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from hwmath.validate import unknown

_DATA: Final = files("hwmath") / "data" / "readings.toml"
_LISTS: Final = ("reproduced", "oracles", "parts")
_FIELDS: Final = ("key", "chapter", *_LISTS)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading in one chapter.

    `key` is its entry in the bibliography, `chapter` and `section` are where it is explained,
    `reproduced` what is computed again there, `oracles` the tests that hold the package against
    it, `parts` the parts of the chapter's exercise that use it.
    """

    key: str
    chapter: str
    section: str
    reproduced: tuple[str, ...]
    oracles: tuple[str, ...]
    parts: tuple[str, ...]


@functools.cache
def load_readings() -> tuple[Reading, ...]:
    """All readings, in the order of the file.

    Raises: ValueError for a table with an unknown field, or without one that it needs.
    """
    tables = tomllib.loads(_DATA.read_text(encoding="utf-8"))["reading"]
    return tuple(_entry(table) for table in tables)


def readings(chapter: str) -> tuple[Reading, ...]:
    """The readings that a chapter explains.

    Raises: ValueError for a chapter that explains none, with the nearest that does.

    >>> [reading.key for reading in readings("roofline")][1]
    'williams2009roofline'
    """
    found = tuple(one for one in load_readings() if one.chapter == chapter)
    if not found:
        raise ValueError(unknown("chapter", chapter, {one.chapter for one in load_readings()}))
    return found


def _entry(table: Mapping[str, Any]) -> Reading:
    for name in table:
        if name not in _FIELDS:
            raise ValueError(f"reading {table.get('key')}: {unknown('field', name, _FIELDS)}")
    lacking = [name for name in _FIELDS if not table.get(name) and name not in ("oracles", "parts")]
    if lacking:
        raise ValueError(f"reading {dict(table)!r} lacks {', '.join(lacking)}")
    chapter, _, section = table["chapter"].partition("#")
    if not section:
        raise ValueError(f"reading {table['key']}: chapter={table['chapter']!r} names no section")
    lists = {name: tuple(table.get(name, ())) for name in _LISTS}
    return Reading(table["key"], chapter, section, **lists)
