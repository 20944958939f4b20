"""`measure`: this machine, one thread and all threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from hwmath.machine.child import measure_in_child
from hwmath.machine.description import describe
from hwmath.machine.plan import Plan
from hwmath.machine.results import Measurement, Placed, Rates, place
from hwmath.validate import whole


def thread_counts(threads: Sequence[int] | None, logical_cpus: int) -> tuple[int, ...]:
    """The thread counts to measure, ascending: one and all if None.

    Raises: ValueError for none at all, for a count below one and for one above `logical_cpus`.
    """
    counts = (1, logical_cpus) if threads is None else threads
    whole("number of thread counts", len(counts))
    whole("threads", counts)
    if max(counts) > logical_cpus:
        raise ValueError(
            f"threads={max(counts)} is more than the {logical_cpus} logical CPUs in reach"
        )
    return tuple(sorted(set(counts)))


def measure(
    threads: Sequence[int] | None = None,
    *,
    effort: float = 1.0,
    quick: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Measurement:
    """Measure the machine this runs on: its roofs, and NumPy kernels placed under them.

    threads: thread counts, by default one and every logical CPU this process may use
    effort: scales the time taken; at 1 about half a minute on two CPUs
    quick: seconds in all, on arrays too small for a DRAM rate; to try the machinery
    progress: takes a line before each step
    Ignores: what else the machine is doing (it takes the best of several runs), CPU quotas,
    sockets, and cores that differ from each other.
    Raises: ValueError for a thread count outside 1 ... logical CPUs, or an effort not above
    zero; ChildError if a measuring process fails.
    Source: McCalpin 1995 (STREAM); Williams, Waterman and Patterson 2009.
    Derived in: roofline, "Your own machine".
    """
    plan = Plan.quick(effort) if quick else Plan.normal(effort)
    description = describe()
    rates: dict[int, Rates] = {}
    placed: tuple[Placed, ...] = ()
    for count in thread_counts(threads, description.logical_cpus):
        found, timed = measure_in_child(count, plan, partial(_say, progress, count))
        rates[count] = found
        placed += tuple(place(one, found) for one in timed)
    return Measurement(description, rates, placed)


def _say(progress: Callable[[str], None] | None, threads: int, line: str) -> None:
    if progress is not None:
        progress(f"{threads} thread{'s' if threads > 1 else ''}: {line}")
