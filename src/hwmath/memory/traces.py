"""The addresses that programs touch, in order: what a cache simulator is fed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from hwmath.units import KIB
from hwmath.validate import whole

ALIGNMENT_BYTES = 4 * KIB
"""Each matrix begins on a multiple of this, as large arrays do."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Byte addresses in the order of their use, and which of them are written."""

    addresses: NDArray[np.int64]
    writes: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.addresses)


def sweep_trace(size_bytes: int, stride_bytes: int, times: int = 1) -> Trace:
    """Reads at 0, s, 2 s, ... below `size_bytes`, the whole walk `times` times.

    Raises: ValueError unless all are whole.
    Source: the definition.  Derived in: memory, "A line at a time".

    >>> sweep_trace(256, 64, times=2).addresses.tolist()
    [0, 64, 128, 192, 0, 64, 128, 192]
    """
    size, stride, count = (
        int(whole(name, value))
        for name, value in (
            ("size_bytes", size_bytes),
            ("stride_bytes", stride_bytes),
            ("times", times),
        )
    )
    addresses = np.tile(np.arange(0, size, stride, dtype=np.int64), count)
    return Trace(addresses, np.zeros(len(addresses), dtype=bool))


def matmul_trace(n: int, tile: int, element_bytes: int = 8, *, padding: int = 0) -> Trace:
    """C = A B for square matrices of side n, row by row in memory, in tiles of side t.

    The tile of C stays while tiles of A and of B pass; a sum is kept in a register through a tile,
    then added to C.  t = n is the plain triple loop.  `padding` elements at the end of each row
    shift the rows against the sets of a cache.
    Ignores: instructions, and everything that stays in registers.
    Raises: ValueError unless n, tile and element_bytes are whole and the tile divides n.
    Source: the definition.  Derived in: memory, "A matrix product in tiles".

    >>> trace = matmul_trace(2, tile=2, element_bytes=8)
    >>> (trace.addresses[:5] % 4096).tolist(), trace.writes[:5].tolist()
    ([0, 0, 8, 16, 0], [False, False, False, False, True])
    """
    n, t = int(whole("n", n)), int(whole("tile", tile))
    element, padded = int(whole("element_bytes", element_bytes)), int(whole("padding", padding, 0))
    if n % t:
        raise ValueError(f"tile={t} does not divide n={n}")
    row_bytes = (n + padded) * element
    matrix_bytes = -(-n * row_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
    i, j, p = (axis.ravel() for axis in np.meshgrid(*(np.arange(t),) * 3, indexing="ij"))
    pairs = np.stack([i * row_bytes + p * element, matrix_bytes + p * row_bytes + j * element])
    stored = 2 * matrix_bytes + i[::t] * row_bytes + j[::t] * element
    # one row for each element of the tile of C: t pairs from A and B, then C itself
    touched = np.concatenate(
        [pairs.T.reshape(t * t, 2 * t), stored[:, np.newaxis]], axis=1, dtype=np.int64
    )
    starts = range(0, n, t)
    blocks = []
    for i0, j0, p0 in product(starts, repeat=3):
        a, b = i0 * row_bytes + p0 * element, p0 * row_bytes + j0 * element
        c = i0 * row_bytes + j0 * element
        blocks.append((touched + np.array([a, b] * t + [c])).ravel())
    writes = np.tile(np.arange(2 * t + 1) == 2 * t, len(blocks) * t * t)
    return Trace(np.concatenate(blocks), writes)
