"""The roofline: what a machine can attain, given how much work each moved byte brings.

`attainable_flop_per_s` and its neighbours are the formulas; `Roofline` is a machine with named
ceilings and several memory levels; `predict` puts a `Work` on a `Chip`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.chips import Chip
from hwmath.validate import FloatArray, Number, fraction, non_negative, plain, positive, unknown
from hwmath.work import Work


def ridge_flop_per_byte(peak_flop_per_s: ArrayLike, bytes_per_s: ArrayLike) -> Number:
    """Intensity at which a machine's two roofs meet.

    Symbols: π = peak_flop_per_s, β = bytes_per_s
    Formula: I* = π / β
    Raises: ValueError unless both are finite and above zero.
    Source: Williams, Waterman and Patterson 2009, "ridge point".
    Derived in: roofline, "The ridge".

    >>> ridge_flop_per_byte(100e9, 50e9)
    2.0
    """
    peak = positive("peak_flop_per_s", peak_flop_per_s)
    return plain(peak / positive("bytes_per_s", bytes_per_s))


def attainable_flop_per_s(
    intensity_flop_per_byte: ArrayLike, peak_flop_per_s: ArrayLike, bytes_per_s: ArrayLike
) -> Number:
    """Upper bound on the rate at which work of a given intensity can run.

    Symbols: I = intensity, π = peak, β = bandwidth; arrays broadcast against each other
    Formula: P = min(π, β I)
    Ignores: latency, imperfect overlap, traffic beyond what I counts.
    Raises: ValueError for a negative intensity, a peak or bandwidth not above zero, or NaN.
    Source: Williams, Waterman and Patterson 2009.  Derived in: roofline, "The formula".

    >>> attainable_flop_per_s([1.0, 2.0, 8.0], 100e9, 50e9).tolist()
    [50000000000.0, 100000000000.0, 100000000000.0]
    """
    intensity = non_negative("intensity_flop_per_byte", intensity_flop_per_byte)
    peak = positive("peak_flop_per_s", peak_flop_per_s)
    bandwidth = positive("bytes_per_s", bytes_per_s)
    return plain(np.minimum(peak, bandwidth * intensity))


def is_memory_bound(
    intensity_flop_per_byte: ArrayLike, peak_flop_per_s: ArrayLike, bytes_per_s: ArrayLike
) -> NDArray[np.bool_] | bool:
    """Whether the slanted roof is the lower one: I < π / β.  At the ridge neither is.

    Raises: as `attainable_flop_per_s`.
    Source: Williams, Waterman and Patterson 2009.  Derived in: roofline, "The ridge".

    >>> is_memory_bound([1.0, 2.0, 8.0], 100e9, 50e9).tolist()
    [True, False, False]
    """
    intensity = non_negative("intensity_flop_per_byte", intensity_flop_per_byte)
    below = intensity < ridge_flop_per_byte(peak_flop_per_s, bytes_per_s)
    return bool(below) if np.ndim(below) == 0 else below


def time_lower_bound_s(
    flop: ArrayLike,
    moved_bytes: ArrayLike,
    peak_flop_per_s: ArrayLike,
    bytes_per_s: ArrayLike,
    overlap: ArrayLike = 1.0,
) -> Number:
    """Least time for work W and traffic D; perfect overlap unless `overlap` says less.

    Symbols: W = flop, D = moved_bytes, o = overlap (share of the shorter phase that is hidden)
    Formula: T = max(W/π, D/β) + (1 - o) min(W/π, D/β)
    Ignores: latency, start-up and dispatch overhead.
    Raises: ValueError for negative work or traffic, a rate not above zero, o outside [0, 1].
    Source: Chng 2024, T >= max(W/P_peak, D/b_s).  Derived in: roofline, "Time".

    >>> time_lower_bound_s(2e9, 1e9, peak_flop_per_s=100e9, bytes_per_s=50e9)
    0.02
    >>> time_lower_bound_s(2e9, 1e9, peak_flop_per_s=100e9, bytes_per_s=50e9, overlap=0.0)
    0.04
    """
    compute_s = non_negative("flop", flop) / positive("peak_flop_per_s", peak_flop_per_s)
    memory_s = non_negative("moved_bytes", moved_bytes) / positive("bytes_per_s", bytes_per_s)
    exposed = 1.0 - fraction("overlap", overlap)
    return plain(np.maximum(compute_s, memory_s) + exposed * np.minimum(compute_s, memory_s))


@dataclass(frozen=True, slots=True)
class Roofline:
    """A machine as named roofs: FLOP/s ceilings, and B/s for each memory level or ceiling.

    The highest of each kind is the roof; the others are ceilings below it, or other levels.
    Raises: ValueError for a kind without a roof, or a rate that is not finite and above zero.
    Source: Williams, Waterman and Patterson 2009, figures 2 and 3.
    Derived in: roofline, "Ceilings".

    >>> machine = Roofline("toy", {"FMA": 100e9, "adds only": 50e9}, {"DRAM": 50e9})
    >>> machine.attainable_flop_per_s([0.5, 8.0], compute="adds only").tolist()
    [25000000000.0, 50000000000.0]
    """

    name: str
    flop_per_s: Mapping[str, float]
    bytes_per_s: Mapping[str, float]

    def __post_init__(self) -> None:
        for kind in ("flop_per_s", "bytes_per_s"):
            roofs = getattr(self, kind)
            if not roofs:
                raise ValueError(f"{self.name}: {kind} is empty; a roofline needs at least one")
            for name, rate in roofs.items():
                positive(f"{self.name}: {kind} of {name}", rate)

    @classmethod
    def of_chip(cls, chip: Chip, dtype: str, unit: str | None = None, **kwargs: bool) -> Self:
        """The roofline of a chip in the catalogue, with every memory level it states.

        Raises: ValueError where the chip states no peak for `dtype`, or no bandwidth at all.
        """
        peak = chip.peak_flop_per_s(dtype, unit, **kwargs)
        levels = {m.name: m.bytes_per_s for m in chip.memory if m.bytes_per_s is not None}
        return cls(chip.name, {dtype if unit is None else f"{dtype} {unit}": peak}, levels)

    @property
    def peak_flop_per_s(self) -> float:
        """The highest of the compute roofs."""
        return max(self.flop_per_s.values())

    def ridge_flop_per_byte(self, memory: str, compute: str | None = None) -> float:
        """Intensity at which the roof `memory` meets `compute` (the peak if None)."""
        ridge = ridge_flop_per_byte(self._compute(compute), self._memory(memory))
        return float(ridge)

    def attainable_flop_per_s(
        self,
        intensity_flop_per_byte: ArrayLike,
        memory: str | None = None,
        compute: str | None = None,
    ) -> Number:
        """The formula under one named roof of each kind.

        `memory` None is the slowest level, `compute` None the peak.
        Raises: ValueError for an unknown name, or a negative intensity.
        """
        return attainable_flop_per_s(
            intensity_flop_per_byte, self._compute(compute), self._memory(memory)
        )

    def attainable_by_level_flop_per_s(
        self, intensity_by_level: Mapping[str, ArrayLike], compute: str | None = None
    ) -> Number:
        """The lowest roof when each memory level sees its own traffic, hence its own intensity.

        Formula: P = min(π, min over levels l of β_l I_l)
        Raises: ValueError for an unknown level or an empty mapping.
        Source: Yang et al. 2020, hierarchical roofline.
        Derived in: roofline, "More than one memory".
        """
        if not intensity_by_level:
            raise ValueError(f"{self.name}: intensity_by_level is empty")
        roofs = [
            self.attainable_flop_per_s(intensity, level, compute)
            for level, intensity in intensity_by_level.items()
        ]
        return plain(np.minimum.reduce(np.broadcast_arrays(*roofs)))

    def _compute(self, name: str | None) -> float:
        return self.peak_flop_per_s if name is None else self._roof(self.flop_per_s, name)

    def _memory(self, name: str | None) -> float:
        return (
            min(self.bytes_per_s.values()) if name is None else self._roof(self.bytes_per_s, name)
        )

    def _roof(self, roofs: Mapping[str, float], name: str) -> float:
        if name not in roofs:
            raise ValueError(f"{self.name}: {unknown('roof', name, roofs)}")
        return roofs[name]


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """What `predict` returns: seconds for each unit's share and for memory, and the bound."""

    compute_s: Number
    memory_s: Number
    lower_bound_s: Number
    memory_bound: NDArray[np.bool_] | bool


def predict(
    work: Work, chip: Chip, dtype: str, *, vector_dtype: str | None = None, level: str = "dram"
) -> Times:
    """A lower bound on the time `work` takes on `chip`, and which roof sets it.

    Matrix work runs on the matrix units where the chip has them for `dtype`, else on the vector
    units; vector work runs on the vector units alone, in `vector_dtype` (None: in `dtype`).
    Units and memory overlap perfectly.
    Formula: T = max(max over units W_u / π_u, D / β)
    Ignores: latency, dispatch, the link.
    Raises: ValueError where the chip states no such peak or bandwidth.
    Derived in: roofline, "Held against measurements".
    """
    compute: FloatArray = np.zeros(())
    for unit, flop in work.flop_by_unit.items():
        vector = unit == "vector"
        used = vector_dtype or dtype if vector else dtype
        peak = chip.peak_flop_per_s(used, unit if vector or chip.has_peak(used, unit) else None)
        compute = np.maximum(compute, np.asarray(flop) / peak)
    memory = np.asarray(work.traffic.memory_bytes) / chip.bytes_per_s(level)
    below: NDArray[np.bool_] = memory > compute
    return Times(
        compute_s=plain(compute),
        memory_s=plain(memory),
        lower_bound_s=plain(np.maximum(compute, memory)),
        memory_bound=bool(below) if np.ndim(below) == 0 else below,
    )
