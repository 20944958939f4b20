"""Chips: what each can compute, hold and move, every number with its source.

The numbers live in `data/chips.toml`, whose head explains the statuses.  A peak belongs to a dtype
and a unit; dense and sparse peaks are never mixed.  Integer peaks count two operations per
multiply-accumulate, as FLOP do.  A number that is not known is absent, and asking for it is an
error that says what the chip does have.  One bad entry makes the whole file an error.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from hwmath.chip_model import (
    KINDS,
    LEVELS,
    PEAKS,
    SECTIONS,
    STATUSES,
    Chip,
    MemoryLevel,
    Quantity,
    names_of,
)
from hwmath.source import Source
from hwmath.units import DTYPE_BITS
from hwmath.validate import FloatArray, unknown
from hwmath.work import UNITS

__all__ = [
    "CHIPS",
    "KINDS",
    "LEVELS",
    "SOURCES",
    "STATUSES",
    "Chip",
    "ChipDataError",
    "MemoryLevel",
    "Quantity",
    "Source",
    "chip",
    "load_chips",
    "peaks_and_bandwidths",
]

_PEAK_KEYS: Final = {f"{dtype}.{unit}": (dtype, unit) for dtype in DTYPE_BITS for unit in UNITS}
_TEXTS: Final = ("title", "publisher", "date", "url", "name", "vendor", "kind", "form", "process")
_TEXTS_OF_A_NUMBER: Final = ("source", "status", "note")


class ChipDataError(ValueError):
    """An entry of a chip file that is missing, unknown or impossible."""


def load_chips(path: Path | Traversable | None = None) -> Mapping[str, Chip]:
    """Chips by slug, from a chip file or from the one in the package.

    Raises: ChipDataError (a ValueError) that names the entry, its key and its value.
    """
    return _shipped()[1] if path is None else _read(path)[1]


def chip(name: str) -> Chip:
    """The chip with this slug or exact name, in any case; ValueError with the nearest slugs.

    >>> chip("h100-sxm5-80gb").name, chip("l40s").vendor
    ('H100 SXM5 80GB', 'Nvidia')
    """
    wanted, chips = name.strip().lower(), load_chips()
    for key, candidate in chips.items():
        if wanted in (key, candidate.name.lower()):
            return candidate
    raise ValueError(unknown("chip", name, chips))


def peaks_and_bandwidths(
    dtype: str, unit: str | None = None, level: str = "dram", chips: Iterable[Chip] | None = None
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Names, dense peaks in FLOP/s and bandwidths in B/s of the chips that state both.

    Raises: ValueError for an unknown dtype, unit or memory level.

    >>> names, peak, rate = peaks_and_bandwidths("bf16", chips=[chip("A100 80GB SXM"), chip("T4")])
    >>> names, (peak / rate).round(1).tolist()
    (('A100 80GB SXM',), [153.0])
    """
    if level not in LEVELS:
        raise ValueError(unknown("memory level", level, LEVELS))
    pool = load_chips().values() if chips is None else chips
    both = [c for c in pool if c.has_peak(dtype, unit) and level in c.bandwidths]
    peaks = np.array([c.peak_flop_per_s(dtype, unit) for c in both], dtype=np.float64)
    rates = np.array([c.bytes_per_s(level) for c in both], dtype=np.float64)
    return tuple(c.name for c in both), peaks, rates


CHIPS: Mapping[str, Chip]
SOURCES: Mapping[str, Source]


def __getattr__(name: str) -> object:
    """`CHIPS` and `SOURCES`: the package's own chips and documents, read on first use."""
    if name not in ("CHIPS", "SOURCES"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _shipped()[name == "CHIPS"]


@cache
def _shipped() -> tuple[Mapping[str, Source], Mapping[str, Chip]]:
    return _read(files("hwmath") / "data" / "chips.toml")


def _read(path: Path | Traversable) -> tuple[Mapping[str, Source], Mapping[str, Chip]]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ChipDataError(f"{path.name}: {error}") from None
    top = _table(path.name, raw, ("sources", "chips"))
    for section, entries in top.items():
        _require(isinstance(entries, dict), path.name, f"{section}={entries!r} is not a table")
    sources = {key: _source(key, entry) for key, entry in top["sources"].items()}
    chips = {key: _chip(key, entry, sources) for key, entry in top["chips"].items()}
    names = [c.name.lower() for c in chips.values()]
    for key, c in chips.items():
        _require(names.count(c.name.lower()) == 1, f"chips.{key}", f"name={c.name!r} is taken")
    return MappingProxyType(sources), MappingProxyType(chips)


def _source(key: str, raw: object) -> Source:
    where = f"sources.{key}"
    source = Source(key, **_table(where, raw, ("title", "publisher", "date"), ("url",)))
    dated = re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", source.date)
    _require(dated, where, f"date={source.date!r} is not a year or a year-month")
    secure = source.url.startswith("https://") or not source.url
    _require(secure, where, f"url={source.url!r} does not start with https://")
    return source


def _chip(key: str, raw: object, sources: Collection[str]) -> Chip:
    where = f"chips.{key}"
    _require(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key), where, "not a lower-case slug")
    required = ("name", "vendor", "kind", "form", "year")
    entry = _table(where, raw, required, ("process", "note", PEAKS, *SECTIONS))
    _known(where, "kind", entry["kind"], KINDS)
    peaks = _table(f"{where}.{PEAKS}", entry.get(PEAKS, {}), (), ("dense", "sparse"))
    dense, sparse = (
        _quantities(f"{where}.{PEAKS}.{kind}", peaks.get(kind, {}), _PEAK_KEYS, sources)
        for kind in ("dense", "sparse")
    )
    for name, q in sparse.items():
        above = name in dense and q.value > dense[name].value
        _require(
            above, f"{where}.{PEAKS}.sparse.{name}", f"value={q.value:g} is not above a dense one"
        )
    tables = (
        MappingProxyType(_quantities(f"{where}.{section}", entry.get(section, {}), known, sources))
        for section, known in SECTIONS.items()
    )
    head = {k: v for k, v in entry.items() if k not in (PEAKS, *SECTIONS)}
    capacities, bandwidths, link, power = tables
    return Chip(
        key=key,
        **head,
        dense_peaks=_by_unit(dense),
        sparse_peaks=_by_unit(sparse),
        capacities=capacities,
        bandwidths=bandwidths,
        link=link,
        power=power,
    )


def _by_unit(table: Mapping[str, Quantity]) -> Mapping[tuple[str, str], Quantity]:
    return MappingProxyType({_PEAK_KEYS[name]: quantity for name, quantity in table.items()})


def _quantities(
    where: str, raw: object, known: Collection[str], sources: Collection[str]
) -> dict[str, Quantity]:
    table = _table(where, raw, (), known)
    return {key: _quantity(f"{where}.{key}", entry, sources) for key, entry in table.items()}


def _quantity(where: str, raw: object, sources: Collection[str]) -> Quantity:
    entry = _table(where, raw, ("value", "source", "status"), ("note",))
    value = entry["value"]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    good = number and math.isfinite(value) and value > 0
    _require(good, where, f"value={value!r} is not a finite number above zero")
    _known(where, "source", entry["source"], sources)
    _known(where, "status", entry["status"], STATUSES)
    explained = entry["status"] != "derived" or "note" in entry
    _require(explained, where, "status='derived' needs a note with the arithmetic")
    return Quantity(**{**entry, "value": float(value)})


def _table(
    where: str, raw: object, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ChipDataError(f"{where}: {raw!r} is not a table")
    for key, value in raw.items():
        _known(where, "key", key, (*required, *optional))
        if key in (*_TEXTS, *_TEXTS_OF_A_NUMBER):
            text = isinstance(value, str) and value.strip()
            _require(text, where, f"{key}={value!r} is not a text")
        elif key == "year":
            _require(type(value) is int, where, f"year={value!r} is not a whole number")
    for key in required:
        _require(key in raw, where, f"{key} is missing; the entry has {names_of(raw)}")
    return raw


def _known(where: str, kind: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise ChipDataError(f"{where}: {unknown(kind, value, known)}")


def _require(good: object, where: str, problem: str) -> None:
    if not good:
        raise ChipDataError(f"{where}: {problem}")
