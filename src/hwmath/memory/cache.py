"""One cache, simulated: sets of lines, least recently used out first, write-allocate, write-back.

`simulate` counts what a trace of addresses does in one cache; `reuse_distances` gives the misses of
every fully associative cache at once; `sweep_misses` is a closed form for a repeated walk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.validate import FloatArray, Number, plain, positive, whole
from hwmath.work import Traffic


@dataclass(frozen=True, slots=True)
class CacheShape:
    """A cache's capacity, its lines, and how many lines of a set it can hold (`ways`).

    A line belongs to the set whose number is its own, modulo the number of sets.  One way makes a
    direct-mapped cache; `ways` None makes a fully associative one, a single set.
    Raises: ValueError unless all are whole and the capacity is a whole number of sets.
    Source: Hennessy and Patterson, the four questions of a hierarchy.
    Derived in: memory, "A cache, simulated".

    >>> l1 = CacheShape(49152, line_bytes=64, ways=12)
    >>> l1.lines, l1.sets
    (768, 64)
    """

    capacity_bytes: int
    line_bytes: int = 64
    ways: int | None = None

    def __post_init__(self) -> None:
        for name in ("capacity_bytes", "line_bytes", "ways"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, int(whole(name, getattr(self, name))))
        set_bytes = self.line_bytes * (self.ways or 1)
        if self.capacity_bytes % set_bytes:
            raise ValueError(
                f"capacity_bytes={self.capacity_bytes} is not a multiple of the {set_bytes} bytes "
                "of a set"
            )

    @property
    def lines(self) -> int:
        """Lines that it holds in all."""
        return self.capacity_bytes // self.line_bytes

    @property
    def sets(self) -> int:
        """Sets that its lines are dealt to."""
        return self.lines // self.lines_a_set

    @property
    def lines_a_set(self) -> int:
        """Lines of one set that it holds at the same time."""
        return self.ways or self.lines


@dataclass(frozen=True, slots=True)
class Counts:
    """What a trace did: accesses, misses (each fills a line), and lines written back.

    Lines that are still dirty at the end count as written back: somebody must pay for them.
    """

    accesses: int
    misses: int
    write_backs: int
    line_bytes: int

    @property
    def hits(self) -> int:
        """Accesses that found their line."""
        return self.accesses - self.misses

    @property
    def hit_share(self) -> float:
        """Hits over accesses."""
        return self.hits / self.accesses

    @property
    def traffic(self) -> Traffic:
        """Bytes between this cache and the level behind it: lines in, lines out."""
        return Traffic(
            act_in=self.misses * self.line_bytes, act_out=self.write_backs * self.line_bytes
        )


def simulate(cache: CacheShape, addresses: ArrayLike, writes: ArrayLike = False) -> Counts:
    """Run a trace of byte addresses through a cache that starts empty.

    writes: whether each access writes; one truth value may stand for all
    Ignores: prefetching, other users of the cache, and accesses that straddle two lines.
    Raises: ValueError for no addresses, or one that is negative or not whole.
    Source: the definition of an LRU, write-allocate, write-back cache.
    Derived in: memory, "A cache, simulated".

    >>> simulate(CacheShape(128), [0, 8, 64, 128, 0], writes=[1, 0, 0, 0, 0])
    Counts(accesses=5, misses=4, write_backs=1, line_bytes=64)
    """
    lines = _lines(addresses, cache.line_bytes)
    written = np.broadcast_to(np.asarray(writes, dtype=bool), lines.shape)
    # an access to the line that was touched just before hits; only the first of a run can miss
    starts = np.flatnonzero(np.diff(lines, prepend=-1))
    touched, dirtied = lines[starts], np.logical_or.reduceat(written, starts)

    sets: list[OrderedDict[int, bool]] = [OrderedDict() for _ in range(cache.sets)]
    misses = write_backs = 0
    for line, index, writing in zip(
        touched.tolist(), (touched % cache.sets).tolist(), dirtied.tolist(), strict=True
    ):
        held = sets[index]
        if line in held:
            held.move_to_end(line)
            held[line] |= writing
            continue
        misses += 1
        if len(held) == cache.lines_a_set:
            _, dirty = held.popitem(last=False)
            write_backs += dirty
        held[line] = writing
    write_backs += sum(sum(held.values()) for held in sets)
    return Counts(len(lines), misses, write_backs, cache.line_bytes)


def reuse_distances(addresses: ArrayLike, line_bytes: int = 64) -> FloatArray:
    """For each access, how many other lines were touched since this line was; infinite at first.

    An LRU cache of n lines without sets hits exactly where the distance is below n, so one pass
    serves every capacity.
    Raises: as `simulate`, and ValueError for a line that is not whole.
    Source: Mattson et al. 1970, stack distances.  Derived in: memory, "Every capacity at once".

    >>> reuse_distances([0, 64, 128, 64, 0]).tolist()
    [inf, inf, inf, 1.0, 2.0]
    """
    lines = _lines(addresses, int(whole("line_bytes", line_bytes)))
    last: dict[int, int] = {}
    order: list[int] = []  # the last use of every line seen so far, in time order
    distances = np.full(len(lines), np.inf)
    for now, line in enumerate(lines.tolist()):
        if line in last:
            place = bisect_left(order, last[line])
            distances[now] = len(order) - 1 - place
            del order[place]
        last[line] = now
        order.append(now)
    return distances


def sweep_misses(cache: CacheShape, size_bytes: ArrayLike, stride_bytes: ArrayLike) -> Number:
    """Misses of each further walk over `size_bytes`, one access every `stride_bytes`.

    The walk begins at the start of a set 0 line and has been made once before.  Under LRU a set
    that is asked for more lines than it holds throws each out before its turn comes again: it
    misses all of them, and every other set none.
    Formula: sum over sets of (its lines if they are more than `ways`, else 0)
    Ignores: other policies; with random replacement some lines survive.
    Raises: ValueError unless sizes are above zero, strides whole and a stride of more than a line
    a multiple of the line.
    Source: counted here.  Derived in: memory, "Too large by one line".

    >>> cache = CacheShape(4096, line_bytes=64, ways=4)
    >>> sweep_misses(cache, [4096, 4160, 8192], 8).tolist()
    [0.0, 5.0, 128.0]
    """
    size, stride = np.broadcast_arrays(
        positive("size_bytes", size_bytes), whole("stride_bytes", stride_bytes)
    )
    far = np.maximum(stride, cache.line_bytes)
    step = whole("stride_bytes / line_bytes", far / cache.line_bytes).astype(np.int64)
    touched = np.ceil(size / far)
    used_sets = cache.sets // np.gcd(step, cache.sets)
    each, more = np.divmod(touched, used_sets)
    crowded = np.where(each > cache.lines_a_set, (used_sets - more) * each, 0.0)
    fuller = np.where(each + 1 > cache.lines_a_set, more * (each + 1), 0.0)
    return plain(crowded + fuller)


def _lines(addresses: ArrayLike, line_bytes: int) -> NDArray[np.int64]:
    """The line of each address."""
    given = np.atleast_1d(whole("addresses", addresses, least=0)).astype(np.int64)
    if not given.size:
        raise ValueError("addresses=[] is empty; a trace needs at least one access")
    return given // line_bytes
