"""What a program waits for: arithmetic, memory, or the overhead of being told what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from hwmath.validate import Number, non_negative, plain, positive, unknown, whole

Regime = Literal["overhead", "memory", "compute"]
REGIMES: Final[tuple[str, ...]] = get_args(Regime)
Step = tuple[str, Collection[str]]
"""An elementwise operation: the array it makes, and the arrays it reads."""


def run_time_s(kernels: ArrayLike, kernel_s: ArrayLike, dispatch_s: ArrayLike) -> Number:
    """Time of so many equal kernels that a host sends ahead, one after the other.

    Symbols: n = kernels, k = seconds of one kernel, d = seconds to send one
    Formula: T = d + k + (n - 1) max(d, k): whoever is slower sets the pace
    Ignores: a queue that fills up, and kernels that wait for the host to see a result.
    Raises: ValueError unless kernels is whole and at least one, and for negative seconds.
    Source: He 2022, "Overhead"; the formula is that of a pipeline of two stages.
    Derived in: introduction, "Three regimes".

    >>> run_time_s(100, kernel_s=2.0, dispatch_s=5.0), run_time_s(100, 5.0, 2.0)
    (502.0, 502.0)
    """
    n, k = whole("kernels", kernels), non_negative("kernel_s", kernel_s)
    d = non_negative("dispatch_s", dispatch_s)
    return plain(d + k + (n - 1) * np.maximum(d, k))


def regime(base_s: float, more_data_s: float, more_flop_s: float, scale: float = 2.0) -> Regime:
    """What a program waits for, told from three times and nothing else.

    `more_data_s` is the time with `scale` times the data, `more_flop_s` that with `scale` times the
    arithmetic on the same data.  A time follows if it grows by at least half as much as what was
    scaled: t' / t - 1 >= (scale - 1) / 2.  Where more data cost nothing it is overhead; else, where
    more arithmetic costs nothing, memory; else compute.
    Ignores: that more data may also bring more FLOP for each byte, as a larger batch does.
    Raises: ValueError for a time not above zero, and for a scale not above one.
    Source: He 2022, "Overhead" scales the batch, and the micro-benchmark the arithmetic.
    Derived in: introduction, "Three regimes".

    >>> regime(10.0, 11.0, 10.5), regime(10.0, 19.0, 10.2), regime(10.0, 20.0, 19.0)
    ('overhead', 'memory', 'compute')
    """
    base = positive("base_s", base_s)
    if positive("scale", scale) <= 1:
        raise ValueError(f"scale={scale} must be above one")
    enough = base * (1 + (scale - 1) / 2)
    if positive("more_data_s", more_data_s) < enough:
        return "overhead"
    return "compute" if positive("more_flop_s", more_flop_s) >= enough else "memory"


def speedup_at_most(time_share: ArrayLike) -> Number:
    """How many times faster a program gets if what takes a share of its time becomes free.

    Formula: 1 / (1 - share)
    Raises: ValueError for a share outside [0, 1).
    Source: Amdahl's law.  Derived in: introduction, "Fewer trips".

    >>> speedup_at_most(0.5)
    2.0
    """
    share = non_negative("time_share", time_share)
    if np.any(share >= 1):
        raise ValueError(f"time_share={time_share!r} must be below one")
    return plain(1 / (1 - share))


def eager_accesses(steps: Iterable[Step]) -> int:
    """Arrays that cross memory when each step is a kernel of its own.

    Formula: over steps, each different input once and the output once.
    Ignores: caches that still hold an array.
    Raises: ValueError for a step that reads nothing, or an array made twice.
    Source: He 2022, "Bandwidth".  Derived in: introduction, "Fewer trips".

    >>> eager_accesses([("y", ["x"]), ("z", ["y"])])
    4
    """
    return sum(len(set(inputs)) + 1 for _, inputs in _checked(steps))


def fused_accesses(steps: Iterable[Step], kept: Collection[str]) -> int:
    """Arrays that cross memory when all steps are one kernel that stores `kept`.

    Formula: each array that comes from outside once, and each kept one once.
    Ignores: registers that do not suffice.
    Raises: as `eager_accesses`; ValueError for a kept array that no step makes.
    Source: He 2022, "Bandwidth".  Derived in: introduction, "Fewer trips".

    >>> fused_accesses([("y", ["x"]), ("z", ["y"])], kept=["z"])
    2
    """
    chain = _checked(steps)
    made = [output for output, _ in chain]
    for name in kept:
        if name not in made:
            raise ValueError(unknown("kept array", name, made))
    outside = {name for _, inputs in chain for name in inputs} - set(made)
    return len(outside) + len(set(kept))


def _checked(steps: Iterable[Step]) -> list[Step]:
    chain = list(steps)
    made: set[str] = set()
    for output, inputs in chain:
        if not inputs:
            raise ValueError(f"the step that makes {output!r} reads nothing")
        if output in made:
            raise ValueError(f"{output!r} is made twice")
        made.add(output)
    return chain
