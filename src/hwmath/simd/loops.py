"""The kernels of the experiment: each a NumPy call and the same loop in plain Python.

A call costs time before its loop begins.  So each kernel runs on short and on long arrays, and
what an element takes is the difference.  The long ones fill the first cache of a small CPU: the
larger the difference, the less of it is noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from hwmath.machine.arena import Array, aligned
from hwmath.machine.timing import Trial

SHORT: Final = 512
FIRST_CACHE: Final = 7680
"""Elements of fp32, in all arrays of a kernel, that lie in a first cache of 32 KiB."""

LISTS: Final = 2560
"""Numbers in the lists of the loops in Python."""

CALLS: Final = 50
"""Calls that one trial times together: one alone is too short for a clock."""

MATRIX_SIDE: Final = 256
MATRIX_PRODUCT: Final = "matrix product"


@dataclass(frozen=True, slots=True)
class Kernel:
    """One operation: `wide` on fp32 arrays a and b into c, `python` on lists of numbers.

    It touches `arrays` of the three, the first ones and c.
    """

    arrays: int
    wide: Callable[[Array, Array, Array], Any]
    python: Callable[[Sequence[float], Sequence[float]], Any]

    @property
    def long(self) -> int:
        """Elements of each of its arrays in the longer run."""
        return FIRST_CACHE // self.arrays


def _python_max(a: Sequence[float], _: Sequence[float]) -> float:
    largest = a[0]
    for x in a:
        if x > largest:
            largest = x
    return largest


def _python_sum(a: Sequence[float], _: Sequence[float]) -> float:
    total = 0.0
    for x in a:
        total += x
    return total


KERNELS: Final[Mapping[str, Kernel]] = {
    "max": Kernel(1, lambda a, _b, _c: np.maximum.reduce(a), _python_max),
    "exp": Kernel(2, lambda a, _b, c: np.exp(a, out=c), lambda a, _: [math.exp(x) for x in a]),
    "tanh": Kernel(2, lambda a, _b, c: np.tanh(a, out=c), lambda a, _: [math.tanh(x) for x in a]),
    "add": Kernel(
        3,
        lambda a, b, c: np.add(a, b, out=c),
        lambda a, b: [x + y for x, y in zip(a, b, strict=True)],
    ),
    "multiply": Kernel(
        3,
        lambda a, b, c: np.multiply(a, b, out=c),
        lambda a, b: [x * y for x, y in zip(a, b, strict=True)],
    ),
    "sum": Kernel(1, lambda a, _b, _c: np.add.reduce(a), _python_sum),
    "sqrt": Kernel(2, lambda a, _b, c: np.sqrt(a, out=c), lambda a, _: [math.sqrt(x) for x in a]),
}


def operands(count: int) -> tuple[Array, Array, Array]:
    """Two arrays of small numbers above zero, and one for the result."""
    a, b, c = (aligned(count, "fp32", 1152 * i) for i in range(3))
    a[:] = (np.arange(count) % 7 + 1) / 4
    b[:] = (np.arange(count) % 5 + 1) / 8
    return a, b, c


def trials() -> dict[str, Trial]:
    """A trial for each kernel and size, named `exp 512`, and one matrix product."""
    found = {
        f"{name} {count}": _trial(kernel.wide, operands(count), CALLS)
        for name, kernel in KERNELS.items()
        for count in (SHORT, kernel.long)
    }
    a, b, c = (array.reshape(MATRIX_SIDE, -1) for array in operands(MATRIX_SIDE**2))
    found[MATRIX_PRODUCT] = _trial(lambda *abc: np.matmul(abc[0], abc[1], out=abc[2]), (a, b, c), 1)
    return found


def python_trials() -> dict[str, Trial]:
    """A trial of each kernel's loop in Python, on lists, by the kernel's name."""
    a, b, _ = (array.tolist() for array in operands(LISTS))
    return {name: _trial(kernel.python, (a, b), 1) for name, kernel in KERNELS.items()}


def element_seconds(seconds: Mapping[str, float]) -> dict[str, float]:
    """The times of `trials` as seconds an element; of the product, seconds a multiply-add.

    Raises: ValueError where a long array took no longer than a short one.

    >>> times = {f"{name} {n}": 1e-10 * n for name in KERNELS for n in (512, 2560, 3840, 7680)}
    >>> round(element_seconds({**times, MATRIX_PRODUCT: 1.0})["exp"], 15)
    1e-10
    """
    found = {}
    for name, kernel in KERNELS.items():
        grown = seconds[f"{name} {kernel.long}"] - seconds[f"{name} {SHORT}"]
        if grown <= 0:
            raise ValueError(f"{name} on {kernel.long} elements was no slower than on {SHORT}")
        found[name] = grown / (kernel.long - SHORT)
    return {**found, MATRIX_PRODUCT: seconds[MATRIX_PRODUCT] / MATRIX_SIDE**3}


def _trial(run: Callable[..., Any], arguments: tuple[Any, ...], calls: int) -> Trial:
    def trial() -> float:
        begun = perf_counter()
        for _ in range(calls):
            run(*arguments)
        return (perf_counter() - begun) / calls

    return trial
