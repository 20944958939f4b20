"""The arithmetic units of real chips: how many, how wide, at which clock, each with its source.

The numbers live in `data/engines.toml`.  One bad entry makes the whole file an error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hwmath.chips import SOURCES, STATUSES, chip
from hwmath.simd.peak import peak_flop_per_s
from hwmath.units import DTYPE_BITS
from hwmath.validate import positive, unknown, whole
from hwmath.work import UNITS

_FILE: Final = files("hwmath") / "data" / "engines.toml"


@dataclass(frozen=True, slots=True)
class Engine:
    """The units of one kind in one chip, for one dtype: `count` units of `lanes` lanes.

    `chip` is a key of the catalogue, `unit` "vector" or "matrix", `block` what one unit is called.
    Raises: ValueError for an unknown chip, dtype, unit, source or status, or a count not whole.
    """

    chip: str
    dtype: str
    unit: str
    block: str
    count: int
    lanes: int
    clock_hz: float
    source: str
    status: str

    def __post_init__(self) -> None:
        chip(self.chip)
        for kind, known in (
            ("dtype", DTYPE_BITS),
            ("unit", UNITS),
            ("source", SOURCES),
            ("status", STATUSES),
        ):
            if getattr(self, kind) not in known:
                raise ValueError(f"{self.chip}: {unknown(kind, getattr(self, kind), known)}")
        for name in ("count", "lanes"):
            whole(f"{self.chip}: {name}", getattr(self, name))
        positive(f"{self.chip}: clock_hz", self.clock_hz)

    @property
    def peak_flop_per_s(self) -> float:
        """What all units compute together, every lane a multiply-add in each clock."""
        return float(peak_flop_per_s(self.count, self.lanes, self.clock_hz))


def engine(name: str, dtype: str, unit: str) -> Engine:
    """The engine of the chip with this slug or name.

    Raises: ValueError for a chip that is unknown, or of which no such engine is known.
    Derived in: simd, "The peak".

    >>> engine("H100 SXM5 80GB", "bf16", "matrix").clock_hz / 1e9
    1.83
    """
    wanted = chip(name)
    for one in load_engines():
        if (one.chip, one.dtype, one.unit) == (wanted.key, dtype, unit):
            return one
    has = ", ".join(f"{one.dtype}.{one.unit}" for one in load_engines() if one.chip == wanted.key)
    raise ValueError(f"{wanted.name} has no {dtype}.{unit} engine; it has {has or 'none'}")


@cache
def load_engines() -> tuple[Engine, ...]:
    """All engines, in the order of the file.

    Raises: ValueError for a bad row.
    Derived in: simd, "The peak".
    """
    rows: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["engine"]
    return tuple(Engine(**row) for row in rows)
