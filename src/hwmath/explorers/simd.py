"""The lane microscope: warps at a branch, with threads that agree in runs of a chosen length.

Whether a run of threads takes the branch is drawn by a hash, so that a page and this module see
the same threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hwmath.explorers import Explorer
from hwmath.simd import WARP_LANES, Issued, branch, by_warp
from hwmath.tables import Table
from hwmath.units import format_number
from hwmath.validate import fraction, whole

WARPS: Final = 64
RUN, SHARE, IF_INSTRUCTIONS, ELSE_INSTRUCTIONS = 1, 0.3, 12, 4
"""What a reader finds."""

RUNS: Final = (1, 2, 4, 8, 16, 32, 64)
SHARES: Final = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
HEADERS: Final = ("alike in runs of", "warps with both sides", "issued", "used slots")


def drawn(count: int) -> NDArray[Any]:
    """Numbers between 0 and 1, as good as random: 0, 1, 2 and so on, each hashed to 32 bits.

    Raises: ValueError unless count is whole.
    Source: the finaliser of MurmurHash3, by Austin Appleby.

    >>> drawn(2).round(3).tolist()
    [0.318, 0.191]
    """
    whole("count", count)
    x = np.arange(1, count + 1, dtype=np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    hashed: NDArray[Any] = (x ^ (x >> np.uint32(16))) / 2.0**32
    return hashed


def taken(run: int, share: float) -> NDArray[np.bool_]:
    """Whether each lane of each warp takes the branch; `run` threads in a row agree.

    Raises: ValueError for a run that is not whole or a share outside [0, 1].

    >>> taken(32, 0.5)[:3, 0].tolist(), taken(1, 0.3).shape
    ([True, True, False], (64, 32))
    """
    whole("run", run)
    below = drawn(WARPS * WARP_LANES) < fraction("share", share)
    mask: NDArray[np.bool_] = by_warp(np.repeat(below, run)[: WARPS * WARP_LANES])
    return mask


def issued(run: int, share: float, if_instructions: int, else_instructions: int) -> Issued:
    """What all warps issue.  Raises: as `taken`, and as `hwmath.simd.branch`."""
    return branch(taken(run, share), if_instructions, else_instructions)


def explorer() -> Explorer:
    """Warps and lanes for the script; for the table, runs of every length."""
    return Explorer(
        label="Lane microscope",
        data={
            "start": {
                "run": RUN,
                "share": SHARE,
                "ifInstructions": IF_INSTRUCTIONS,
                "elseInstructions": ELSE_INSTRUCTIONS,
            },
            "warps": WARPS,
            "lanes": WARP_LANES,
            "runs": RUNS,
            "shares": SHARES,
        },
        caption=f"{WARPS} warps, {format_number(100 * SHARE)} % of the runs take a branch of "
        f"{IF_INSTRUCTIONS} instructions, the others one of {ELSE_INSTRUCTIONS}",
        table=Table(HEADERS, list(_rows())),
        height_rem=(49, 53),
    )


def _rows() -> Iterator[tuple[str, ...]]:
    for run in RUNS:
        mask = taken(run, SHARE)
        found = issued(run, SHARE, IF_INSTRUCTIONS, ELSE_INSTRUCTIONS)
        yield (
            f"{run}",
            f"{np.sum(mask.any(axis=1) & ~mask.all(axis=1))}",
            format_number(float(np.sum(found.instructions))),
            f"{format_number(100 * float(found.utilisation), 2)} %",
        )
