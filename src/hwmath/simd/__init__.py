"""Lanes: what one instruction does to many numbers at once, and what keeps lanes idle.

`peak` has a chip's peak from its factors, and the tile that feeds a matrix unit; `engines` are
the arithmetic units of real chips.  `warps` counts what branches and loops issue, `banks` which
sectors and banks a warp's addresses touch.  `narrowed` runs NumPy with ever wider vectors.
"""

from hwmath.simd.banks import (
    BANK_BYTES,
    BANKS,
    SECTOR_BYTES,
    bank_passes,
    sector_use,
    sectors,
    tile_addresses,
)
from hwmath.simd.engines import Engine, engine, load_engines
from hwmath.simd.peak import (
    implied_clock_hz,
    lanes,
    peak_flop_per_s,
    shared_memory_bytes_per_s,
    speedup,
    tile_bytes,
    tile_work,
)
from hwmath.simd.warps import WARP_LANES, Issued, branch, by_warp, loop, switch

__all__ = [
    "BANKS",
    "BANK_BYTES",
    "SECTOR_BYTES",
    "WARP_LANES",
    "Engine",
    "Issued",
    "bank_passes",
    "branch",
    "by_warp",
    "engine",
    "implied_clock_hz",
    "lanes",
    "load_engines",
    "loop",
    "peak_flop_per_s",
    "sector_use",
    "sectors",
    "shared_memory_bytes_per_s",
    "speedup",
    "switch",
    "tile_addresses",
    "tile_bytes",
    "tile_work",
]
