"""Memory: what fits where, what an access costs, what a cache keeps, and what must move.

`levels` has the arithmetic of a hierarchy, `cache` a simulator of one cache, `traces` the addresses
that programs touch, `tiles` the traffic of a blocked matrix product and its lower bound.
"""

from hwmath.memory.cache import CacheShape, Counts, reuse_distances, simulate, sweep_misses
from hwmath.memory.levels import (
    Store,
    average_access_j,
    average_access_s,
    bytes_in_flight,
    line_utilisation,
    shares_reaching,
    smallest_store,
    sram_bytes_per_s,
    sustained_bytes_per_s,
)
from hwmath.memory.tiles import (
    largest_tile,
    matmul_traffic_lower_bound_bytes,
    tiled_matmul_traffic,
)
from hwmath.memory.traces import Trace, matmul_trace, sweep_trace

__all__ = [
    "CacheShape",
    "Counts",
    "Store",
    "Trace",
    "average_access_j",
    "average_access_s",
    "bytes_in_flight",
    "largest_tile",
    "line_utilisation",
    "matmul_trace",
    "matmul_traffic_lower_bound_bytes",
    "reuse_distances",
    "shares_reaching",
    "simulate",
    "smallest_store",
    "sram_bytes_per_s",
    "sustained_bytes_per_s",
    "sweep_misses",
    "sweep_trace",
    "tiled_matmul_traffic",
]
