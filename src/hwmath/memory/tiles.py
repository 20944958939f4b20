"""A matrix product in tiles: what it moves, how large a tile may be, and the least there is.

Traffic is between a memory of any size and a fast one of `capacity_bytes`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from hwmath.validate import Number, plain, positive, whole
from hwmath.work import Traffic

TILES_HELD: Final = 3
"""One tile of each matrix."""


def largest_tile(capacity_bytes: ArrayLike, element_bytes: ArrayLike) -> Number:
    """Side of the largest square tile of which a fast memory holds three, one of each matrix.

    Symbols: M = capacity_bytes / element_bytes
    Formula: t = floor(√(M / 3))
    Ignores: lines and sets of a cache; a cache needs some room besides, since LRU keeps tiles that
    are done with.
    Raises: ValueError unless both are above zero and three elements fit.
    Source: Lam, Rothberg and Wolf 1991, blocked algorithms.
    Derived in: memory, "A matrix product in tiles".

    >>> largest_tile(49152, 8)
    45.0
    """
    held = positive("capacity_bytes", capacity_bytes) / positive("element_bytes", element_bytes)
    side = np.floor(np.sqrt(held / TILES_HELD))
    return plain(whole("tile", side))


def tiled_matmul_traffic(
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    tile: ArrayLike,
    element_bytes: ArrayLike,
    *,
    write_allocate: bool = False,
) -> Traffic:
    """C = A B with A (m, k), B (k, n), a tile of C kept while tiles of A and B pass.

    Symbols: t = tile, b = element_bytes
    Formula: b (m k ⌈n/t⌉ + k n ⌈m/t⌉ + m n); write-allocate reads C once more
    Ignores: lines that are used in part, and what a cache drops too soon.
    Raises: ValueError unless sizes and tile are whole and element_bytes is above zero.
    Source: counted here; with one tile it is hwmath.kernels.gemm.
    Derived in: memory, "A matrix product in tiles".

    >>> tiled_matmul_traffic(64, 64, 64, tile=16, element_bytes=8).memory_bytes / 8
    36864.0
    """
    rows, columns, inner = whole("m", m), whole("n", n), whole("k", k)
    t, element = whole("tile", tile), positive("element_bytes", element_bytes)
    product_bytes = rows * columns * element
    return Traffic(
        act_in=rows * inner * np.ceil(columns / t) * element + write_allocate * product_bytes,
        weights=inner * columns * np.ceil(rows / t) * element,
        act_out=product_bytes,
    )


def matmul_traffic_lower_bound_bytes(
    m: ArrayLike, n: ArrayLike, k: ArrayLike, capacity_bytes: ArrayLike, element_bytes: ArrayLike
) -> Number:
    """Least bytes that any order of the m n k multiply-adds must move, in and out together.

    Symbols: M = capacity_bytes / element_bytes, b = element_bytes
    Formula: b max(2 m n k / √M - 2 M, m k + k n + m n)
    Ignores: algorithms that need fewer multiplications (Strassen's).
    Raises: ValueError unless sizes are whole and the others above zero.
    Source: Smith et al. 2017 for the constant 2, which a large tile of C attains; Hong and Kung
    1981 for the order; Irony, Toledo and Tiskin 2004 have m n k / (2√2 √M) - M.
    Derived in: memory, "The least that must move".

    >>> matmul_traffic_lower_bound_bytes(1000, 1000, 1000, 10_000, 1)
    19980000.0
    """
    rows, columns, inner = whole("m", m), whole("n", n), whole("k", k)
    element = positive("element_bytes", element_bytes)
    held = positive("capacity_bytes", capacity_bytes) / element
    reloaded = 2 * rows * columns * inner / np.sqrt(held) - 2 * held
    compulsory = rows * inner + inner * columns + rows * columns
    return plain(element * np.maximum(reloaded, compulsory))
