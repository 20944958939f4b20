"""The measurement of one thread count, in this process.

What will be compared takes turns: the streams with the elementwise kernels, the matrix products
that set the peak with the BLAS kernels.  BLAS comes last, since its idle threads spin a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from hwmath.machine.arena import DTYPES, Arena
from hwmath.machine.bandwidth import (
    BLOCK_BYTES,
    best_block_bytes,
    curve_sizes,
    level_working_sets,
    stream_trials,
    streams,
    sweep_trial,
    triad_trials,
)
from hwmath.machine.compute import matmul_rates, peak_trials
from hwmath.machine.description import Description
from hwmath.machine.place import (
    Kernel,
    axpy_kernels,
    blas_kernels,
    layer_norm_kernels,
    multiply_kernels,
)
from hwmath.machine.plan import Plan
from hwmath.machine.results import DRAM, Rates, Stream, Timed
from hwmath.machine.timing import Trial, best_times_s
from hwmath.units import MIB

REPEAT_FOR_BLOCKS: Final = 4
"""Multiplications of each block when block sizes are compared."""

QUICK_SWEEP_BYTES: Final = 2 * MIB
"""Working sets up to this move four times as much in a trial, or it would be too short."""

Say = Callable[[str], None]
"""Takes one line of progress."""

LEAST: Final = 2
"""How often each trial runs at the least, unless once already takes four budgets."""


def measure_here(
    description: Description, threads: int, plan: Plan, say: Say
) -> tuple[Rates, tuple[Timed, ...]]:
    """Rates and timed kernels, `threads` Python threads; BLAS must be held to as many.

    Raises: ValueError for a thread count below one.
    """
    arena = Arena(plan.array_bytes(description), threads)
    say("block sizes")
    blocks = _blocks(arena, plan)

    levels = level_working_sets(description.caches, threads)
    sizes = curve_sizes(arena, plan.points_per_octave)
    say("bandwidth against size")
    first = _sweep(arena, plan, sizes, levels.values())
    found, timed = _streams_and_kernels(arena, plan, blocks, say)
    say("bandwidth against size, once more")
    again = _sweep(arena, plan, sizes, levels.values())
    swept = {size: max(first[size], again[size]) for size in first}
    matmuls, more = _products_and_kernels(arena, plan, say)
    timed += more

    roofs = _roofs(matmuls, found, timed)
    rates = Rates(
        threads,
        flop_per_s={dtype: roofs[dtype][1] for dtype in DTYPES},
        bytes_per_s={name: swept[size] for name, size in levels.items()} | {DRAM: roofs[DRAM][1]},
        set_by={roof: name for roof, (name, _) in roofs.items()},
        level_bytes=levels,
        array_bytes=arena.array_bytes,
        stream_block_bytes=blocks[0],
        fused_block_bytes=blocks[1],
        streams=found,
        curve_bytes=sizes,
        curve_bytes_per_s=tuple(swept[size] for size in sizes),
    )
    return rates, timed


def _streams_and_kernels(
    arena: Arena, plan: Plan, blocks: tuple[int, int], say: Say
) -> tuple[tuple[Stream, ...], tuple[Timed, ...]]:
    """The streams, and the elementwise kernels timed in turn with them."""
    found: tuple[Stream, ...] = ()
    timed: tuple[Timed, ...] = ()
    for dtype in DTYPES:
        say(f"streams and elementwise kernels, {dtype}")
        kernels = _elementwise(arena, dtype, *blocks, plan) if plan.place_kernels else []
        trials = stream_trials(arena, dtype, blocks[0])
        seconds, ran = _take_turns(arena, dtype, trials, kernels, plan.trial_s)
        found += streams(seconds, dtype, arena.array_bytes)
        timed += ran
    return found, timed


def _products_and_kernels(
    arena: Arena, plan: Plan, say: Say
) -> tuple[dict[str, dict[str, float]], tuple[Timed, ...]]:
    """The matrix products in FLOP/s by dtype and name, and the BLAS kernels timed in turn."""
    timed: tuple[Timed, ...] = ()
    matmuls: dict[str, dict[str, float]] = {}
    for dtype in DTYPES:
        say(f"matrix products and BLAS kernels, {dtype}")
        kernels = blas_kernels(arena, dtype, plan.gemm_n) if plan.place_kernels else []
        trials = peak_trials(dtype, plan.matmul_sizes)
        seconds, ran = _take_turns(arena, dtype, trials, kernels, 2 * plan.trial_s)
        matmuls[dtype] = matmul_rates(seconds, dtype, plan.matmul_sizes)
        timed += ran
    return matmuls, timed


def _roofs(
    matmuls: Mapping[str, Mapping[str, float]], found: Sequence[Stream], timed: Sequence[Timed]
) -> dict[str, tuple[str, float]]:
    """For each dtype and for DRAM the best rate seen, with the name of what reached it."""
    roofs: dict[str, tuple[str, float]] = {}
    seen = {dtype: dict(rates) for dtype, rates in matmuls.items()}
    seen[DRAM] = {f"{s.name} {s.dtype}": s.bus_bytes_per_s for s in found}
    for t in timed:
        seen[t.dtype][t.label] = t.flop_per_s
        if t.name != "gemm":  # whose operands fit a cache
            seen[DRAM][f"{t.label} {t.dtype}"] = t.compulsory_bytes / t.seconds
    for roof, rates in seen.items():
        best = max(rates, key=lambda name: rates[name])
        roofs[roof] = (best, rates[best])
    return roofs


def _sweep(
    arena: Arena, plan: Plan, sizes: Iterable[int], level_sizes: Iterable[int]
) -> dict[int, float]:
    """Bytes a second by working set; those that stand for a level get more repetitions.

    It is done twice, with other work between: a neighbour's bad mood lasts for seconds.
    """
    moved: dict[int, int] = {}
    rates: dict[int, float] = {}
    for chosen, budget_s in ((sizes, plan.trial_s / 6), (level_sizes, plan.trial_s)):
        trials = {}
        for size in chosen:
            times = 4 if size <= QUICK_SWEEP_BYTES else 1
            trials[str(size)], moved[size] = sweep_trial(arena, size, times * plan.sweep_bytes)
        seconds = best_times_s(trials, budget_s, LEAST)
        rates |= {int(size): moved[int(size)] / took for size, took in seconds.items()}
    return rates


def _blocks(arena: Arena, plan: Plan) -> tuple[int, int]:
    """The block sizes that suit the triad, and many calls on one block."""
    trials = triad_trials(arena, "fp64")
    for size in BLOCK_BYTES:
        _, fused = multiply_kernels(arena, "fp64", size, (REPEAT_FOR_BLOCKS,))
        trials[f"fused {size}"] = fused.trial
    seconds = best_times_s(trials, plan.trial_s, LEAST)
    return best_block_bytes(seconds, "triad"), best_block_bytes(seconds, "fused")


def _elementwise(
    arena: Arena, dtype: str, stream_block: int, fused_block: int, plan: Plan
) -> list[Kernel]:
    kernels = axpy_kernels(arena, dtype, stream_block)
    kernels += layer_norm_kernels(arena, dtype, fused_block)
    if dtype == "fp32":
        kernels += multiply_kernels(arena, dtype, fused_block, plan.repeats)
    return kernels


def _take_turns(
    arena: Arena,
    dtype: str,
    roofs: Mapping[str, Trial],
    kernels: Sequence[Kernel],
    budget_s: float,
) -> tuple[dict[str, float], tuple[Timed, ...]]:
    """Best times of the trials that set roofs, and the kernels timed in turn with them."""
    arena.fill(dtype, 1.0)
    trials = {**roofs, **{f"kernel {i}": kernel.trial for i, kernel in enumerate(kernels)}}
    seconds = best_times_s(trials, budget_s, LEAST)
    timed = (k.timed(dtype, arena.threads, seconds[f"kernel {i}"]) for i, k in enumerate(kernels))
    return seconds, tuple(timed)
