"""How long and how large a measurement is."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final

from hwmath.machine.description import Description
from hwmath.units import MIB
from hwmath.validate import positive

TIMES_LAST_CACHE: Final = 4
"""STREAM's rule: each array at least four times the last cache."""

MEMORY_SHARE: Final = 1 / 8
"""Each of the three arrays takes at most this share of the memory."""

LEAST_ARRAY_BYTES: Final = 64 * MIB


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes and time budgets; `normal` and `quick` make the usual ones.

    trial_s: seconds spent on a trial before it may stop
    most_array_bytes: a cap on the arrays, None for none
    sweep_bytes: what each thread moves in one trial of the bandwidth curve
    repeats: of the repeated multiply
    place_kernels: False measures the roofs alone
    """

    trial_s: float
    most_array_bytes: int | None
    sweep_bytes: int
    points_per_octave: int
    matmul_sizes: tuple[int, ...]
    gemm_n: int
    repeats: tuple[int, ...]
    place_kernels: bool = True

    @classmethod
    def normal(cls, effort: float = 1.0, *, place_kernels: bool = True) -> Plan:
        """Fifteen to twenty seconds a thread count; `effort` scales the time, not the sizes.

        Raises: ValueError unless effort is finite and above zero.
        """
        positive("effort", effort)
        repeats = (1, 2, 4, 8, 16, 32, 64)
        return cls(0.1 * effort, None, 512 * MIB, 2, (1024, 2048), 1024, repeats, place_kernels)

    @classmethod
    def quick(cls, effort: float = 1.0, *, place_kernels: bool = True) -> Plan:
        """About a second: every step runs, on arrays that may fit the last cache.

        Good for trying the machinery; its DRAM rate is no DRAM rate.  Raises: as `normal`.
        """
        positive("effort", effort)
        cap = 8 * MIB
        return cls(0.004 * effort, cap, 2 * MIB, 1, (128, 256), 128, (1, 4, 16), place_kernels)

    def to_json(self) -> str:
        """This plan for `from_json`, in another process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        lists = {key: tuple(data[key]) for key in ("matmul_sizes", "repeats")}
        return cls(**{**data, **lists})

    def array_bytes(self, description: Description) -> int:
        """Bytes of each streamed array: four times the last cache, within memory and the cap."""
        wanted = max(TIMES_LAST_CACHE * description.last_cache_bytes, LEAST_ARRAY_BYTES)
        affordable = min(wanted, int(MEMORY_SHARE * description.memory_bytes))
        return min(affordable, self.most_array_bytes or affordable)
