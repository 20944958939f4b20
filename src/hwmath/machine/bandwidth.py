"""Bandwidth: streams through DRAM, and one kernel swept over working sets of every size.

Two counts of bytes.  STREAM counts an operand once: a = b + s c moves 24 B an element.  A cache
that allocates on a write reads the line of `a` first, so 32 B cross the bus.  Streams differ in
how well they keep the bus busy, so the DRAM roof is the best of them in bus bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from hwmath.machine.arena import Arena, Array, aligned, in_blocks
from hwmath.machine.description import Cache
from hwmath.machine.results import Stream
from hwmath.machine.timing import Job, Trial, together
from hwmath.units import KIB, MIB, bytes_per_element
from hwmath.validate import whole

ELEMENT_BYTES: Final = 8
UPDATE_BYTES: Final = 3 * ELEMENT_BYTES
"""a ← a + x reads two elements and writes one, in place: nothing is filled on top."""

BLOCK_BYTES: Final = (128 * KIB, 256 * KIB, 384 * KIB, 768 * KIB)
"""Block sizes that are tried.  The best depends on the L2 cache and, with several threads, on
how often they meet at the interpreter's lock: small blocks mean many calls."""

SMALLEST_BYTES: Final = 4 * KIB
REPEAT_IN_C_BYTES: Final = 16 * MIB
"""Working sets up to this are swept inside one NumPy call, larger ones by a call a sweep."""

LEAST_IN_C: Final = 8
"""Sweeps inside one call at the least, so that the copy which begins them counts for little."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A stream's statement, and how many arrays it moves as STREAM counts and on the bus."""

    statement: str
    counted_arrays: int
    bus_arrays: int


KINDS: Final[Mapping[str, Kind]] = {
    "read": Kind("max over a", 1, 1),
    "scale": Kind("a ← s a", 2, 2),
    "update": Kind("a ← a + b", 3, 3),
    "add": Kind("a ← b + c", 3, 4),
    "triad": Kind("a ← b + s c", 3, 4),
}


def triad(blocks: Sequence[tuple[Array, ...]], scalar: float, scratch: Array) -> None:
    """a ← b + s c over blocks (a, b, c), the product held in a scratch that stays in cache.

    NumPy has no fused triad.  Two whole-array calls would move 48 B an element and not 32; with
    blocks the product never reaches memory.  What remains is that the two calls cannot overlap:
    first c streams in alone, then b with the lines of a.
    """
    for a, b, c in blocks:
        product = scratch[: len(c)]
        np.multiply(c, scalar, out=product)
        np.add(b, product, out=a)


def triad_trials(arena: Arena, dtype: str) -> dict[str, Trial]:
    """A trial of the triad for each block size, named `triad 131072`."""
    return {f"triad {size}": _triad_trial(arena, dtype, size) for size in BLOCK_BYTES}


def best_block_bytes(seconds: Mapping[str, float], name: str) -> int:
    """The block size of the fastest trial called `name` and a size."""
    return min(BLOCK_BYTES, key=lambda size: seconds[f"{name} {size}"])


def stream_trials(arena: Arena, dtype: str, block_bytes: int) -> dict[str, Trial]:
    """A trial of each of `KINDS`, by name."""
    plain: dict[str, Callable[..., object]] = {
        "read": lambda a, *_: np.maximum.reduce(a),
        "scale": lambda a, *_: np.multiply(a, -1.0, out=a),
        "update": lambda a, b, *_: np.add(a, b, out=a),
        "add": lambda a, b, c: np.add(b, c, out=a),
    }
    parts = arena.parts(dtype)
    trials: dict[str, Trial] = {
        name: partial(together, [partial(call, *part) for part in parts])
        for name, call in plain.items()
    }
    return {**trials, "triad": _triad_trial(arena, dtype, block_bytes)}


def streams(seconds: Mapping[str, float], dtype: str, array_bytes: int) -> tuple[Stream, ...]:
    """The times of `stream_trials` as rates."""
    return tuple(
        Stream(
            name,
            dtype,
            kind.statement,
            kind.counted_arrays * array_bytes / seconds[name],
            kind.bus_arrays * array_bytes / seconds[name],
        )
        for name, kind in KINDS.items()
    )


def _triad_trial(arena: Arena, dtype: str, block_bytes: int) -> Trial:
    count = int(block_bytes / bytes_per_element(dtype))
    jobs = [
        partial(triad, in_blocks(count, *part), -1.0, aligned(count, dtype))
        for part in arena.parts(dtype)
    ]
    return partial(together, jobs)


def accumulate(out: Array, x: Array, sweeps: int) -> int:
    """Add x into `out`, `sweeps` times over, and return the bytes read and written.

    A small block is over before a NumPy call has begun, so its sweeps run in C: x is broadcast
    along a first axis of stride 0 and reduced along it, a copy of x into `out` and then
    out ← out + x for every further row.  Beyond `REPEAT_IN_C_BYTES` each sweep is a call that
    adds to what `out` holds.  The inner loop is the same.
    """
    if out.nbytes + x.nbytes > REPEAT_IN_C_BYTES:
        for _ in range(sweeps):
            np.add(out, x, out=out)
        return sweeps * UPDATE_BYTES * len(x)
    np.add.reduce(np.broadcast_to(x, (sweeps, len(x))), axis=0, out=out)
    return ((sweeps - 1) * UPDATE_BYTES + 2 * ELEMENT_BYTES) * len(x)


def sweep_trial(arena: Arena, working_set_bytes: int, moved_bytes: int) -> tuple[Trial, int]:
    """A trial in which each thread sweeps its own working set, and the bytes it moves.

    Half of `working_set_bytes` is read, the other half read and written; there are as many
    sweeps as it takes each thread to move `moved_bytes`.  Inside L1 and L2 that should take
    milliseconds, since the threads wake up tens of microseconds apart.
    """
    whole("working_set_bytes", working_set_bytes, least=2 * ELEMENT_BYTES)
    count = working_set_bytes // (2 * ELEMENT_BYTES)
    least = LEAST_IN_C if working_set_bytes <= REPEAT_IN_C_BYTES else 1
    sweeps = max(least, round(moved_bytes / (UPDATE_BYTES * count)))
    pairs = [(part[0][:count], part[1][:count]) for part in arena.parts("fp64")]
    jobs: list[Job] = [partial(accumulate, out, x, sweeps) for out, x in pairs]
    return partial(together, jobs), len(pairs) * accumulate(*pairs[0], sweeps)


def curve_sizes(arena: Arena, per_octave: int) -> tuple[int, ...]:
    """Working sets from `SMALLEST_BYTES` to two whole parts, evenly spaced in the logarithm."""
    largest = 2 * arena.array_bytes // arena.threads
    steps = max(1, round(per_octave * math.log2(largest / SMALLEST_BYTES)))
    sizes = [SMALLEST_BYTES * (largest / SMALLEST_BYTES) ** (i / steps) for i in range(steps)]
    return (*(int(size) // 128 * 128 for size in sizes), largest)


def level_working_sets(caches: Sequence[Cache], threads: int) -> dict[str, int]:
    """For each cache level the working set of each thread that stands for it, in bytes.

    Formula: half of L1; beyond it sqrt(C_below C), at most C / 2, with C the thread's share of
    the level.  The middle between two levels (in the logarithm) misses the lower one and fits
    the upper one even where strangers, in a virtual machine, use most of that.
    """
    whole("threads", threads)
    sets: dict[str, int] = {}
    below = 0.0
    for cache in caches:
        share = cache.capacity_bytes / math.ceil(threads / cache.instances)
        middle = math.sqrt(below * share) if below else share / 2
        sets[cache.name] = int(min(middle, share / 2)) // 128 * 128
        below = share
    return sets
