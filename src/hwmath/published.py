"""Published numbers and published measurements: what predictions are held against.

`PUBLISHED` are single numbers out of the readings, `matmul_measurements` a table of timed matrix
products.  Both say where they stand in their source.
"""

from __future__ import annotations

import csv
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hwmath.validate import FloatArray, positive, unknown

_DATA = files("hwmath") / "data"

READ: Final = ("source", "secondary")
"""Whether the source itself was read, or accounts of it."""


@dataclass(frozen=True, slots=True)
class Published:
    """One printed number: `value` in `unit`, `where` it stands in the reading `key`."""

    key: str
    name: str
    value: float | tuple[float, float]
    unit: str
    where: str
    read: str


@dataclass(frozen=True, slots=True, eq=False)
class MatmulMeasurements:
    """Timed products of an (m, k) by a (k, n) matrix, one element of each array a row.

    `chip` holds keys of the chip catalogue, `time_s` seconds a product, `source` the file read.
    """

    row_id: tuple[str, ...]
    chip: NDArray[np.str_]
    dtype: NDArray[np.str_]
    m: FloatArray
    n: FloatArray
    k: FloatArray
    time_s: FloatArray
    source: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row_id)


def published(key: str, name: str) -> float:
    """The number `name` that the reading `key` prints, in base units.

    Raises: ValueError for an unknown reading or name, with the nearest ones, and for a range.

    >>> published("williams2009roofline", "x4_ridge")
    4.4
    """
    value = _find(key, name).value
    if isinstance(value, tuple):
        raise ValueError(f"{key}.{name}={value} is a range; use published_range")
    return value


def published_range(key: str, name: str) -> tuple[float, float]:
    """The two ends of a range that the reading `key` prints, in base units.

    Raises: ValueError for an unknown reading or name, and for a single number.

    >>> published_range("he2022brrr", "repeat_bracket")
    (32.0, 64.0)
    """
    value = _find(key, name).value
    if not isinstance(value, tuple):
        raise ValueError(f"{key}.{name}={value} is a single number; use published")
    return value


def _find(key: str, name: str) -> Published:
    numbers = load_published()
    if key not in numbers:
        raise ValueError(unknown("reading", key, numbers))
    if name not in numbers[key]:
        raise ValueError(f"{key}: {unknown('number', name, numbers[key])}")
    return numbers[key][name]


@functools.cache
def load_published() -> Mapping[str, Mapping[str, Published]]:
    """All printed numbers, by reading and name.

    Raises: ValueError for a row without its unit or place, or with a value that is no number.
    """
    tables = tomllib.loads((_DATA / "published.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            key: MappingProxyType({name: _entry(key, name, row) for name, row in rows.items()})
            for key, rows in tables.items()
        }
    )


@functools.cache
def matmul_measurements() -> MatmulMeasurements:
    """The published matrix products, in the order of the file.

    Raises: ValueError for a size or time that is not above zero.
    Source: each row's own; best-of-search shapes are marked so in `row_id` ("mamf").
    """
    text = (_DATA / "matmul_measurements.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    column: dict[str, list[str]] = {name: [row[name] for row in rows] for name in rows[0]}
    numbers = {
        name: positive(name, np.array(column[name], dtype=np.float64))
        for name in ("m", "n", "k", "time_s")
    }
    return MatmulMeasurements(
        row_id=tuple(column["row_id"]),
        chip=np.array(column["chip"]),
        dtype=np.array(column["dtype"]),
        source=tuple(column["source"]),
        **numbers,
    )


def _entry(key: str, name: str, row: Mapping[str, Any]) -> Published:
    missing = {"value", "unit", "where", "read"} - set(row)
    if missing:
        raise ValueError(f"{key}.{name} lacks {', '.join(sorted(missing))}")
    if row["read"] not in READ:
        raise ValueError(f"{key}.{name}: read={row['read']!r} is not one of {', '.join(READ)}")
    value = row["value"]
    ends = positive(f"{key}.{name}", value)
    if ends.ndim > 1 or (ends.ndim == 1 and (ends.size != 2 or ends[0] >= ends[1])):
        raise ValueError(f"{key}.{name}={value!r} is neither a number nor a rising pair")
    pair = tuple(float(end) for end in ends) if ends.ndim else ()
    return Published(
        key=key,
        name=name,
        value=(pair[0], pair[1]) if pair else float(value),
        unit=row["unit"],
        where=row["where"],
        read=row["read"],
    )
