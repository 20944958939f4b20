"""The reader's own machine: its roofs measured through NumPy, real kernels placed under them.

`measure` returns a `Measurement`: a `Description` to print with every figure, `Rates` for one
thread and for all, and `Placed` kernels with the share of the roof each reaches.

Conventions, so that no kernel can honestly exceed its roof:
- Bytes are bus bytes: what is read, what is written, and the lines a cache reads before it
  writes to them.  STREAM's own count (24 B for a triad that moves 32) stands beside it.
- The DRAM roof is the best rate in bus bytes of five streams (read, scale, update, add, triad)
  and of the kernels placed under it.  Which wins is the machine's business: a single core held
  back by the number of reads in flight moves most bytes where half of them are writes, so a
  kernel that only reads may end far below the roof and still do all it can (see `streams`).
- Cache levels are measured with the in-place update a ← a + x on a working set of each thread.
- The compute roof is the best BLAS matmul, also for vector kernels, which cannot reach it.
- Arm cores that notice a full-line store skip the fill, and then bus bytes overstate by it.
"""

from hwmath.machine.child import ChildError
from hwmath.machine.description import Cache, Description, describe
from hwmath.machine.results import DRAM, Measurement, Placed, Rates, Stream, Timed
from hwmath.machine.run import measure

__all__ = [
    "DRAM",
    "Cache",
    "ChildError",
    "Description",
    "Measurement",
    "Placed",
    "Rates",
    "Stream",
    "Timed",
    "describe",
    "measure",
]
