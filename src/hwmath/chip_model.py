"""The records of the chip catalogue: numbers with provenance, memory levels and chips.

`chips` reads them from the data file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hwmath.units import DTYPE_BITS
from hwmath.validate import unknown
from hwmath.work import UNITS

STATUSES: Final = ("datasheet", "measured", "derived", "announced", "reported", "unchecked")
KINDS: Final = ("gpu", "tpu", "cpu", "soc", "wafer", "tsp", "dataflow", "ipu", "npu")
LEVELS: Final = ("sram", "l2", "llc", "dram")
"""Memory levels, fastest first.  `sram` is all memory on the chip; `l2` and `llc` are parts."""

PEAKS: Final = "peak_flop_per_s"
SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "capacity_bytes": LEVELS,
    "bandwidth_bytes_per_s": LEVELS,
    "link_bytes_per_s": ("one_way",),
    "power_w": ("tdp", "system", "measured_max"),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number in base units (FLOP/s, B, B/s or W), where it is from and how sure it is."""

    value: float
    source: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class MemoryLevel:
    """One level of a chip's memory; None where the capacity or the bandwidth is not known."""

    name: str
    capacity_bytes: float | None
    bytes_per_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """One chip; its mappings are read-only and hold only what is known.

    Peaks go by (dtype, unit), capacities and bandwidths by memory level; `link` has "one_way" (one
    direction, all links), `power` has "tdp", "system" or "measured_max".
    """

    key: str
    name: str
    vendor: str
    kind: str
    form: str
    year: int
    process: str = ""
    note: str = ""
    dense_peaks: Mapping[tuple[str, str], Quantity] = field(default_factory=dict, repr=False)
    sparse_peaks: Mapping[tuple[str, str], Quantity] = field(default_factory=dict, repr=False)
    capacities: Mapping[str, Quantity] = field(default_factory=dict, repr=False)
    bandwidths: Mapping[str, Quantity] = field(default_factory=dict, repr=False)
    link: Mapping[str, Quantity] = field(default_factory=dict, repr=False)
    power: Mapping[str, Quantity] = field(default_factory=dict, repr=False)

    def peak_flop_per_s(
        self, dtype: str, unit: str | None = None, *, sparse: bool = False
    ) -> float:
        """Peak rate in FLOP/s for a dtype; without a unit, of the faster unit that has it.

        Raises: ValueError for an unknown dtype or unit, and where the chip states no such peak.

        >>> from hwmath.chips import chip
        >>> chip("H100 SXM5 80GB").peak_flop_per_s("bf16") / 1e12
        989.4
        """
        if found := self._peaks_of(dtype, unit, sparse):
            return max(found)
        kind, other = ("sparse", "dense") if sparse else ("dense", "sparse")
        has = names_of(self.sparse_peaks if sparse else self.dense_peaks)
        also = f"; a {other} one exists" if self._peaks_of(dtype, unit, not sparse) else ""
        wanted = f"{dtype}.{unit}" if unit else dtype
        raise ValueError(f"{self.name} has no {kind} {wanted} peak; it has {has}{also}")

    def has_peak(self, dtype: str, unit: str | None = None, *, sparse: bool = False) -> bool:
        """Whether `peak_flop_per_s` has an answer.  Raises: ValueError as it does for names."""
        return bool(self._peaks_of(dtype, unit, sparse))

    def _peaks_of(self, dtype: str, unit: str | None, sparse: bool) -> list[float]:
        if dtype not in DTYPE_BITS:
            raise ValueError(unknown("dtype", dtype, DTYPE_BITS))
        if unit is not None and unit not in UNITS:
            raise ValueError(unknown("unit", unit, UNITS))
        table = self.sparse_peaks if sparse else self.dense_peaks
        return [q.value for (d, u), q in table.items() if d == dtype and unit in (None, u)]

    def bytes_per_s(self, level: str = "dram") -> float:
        """Bandwidth of one memory level in B/s; ValueError where the chip states none."""
        return self._stated(self.bandwidths, level, LEVELS, f"{level} bandwidth")

    def capacity_bytes(self, level: str = "dram") -> float:
        """Capacity of one memory level in bytes; ValueError where the chip states none."""
        return self._stated(self.capacities, level, LEVELS, f"{level} capacity")

    def link_bytes_per_s(self) -> float:
        """Rate of all links together, one direction, in B/s; ValueError where none is stated."""
        return self._stated(self.link, "one_way", ("one_way",), "link rate")

    def _stated(
        self, table: Mapping[str, Quantity], key: str, known: Collection[str], what: str
    ) -> float:
        if key not in known:
            raise ValueError(unknown("memory level", key, known))
        if key not in table:
            raise ValueError(f"{self.name} has no {what}; it has {names_of(table)}")
        return table[key].value

    @property
    def memory(self) -> tuple[MemoryLevel, ...]:
        """The levels of which the capacity or the bandwidth is known, fastest first."""
        caps = {level: quantity.value for level, quantity in self.capacities.items()}
        rates = {level: quantity.value for level, quantity in self.bandwidths.items()}
        known = (level for level in LEVELS if level in caps or level in rates)
        return tuple(MemoryLevel(level, caps.get(level), rates.get(level)) for level in known)

    def quantities(self) -> Iterator[tuple[str, Quantity]]:
        """Every number of the chip with its path in the file, such as "power_w.tdp"."""
        for kind, peaks in (("dense", self.dense_peaks), ("sparse", self.sparse_peaks)):
            for (dtype, unit), quantity in peaks.items():
                yield f"{PEAKS}.{kind}.{dtype}.{unit}", quantity
        tables = (self.capacities, self.bandwidths, self.link, self.power)
        for section, table in zip(SECTIONS, tables, strict=True):
            yield from ((f"{section}.{key}", quantity) for key, quantity in table.items())


def names_of(table: Collection[str] | Collection[tuple[str, str]]) -> str:
    """The keys of a table for an error message."""
    return ", ".join(k if isinstance(k, str) else ".".join(k) for k in table) or "none"
