"""The measured machine: right values, honest byte counts, sound bookkeeping.  No clock is read."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import operator
import os
import re
import statistics
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwmath.machine import (
    Cache,
    ChildError,
    Description,
    Measurement,
    Placed,
    Rates,
    Stream,
    Timed,
    __main__,
    bandwidth,
    child,
    compute,
    describe,
    description,
    measure,
    place,
    worker,
)
from hwmath.machine.arena import PAGE_BYTES, Arena, aligned, in_blocks
from hwmath.machine.plan import Plan
from hwmath.machine.report import report
from hwmath.machine.results import place as put_under_roof
from hwmath.machine.run import thread_counts
from hwmath.machine.timing import best_times_s, together

LINUX = Path("/proc/self/status").exists()
CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Counting(np.ndarray):
    """An array whose ufunc calls are recorded: whole arrays read, written, and filled first."""

    moved = 0
    calls = 0

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **rest: Any
    ) -> Any:
        plain = [x.view(np.ndarray) if isinstance(x, Counting) else x for x in inputs]
        targets = [x.view(np.ndarray) for x in out if x is not None]
        full = max(np.size(x) for x in plain)
        read = {x.ctypes.data for x in plain if np.size(x) == full}
        written = {x.ctypes.data for x in targets if x.size == full}
        if full == self.base_size():
            Counting.calls += 1
            Counting.moved += len(read) + len(written) + len(written - read)
        result = getattr(ufunc, method)(*plain, **({"out": tuple(targets)} if out else {}), **rest)
        return out[0] if out and out[0] is not None else result

    def base_size(self) -> int:
        return self.size


def counted(*shape: int) -> Counting:
    return np.ones(shape).view(Counting)


# --- streams and blocks ---------------------------------------------------------------------


@pytest.mark.parametrize(("size", "block"), [(1, 8), (24, 8), (1000, 96), (5, 5)])
def test_the_blocked_triad_is_the_triad(size: int, block: int) -> None:
    b, c = np.random.default_rng(size).uniform(-9, 9, (2, size)).tolist()
    a = np.full(size, np.nan)
    blocks = in_blocks(block, a, np.array(b), np.array(c))
    bandwidth.triad(blocks, 3.7, np.empty(block))
    assert a.tolist() == [x + 3.7 * y for x, y in zip(b, c, strict=True)]


@pytest.mark.parametrize("name", bandwidth.KINDS)
def test_bytes_of_a_stream_are_those_its_statement_names(name: str) -> None:
    kind = bandwidth.KINDS[name]
    target, _, value = kind.statement.rpartition("←")
    read = set(re.findall(r"\b[abc]\b", value))
    written = set(re.findall(r"\b[abc]\b", target))
    assert kind.counted_arrays == len(read) + len(written)
    assert kind.bus_arrays == len(read) + len(written) + len(written - read)


@pytest.mark.parametrize("dtype", ["fp32", "fp64"])
@pytest.mark.parametrize("threads", [1, 3])
def test_streams_do_what_they_state(dtype: str, threads: int) -> None:
    arena = Arena(9 * PAGE_BYTES, threads)
    for name, trial in bandwidth.stream_trials(arena, dtype, block_bytes=PAGE_BYTES // 2).items():
        a, b, c = arena.whole(dtype)
        a[:], b[:], c[:] = 7.0, 5.0, 2.0
        assert trial() > 0
        wanted = {"read": 7.0, "scale": -7.0, "update": 12.0, "add": 7.0, "triad": 3.0}[name]
        assert (a == wanted).all(), name
        assert (b == 5.0).all(), name
        assert (c == 2.0).all(), name


def test_rates_of_streams_by_hand() -> None:
    seconds = {"read": 0.5, "scale": 1.0, "update": 1.0, "add": 2.0, "triad": 4.0}
    found = {s.name: s for s in bandwidth.streams(seconds, "fp64", 8_000)}
    assert (found["triad"].counted_bytes_per_s, found["triad"].bus_bytes_per_s) == (6_000, 8_000)
    assert (found["read"].counted_bytes_per_s, found["read"].bus_bytes_per_s) == (16_000, 16_000)
    assert (found["add"].counted_bytes_per_s, found["add"].bus_bytes_per_s) == (12_000, 16_000)


# --- the cache sweep ------------------------------------------------------------------------


def test_sweeps_run_row_after_row_in_one_call() -> None:
    """Row after row rounds as a running sum does; element after element would add in pairs."""
    sweeps, x = 1000, np.full(64, 0.1)
    out = np.full(64, np.nan)
    running = functools.reduce(operator.add, itertools.repeat(0.1, sweeps))  # sum() compensates
    in_pairs = float(np.add.reduce(np.full(sweeps, 0.1)))
    assert running != in_pairs
    bandwidth.accumulate(out, x, sweeps)
    assert (out == running).all()


@pytest.mark.parametrize("sweeps", [1, 2, 7])
def test_large_sets_are_swept_by_a_call_a_sweep(sweeps: int) -> None:
    count = bandwidth.REPEAT_IN_C_BYTES // 16 + 8
    out, x = np.full(count, 3.0), np.arange(count, dtype=np.float64)
    moved = bandwidth.accumulate(out, x, sweeps)
    assert out[[0, 5, -1]].tolist() == [3.0, 3.0 + 5 * sweeps, 3.0 + (count - 1) * sweeps]
    assert moved == sweeps * (2 * count * 8 + count * 8)


def test_a_small_sweep_counts_its_first_row_as_the_copy_it_is() -> None:
    out, x = np.zeros(10), np.ones(10)
    copy, update = (1 + 1) * 8 * 10, (2 + 1) * 8 * 10
    assert bandwidth.accumulate(out, x, 5) == copy + 4 * update


@pytest.mark.parametrize("threads", [1, 2])
def test_sweep_trials_use_the_working_set_they_name(threads: int) -> None:
    arena = Arena(64 * PAGE_BYTES, threads)
    arena.fill("fp64", 0.0)
    for part in arena.parts("fp64"):
        part[1][:] = 1.0
    trial, moved = bandwidth.sweep_trial(arena, working_set_bytes=3200, moved_bytes=24 * 200 * 50)
    assert trial() > 0
    for out, _, _ in arena.parts("fp64"):
        assert (out[:200] == 50).all()
        assert (out[200:] == 0).all()
    assert moved == threads * (49 * 24 + 16) * 200


def test_working_sets_stand_between_the_levels() -> None:
    caches = (Cache(1, 48_000, 1, 2), Cache(2, 1_200_000, 1, 2), Cache(3, 30_000_000, 2, 1))
    one, two = (bandwidth.level_working_sets(caches, threads) for threads in (1, 2))
    assert one["L1"] == two["L1"] == 24_000 // 128 * 128
    assert one["L2"] == two["L2"] == 240_000  # the square root of 48,000 times 1,200,000
    assert one["L3"] == 6_000_000  # the square root of 1.2e6 times 30e6
    assert two["L3"] == math.isqrt(1_200_000 * 15_000_000) // 128 * 128
    assert bandwidth.level_working_sets((), 2) == {}
    tight = (Cache(1, 32_768), Cache(2, 65_536))
    assert bandwidth.level_working_sets(tight, 1)["L2"] == 32_768


@pytest.mark.parametrize("per_octave", [0, 1, 3])
def test_the_curve_runs_from_small_to_everything(per_octave: int) -> None:
    arena = Arena(64 * PAGE_BYTES, 2)
    sizes = bandwidth.curve_sizes(arena, per_octave)
    assert sizes[0] == 4096
    assert sizes[-1] == 64 * PAGE_BYTES  # a half of each of two buffers
    assert len(sizes) == 1 + max(1, per_octave * 6)
    assert list(sizes) == sorted(set(sizes))


# --- memory to measure with -----------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 128, 1152])
def test_arrays_begin_where_they_are_told(offset: int) -> None:
    array = aligned(100, "fp32", offset)
    assert (array.ctypes.data % PAGE_BYTES, array.size) == (offset, 100)
    assert array.dtype == np.float32


def test_an_arena_gives_each_thread_its_own_part() -> None:
    arena = Arena(10 * PAGE_BYTES + 5, 3)
    assert arena.array_bytes == 9 * PAGE_BYTES
    for k, part in enumerate(arena.parts("fp32")):
        for array in part:
            array[:] = k
    assert all(np.array_equal(w, np.repeat([0, 1, 2], 3 * 1024)) for w in arena.whole("fp32"))
    assert len({array.ctypes.data % PAGE_BYTES for array in arena.whole("fp64")}) == 3
    arena.fill("fp64", 2.5)
    assert all((array == 2.5).all() for array in arena.whole("fp64"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Arena(2**20, 0), "threads=0 must be a whole number of at least 1"),
        (lambda: Arena(4096, 2), "array_bytes=4096 must be a whole number of at least 8192"),
        (lambda: aligned(8, "fp16"), "unknown dtype 'fp16'; nearest"),
        (lambda: in_blocks(0, np.ones(3)), "count=0 must be"),
        (lambda: together([]), "number of jobs=0 must be"),
        (lambda: best_times_s({}, 0.0), "budget_s=0 must be finite and above zero"),
        (lambda: best_times_s({}, 1.0, least=0), "least=0 must be"),
        (lambda: bandwidth.level_working_sets((), 0), "threads=0 must be"),
        (lambda: child.environment(0), "threads=0 must be"),
        (lambda: Plan.normal(0.0), "effort=0 must be finite and above zero"),
        (lambda: Plan.quick(math.nan), "effort=nan must be"),
        (lambda: measure(effort=-1.0), "effort=-1 must be"),
        (lambda: measure([1, 0]), r"threads\[1\]=0 must be a whole number of at least 1"),
        (lambda: measure([1.5]), r"threads\[0\]=1.5 must be"),  # type: ignore[list-item]
        (lambda: measure([]), "number of thread counts=0 must be"),
        (lambda: measure([CPUS + 1]), f"threads={CPUS + 1} is more than the {CPUS} logical CPUs"),
    ],
)
def test_bad_input_carries_the_value(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# --- clocks ---------------------------------------------------------------------------------


def test_jobs_run_at_the_same_time_and_each_once() -> None:
    meeting = threading.Barrier(3)
    ran: list[int] = []

    def job(k: int) -> None:
        meeting.wait(timeout=30)  # would break if one had to wait for another to end
        ran.append(k)

    assert together([lambda k=k: job(k) for k in range(3)]) > 0  # type: ignore[misc]
    assert sorted(ran) == [0, 1, 2]


@pytest.mark.skipif(not LINUX, reason="only Linux keeps a thread on a CPU")
@pytest.mark.skipif(CPUS < 2, reason="one CPU leaves no choice")
def test_all_cpus_together_means_each_its_own() -> None:
    before = os.sched_getaffinity(0)
    homes: list[set[int]] = []
    together([lambda: homes.append(os.sched_getaffinity(0))] * CPUS)
    assert sorted(cpu for home in homes for cpu in home) == sorted(before)
    assert all(len(home) == 1 for home in homes)
    assert os.sched_getaffinity(0) == before
    together([lambda: homes.append(os.sched_getaffinity(0))] * (CPUS + 1))
    assert homes[CPUS:] == [before] * (CPUS + 1)


@pytest.mark.parametrize("others", [0, 1])
def test_a_job_that_fails_is_not_lost(others: int) -> None:
    def fail() -> None:
        raise ArithmeticError("boom")

    with pytest.raises(ArithmeticError, match="boom"):
        together([fail, *[lambda: None] * others])


def test_trials_take_turns_and_the_best_counts() -> None:
    calls: list[str] = []

    def trial(name: str, times: Sequence[float]) -> Callable[[], float]:
        script = iter(times)

        def run() -> float:
            calls.append(name)
            return next(script)

        return run

    trials = {"slow": trial("slow", [3.0, 2.0]), "fast": trial("fast", [0.5, 0.4, 0.6, 0.3])}
    assert best_times_s(trials, budget_s=1.6, least=2) == {"slow": 2.0, "fast": 0.3}
    assert calls == ["slow", "fast", "slow", "fast", "fast", "fast"]
    assert best_times_s({"free": trial("free", [0.0] * 9)}, 1.0, most=4) == {"free": 0.0}
    assert calls[6:] == ["free"] * 4
    assert best_times_s({"long": trial("long", [4.0])}, 1.0, least=2) == {"long": 4.0}


# --- kernels --------------------------------------------------------------------------------


def test_axpy_by_hand_and_in_blocks() -> None:
    x, y = np.random.default_rng(1).uniform(-9, 9, (2, 101)).tolist()
    wanted = [2.5 * a + b for a, b in zip(x, y, strict=True)]
    whole, blocked = np.array(y), np.array(y)
    place.axpy(2.5, np.array(x), whole, np.empty(101))
    place.axpy_blocked(2.5, in_blocks(16, np.array(x), blocked), np.empty(16))
    assert whole.tolist() == blocked.tolist() == wanted


def test_layer_norm_by_hand_and_in_blocks() -> None:
    rows = np.random.default_rng(2).normal(3, 5, (6, 17)).tolist()
    gamma, beta = np.linspace(1, 2, 17), np.linspace(-1, 1, 17)
    wanted = [
        [
            (v - statistics.fmean(row)) / math.sqrt(statistics.pvariance(row) + 1e-5) * g + b
            for v, g, b in zip(row, gamma, beta, strict=True)
        ]
        for row in rows
    ]
    x, whole, blocked = np.array(rows), np.empty((6, 17)), np.empty((6, 17))
    place.layer_norm(x, whole, np.empty((6, 17)), gamma, beta)
    place.layer_norm_blocked(in_blocks(4, x, blocked), np.empty((4, 17)), gamma, beta)
    assert whole == pytest.approx(np.array(wanted), rel=1e-12)
    assert blocked == pytest.approx(np.array(wanted), rel=1e-12)


@pytest.mark.parametrize("repeat", [1, 2, 5])
def test_repeated_multiply_by_hand_and_in_blocks(repeat: int) -> None:
    eager, fused = np.arange(50.0), np.arange(50.0)
    place.multiply_eager(eager, 3.0, repeat)
    place.multiply_fused(in_blocks(7, fused), 3.0, repeat)
    assert eager.tolist() == fused.tolist() == [k * 3.0**repeat for k in range(50)]


def test_sweeps_of_axpy_and_layer_norm_are_counted_not_believed() -> None:
    Counting.calls = Counting.moved = 0
    x, y, scratch = counted(40), counted(40), counted(40)
    place.axpy(2.0, x, y, scratch)
    assert (Counting.calls, Counting.moved) == (2, place.AXPY_SWEEPS)
    Counting.calls = Counting.moved = 0
    x, out, scratch = counted(4, 10), counted(4, 10), counted(4, 10)
    place.layer_norm(x, out, scratch, np.ones(10), np.ones(10))
    assert (Counting.calls, Counting.moved) == (7, place.LAYER_NORM_SWEEPS)


@pytest.mark.parametrize("threads", [1, 2])
def test_placed_work_is_that_of_the_arrays_used(threads: int) -> None:
    arena = Arena(64 * PAGE_BYTES, threads)
    n = 64 * PAGE_BYTES // 4
    kernels = [
        *place.axpy_kernels(arena, "fp32", 4096),
        *place.layer_norm_kernels(arena, "fp32", 8192),
        *place.multiply_kernels(arena, "fp32", 4096, (4,)),
        *place.blas_kernels(arena, "fp32", 32),
    ]
    found = {(k.work.name, k.variant): k.timed("fp32", threads, k.trial()) for k in kernels}
    array, side, width = 4 * n, 256, 1024
    gemv_bytes = 4 * (side * side + side + 2 * side)  # the output is filled, then written
    norm_bytes = 3 * array + 4 * 2 * width
    wanted = {
        ("axpy", ""): (2 * n, 3 * array, 6 * array),
        ("axpy", "blocked"): (2 * n, 3 * array, 3 * array),
        ("layer norm", ""): (7 * n, norm_bytes, 15 * array),
        ("layer norm", "blocked"): (7 * n, norm_bytes, norm_bytes),
        ("repeated multiply", "eager"): (4 * n, 4 * 2 * array, 4 * 2 * array),
        ("repeated multiply", "fused"): (4 * n, 2 * array, 2 * array),
        ("dot", ""): (2 * n, 2 * array + 4, 2 * array + 4),
        ("gemv", ""): (2 * side * side, gemv_bytes, gemv_bytes),
        ("gemm", ""): (2 * 32**3, 4 * 4 * 32 * 32, 4 * 4 * 32 * 32),
    }
    assert {k: (t.flop, t.compulsory_bytes, t.swept_bytes) for k, t in found.items()} == wanted
    assert all(t.seconds > 0 for t in found.values())


def test_matmul_rates_by_hand() -> None:
    rates = compute.matmul_rates({"matmul 10": 1.0, "matmul 20": 4.0}, "fp32", (10, 20))
    assert rates == {"matmul 10": 2000.0, "matmul 20": 4000.0}
    assert all(trial() > 0 for trial in compute.peak_trials("fp64", (8, 16)).values())


# --- what the machine is --------------------------------------------------------------------


def fake_cache(root: Path, cpu: int, index: int, **values: object) -> None:
    folder = root / f"cpu{cpu}" / "cache" / f"index{index}"
    folder.mkdir(parents=True)
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n")


def test_caches_out_of_the_kernels_files(tmp_path: Path) -> None:
    for cpu in range(4):
        own, pair = str(cpu), "0-1" if cpu < 2 else "2-3"
        fake_cache(tmp_path, cpu, 0, level=1, type="Data", size="48K", shared_cpu_list=own)
        fake_cache(tmp_path, cpu, 1, level=1, type="Instruction", size="32K", shared_cpu_list=own)
        fake_cache(tmp_path, cpu, 2, level=2, type="Unified", size="2M", shared_cpu_list=pair)
        fake_cache(tmp_path, cpu, 3, level=3, type="Unified", size="30720K", shared_cpu_list="0-3")
        fake_cache(tmp_path, cpu, 4, level=4, type="Unified", size="", shared_cpu_list="0-3")
    assert description.linux_caches((0, 1, 2, 3), tmp_path) == (
        Cache(1, 49_152, shared_by=1, instances=4),
        Cache(2, 2_097_152, shared_by=2, instances=2),
        Cache(3, 31_457_280, shared_by=4, instances=1),
    )
    assert description.linux_caches((1, 2), tmp_path)[1] == Cache(2, 2_097_152, 1, 2)
    assert description.linux_caches((0,), tmp_path / "nowhere") == ()


def test_caches_out_of_sysctl() -> None:
    stated = {
        "hw.cacheconfig": "8 1 4 0 0",
        "hw.l1dcachesize": "65536",
        "hw.l2cachesize": "4194304",
        "hw.l3cachesize": "0",
    }
    found = description.apple_caches(8, lambda name: stated.get(name, ""))
    assert found == (Cache(1, 65_536, 1, 8), Cache(2, 4_194_304, 4, 2))
    assert description.apple_caches(8, lambda _: "") == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n", "Some CPU @ 3 GHz"),
        ("processor\t: 0\nCPU part\t: 0xd0c\n\nModel\t\t: A Board\n", "A Board"),
        ("processor\t: 0\n", ""),
    ],
)
def test_the_cpu_by_name(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert description.linux_cpu(tmp_path / "cpuinfo") == name


def test_the_lower_of_memory_and_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(description, "_MEMORY_LIMIT", limit)
    physical = description.memory_bytes()
    limit.write_text("max\n")
    assert description.memory_bytes() == physical > 0
    limit.write_text("1048576\n")
    assert description.memory_bytes() == 1_048_576


def test_this_machine_in_one_sentence() -> None:
    here = describe()
    assert here.logical_cpus == CPUS
    assert here.numpy == np.__version__
    assert here.memory_bytes > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", here.measured_at)
    sentence = here.sentence()
    assert "\n" not in sentence
    for said in (here.cpu, here.numpy, here.blas, here.os, here.python, here.measured_at):
        assert said in sentence
    levels = [cache.level for cache in here.caches]
    assert levels == sorted(levels)


def test_what_nobody_knows_is_called_unknown_and_assumed() -> None:
    dark = dataclasses.replace(machine().description, caches=(), load=None)
    assert "caches unknown, last one assumed 32 MiB" in dark.sentence()
    assert "load unknown" in dark.sentence()
    assert (dark.last_cache_bytes, dark.last_cache_assumed) == (33_554_432, True)
    known = machine().description
    assert (known.last_cache_bytes, known.last_cache_assumed) == (64_000_000, False)
    assert "DRAM rate may be a cache's" in report(dataclasses.replace(machine(), description=dark))


# --- plans and results ----------------------------------------------------------------------


def test_arrays_are_four_last_caches_but_never_most_of_the_memory() -> None:
    known = machine().description
    assert Plan.normal().array_bytes(known) == 4 * 2 * 32_000_000
    small = dataclasses.replace(known, memory_bytes=800_000_000)
    assert Plan.normal().array_bytes(small) == 100_000_000
    assert Plan.quick().array_bytes(known) == 8_388_608
    tiny = dataclasses.replace(known, caches=(Cache(1, 32_768),))
    assert Plan.normal().array_bytes(tiny) == 67_108_864


def test_a_plan_survives_json() -> None:
    for plan in (Plan.normal(2.0), Plan.quick(place_kernels=False)):
        assert Plan.from_json(plan.to_json()) == plan


def machine() -> Measurement:
    known = Description(
        "CPU X", 4, (Cache(1, 32_000, 1, 4), Cache(3, 32_000_000, 2, 2)), 16_000_000_000,
        "Linux 6", "3.11.7", "2.4.0", "openblas 0.3", 0.25, "2025-01-02T03:04:05+00:00",
    )  # fmt: skip
    add = Stream("add", "fp64", "a ← b + c", 9e9, 12e9)
    triad = Stream("triad", "fp64", "a ← b + s c", 6e9, 8e9)
    rates = Rates(
        2, {"fp32": 100e9}, {"L1": 90e9, "DRAM": 10e9}, {"fp32": "matmul 8", "DRAM": "add fp64"},
        {"L1": 16_000}, 256_000_000, 131_072, 262_144, (add, triad), (4096, 8192), (90e9, 80e9),
    )  # fmt: skip
    bound = Timed("dot", "", 1, "fp32", 2, 2e9, 8e9, 8e9, 1.0)
    busy = Timed("repeated multiply", "fused", 64, "fp32", 2, 64e9, 4e9, 5e9, 0.8)
    return Measurement(known, {2: rates}, tuple(put_under_roof(t, rates) for t in (bound, busy)))


def test_shares_by_hand() -> None:
    dot, multiply = machine().placed
    assert (dot.intensity_flop_per_byte, dot.flop_per_s) == (0.25, 2e9)
    assert dot.attainable_flop_per_s == 0.25 * 10e9
    assert dot.share_of_roof == pytest.approx(0.8)
    assert multiply.attainable_flop_per_s == 100e9  # the peak: 16 FLOP/B times 10 GB/s is more
    assert multiply.share_of_roof == pytest.approx(0.8)
    assert multiply.share_of_bus == pytest.approx(5e9 / 0.8 / 10e9)
    assert (dot.label, multiply.label) == ("dot", "repeated multiply, fused ×64")


def test_a_measurement_survives_json() -> None:
    assert Measurement.from_json(machine().to_json()) == machine()


def test_the_roofline_of_a_measurement() -> None:
    roof = machine().roofline(2, "fp32")
    assert (roof.peak_flop_per_s, roof.bytes_per_s) == (100e9, {"L1": 90e9, "DRAM": 10e9})
    assert roof.name == "CPU X, 2 threads"
    with pytest.raises(ValueError, match="threads=3 was not measured; measured: 2"):
        machine().roofline(3, "fp32")
    with pytest.raises(ValueError, match="unknown dtype 'fp16'; nearest: fp32"):
        machine().roofline(2, "fp16")


def test_streams_by_name() -> None:
    rates = machine().rates[2]
    assert rates.stream("triad").bus_bytes_per_s == 8e9
    assert rates.triad_bytes_per_s == 9e9
    with pytest.raises(ValueError, match="unknown stream 'copy fp64'"):
        rates.stream("copy")


def test_the_report_says_everything() -> None:
    text = report(machine())
    assert machine().description.sentence() in text
    for said in ("2 threads", "4.0 times the last cache", "a ← b + s c", "100 GFLOP/s", "80%"):
        assert said in text


def test_thread_counts() -> None:
    assert thread_counts(None, 8) == (1, 8)
    assert thread_counts(None, 1) == (1,)
    assert thread_counts([4, 2, 2], 4) == (2, 4)


# --- processes ------------------------------------------------------------------------------


def test_a_failing_child_is_quoted() -> None:
    code = "import sys; print('half'); sys.stderr.write('before\\nboom 42\\n'); sys.exit(3)"
    heard: list[str] = []
    with pytest.raises(ChildError, match="exited with 3:\nbefore\nboom 42"):
        child.run_child(["-c", code], 1, heard.append)
    assert heard == ["before", "boom 42"]


def test_a_child_knows_its_threads_and_finds_the_package() -> None:
    code = "import os, hwmath.machine; print([os.environ[v] for v in hwmath.machine.child.{}])"
    said = child.run_child(["-c", code.format("THREAD_VARIABLES")], 1, lambda _: None)
    assert said.split() == str(["1"] * 5).split()


@pytest.mark.skipif(not LINUX, reason="counts threads in /proc, which only Linux has")
@pytest.mark.parametrize("threads", sorted({1, CPUS}))
def test_the_blas_keeps_to_its_threads(threads: int) -> None:
    code = (
        "import numpy as np; a = np.ones((600, 600)); a @ a\n"
        "print(*[s for s in open('/proc/self/status') if s.startswith('Threads')])"
    )
    said = child.run_child(["-c", code], threads, lambda _: None)
    assert said.split() == ["Threads:", str(threads)]


def test_the_worker_refuses_an_environment_that_disagrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in child.THREAD_VARIABLES:
        monkeypatch.setenv(variable, "2")
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    with pytest.raises(ValueError, match="MKL_NUM_THREADS=7, but threads=2"):
        worker.main(["--threads", "2", "--plan", Plan.quick().to_json()])


@pytest.fixture(scope="module")
def quick() -> Measurement:
    return measure(quick=True)


@pytest.mark.slow
def test_a_quick_measurement_is_whole(quick: Measurement) -> None:
    assert sorted(quick.rates) == sorted({1, CPUS})
    assert Measurement.from_json(quick.to_json()) == quick
    for threads, rates in quick.rates.items():
        assert rates.threads == threads
        assert set(rates.flop_per_s) == {"fp32", "fp64"}
        assert list(rates.bytes_per_s) == [c.name for c in quick.description.caches] + ["DRAM"]
        assert len(rates.curve_bytes) == len(rates.curve_bytes_per_s) > 5
        found = [*rates.flop_per_s.values(), *rates.bytes_per_s.values(), *rates.curve_bytes_per_s]
        assert all(math.isfinite(rate) and rate > 0 for rate in found)
        assert {s.name for s in rates.streams} == set(bandwidth.KINDS)
        assert rates.bytes_per_s["DRAM"] >= max(s.bus_bytes_per_s for s in rates.streams)


@pytest.mark.slow
def test_a_quick_measurement_places_every_kernel_under_its_roof(quick: Measurement) -> None:
    per_threads: dict[int, set[tuple[str, str, str]]] = {}
    for p in quick.placed:
        assert isinstance(p, Placed)
        assert p.seconds > 0
        assert math.isfinite(p.flop_per_s)
        rates = quick.rates[p.threads]
        slanted = p.flop / p.compulsory_bytes * rates.bytes_per_s["DRAM"]
        roof = min(rates.flop_per_s[p.dtype], slanted)
        assert p.attainable_flop_per_s == pytest.approx(roof)
        assert p.share_of_roof == pytest.approx(p.flop / p.seconds / roof)
        if p.name != "gemm":
            assert p.share_of_roof <= 1 + 1e-9
        per_threads.setdefault(p.threads, set()).add((p.name, p.variant, p.dtype))
    for names in per_threads.values():
        for dtype in ("fp32", "fp64"):
            assert {"dot", "axpy", "gemv", "gemm", "layer norm"} <= {
                name for name, _, kind in names if kind == dtype
            }
        assert {v for name, v, _ in names if name == "repeated multiply"} == {"eager", "fused"}


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["--quick", "--threads", "1", "--json"]) == 0
    out, err = capsys.readouterr()
    assert list(Measurement.from_json(out).rates) == [1]
    assert "1 thread: streams" in err
    assert __main__.main(["--threads", "0"]) == 1
    assert "threads[0]=0 must be" in capsys.readouterr().err
