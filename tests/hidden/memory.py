"""Hidden tests of the memory exercises: seven parts, in the order of the notebook.

Every right or wrong answer below is written as a student would write it, with `np` and `math`
alone, so that it can be put into a notebook as it stands.
"""

# Answers are untyped, as students write them, and a wrong one often ignores an argument.
# mypy: allow-untyped-defs, disable-error-code="var-annotated"
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from coursework.parts import Case, case, part
from hwmath import memory
from hwmath.units import KIB

Student = Callable[..., Any]
Rng = np.random.Generator

RANDOM_CASES = 12
ROUNDING = 1e-9


# 1. smallest_store


def smallest_store(
    size_bytes: float, piece_kib: dict[str, float], pieces: dict[str, int], split: bool
) -> str | None:
    stores = [memory.Store(name, kib * KIB, pieces[name]) for name, kib in piece_kib.items()]
    found = memory.smallest_store(stores, size_bytes, split=split)
    return found.name if found else None


A100_KIB = {"dram": 41943040, "shared": 164, "l2": 40960}
A100_PIECES = {"shared": 108, "l2": 1, "dram": 1}


@part(reference=smallest_store)
def smallest(rng: Rng) -> Iterator[Case]:
    gpu = (A100_KIB, A100_PIECES)
    yield case("data that fills one piece exactly", 164 * KIB, *gpu, False)
    yield case("data that fills all pieces exactly", 108 * 164 * KIB, *gpu, True)
    yield case("data one byte larger than a piece", 164 * KIB + 1, *gpu, False)
    yield case("data one byte larger than a piece, split", 164 * KIB + 1, *gpu, True)
    yield case("data between 1000 and 1024 bytes a KiB", 164 * 1010, *gpu, False)
    yield case("data that fits into the pieces together, not split", 10e6, *gpu, False)
    yield case("data that only the largest holds", 1e9, *gpu, False)
    yield case("data that fits nowhere", 1e12, *gpu, True)
    yield case("a single byte", 1, *gpu, False)
    few_large = ({"far": 900, "near": 64}, {"far": 2, "near": 100})
    yield case("few large pieces against many small ones", 50 * KIB, *few_large, False)
    yield case("few large pieces against many small ones, split", 50 * KIB, *few_large, True)
    for _ in range(RANDOM_CASES):
        names = [str(name) for name in rng.permutation(["near", "middle", "far", "farther"])]
        kib = {name: float(2 ** rng.uniform(4, 18)) for name in names}
        count = {name: int(rng.integers(1, 64)) for name in names}
        size, split = float(KIB * 2 ** rng.uniform(4, 20)), bool(rng.integers(2))
        yield case("a random chip", size, kib, count, split)


@smallest.law("the fewer the bytes, the less room is taken")
def _(student: Student, rng: Rng) -> None:
    kib = {"far": 1e6, "near": 16.0, "middle": 512.0}
    pieces = dict.fromkeys(kib, 1)
    names = [student(size * KIB, kib, pieces, False) for size in rng.uniform([1, 20], [15, 500])]
    assert names == ["near", "middle"]


@smallest.law("a store that is filled to the last byte holds what fills it")
def _(student: Student, rng: Rng) -> None:
    room, count = int(rng.integers(100, 900)), int(rng.integers(3, 90))
    args = ({"near": room, "far": 1e9}, {"near": count, "far": 1})
    assert student(room * KIB, *args, False) == "near"
    assert student(room * KIB + 1, *args, False) == "far"
    assert student(room * count * KIB, *args, True) == "near"


@smallest.misconception(
    "One core reaches its own piece. Can it see the sum of all pieces when the data is not split?"
)
def adds_the_pieces_always(size_bytes, piece_kib, pieces, split):
    room = {name: 1024 * piece_kib[name] * pieces[name] for name in piece_kib}
    holding = [name for name in room if room[name] >= size_bytes]
    return min(holding, key=lambda name: room[name], default=None)


@smallest.misconception("When each core takes its part of the data, how many pieces are filled?")
def looks_at_one_piece_always(size_bytes, piece_kib, pieces, split):
    room = {name: 1024 * piece_kib[name] for name in piece_kib}
    holding = [name for name in room if room[name] >= size_bytes]
    return min(holding, key=lambda name: room[name], default=None)


@smallest.misconception("How many bytes is one KiB?")
def takes_a_thousand_bytes(size_bytes, piece_kib, pieces, split):
    room = {name: 1000 * piece_kib[name] * (pieces[name] if split else 1) for name in piece_kib}
    holding = [name for name in room if room[name] >= size_bytes]
    return min(holding, key=lambda name: room[name], default=None)


@smallest.misconception(
    "The dictionary may list the stores in any order. Is the first that fits also the smallest?"
)
def takes_the_first_that_fits(size_bytes, piece_kib, pieces, split):
    for name in piece_kib:
        if 1024 * piece_kib[name] * (pieces[name] if split else 1) >= size_bytes:
            return name
    return None


@smallest.misconception("Does data that fills a store to its last byte fit into it?")
def wants_a_byte_to_spare(size_bytes, piece_kib, pieces, split):
    room = {name: 1024 * piece_kib[name] * (pieces[name] if split else 1) for name in piece_kib}
    holding = [name for name in room if room[name] > size_bytes]
    return min(holding, key=lambda name: room[name], default=None)


@smallest.alternative
def keeps_the_smallest_so_far(size_bytes, piece_kib, pieces, split):
    best, least = None, math.inf
    for name, kib in piece_kib.items():
        room = kib * 1024
        if split:
            room *= pieces[name]
        if size_bytes <= room < least:
            best, least = name, room
    return best


@smallest.alternative
def sorts_the_stores(size_bytes, piece_kib, pieces, split):
    rooms = sorted((kib * (pieces[name] if split else 1), name) for name, kib in piece_kib.items())
    for kib, name in rooms:
        if size_bytes / 1024 <= kib:
            return name
    return None


# 2. line_utilisation


def line_utilisation(stride: Any, element_bytes: int, line_bytes: int) -> Any:
    return memory.line_utilisation(stride * element_bytes, element_bytes, line_bytes)


@part(reference=line_utilisation)
def utilisation(rng: Rng) -> Iterator[Case]:
    yield case("every element (stride 1)", 1, 4, 64)
    yield case("a stride of exactly one line", 16, 4, 64)
    yield case("a stride longer than a line", 4096, 4, 64)
    yield case("elements as long as a line", 3, 64, 64)
    yield case("a stride shorter than a line", 4, 8, 128)
    yield case("a stride that does not divide a line", 3, 4, 64)
    yield case("an array of strides", np.array([1, 2, 16, 17, 1000]), 4, 64)
    for _ in range(RANDOM_CASES):
        element, line = int(rng.choice([1, 2, 4, 8])), int(rng.choice([32, 64, 128, 256]))
        yield case("a random stride", int(2 ** rng.uniform(0, 12)), element, line)


@utilisation.law("no share is above one, and none below one element of a line")
def _(student: Student, rng: Rng) -> None:
    strides = rng.integers(1, 10_000, size=50)
    shares = student(strides, 8, 128)
    assert np.all(shares <= 1 + ROUNDING)
    assert np.all(shares >= 8 / 128 * (1 - ROUNDING))


@utilisation.law("whoever takes every element uses every byte")
def _(student: Student, rng: Rng) -> None:
    assert math.isclose(student(1, int(rng.choice([1, 2, 4, 8])), 64), 1)


@utilisation.misconception(
    "At a stride of ten lines, how many bytes move for one element: ten lines, or one?"
)
def brings_what_lies_between(stride, element_bytes, line_bytes):
    return 1 / np.asarray(stride, dtype=float)


@utilisation.misconception("How many elements of one line are used when the stride is 1?")
def uses_one_element_of_each_line(stride, element_bytes, line_bytes):
    return element_bytes / line_bytes * np.ones(np.shape(stride))


@utilisation.misconception("The stride counts elements, a line counts bytes. What is the unit?")
def takes_elements_for_bytes(stride, element_bytes, line_bytes):
    return element_bytes / np.minimum(stride, line_bytes)


@utilisation.misconception(
    "The task asks for arrays too: `if` and `min` want one answer for the whole array. Which NumPy "
    "function compares element by element?"
)
def compares_single_numbers(stride, element_bytes, line_bytes):
    if stride * element_bytes < line_bytes:
        return 1 / stride
    return element_bytes / line_bytes


@utilisation.misconception(
    "With stride 3, lines do not all hold equally many used elements. Which is the share over many?"
)
def counts_in_the_first_line(stride, element_bytes, line_bytes):
    elements = line_bytes // element_bytes
    return np.ceil(elements / np.asarray(stride)) / elements


@utilisation.alternative
def counts_elements_a_line(stride, element_bytes, line_bytes):
    elements = line_bytes / element_bytes
    return np.maximum(1 / np.asarray(stride, dtype=float), 1 / elements)


@utilisation.alternative
def chooses_by_the_line(stride, element_bytes, line_bytes):
    apart = np.asarray(stride) * element_bytes
    return np.where(apart < line_bytes, element_bytes / apart, element_bytes / line_bytes)


# 3. lru_hits


def lru_hits(lines: list[int], capacity_lines: int) -> int:
    cache = memory.CacheShape(capacity_lines, line_bytes=1)
    return memory.simulate(cache, lines).hits


@part(reference=lru_hits)
def lru(rng: Rng) -> Iterator[Case]:
    yield case("a single access", [7], 4)
    yield case("the same line again and again", [3] * 9, 1)
    yield case("a cache that holds all lines", [1, 2, 3, 1, 2, 3, 3, 2, 1], 3)
    yield case("a walk of one line more than fit", [0, 1, 2, 3] * 5, 3)
    yield case("a cache of one line", [1, 1, 2, 2, 1, 2, 2], 1)
    yield case("an old line that was used a moment ago", [1, 2, 3, 1, 4, 1, 2, 1, 3, 1], 3)
    for _ in range(RANDOM_CASES):
        lines = rng.zipf(1.3, size=200) % 40
        yield case("a random trace", [int(line) for line in lines], int(rng.integers(2, 16)))


@lru.law("a larger cache never hits less")
def _(student: Student, rng: Rng) -> None:
    lines = [int(line) for line in rng.integers(0, 30, size=300)]
    hits = [student(lines, capacity) for capacity in (1, 4, 16, 40)]
    assert hits == sorted(hits)


@lru.law("a repeated walk over one line more than fit never hits")
def _(student: Student, rng: Rng) -> None:
    capacity = int(rng.integers(2, 20))
    assert student(list(range(capacity + 1)) * 6, capacity) == 0


@lru.misconception(
    "Two lines came early, and one of them was used again just now. Which one is thrown out?"
)
def throws_out_the_first_that_came(lines, capacity_lines):
    held, hits = [], 0
    for line in lines:
        if line in held:
            hits += 1
        else:
            if len(held) == capacity_lines:
                held.pop(0)
            held.append(line)
    return hits


@lru.misconception("An access that finds its line: is that a hit or a miss?")
def counts_the_misses(lines, capacity_lines):
    held, misses = [], 0
    for line in lines:
        if line in held:
            held.remove(line)
        else:
            misses += 1
            if len(held) == capacity_lines:
                held.pop(0)
        held.append(line)
    return misses


@lru.misconception("Least recently used: is that the line at the old end of your list, or the new?")
def throws_out_the_newest(lines, capacity_lines):
    held, hits = [], 0
    for line in lines:
        if line in held:
            hits += 1
            held.remove(line)
        elif len(held) == capacity_lines:
            held.pop()
        held.append(line)
    return hits


@lru.misconception("How many lines does your cache hold just before it throws one out?")
def throws_out_one_too_early(lines, capacity_lines):
    held, hits = [], 0
    for line in lines:
        if line in held:
            hits += 1
            held.remove(line)
        held.append(line)
        if len(held) >= capacity_lines:
            held.pop(0)
    return hits


@lru.misconception(
    "The same line is wanted three times in a row. How many places of the cache does that take?"
)
def looks_back_over_so_many_accesses(lines, capacity_lines):
    return sum(line in lines[max(0, now - capacity_lines) : now] for now, line in enumerate(lines))


@lru.alternative
def moves_to_the_end(lines, capacity_lines):
    held, hits = {}, 0
    for line in lines:
        if line in held:
            hits += 1
            del held[line]
        elif len(held) == capacity_lines:
            del held[next(iter(held))]
        held[line] = True
    return hits


@lru.alternative
def counts_what_came_between(lines, capacity_lines):
    hits = 0
    for now, line in enumerate(lines):
        between = set()
        for other in reversed(lines[:now]):
            if other == line:
                hits += len(between) < capacity_lines
                break
            between.add(other)
    return hits


# 4. average_access_s


def average_access_s(latencies_s: list[float], hit_shares: list[float]) -> float:
    return float(memory.average_access_s(latencies_s, hit_shares))


@part(reference=average_access_s)
def average(rng: Rng) -> Iterator[Case]:
    yield case("a cache that always hits", [1e-9, 100e-9], [1.0])
    yield case("a cache that never hits", [1e-9, 100e-9], [0.0])
    yield case("one cache", [1e-9, 100e-9], [0.95])
    yield case("two caches", [1e-9, 5e-9, 100e-9], [0.9, 0.5])
    yield case("three caches, the middle one useless", [1e-9, 5e-9, 20e-9, 1e-7], [0.9, 0.0, 0.8])
    yield case("no cache at all", [100e-9], [])
    for _ in range(RANDOM_CASES):
        caches = int(rng.integers(1, 5))
        latencies = [float(x) for x in 1e-9 * np.cumsum(rng.uniform(1, 50, size=caches + 1))]
        yield case("a random hierarchy", latencies, [float(x) for x in rng.uniform(size=caches)])


@average.law("if the first level always hits, it alone is paid")
def _(student: Student, rng: Rng) -> None:
    first, second = rng.uniform(1, 9, size=2)
    assert math.isclose(student([float(first), float(first + second)], [1.0]), first)


@average.law("an access that misses everywhere has looked everywhere")
def _(student: Student, rng: Rng) -> None:
    latencies = [float(x) for x in rng.uniform(1, 9, size=3)]
    assert math.isclose(student(latencies, [0.0, 0.0]), sum(latencies))


@average.misconception(
    "Before an access finds out that a level misses, it has looked there. Who pays for the look?"
)
def pays_only_where_it_hits(latencies_s, hit_shares):
    total, left = 0.0, 1.0
    for latency, hit in zip(latencies_s, [*hit_shares, 1.0], strict=True):
        total += left * hit * latency
        left *= 1 - hit
    return total


@average.misconception(
    "A hit share counts the accesses that reach its level. What share of all accesses is that?"
)
def takes_shares_of_all_accesses(latencies_s, hit_shares):
    total = latencies_s[0]
    for latency, hit in zip(latencies_s[1:], hit_shares, strict=True):
        total += (1 - hit) * latency
    return total


@average.misconception("Which accesses go on to the next level: those that hit, or the others?")
def goes_on_after_a_hit(latencies_s, hit_shares):
    total, left = 0.0, 1.0
    for latency, hit in zip(latencies_s, [*hit_shares, 1.0], strict=True):
        total += left * latency
        left *= hit
    return total


@average.misconception("Does an access that has hit still look into the levels behind?")
def looks_everywhere_always(latencies_s, hit_shares):
    return sum(latencies_s)


@average.misconception("What do the accesses cost that miss in every cache?")
def forgets_the_last_level(latencies_s, hit_shares):
    total, left = 0.0, 1.0
    for latency, hit in zip(latencies_s, hit_shares, strict=False):
        total += left * latency
        left *= 1 - hit
    return total


@average.alternative
def starts_at_the_far_end(latencies_s, hit_shares):
    mean = latencies_s[-1]
    for latency, hit in zip(latencies_s[-2::-1], hit_shares[::-1], strict=True):
        mean = latency + (1 - hit) * mean
    return mean


@average.alternative
def multiplies_the_misses(latencies_s, hit_shares):
    reaching = np.cumprod([1.0, *(1 - hit for hit in hit_shares)])
    return float(np.dot(reaching, latencies_s))


# 5. lines_in_flight


def lines_in_flight(latency_s: float, bytes_per_s: float, line_bytes: int) -> int:
    return math.ceil(memory.bytes_in_flight(latency_s, bytes_per_s) / line_bytes)


@part(reference=lines_in_flight)
def flight(rng: Rng) -> Iterator[Case]:
    yield case("a memory that balances exactly", 2.0**-23, 2.0**34, 64)
    yield case("a memory that balances exactly", 2.0**-20, 2.0**41, 128)
    yield case("one that just fails to balance", 2.0**-23 * 1.001, 2.0**34, 64)
    yield case("a latency so short that one line is enough", 1e-9, 10e9, 64)
    yield case("a GPU", 600e-9, 3.35e12, 32)
    yield case("lines of one byte", 90e-9, 25.3e9, 1)
    for _ in range(RANDOM_CASES):
        line, lines = int(rng.choice([32, 64, 128])), rng.integers(1, 5000) + rng.uniform(0.1, 0.9)
        latency = float(10 ** rng.uniform(-8, -6))
        yield case("a random memory", latency, float(lines * line / latency), line)


@flight.law("with that many lines under way the memory is busy, and with one fewer it is not")
def _(student: Student, rng: Rng) -> None:
    latency, bandwidth = 100e-9, float(64 * (rng.integers(20, 90) + 0.5) / 100e-9)
    lines = student(latency, bandwidth, 64)
    assert lines * 64 / latency >= bandwidth > (lines - 1) * 64 / latency


@flight.law("a longer latency asks for more lines")
def _(student: Student, rng: Rng) -> None:
    latency, bandwidth = rng.uniform(5e-8, 5e-7), 10 ** rng.uniform(11, 12)
    assert student(2 * latency, bandwidth, 64) > 1.5 * student(latency, bandwidth, 64)


@flight.misconception("What is under way in one piece: a byte, or a line?")
def counts_bytes_for_lines(latency_s, bytes_per_s, line_bytes):
    return math.ceil(latency_s * bytes_per_s)


@flight.misconception("Is the memory really busy all the time with so many lines?")
def rounds_down(latency_s, bytes_per_s, line_bytes):
    return math.floor(latency_s * bytes_per_s / line_bytes)


@flight.misconception("If every answer came twice as late, would more or fewer be under way?")
def divides_by_the_latency(latency_s, bytes_per_s, line_bytes):
    return math.ceil(bytes_per_s / latency_s / line_bytes)


@flight.misconception("When the lines under way keep it exactly busy, is another one needed?")
def takes_one_to_spare(latency_s, bytes_per_s, line_bytes):
    return math.floor(latency_s * bytes_per_s / line_bytes) + 1


@flight.misconception("Can a part of a line be under way?")
def leaves_a_fraction(latency_s, bytes_per_s, line_bytes):
    return latency_s * bytes_per_s / line_bytes


@flight.alternative
def divides_two_times(latency_s, bytes_per_s, line_bytes):
    a_line_s = line_bytes / bytes_per_s
    return int(np.ceil(latency_s / a_line_s))


@flight.alternative
def counts_up(latency_s, bytes_per_s, line_bytes):
    lines = max(1, int(0.9 * latency_s * bytes_per_s / line_bytes))
    while lines * line_bytes < latency_s * bytes_per_s:
        lines += 1
    return lines


# 6. largest_tile


def largest_tile(capacity_bytes: int, element_bytes: int, multiple: int) -> int:
    if 3 * element_bytes * multiple**2 > capacity_bytes:
        return 0
    return int(memory.largest_tile(capacity_bytes, element_bytes)) // multiple * multiple


@part(reference=largest_tile)
def tile(rng: Rng) -> Iterator[Case]:
    yield case("three tiles that fill the memory exactly", 3 * 32 * 32 * 8, 8, 8)
    yield case("one byte too little for that", 3 * 32 * 32 * 8 - 1, 8, 8)
    yield case("no tile fits", 100, 8, 16)
    yield case("a multiple of one", 3 * 7 * 7 * 4, 4, 1)
    yield case("elements of two bytes", 227 * KIB, 2, 16)
    yield case("elements of one byte", 227 * KIB, 1, 16)
    yield case("a large cache", 32 * KIB * KIB, 8, 8)
    for _ in range(RANDOM_CASES):
        capacity = int(2 ** rng.uniform(12, 26))
        element, multiple = int(rng.choice([1, 2, 4, 8])), int(rng.choice([2, 4, 8, 16]))
        yield case("a random memory", capacity, element, multiple)


@tile.law("three tiles of the answer fit, and three of the next larger one do not")
def _(student: Student, rng: Rng) -> None:
    capacity, element, multiple = int(rng.integers(20_000, 900_000)), 4, 8
    side = student(capacity, element, multiple)
    larger = side + multiple
    assert 3 * side * side * element <= capacity < 3 * larger * larger * element


@tile.law("the answer is a multiple of what was asked for")
def _(student: Student, rng: Rng) -> None:
    multiple = int(rng.choice([3, 7, 16]))
    sides = [student(int(size), 8, multiple) for size in rng.integers(50_000, 900_000, size=20)]
    assert all(side % multiple == 0 for side in sides)


@tile.misconception("How many matrices have a tile in the fast memory at the same time?")
def fills_it_with_one_tile(capacity_bytes, element_bytes, multiple):
    return math.isqrt(capacity_bytes // element_bytes) // multiple * multiple


@tile.misconception("The capacity is in bytes. How many elements is that?")
def takes_bytes_for_elements(capacity_bytes, element_bytes, multiple):
    return math.isqrt(capacity_bytes // 3) // multiple * multiple


@tile.misconception("Does a tile that was rounded up still fit?")
def rounds_up(capacity_bytes, element_bytes, multiple):
    return math.ceil(math.sqrt(capacity_bytes / element_bytes / 3) / multiple) * multiple


@tile.misconception("Which sides were allowed?")
def forgets_the_multiple(capacity_bytes, element_bytes, multiple):
    return math.isqrt(capacity_bytes // (3 * element_bytes))


@tile.misconception("Is your answer the side of a tile, or the number of its elements?")
def gives_the_area(capacity_bytes, element_bytes, multiple):
    return capacity_bytes // (3 * element_bytes) // multiple * multiple


@tile.alternative
def grows_while_it_fits(capacity_bytes, element_bytes, multiple):
    side = 0
    while 3 * (side + multiple) ** 2 * element_bytes <= capacity_bytes:
        side += multiple
    return side


@tile.alternative
def takes_the_root(capacity_bytes, element_bytes, multiple):
    side = np.floor(np.sqrt(capacity_bytes / (3 * element_bytes)))
    return int(side // multiple * multiple)


# 7. tiled_matmul_bytes


def tiled_matmul_bytes(m: int, n: int, k: int, tile: int, element_bytes: float) -> float:
    return float(memory.tiled_matmul_traffic(m, n, k, tile, element_bytes).memory_bytes)


@part(reference=tiled_matmul_bytes)
def tiled(rng: Rng) -> Iterator[Case]:
    yield case("one number times one number", 1, 1, 1, 1, 8)
    yield case("tiles that divide every side", 64, 128, 32, 16, 4)
    yield case("a tile larger than the matrices", 20, 30, 40, 64, 8)
    yield case("tiles of a single number", 12, 20, 28, 1, 2)
    yield case("a last tile that is cut off", 100, 90, 70, 32, 4)
    yield case("a row times a matrix", 1, 4096, 1024, 64, 2)
    yield case("elements of half a byte", 300, 200, 100, 50, 0.5)
    for _ in range(RANDOM_CASES):
        sizes = (int(size) for size in rng.integers(1, 4096, size=3))
        element = int(rng.choice([1, 2, 4, 8]))
        yield case("random sizes", *sizes, int(rng.integers(2, 300)), element)


@tiled.law("a tile that covers C reads A and B once and writes C once")
def _(student: Student, rng: Rng) -> None:
    m, n = (int(size) for size in rng.integers(20, 100, size=2))
    k = int(rng.integers(500, 900))
    assert math.isclose(student(m, n, k, 100, 1), m * k + k * n + m * n)


@tiled.law("tiles of half the side bring in twice as much")
def _(student: Student, rng: Rng) -> None:
    side = 16 * int(rng.integers(2, 20))
    m, n, k = (side * int(times) for times in rng.integers(2, 9, size=3))
    large, half = (student(m, n, k, t, 1) - m * n for t in (side, side // 2))
    assert math.isclose(half, 2 * large)


@tiled.law("wide matrices make A be read more often")
def _(student: Student, rng: Rng) -> None:
    side = int(rng.integers(10, 50))
    narrow, wide = (student(side, columns * side, 4 * side, side, 1) for columns in (1, 10))
    a_and_b, c = 4 * side * side, side * side
    assert math.isclose(narrow, 2 * a_and_b + c)
    assert math.isclose(wide, 20 * a_and_b + 10 * c)


@tiled.misconception(
    "Each tile of C wants a band of A. How many tiles of C lie beside each other, in one row?"
)
def swaps_the_passes(m, n, k, tile, element_bytes):
    a = m * k * math.ceil(m / tile)
    b = k * n * math.ceil(n / tile)
    return (a + b + m * n) * element_bytes


@tiled.misconception("Can half a tile be made with half a pass over A?")
def makes_a_part_of_a_pass(m, n, k, tile, element_bytes):
    return (m * k * n / tile + k * n * m / tile + m * n) * element_bytes


@tiled.misconception("Do A and B stay in the fast memory until every tile of C is done?")
def reads_each_matrix_once(m, n, k, tile, element_bytes):
    return (m * k + k * n + m * n) * element_bytes


@tiled.misconception("The tile of C stays until it is finished. How often does it go home?")
def writes_c_at_every_step(m, n, k, tile, element_bytes):
    passes = m * k * math.ceil(n / tile) + k * n * math.ceil(m / tile)
    return (passes + m * n * math.ceil(k / tile)) * element_bytes


@tiled.misconception("The last tile is cut off. How many rows of A does it want?")
def fills_up_the_last_tile(m, n, k, tile, element_bytes):
    tiles = math.ceil(m / tile) * math.ceil(n / tile)
    return (tiles * 2 * tile * k + m * n) * element_bytes


@tiled.alternative
def goes_from_tile_to_tile(m, n, k, tile, element_bytes):
    elements = 0
    for row in range(0, m, tile):
        rows = min(tile, m - row)
        for column in range(0, n, tile):
            columns = min(tile, n - column)
            elements += rows * k + k * columns + rows * columns
    return elements * element_bytes


@tiled.alternative
def counts_bands(m, n, k, tile, element_bytes):
    tiles_down, tiles_across = -(-m // tile), -(-n // tile)
    return element_bytes * (k * (m * tiles_across + n * tiles_down) + m * n)


PARTS = {part.name: part for part in (smallest, utilisation, lru, average, flight, tile, tiled)}
"""By the name of the student's function, in the order of the notebook."""
