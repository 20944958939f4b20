"""NumPy with its vectors narrowed: the same kernels in processes that may use ever wider ones.

NumPy carries its loops compiled for several vector widths and picks one when it is loaded.
`NPY_DISABLE_CPU_FEATURES` takes the wider ones away; the matrix product belongs to OpenBLAS, which
is told the same through `OPENBLAS_CORETYPE`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from hwmath.machine.child import ChildError, run_child
from hwmath.machine.description import Description, describe
from hwmath.machine.timing import best_times_s
from hwmath.simd.loops import KERNELS, LISTS, MATRIX_PRODUCT, element_seconds, python_trials, trials
from hwmath.simd.peak import lanes
from hwmath.tables import Table
from hwmath.units import DTYPE_BITS, FLOP_PER_MAC
from hwmath.validate import positive, unknown

NARROWEST_BITS: Final = 128
ROUNDS: Final = 3
BUDGET_S: Final = 0.03
_WIDE: Final = {"X86_V3": 256, "AVX": 256, "AVX2": 256, "FMA3": 256, "F16C": 256, "X86_V4": 512}
_CORE_TYPES: Final = {
    (128, 1): "Nehalem",
    (256, 1): "Sandybridge",
    (256, FLOP_PER_MAC): "Haswell",
    (512, FLOP_PER_MAC): "SkylakeX",
}
"""For each width of x86, and FLOP a lane, a CPU whose kernels in OpenBLAS have them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One width: the features of NumPy that are taken away for it, and FLOP a lane in a clock.

    On x86, 128-bit vectors came before the fused multiply-add.  `core_type` is a CPU whose kernels
    in OpenBLAS have this width; empty where NumPy knows one width alone.
    """

    register_bits: int
    disabled: tuple[str, ...]
    flop_per_lane: int
    core_type: str

    @property
    def lanes(self) -> int:
        """Elements of fp32 in a register."""
        return int(lanes(self.register_bits, DTYPE_BITS["fp32"]))

    @property
    def variables(self) -> dict[str, str]:
        """What the process's environment must say."""
        found = {
            "NPY_DISABLE_CPU_FEATURES": " ".join(self.disabled),
            "OPENBLAS_CORETYPE": self.core_type,
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed:
    """Seconds an element of each kernel, by register width and in a Python loop, from one run."""

    description: Description
    steps: tuple[Step, ...]
    seconds: Mapping[int, Mapping[str, float]]
    python_s: Mapping[str, float]

    def reached(self, kernel: str, step: Step) -> float:
        """How many times faster than with the narrowest vectors.

        Raises: ValueError for an unknown kernel.
        """
        if kernel not in self.seconds[step.register_bits]:
            raise ValueError(unknown("kernel", kernel, self.seconds[step.register_bits]))
        narrowest = self.seconds[self.steps[0].register_bits]
        return narrowest[kernel] / self.seconds[step.register_bits][kernel]

    def expected(self, kernel: str, step: Step) -> float:
        """The same from the lanes alone; for the matrix product also from fused multiply-adds."""
        factor = step.lanes / self.steps[0].lanes
        if kernel == MATRIX_PRODUCT:
            factor *= step.flop_per_lane / self.steps[0].flop_per_lane
        return factor

    def over_python(self, kernel: str, step: Step) -> float:
        """How many times faster than the loop in Python, which computes in fp64."""
        return self.python_s[kernel] / self.seconds[step.register_bits][kernel]

    def table(self) -> Table:
        """Gains by kernel and width, expected / reached; last, those of the widest over Python."""
        widest = self.steps[-1]
        rows = []
        for kernel in self.seconds[widest.register_bits]:
            gains = (
                f"{self.expected(kernel, s):.0f} / {self.reached(kernel, s):.2f}"
                for s in self.steps
            )
            timed = kernel in self.python_s
            over = f"{self.over_python(kernel, widest):.0f}" if timed else "–"
            rows.append((kernel, *gains, over))
        widths = (f"{step.register_bits} bits" for step in self.steps)
        return Table(("fp32", *widths, "Python"), rows)


def register_bits(feature: str) -> int:
    """Width of the vectors that a CPU feature, by NumPy's name, stands for.

    Ignores: SVE, whose width its name does not tell.

    >>> [register_bits(name) for name in ("AVX512_ICL", "X86_V3", "ASIMDHP")]
    [512, 256, 128]
    """
    return 512 if feature.startswith("AVX512") else _WIDE.get(feature, NARROWEST_BITS)


def steps_of(
    features: Mapping[str, bool], baseline: Sequence[str], dispatch: Sequence[str]
) -> tuple[Step, ...]:
    """The widths that NumPy can be held to on a CPU, narrowest first.

    features: whether the CPU has each feature; baseline: those NumPy cannot do without;
    dispatch: those for which it has loops of their own.  A step names all that are wider, so that
    what this process's own environment takes away does not come back.

    >>> [s.register_bits for s in steps_of({"SSE2": True, "X86_V3": True}, [], ["X86_V3"])]
    [128, 256]
    """
    least = max(map(register_bits, baseline), default=NARROWEST_BITS)
    wider = (max(least, register_bits(name)) for name in dispatch if features.get(name))
    x86, fused = features.get("SSE2"), features.get("FMA3")
    found = []
    for bits in sorted({least, *wider}):
        disabled = tuple(name for name in dispatch if register_bits(name) > bits)
        flop = 1 if x86 and (bits == NARROWEST_BITS or not fused) else FLOP_PER_MAC
        found.append(Step(bits, disabled, flop, _CORE_TYPES[bits, flop] if x86 else ""))
    return tuple(found)


def steps() -> tuple[Step, ...]:
    """The widths of this process's NumPy on this CPU, narrowest first.

    Derived in: simd, "Measured lanes".
    """
    core: Any = import_module("numpy._core._multiarray_umath")
    return steps_of(core.__cpu_features__, core.__cpu_baseline__, core.__cpu_dispatch__)


def measure(effort: float = 1.0) -> Narrowed:
    """Time every kernel at every width, one process each, in turns; and the loops in Python.

    effort: scales the time taken; at 1 about ten seconds
    Ignores: what else the machine is doing (it takes the best of several runs).
    Raises: ValueError for an effort not above zero, or where noise drowns a kernel; ChildError
    where a process fails, or has other widths than it was held to.
    Derived in: simd, "Measured lanes".
    """
    budget_s = BUDGET_S * float(positive("effort", effort))
    description, widths = describe(), steps()
    best: dict[int, dict[str, float]] = {}
    python = dict.fromkeys(KERNELS, float("inf"))
    for _ in range(ROUNDS):
        python = _lower(python, best_times_s(python_trials(), budget_s))
        for step in widths:
            found = in_child(step, budget_s)
            best[step.register_bits] = _lower(best.get(step.register_bits, found), found)
    return Narrowed(
        description,
        widths,
        {bits: element_seconds(times) for bits, times in best.items()},
        {name: seconds / LISTS for name, seconds in python.items()},
    )


def in_child(step: Step, budget_s: float) -> dict[str, float]:
    """The times of `trials` in a process held to one width.  Raises: as `measure`."""
    arguments = ["-m", "hwmath.simd.narrowed", str(budget_s)]
    data: dict[str, Any] = json.loads(run_child(arguments, 1, lambda _: None, step.variables))
    if data["register_bits"] != step.register_bits:
        raise ChildError(f"held to {step.register_bits} bits, NumPy has {data['register_bits']}")
    times: dict[str, float] = data["seconds"]
    return times


def _lower(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: min(one[name], other[name]) for name in one}


if __name__ == "__main__":
    times = best_times_s(trials(), float(sys.argv[1]))
    json.dump({"register_bits": steps()[-1].register_bits, "seconds": times}, sys.stdout)
