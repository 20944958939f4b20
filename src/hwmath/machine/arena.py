"""Memory to measure with: three aligned arrays, written once by the threads that will use them.

NumPy aligns its own arrays to 16 bytes.  Wide stores then straddle cache lines, which costs up
to a fifth of the bandwidth, so these arrays begin on a line of their own.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hwmath.machine.timing import together
from hwmath.units import DTYPE_BITS
from hwmath.validate import unknown, whole

Array = NDArray[np.floating[Any]]

DTYPES: Final[dict[str, type[np.floating[Any]]]] = {"fp32": np.float32, "fp64": np.float64}
"""The element types that NumPy computes with at full speed, by the package's names."""

LINE_BYTES: Final = 128
PAGE_BYTES: Final = 4096
_STAGGER_BYTES: Final = 9 * LINE_BYTES


def checked_dtype(dtype: str) -> type[np.floating[Any]]:
    """NumPy's type for `dtype`; ValueError where a measurement has none."""
    if dtype not in DTYPES:
        raise ValueError(unknown("dtype", dtype, DTYPES))
    return DTYPES[dtype]


def aligned(count: int, dtype: str, offset_bytes: int = 0) -> Array:
    """An uninitialised vector that begins `offset_bytes` after the start of a page."""
    kind = checked_dtype(dtype)
    size = count * DTYPE_BITS[dtype] // 8
    raw = np.empty(size + PAGE_BYTES + offset_bytes, dtype=np.uint8)
    start = -raw.ctypes.data % PAGE_BYTES + offset_bytes
    return raw[start : start + size].view(kind)


def in_blocks(count: int, *arrays: Array) -> list[tuple[Array, ...]]:
    """Consecutive slices of `count` rows of every array, the last one shorter if need be."""
    whole("count", count)
    stops = range(0, len(arrays[0]), count)
    return [tuple(array[i : i + count] for array in arrays) for i in stops]


class Arena:
    """Three buffers of `array_bytes`, seen as any dtype, whole or in one part for each thread.

    They begin at different offsets into a page, so that no two streams keep meeting in the
    same set of a cache.  Each part is first written by a thread of its own, which places its
    pages where all CPUs take part (see `together`); with fewer threads, on several sockets, the
    pages may end up far from whom they serve.
    Raises: ValueError unless every thread gets at least a page.
    """

    __slots__ = ("_buffers", "array_bytes", "threads")

    def __init__(self, array_bytes: int, threads: int) -> None:
        whole("threads", threads)
        whole("array_bytes", array_bytes, least=threads * PAGE_BYTES)
        self.threads = threads
        self.array_bytes = array_bytes // (threads * PAGE_BYTES) * threads * PAGE_BYTES
        count = self.array_bytes // 8
        self._buffers = [aligned(count, "fp64", i * _STAGGER_BYTES) for i in range(3)]
        self.fill("fp64", 1.0)

    def whole(self, dtype: str) -> list[Array]:
        """The three buffers, one array each."""
        return [buffer.view(checked_dtype(dtype)) for buffer in self._buffers]

    def parts(self, dtype: str) -> list[list[Array]]:
        """For each thread its own equal part of the three buffers."""
        count = len(self.whole(dtype)[0]) // self.threads
        return [
            [array[k * count : (k + 1) * count] for array in self.whole(dtype)]
            for k in range(self.threads)
        ]

    def fill(self, dtype: str, value: float) -> None:
        """Write `value` into every element, each thread into its own part."""
        together([partial(_fill, part, value) for part in self.parts(dtype)])


def _fill(arrays: list[Array], value: float) -> None:
    for array in arrays:
        array.fill(value)
