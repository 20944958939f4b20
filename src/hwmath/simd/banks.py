"""What a warp's addresses touch: sectors of DRAM, banks of shared memory.

Addresses are in bytes, the lanes of a warp along their last axis; other axes are warps.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.validate import FloatArray, Number, plain, whole

SECTOR_BYTES: Final = 32
"""The least that a GPU fetches from its memory."""

BANKS: Final = 32
BANK_BYTES: Final = 4
"""Shared memory deals its words of 4 bytes out to 32 banks, one after the other."""


def sectors(addresses_bytes: ArrayLike, element_bytes: int = 4) -> Number:
    """Sectors that each warp's elements lie in, hence fetches.

    Formula: the number of distinct floor(address / 32)
    Ignores: caches, and what other warps have fetched.
    Raises: ValueError for an address that is not whole or not a multiple of element_bytes, and
    unless a sector holds a whole number of elements.
    Source: Nvidia 2024, CUDA C++ Best Practices Guide, "Coalesced Access to Global Memory".
    Derived in: simd, "Sectors".

    >>> sectors([4 * np.arange(32), 32 * np.arange(32)]).tolist()
    [4.0, 32.0]
    """
    return plain(_distinct(_checked(addresses_bytes, element_bytes) // SECTOR_BYTES).sum(axis=-1))


def sector_use(addresses_bytes: ArrayLike, element_bytes: int = 4) -> Number:
    """Share of the fetched bytes that the warp asked for.

    Formula: distinct elements × their bytes / (sectors × 32)
    Ignores and raises: as `sectors`.  Raises: ValueError as it does.
    Source: as `sectors`.  Derived in: simd, "Sectors".

    >>> sector_use([4 * np.arange(32), 8 * np.arange(32), 32 * np.arange(32)]).tolist()
    [1.0, 0.5, 0.125]
    """
    addresses = _checked(addresses_bytes, element_bytes)
    asked_bytes = element_bytes * _distinct(addresses).sum(axis=-1)
    return plain(asked_bytes / (SECTOR_BYTES * np.asarray(sectors(addresses, element_bytes))))


def bank_passes(addresses_bytes: ArrayLike, element_bytes: int = 4) -> Number:
    """Clocks that shared memory needs to serve one access of a warp: 1 without a conflict.

    A bank gives one word in a clock, to every lane that wants that word.
    Symbols: w = floor(address / 4) the word, w mod 32 its bank
    Formula: max over banks of the number of distinct words wanted from it
    Ignores: elements wider than a word, which a warp reads in parts.
    Raises: ValueError for elements wider than a word, and as `sectors`.
    Source: Nvidia 2024, CUDA C++ Programming Guide, "Shared Memory".
    Derived in: simd, "Banks".

    >>> bank_passes([4 * np.arange(32), 8 * np.arange(32), 128 * np.arange(32)]).tolist()
    [1.0, 2.0, 32.0]
    """
    if element_bytes > BANK_BYTES:
        raise ValueError(f"element_bytes={element_bytes} is more than a word of {BANK_BYTES} bytes")
    words = _checked(addresses_bytes, element_bytes) // BANK_BYTES
    in_bank = (words % BANKS)[..., None] == np.arange(BANKS)
    wanted = (in_bank & _distinct(words)[..., None]).sum(axis=-2)
    return plain(wanted.max(axis=-1))


def tile_addresses(
    rows: int, columns: int, *, pad_words: int = 0, swizzled: bool = False
) -> FloatArray:
    """Where a tile of words is kept in shared memory: the address in bytes of (row, column).

    Symbols: r = row, c = column, C = columns, p = pad_words left empty after each row
    Formula: 4 (r (C + p) + c'), with c' = c, or c' = c xor (s mod C) where swizzled; s counts the
    groups of rows that fill the banks once: s = floor(r / max(1, 32 / C))
    Ignores: the hardware's own swizzles, which move 16 bytes at a time.
    Raises: ValueError unless sizes are whole, and to swizzle, columns a power of two.
    Source: Spector et al. 2024, swizzled layouts.  Derived in: simd, "Banks".

    >>> (tile_addresses(3, 32, swizzled=True)[:, :4] / 4).astype(int).tolist()
    [[0, 1, 2, 3], [33, 32, 35, 34], [66, 67, 64, 65]]
    """
    for name, value in (("rows", rows), ("columns", columns)):
        whole(name, value)
    whole("pad_words", pad_words, least=0)
    if swizzled and columns & (columns - 1):
        raise ValueError(f"columns={columns} is not a power of two, so xor leads out of a row")
    row, column = np.indices((rows, columns))
    group = row // max(1, BANKS // columns)
    kept_in = column ^ (group % columns) if swizzled else column
    return (BANK_BYTES * (row * (columns + pad_words) + kept_in)).astype(np.float64)


def _checked(addresses_bytes: ArrayLike, element_bytes: int) -> FloatArray:
    """Addresses, sorted along the lanes; no element lies across the end of a sector."""
    whole("element_bytes", element_bytes)
    whole("elements of a sector", SECTOR_BYTES / element_bytes)
    if np.ndim(addresses_bytes) == 0 or np.shape(addresses_bytes)[-1] == 0:
        raise ValueError(f"addresses_bytes={addresses_bytes!r} has no lanes")
    addresses = whole("addresses_bytes", addresses_bytes, least=0)
    whole("addresses_bytes / element_bytes", addresses / element_bytes, least=0)
    return np.sort(addresses, axis=-1)


def _distinct(ordered: FloatArray) -> NDArray[Any]:
    """In sorted values: whether each is the first of its kind."""
    first = np.ones((*ordered.shape[:-1], 1), dtype=bool)
    return np.concatenate([first, np.diff(ordered, axis=-1) > 0], axis=-1)
