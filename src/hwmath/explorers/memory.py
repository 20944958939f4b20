"""The explorer of a cache: what misses when a program walks over an array again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from hwmath.explorers import Explorer
from hwmath.memory import CacheShape, line_utilisation, sweep_misses
from hwmath.tables import Table
from hwmath.units import KIB, MIB, format_capacity, format_number, format_si

CACHE: Final = CacheShape(32 * KIB, line_bytes=64, ways=8)
SIZE_BYTES, STRIDE_BYTES = 33 * KIB, 64
"""What a reader finds: a common first cache, and a walk by lines, a little too long for it."""

CAPACITIES: Final = [KIB * 2**power for power in range(2, 9)]
LINES: Final = [32, 64, 128]
WAYS: Final = [1, 2, 4, 8, 16, None]
STRIDES: Final = [2**power for power in range(3, 15)]
SIZES: Final = (KIB, MIB)
ELEMENT_BYTES: Final = 8
TIMES: Final = (1 / 2, 1, 33 / 32, 17 / 16, 9 / 8, 3 / 2, 2, 4)
"""Sizes in the table, in capacities."""

HEADERS: Final = ("walk over", "accesses", "misses", "an access", "traffic of a walk")


def explorer() -> Explorer:
    """What can be chosen, for the script; for the table, walks of several lengths."""
    return Explorer(
        label="Cache explorer",
        data={
            "start": {
                "capacityBytes": CACHE.capacity_bytes,
                "lineBytes": CACHE.line_bytes,
                "ways": CACHE.ways,
                "sizeBytes": SIZE_BYTES,
                "strideBytes": STRIDE_BYTES,
            },
            "capacities": CAPACITIES,
            "lines": LINES,
            "ways": WAYS,
            "strides": STRIDES,
            "sizes": SIZES,
            "elementBytes": ELEMENT_BYTES,
            "times": TIMES,
        },
        caption=caption(CACHE, STRIDE_BYTES),
        table=Table(HEADERS, list(rows(CACHE, STRIDE_BYTES))),
        height_rem=(52, 58),
    )


def caption(cache: CacheShape, stride_bytes: int) -> str:
    """What the table shows, in words.

    >>> caption(CACHE, 64)
    'Each further walk with stride 64 B over a cache of 32 KiB, 8 ways, lines of 64 B; used: 12.5 %'
    """
    used = line_utilisation(stride_bytes, ELEMENT_BYTES, cache.line_bytes)
    ways = f"{cache.ways} way{'s' if cache.ways > 1 else ''}" if cache.ways else "one set"
    return (
        f"Each further walk with stride {stride_bytes:,} B over a cache of "
        f"{format_capacity(cache.capacity_bytes)}, {ways}, lines of {cache.line_bytes} B; "
        f"used: {format_number(100 * float(used))} %"
    )


def rows(cache: CacheShape, stride_bytes: int) -> Iterator[tuple[str, ...]]:
    """The table: walks of several lengths over one cache."""
    for times in TIMES:
        size = times * cache.capacity_bytes
        misses = float(sweep_misses(cache, size, stride_bytes))
        accesses = float(np.ceil(size / stride_bytes))
        yield (
            format_capacity(size),
            f"{accesses:,.0f}",
            f"{misses:,.0f}",
            format_number(misses / accesses),
            format_si(misses * cache.line_bytes, "B"),
        )
