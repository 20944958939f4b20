"""A piece of work is what it computes and what it moves.

`Work` and `Traffic` are small frozen records that add and scale.  Their numbers may be floats
or arrays, so one `Work` can stand for a whole sweep of shapes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final, Literal, get_args

import numpy as np

from hwmath.validate import Number, non_negative, plain, unknown

Unit = Literal["matrix", "vector"]
UNITS: Final[tuple[str, ...]] = get_args(Unit)
"""Which hardware computes: matrix units (tensor cores) or the ordinary vector lanes."""


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Bytes moved, by what they carry; two traffics add, and a number scales one.

    `link` crosses between chips; every other kind crosses the chip's memory interface.
    Raises: ValueError if a count is negative or not finite.
    Derived in: roofline, "What moves".

    >>> layer = Traffic(weights=200.0, act_in=20.0, act_out=10.0)
    >>> (layer + layer).memory_bytes, (3 * layer).weights
    (460.0, 600.0)
    """

    weights: Number = 0.0
    act_in: Number = 0.0
    act_out: Number = 0.0
    kv_read: Number = 0.0
    kv_write: Number = 0.0
    link: Number = 0.0

    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        for kind in TRAFFIC_KINDS:
            object.__setattr__(self, kind, plain(non_negative(kind, getattr(self, kind))))

    @property
    def memory_bytes(self) -> Number:
        """Bytes that cross the memory interface: everything but `link`."""
        return sum((getattr(self, kind) for kind in TRAFFIC_KINDS if kind != "link"), start=0.0)

    def __add__(self, other: Traffic) -> Traffic:
        if not isinstance(other, Traffic):
            return NotImplemented
        return Traffic(**{k: getattr(self, k) + getattr(other, k) for k in TRAFFIC_KINDS})

    def __mul__(self, times: Number) -> Traffic:
        return Traffic(**{k: getattr(self, k) * times for k in TRAFFIC_KINDS})

    __rmul__ = __mul__


TRAFFIC_KINDS: Final = tuple(f.name for f in dataclasses.fields(Traffic))


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What a computation computes (FLOP, by the unit that does it) and moves (`Traffic`).

    Raises: ValueError for an unknown unit, and for a negative or non-finite count.
    Derived in: roofline, "What is computed".

    >>> add = Work("add", {"vector": 1000.0}, Traffic(act_in=8000.0, act_out=4000.0))
    >>> round(add.intensity_flop_per_byte, 4), (2 * add).flop
    (0.0833, 2000.0)
    """

    name: str
    flop_by_unit: Mapping[str, Number]
    traffic: Traffic = field(default_factory=Traffic)

    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        for unit in self.flop_by_unit:
            if unit not in UNITS:
                raise ValueError(unknown("unit", unit, UNITS))
        checked = {u: plain(non_negative(f"{u} flop", f)) for u, f in self.flop_by_unit.items()}
        object.__setattr__(self, "flop_by_unit", MappingProxyType(checked))

    @property
    def flop(self) -> Number:
        """FLOP in total, over all units."""
        return sum(self.flop_by_unit.values(), start=0.0)

    @property
    def intensity_flop_per_byte(self) -> Number:
        """Arithmetic intensity: FLOP for each byte that crosses the memory interface.

        Work that moves nothing has infinite intensity; work that does nothing has zero.
        """
        flop, moved = np.broadcast_arrays(self.flop, self.traffic.memory_bytes)
        ratio = np.full(flop.shape, np.inf)
        np.divide(flop, moved, out=ratio, where=moved > 0)
        return plain(np.where(flop == 0, 0.0, ratio))

    def __add__(self, other: Work) -> Work:
        if not isinstance(other, Work):
            return NotImplemented
        units = [u for u in UNITS if u in self.flop_by_unit or u in other.flop_by_unit]
        flop = {u: self.flop_by_unit.get(u, 0.0) + other.flop_by_unit.get(u, 0.0) for u in units}
        return Work(f"{self.name} + {other.name}", flop, self.traffic + other.traffic)

    def __mul__(self, times: Number) -> Work:
        flop = {unit: count * times for unit, count in self.flop_by_unit.items()}
        return Work(self.name, flop, self.traffic * times)

    __rmul__ = __mul__
