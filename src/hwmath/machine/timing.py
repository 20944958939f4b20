"""Clocks: jobs that start together, trials that take turns, the best time of each.

A shared machine only ever adds time, so the best of many repetitions is the measurement; and
its mood drifts, so trials that will be compared take turns instead of running one by one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from time import perf_counter

from hwmath.machine.description import usable_cpus
from hwmath.validate import positive, whole

Job = Callable[[], object]
Trial = Callable[[], float]
"""Runs something once and returns the seconds it took."""


def together(jobs: Sequence[Job]) -> float:
    """Seconds from the start of the first job to the end of the last, one thread each.

    All threads wait at a barrier first, so that creating them is not timed.  NumPy lets go of
    the interpreter lock inside large calls, so jobs made of large calls do run side by side.
    With as many jobs as usable CPUs each thread keeps to its own, where the system allows that:
    else two threads woken together may share one for milliseconds.
    Raises: ValueError without a job; whatever a job raises.
    """
    whole("number of jobs", len(jobs))
    if len(jobs) == 1:
        return _span(jobs[0])[1]
    barrier = Barrier(len(jobs))
    cpus = usable_cpus()
    homes = cpus if len(cpus) == len(jobs) else [None] * len(jobs)

    def run(job: Job, cpu: int | None) -> tuple[float, float]:
        if cpu is not None:
            _stay_on(cpu)
        barrier.wait()
        return _span(job)

    with ThreadPoolExecutor(len(jobs)) as pool:
        spans = list(pool.map(run, jobs, homes))
    start = min(begun for begun, _ in spans)
    return max(begun + took for begun, took in spans) - start


def best_times_s(
    trials: Mapping[str, Trial], budget_s: float, least: int = 3, most: int = 200
) -> dict[str, float]:
    """The shortest time of each trial; they take turns, one repetition a round.

    A trial leaves the round when it has used `budget_s` seconds and run `least` times, when it
    has used four times the budget, or when it has run `most` times.
    Raises: ValueError for a budget not above zero or `least` below one.
    """
    positive("budget_s", budget_s)
    whole("least", least)
    times: dict[str, list[float]] = {name: [] for name in trials}
    running = list(trials)
    while running:
        for name in running:
            times[name].append(trials[name]())
        running = [
            name
            for name in running
            if len(times[name]) < most
            and sum(times[name]) < budget_s * (4 if len(times[name]) < least else 1)
        ]
    return {name: min(found) for name, found in times.items()}


def _stay_on(cpu: int) -> None:
    """Keep the calling thread, and no other, on one CPU; nothing where the system cannot."""
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {cpu})


def _span(job: Job) -> tuple[float, float]:
    begun = perf_counter()
    job()
    return begun, perf_counter() - begun
