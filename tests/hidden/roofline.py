"""Hidden tests of the roofline exercises: seven parts, in the order of the notebook.

Every right or wrong answer below is written as a student would write it, with `np` and `math`
alone, so that it can be put into a notebook as it stands.
"""

# Answers are untyped, as students write them, and a wrong one often ignores an argument.
# mypy: allow-untyped-defs
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import hwmath.kernels
import hwmath.roofline
from coursework.parts import Case, case, part

Student = Callable[..., Any]
Rng = np.random.Generator

RANDOM_CASES = 12
ROUNDING = 1e-9


# 1. attainable_flop_per_s


@part(reference=hwmath.roofline.attainable_flop_per_s)
def attainable(rng: Rng) -> Iterator[Case]:
    yield case("an intensity left of the ridge", 0.25, 2.0**40, 2.0**38)
    yield case("an intensity right of the ridge", 64.0, 2.0**40, 2.0**38)
    yield case("an intensity exactly at the ridge", 4.0, 2.0**40, 2.0**38)
    yield case("zero intensity", 0.0, 1e12, 1e11)
    yield case("an intensity beyond any real kernel", 1e15, 1e12, 1e11)
    yield case("a machine that moves bytes faster than it computes", 0.5, 1e9, 8e9)
    yield case("an array of intensities", np.array([0.125, 4.0, 512.0]), 2.0**40, 2.0**38)
    machines = (np.array([[1e12], [4e12]]), np.array([1e11, 2e11, 4e11]))
    yield case("arrays that broadcast against each other", 8.0, *machines)
    for _ in range(RANDOM_CASES):
        peak, bandwidth = 10 ** rng.uniform(9, 15), 10 ** rng.uniform(9, 13)
        intensity = peak / bandwidth * 10 ** rng.uniform(-2, 2)
        yield case("a random machine and intensity", intensity, peak, bandwidth)


@attainable.law("no intensity lifts the rate above the peak")
def _(student: Student, rng: Rng) -> None:
    peak, bandwidth = 10 ** rng.uniform(9, 15, size=2)
    assert np.all(student(np.logspace(-6, 6, 50), peak, bandwidth) <= peak * (1 + ROUNDING))


@attainable.law("more work for each byte never lowers the rate")
def _(student: Student, rng: Rng) -> None:
    peak, bandwidth = 10 ** rng.uniform(9, 15, size=2)
    intensities = peak / bandwidth * np.logspace(-3, 3, 50)
    assert np.all(np.diff(student(intensities, peak, bandwidth)) >= -ROUNDING * peak)


@attainable.misconception("Two limits hold at the same time. Can work outrun the lower of them?")
def takes_the_higher_roof(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    return np.maximum(peak_flop_per_s, bytes_per_s * intensity_flop_per_byte)


@attainable.misconception(
    "Let the intensity grow without end: what stops the rate from growing with it?"
)
def knows_only_the_slanted_roof(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    return bytes_per_s * intensity_flop_per_byte


@attainable.misconception(
    "The task asks for arrays too: `if` and `min` want one answer for the whole array. Which NumPy "
    "function compares element by element?"
)
def compares_single_numbers(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    if bytes_per_s * intensity_flop_per_byte < peak_flop_per_s:
        return bytes_per_s * intensity_flop_per_byte
    return peak_flop_per_s


@attainable.misconception(
    "Write the units beside each quantity. Do B/s divided by FLOP/B leave FLOP/s?"
)
def divides_by_the_intensity(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    return np.minimum(peak_flop_per_s, bytes_per_s / intensity_flop_per_byte)


@attainable.misconception(
    "The ridge is an intensity, in FLOP/B. Which of the two rates has to be divided by the other?"
)
def inverts_the_ridge(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    ridge = bytes_per_s / peak_flop_per_s
    slanted = bytes_per_s * intensity_flop_per_byte
    return np.where(intensity_flop_per_byte < ridge, slanted, peak_flop_per_s)


@attainable.alternative
def chooses_by_the_ridge(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    ridge = peak_flop_per_s / bytes_per_s
    slanted = bytes_per_s * intensity_flop_per_byte
    return np.where(intensity_flop_per_byte < ridge, slanted, peak_flop_per_s)


@attainable.alternative
def divides_by_the_time_of_one_byte(intensity_flop_per_byte, peak_flop_per_s, bytes_per_s):
    flop = np.asarray(intensity_flop_per_byte, dtype=float)
    seconds = np.maximum(flop / peak_flop_per_s, 1 / np.asarray(bytes_per_s))
    return flop / seconds


# 2. gemm_intensity


def gemm_intensity(m: Any, n: Any, k: Any, element_bytes: float) -> Any:
    return hwmath.kernels.gemm(m, n, k, element_bytes).intensity_flop_per_byte


@part(reference=gemm_intensity)
def gemm(rng: Rng) -> Iterator[Case]:
    yield case("a single row (m = 1)", 1, 4096, 1024, 2)
    yield case("a single column (n = 1)", 4096, 1, 1024, 2)
    yield case("an outer product (k = 1)", 512, 2048, 1, 4)
    yield case("one number times one number", 1, 1, 1, 8)
    yield case("elements of half a byte", 64, 512, 256, 0.5)
    yield case("a large square product", 65536, 65536, 65536, 2)
    yield case("an array of row counts", np.array([1, 16, 256]), 4096, 1024, 2)
    for _ in range(RANDOM_CASES):
        sizes = (int(size) for size in rng.integers(1, 8192, size=3))
        yield case("random sizes", *sizes, int(rng.choice([1, 2, 4, 8])))


@gemm.law("any two of m, n and k can change places")
def _(student: Student, rng: Rng) -> None:
    m, n, k = (int(size) for size in rng.integers(1, 8192, size=3))
    orders = [student(m, n, k, 2), student(n, m, k, 2), student(k, n, m, 2)]
    assert np.allclose(orders, orders[0])


@gemm.law("elements of half the size bring twice the intensity")
def _(student: Student, rng: Rng) -> None:
    m, n, k = (int(size) for size in rng.integers(1, 8192, size=3))
    assert math.isclose(student(m, n, k, 2), 2 * student(m, n, k, 4))


@gemm.law("more rows bring more intensity")
def _(student: Student, rng: Rng) -> None:
    m = int(rng.integers(16, 512))
    n, k = (int(size) for size in rng.integers(1024, 8192, size=2))
    assert student(2 * m, n, k, 2) > 1.001 * student(m, n, k, 2)


@gemm.misconception("The product has to go home too. Which matrix is missing from the bytes?")
def forgets_to_write_the_product(m, n, k, element_bytes):
    return 2 * m * n * k / ((m * k + k * n) * element_bytes)


@gemm.misconception(
    "For each multiplication there is an addition. How many FLOP is one multiply-accumulate?"
)
def counts_macs_for_flop(m, n, k, element_bytes):
    return m * n * k / ((m * k + k * n + m * n) * element_bytes)


@gemm.misconception("Memory moves bytes. What does one element take?")
def counts_elements_for_bytes(m, n, k, element_bytes):
    return 2 * m * n * k / (m * k + k * n + m * n)


@gemm.misconception(
    "The weights are not all that moves. What comes in with each row, and what goes out?"
)
def counts_only_the_weights(m, n, k, element_bytes):
    return 2 * m * n * k / (k * n * element_bytes)


@gemm.misconception(
    "The cache keeps what it has read. Does each product have to fetch its two factors again?"
)
def fetches_every_factor_again(m, n, k, element_bytes):
    return 2 * m * n * k / ((2 * m * n * k + m * n) * element_bytes)


@gemm.alternative
def divides_by_each_side(m, n, k, element_bytes):
    return 2 / (element_bytes * (1 / m + 1 / n + 1 / k))


@gemm.alternative
def names_every_count(m, n, k, element_bytes):
    multiplications = m * n * k
    additions = m * n * k
    read = m * k + k * n
    written = m * n
    moved_bytes = element_bytes * (read + written)
    return (multiplications + additions) / moved_bytes


# 3. stencil_intensity


def stencil_intensity(neighbours: int, element_bytes: float, write_allocate: bool) -> Any:
    sweep = hwmath.kernels.stencil7(1, element_bytes, write_allocate=write_allocate)
    additions, products = neighbours - 1, 2
    return (additions + products + 1) / sweep.traffic.memory_bytes


@part(reference=stencil_intensity)
def stencil(rng: Rng) -> Iterator[Case]:
    for write_allocate in (False, True):
        how = "with write-allocate" if write_allocate else "without write-allocate"
        yield case(f"six neighbours, {how}", 6, 8, write_allocate)
        yield case(f"two neighbours, on a line, {how}", 2, 4, write_allocate)
        yield case(f"elements of one byte, {how}", 26, 1, write_allocate)
        for _ in range(RANDOM_CASES // 2):
            neighbours, element_bytes = rng.integers(2, 500), rng.choice([1, 2, 4, 8, 16])
            args = (int(neighbours), int(element_bytes), write_allocate)
            yield case(f"a random stencil, {how}", *args)


@stencil.law("write-allocate lowers the intensity")
def _(student: Student, rng: Rng) -> None:
    neighbours = int(rng.integers(2, 100))
    assert student(neighbours, 8, True) < student(neighbours, 8, False)


@stencil.law("a further neighbour raises the intensity")
def _(student: Student, rng: Rng) -> None:
    few = int(rng.integers(2, 100))
    assert student(few + 1, 4, False) > student(few, 4, False) * (1 + ROUNDING)


@stencil.misconception(
    "Before a cache can change part of a line it needs the whole line. Where does that come from?"
)
def forgets_the_fill(neighbours, element_bytes, write_allocate):
    return (neighbours + 2) / (2 * element_bytes)


@stencil.misconception("What is different when write_allocate is False?")
def fills_always(neighbours, element_bytes, write_allocate):
    return (neighbours + 2) / (3 * element_bytes)


@stencil.misconception(
    "A point is a neighbour of many points. How often must it come from memory, if the cache "
    "still holds it?"
)
def reads_every_neighbour(neighbours, element_bytes, write_allocate):
    moved = neighbours + 1 + 1 + (1 if write_allocate else 0)
    return (neighbours + 2) / (moved * element_bytes)


@stencil.misconception("The sweep makes a new grid. Does it stay in the cache?")
def forgets_the_new_grid(neighbours, element_bytes, write_allocate):
    moved = 2 if write_allocate else 1
    return (neighbours + 2) / (moved * element_bytes)


@stencil.misconception(
    "Write the sum for one point out in full. How many + and how many * signs are there?"
)
def counts_one_flop_for_each_point(neighbours, element_bytes, write_allocate):
    return (neighbours + 1) / ((3 if write_allocate else 2) * element_bytes)


@stencil.alternative
def adds_the_switch(neighbours, element_bytes, write_allocate):
    return (neighbours + 2) / element_bytes / (2 + write_allocate)


@stencil.alternative
def collects_reads_and_writes(neighbours, element_bytes, write_allocate):
    reads, writes = 1, 1
    if write_allocate:
        reads += 1
    additions, products = (neighbours - 1) + 1, 2
    return (additions + products) / (reads * element_bytes + writes * element_bytes)


# 4. crossover_repeat


def crossover_repeat(peak_flop_per_s: float, bytes_per_s: float, element_bytes: float) -> int:
    once = hwmath.kernels.repeated_multiply(1, 1, element_bytes)
    ridge = hwmath.roofline.ridge_flop_per_byte(peak_flop_per_s, bytes_per_s)
    return math.ceil(ridge / once.intensity_flop_per_byte)


@part(reference=crossover_repeat)
def crossover(rng: Rng) -> Iterator[Case]:
    yield case("a repeat that balances exactly", 2.0**44, 2.0**40, 4)
    yield case("a repeat that balances exactly", 2.0**45, 2.0**38, 0.5)
    yield case("a repeat that just fails to balance", 2.0**44 * 1.01, 2.0**40, 4)
    yield case("memory so fast that one repeat is enough", 1e9, 64e9, 4)
    yield case("elements of one byte", 19.6e12, 1.5e12, 1)
    yield case("a machine of extreme balance", 3e15, 7e9, 8)
    for _ in range(RANDOM_CASES):
        element_bytes = int(rng.choice([1, 2, 4, 8]))
        bandwidth = 10 ** rng.uniform(9, 13)
        balance = rng.integers(1, 400) + rng.uniform(0.1, 0.9)
        peak = float(balance * bandwidth / (2 * element_bytes))
        yield case("a random machine", peak, float(bandwidth), element_bytes)


@crossover.law("at the answer memory does not set the time, and one repeat fewer it does")
def _(student: Student, rng: Rng) -> None:
    bandwidth = 10 ** rng.uniform(9, 13)
    peak = bandwidth * (rng.integers(10, 100) + 0.3)
    repeat = student(peak, bandwidth, 4)
    assert repeat / peak >= 8 / bandwidth > (repeat - 1) / peak


@crossover.law("a faster memory never asks for more repeats")
def _(student: Student, rng: Rng) -> None:
    peak, bandwidth = 10 ** rng.uniform(12, 14), 10 ** rng.uniform(9, 11)
    assert student(peak, 1000 * bandwidth, 4) <= student(peak, bandwidth, 4)


@crossover.misconception("The result has to go home too. How often does each element travel?")
def forgets_the_way_back(peak_flop_per_s, bytes_per_s, element_bytes):
    return math.ceil(element_bytes * peak_flop_per_s / bytes_per_s)


@crossover.misconception("Is the memory really no longer the slower one at your answer?")
def rounds_down(peak_flop_per_s, bytes_per_s, element_bytes):
    return math.floor(2 * element_bytes * peak_flop_per_s / bytes_per_s)


@crossover.misconception("When both take exactly the same time, is it memory that you wait for?")
def steps_past_the_ridge(peak_flop_per_s, bytes_per_s, element_bytes):
    return math.floor(2 * element_bytes * peak_flop_per_s / bytes_per_s) + 1


@crossover.misconception(
    "A faster computer needs more work to stay busy. Does your answer grow with the peak?"
)
def divides_the_wrong_way_round(peak_flop_per_s, bytes_per_s, element_bytes):
    return math.ceil(2 * element_bytes * bytes_per_s / peak_flop_per_s)


@crossover.misconception(
    "No loop runs for a fraction of a turn. At which of the whole numbers beside your answer is "
    "memory not the slower one?"
)
def stops_between_two_turns(peak_flop_per_s, bytes_per_s, element_bytes):
    return 2 * element_bytes * peak_flop_per_s / bytes_per_s


@crossover.alternative
def compares_the_two_times(peak_flop_per_s, bytes_per_s, element_bytes):
    memory_s = 2 * element_bytes / bytes_per_s
    return int(np.ceil(memory_s * peak_flop_per_s))


@crossover.alternative
def counts_up(peak_flop_per_s, bytes_per_s, element_bytes):
    moved = element_bytes + element_bytes
    repeat = max(1, int(0.9 * moved * peak_flop_per_s / bytes_per_s))
    while repeat * bytes_per_s < moved * peak_flop_per_s:
        repeat += 1
    return repeat


# 5. time_lower_bound_s


@part(reference=hwmath.roofline.time_lower_bound_s)
def time_bound(rng: Rng) -> Iterator[Case]:
    rates = (2.0**40, 2.0**38)
    for flop, moved, kind in (
        (2.0**40, 2.0**40, "work that moves for longer than it computes"),
        (2.0**44, 2.0**38, "work that computes for longer than it moves"),
        (2.0**42, 2.0**40, "two phases of the same length"),
    ):
        yield case(f"{kind}, all of the shorter hidden", flop, moved, *rates, 1.0)
        yield case(f"{kind}, none of it hidden", flop, moved, *rates, 0.0)
        yield case(f"{kind}, a part of it hidden", flop, moved, *rates, 0.25)
    yield case("a copy, which computes nothing", 0.0, 1e9, 1e12, 1e11, 0.5)
    yield case("an array of overlaps", 1e12, 3e11, 1e12, 2e11, np.array([0.0, 0.5, 1.0]))
    yield case(
        "arrays of work and traffic", np.array([1e9, 1e12]), np.array([1e10, 1e8]), *rates, 0.5
    )
    for _ in range(RANDOM_CASES):
        peak, bandwidth = (float(rate) for rate in 10 ** rng.uniform(9, 14, size=2))
        flop, moved = peak * rng.uniform(0.1, 1), bandwidth * rng.uniform(0.1, 1)
        yield case("random work on a random machine", flop, moved, peak, bandwidth, rng.uniform())


@time_bound.law("the bound is never below either phase alone")
def _(student: Student, rng: Rng) -> None:
    flop, moved, overlap = rng.uniform(0.1, 10, size=(3, 50)) / [[1], [1], [10]]
    assert np.all(
        student(flop, moved, 1.0, 1.0, overlap) >= np.maximum(flop, moved) * (1 - ROUNDING)
    )


@time_bound.law("more overlap never makes it slower")
def _(student: Student, rng: Rng) -> None:
    flop, moved = rng.uniform(0.1, 10, size=2)
    assert np.all(np.diff(student(flop, moved, 1.0, 1.0, np.linspace(0, 1, 11))) <= ROUNDING)


@time_bound.law("without overlap both phases are paid in full")
def _(student: Student, rng: Rng) -> None:
    flop, moved = rng.uniform(0.1, 10, size=2)
    assert math.isclose(student(flop, moved, 1.0, 1.0, 0.0), flop + moved)


@time_bound.misconception(
    "The task asks for arrays too: `if`, `min` and `max` want one answer for a whole array. Which "
    "NumPy functions compare element by element?"
)
def wants_two_single_times(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    compute_s, memory_s = flop / peak_flop_per_s, moved_bytes / bytes_per_s
    return max(compute_s, memory_s) + (1 - overlap) * min(compute_s, memory_s)


@time_bound.misconception("What does your function return when nothing overlaps?")
def always_overlaps(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    return np.maximum(flop / peak_flop_per_s, moved_bytes / bytes_per_s)


@time_bound.misconception("What can the memory do while the compute units work?")
def never_overlaps(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    return flop / peak_flop_per_s + moved_bytes / bytes_per_s


@time_bound.misconception("At overlap = 1, is the shorter phase hidden or paid in full?")
def reads_the_overlap_backwards(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    compute_s, memory_s = flop / peak_flop_per_s, moved_bytes / bytes_per_s
    return np.maximum(compute_s, memory_s) + overlap * np.minimum(compute_s, memory_s)


@time_bound.misconception("Which of the two phases is it that can disappear behind the other?")
def hides_the_longer_phase(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    compute_s, memory_s = flop / peak_flop_per_s, moved_bytes / bytes_per_s
    return np.minimum(compute_s, memory_s) + (1 - overlap) * np.maximum(compute_s, memory_s)


@time_bound.alternative
def subtracts_what_is_hidden(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    compute_s, memory_s = flop / peak_flop_per_s, moved_bytes / bytes_per_s
    return compute_s + memory_s - overlap * np.minimum(compute_s, memory_s)


@time_bound.alternative
def mixes_the_two_extremes(flop, moved_bytes, peak_flop_per_s, bytes_per_s, overlap):
    compute_s = np.divide(flop, peak_flop_per_s)
    memory_s = np.divide(moved_bytes, bytes_per_s)
    longer = np.where(compute_s > memory_s, compute_s, memory_s)
    return overlap * longer + (1 - overlap) * (compute_s + memory_s)


# 6. binding_level


def binding_level(
    flop: float,
    bytes_by_level: dict[str, float],
    peak_flop_per_s: float,
    bytes_per_s_by_level: dict[str, float],
) -> str:
    seconds = {"compute": flop / peak_flop_per_s}
    for level, moved in bytes_by_level.items():
        seconds[level] = moved / bytes_per_s_by_level[level]
    return max(seconds, key=lambda name: seconds[name])


@part(reference=binding_level)
def binding(rng: Rng) -> Iterator[Case]:
    rates = {"dram": 2e12, "l2": 8e12}
    yield case("one memory level that binds", 1e12, {"dram": 2e12}, 1e14, {"dram": 2e12})
    yield case("one memory level that does not bind", 1e14, {"dram": 1e9}, 1e14, {"dram": 2e12})
    yield case("few bytes through a slow memory", 1e12, {"l2": 2e11, "dram": 1e11}, 1e14, rates)
    yield case("many bytes through a fast memory", 1e12, {"dram": 1e11, "l2": 9e11}, 1e14, rates)
    yield case("a level that moves nothing", 1e10, {"dram": 0.0, "l2": 1e10}, 1e14, rates)
    tie = (2.0**40, {"dram": 2.0**38, "l2": 0.0}, 2.0**40, {"dram": 2.0**38, "l2": 2.0**39})
    yield case("compute and a level that take exactly the same time", *tie)
    pair = (3e13, {"dram": 4e11, "l2": 1.6e12}, 1e14, rates)
    yield case("levels that only together take longer than compute", *pair)
    for _ in range(2 * RANDOM_CASES):
        names = [str(name) for name in rng.permutation(["dram", "l2", "l1", "link"])]
        names = names[: rng.integers(2, 5)]
        speeds = {name: float(10 ** rng.uniform(10, 14)) for name in sorted(names)}
        moved = {name: float(speeds[name] * rng.uniform(0.1, 1)) for name in names}
        yield case("a random machine", float(1e14 * rng.uniform(0.1, 1.1)), moved, 1e14, speeds)


@binding.law("slowing down what binds does not change what binds")
def _(student: Student, rng: Rng) -> None:
    speeds = {"dram": 1e12, "l2": 5e12}
    moved = {name: float(speed * rng.uniform(0.1, 1)) for name, speed in speeds.items()}
    name = student(5e13, moved, 1e14, speeds)
    slower = {**speeds, name: speeds[name] / 10} if name in speeds else speeds
    assert student(5e13, moved, 1e13 if name == "compute" else 1e14, slower) == name


@binding.law("with enough FLOP, compute binds")
def _(student: Student, rng: Rng) -> None:
    moved = {"dram": float(rng.uniform(1, 9)), "l2": float(rng.uniform(1, 9))}
    assert student(1e18, moved, 1e14, {"dram": 1e12, "l2": 5e12}) == "compute"


@binding.misconception(
    "A faster memory moves the same bytes sooner. Must the level with the most bytes finish last?"
)
def picks_the_most_bytes(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    level = max(bytes_by_level, key=bytes_by_level.get)
    memory_s = bytes_by_level[level] / bytes_per_s_by_level[level]
    return level if memory_s > flop / peak_flop_per_s else "compute"


@binding.misconception("A slow memory with little to carry: does it have to be the last to finish?")
def picks_the_slowest_memory(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    level = min(bytes_by_level, key=bytes_per_s_by_level.get)
    memory_s = bytes_by_level[level] / bytes_per_s_by_level[level]
    return level if memory_s > flop / peak_flop_per_s else "compute"


@binding.misconception("Is there work that no memory holds up?")
def never_says_compute(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    return max(bytes_by_level, key=lambda name: bytes_by_level[name] / bytes_per_s_by_level[name])


@binding.misconception("When all of them work at the same time, whose end do you wait for?")
def picks_the_shortest_time(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    seconds = {"compute": flop / peak_flop_per_s}
    for name in bytes_by_level:
        seconds[name] = bytes_by_level[name] / bytes_per_s_by_level[name]
    return min(seconds, key=lambda name: seconds[name])


@binding.misconception("If the levels work at the same time, do their times add up?")
def adds_the_levels(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    seconds = {name: bytes_by_level[name] / bytes_per_s_by_level[name] for name in bytes_by_level}
    if flop / peak_flop_per_s >= sum(seconds.values()):
        return "compute"
    return max(seconds, key=lambda name: seconds[name])


@binding.alternative
def keeps_the_longest_so_far(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    longest_name, longest_s = "compute", flop / peak_flop_per_s
    for name, moved in bytes_by_level.items():
        if moved / bytes_per_s_by_level[name] > longest_s:
            longest_name, longest_s = name, moved / bytes_per_s_by_level[name]
    return longest_name


@binding.alternative
def finds_the_lowest_rate(flop, bytes_by_level, peak_flop_per_s, bytes_per_s_by_level):
    names = ["compute", *bytes_by_level]
    times = [flop / peak_flop_per_s]
    times += [bytes_by_level[name] / bytes_per_s_by_level[name] for name in names[1:]]
    return names[int(np.argmax(times))]


# 7. batch_to_be_compute_bound


def batch_to_be_compute_bound(
    d_in: int, d_out: int, element_bytes: float, peak_flop_per_s: float, bytes_per_s: float
) -> int | None:
    ridge = hwmath.roofline.ridge_flop_per_byte(peak_flop_per_s, bytes_per_s)
    one_row = hwmath.kernels.gemm(1, d_out, d_in, element_bytes)
    kept_free = one_row.flop - ridge * (one_row.traffic.act_in + one_row.traffic.act_out)
    if kept_free <= 0:
        return None
    return math.ceil(ridge * one_row.traffic.weights / kept_free)


@part(reference=batch_to_be_compute_bound)
def batch(rng: Rng) -> Iterator[Case]:
    yield case("a batch that balances exactly", 256, 512, 2, 2.0**47, 2.0**40)
    yield case("another batch that balances exactly", 512, 1024, 1, 2.0**49, 2.0**40)
    yield case("a layer that is memory bound at any batch", 64, 64, 2, 2.0**47, 2.0**40)
    yield case("a layer that reaches the ridge only in the limit", 256, 256, 2, 2.0**47, 2.0**40)
    yield case("a wide layer with little to read", 16, 100_000, 1, 2.0**45, 2.0**40)
    yield case("elements of half a byte", 4096, 4096, 0.5, 1e15, 3e12)
    yield case("elements of four bytes", 4096, 11008, 4, 2e13, 1.5e12)
    yield case("a machine so slow that one row is enough", 4096, 4096, 2, 1e11, 1e12)
    drawn = 0
    while drawn < RANDOM_CASES:
        d_in, d_out = (int(width) for width in rng.integers(200, 16384, size=2))
        element_bytes = int(rng.choice([1, 2, 4]))
        peak, bandwidth = float(10 ** rng.uniform(13, 15.3)), float(10 ** rng.uniform(11.5, 12.8))
        if _is_plain_sailing(d_in, d_out, element_bytes, peak / bandwidth):
            drawn += 1
            yield case("a random layer and machine", d_in, d_out, element_bytes, peak, bandwidth)


def _is_plain_sailing(d_in: int, d_out: int, element_bytes: int, ridge: float) -> bool:
    """Whether no rounding can change the answer, and a search upward from one would end."""
    share = ridge * element_bytes * (d_in + d_out) / (2 * d_in * d_out)
    if share >= 1:
        return share > 1.01
    exact = ridge * element_bytes / 2 / (1 - share)
    return exact < 20_000 and 0.01 < exact % 1 < 0.99


@batch.law("at the answer the product is not memory bound, and with one row fewer it is")
def _(student: Student, rng: Rng) -> None:
    d_in, d_out, ridge = 3072, 8192, float(rng.uniform(200, 300))
    while not _is_plain_sailing(d_in, d_out, 2, ridge):
        ridge = float(rng.uniform(200, 300))
    rows = student(d_in, d_out, 2, ridge * 1e12, 1e12)

    def intensity(m: float) -> float:
        return 2 * m * d_in * d_out / (2 * (m * d_in + d_in * d_out + m * d_out))

    assert intensity(rows) >= ridge > intensity(rows - 1)


@batch.law("swapping d_in and d_out changes nothing")
def _(student: Student, rng: Rng) -> None:
    d_in, d_out = int(rng.integers(1000, 2000)), int(rng.integers(5000, 9000))
    args = (2, 2.5e14, 1e12)
    assert student(d_in, d_out, *args) == student(d_out, d_in, *args)


@batch.law("where even an endless batch stays memory bound, there is no answer")
def _(student: Student, rng: Rng) -> None:
    width = int(rng.integers(16, 100))
    assert student(width, width, 2, 2.5e14, 1e12) is None


@batch.misconception(
    "More rows also bring more activations. Are the weights all that moves when the batch is large?"
)
def forgets_the_activations(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    return math.ceil(element_bytes / 2 * peak_flop_per_s / bytes_per_s)


@batch.misconception(
    "The ridge counts FLOP for each byte, a batch counts rows. How many FLOP does one more row "
    "bring to each byte of the weights?"
)
def takes_the_ridge_for_the_batch(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    return math.ceil(peak_flop_per_s / bytes_per_s)


@batch.misconception("What moves out of the layer? It grows with the batch as well.")
def forgets_the_output(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    ridge = peak_flop_per_s / bytes_per_s
    left = 2 * d_in * d_out - ridge * element_bytes * d_in
    if left <= 0:
        return None
    return math.ceil(ridge * element_bytes * d_in * d_out / left)


@batch.misconception(
    "Towards which intensity does the product climb as the batch grows without end? Can a ridge "
    "lie above that?"
)
def always_finds_a_batch(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    ridge = peak_flop_per_s / bytes_per_s
    left = 2 * d_in * d_out - ridge * element_bytes * (d_in + d_out)
    return math.ceil(ridge * element_bytes * d_in * d_out / left)


@batch.misconception("At an intensity exactly at the ridge, is it memory that you wait for?")
def steps_over_the_ridge(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    ridge = peak_flop_per_s / bytes_per_s
    left = 2 * d_in * d_out - ridge * element_bytes * (d_in + d_out)
    if left <= 0:
        return None
    return math.floor(ridge * element_bytes * d_in * d_out / left) + 1


@batch.alternative
def solves_with_times(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    weights_s = d_in * d_out * element_bytes / bytes_per_s
    row_memory_s = (d_in + d_out) * element_bytes / bytes_per_s
    row_compute_s = 2 * d_in * d_out / peak_flop_per_s
    if row_compute_s <= row_memory_s:
        return None
    return int(np.ceil(weights_s / (row_compute_s - row_memory_s)))


@batch.alternative
def searches_upward(d_in, d_out, element_bytes, peak_flop_per_s, bytes_per_s):
    ridge = peak_flop_per_s / bytes_per_s
    if 2 * d_in * d_out / (element_bytes * (d_in + d_out)) <= ridge:
        return None
    rows = 1
    while 2 * rows * d_in * d_out < ridge * element_bytes * (
        rows * d_in + d_in * d_out + rows * d_out
    ):
        rows += 1
    return rows


PARTS = {
    part.name: part for part in (attainable, gemm, stencil, crossover, time_bound, binding, batch)
}
"""By the name of the student's function, in the order of the notebook."""
