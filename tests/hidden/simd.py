"""Hidden tests of the exercises on lanes: six parts, in the order of the notebook.

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

import hwmath.simd
from coursework.parts import Case, case, part

Student = Callable[..., Any]
Rng = np.random.Generator

RANDOM_CASES = 12
LANES = 32


# 1. peak_flop_per_s


def peak_flop_per_s(
    units: Any, register_bits: int, element_bits: int, clock_hz: Any, fused: bool
) -> Any:
    lanes = hwmath.simd.lanes(register_bits, element_bits)
    return hwmath.simd.peak_flop_per_s(units, lanes, clock_hz, 2 if fused else 1)


@part(reference=peak_flop_per_s)
def peak(rng: Rng) -> Iterator[Case]:
    yield case("one unit with one lane, fused", 1, 64, 64, 1e9, True)
    yield case("one unit with one lane, not fused", 1, 64, 64, 1e9, False)
    yield case("elements of half a byte", 8, 512, 4, 2e9, True)
    yield case("a register of two elements, not fused", 3, 128, 64, 2.6e9, False)
    yield case("an array of clocks", 16, 256, 32, np.array([1e9, 2.5e9, 4e9]), True)
    yield case("arrays that broadcast", np.array([[1], [64]]), 512, 16, np.array([2e9, 3e9]), False)
    for _ in range(RANDOM_CASES):
        units, clock_hz = int(rng.integers(1, 200)), float(10 ** rng.uniform(8.5, 9.7))
        register_bits, element_bits = rng.choice([128, 256, 512, 1024]), rng.choice([4, 8, 16, 64])
        sizes = (int(register_bits), int(element_bits))
        yield case("random units", units, *sizes, clock_hz, bool(rng.integers(2)))


@peak.law("a fused multiply-add doubles the peak")
def _(student: Student, rng: Rng) -> None:
    units, clock_hz = int(rng.integers(1, 200)), float(rng.uniform(1e9, 4e9))
    single, double = (student(units, 512, 32, clock_hz, fused) for fused in (False, True))
    assert math.isclose(double, 2 * single)


@peak.law("elements of half the size double the peak")
def _(student: Student, rng: Rng) -> None:
    units, clock_hz = int(rng.integers(1, 200)), float(rng.uniform(1e9, 4e9))
    wide, narrow = (student(units, 256, bits, clock_hz, True) for bits in (16, 8))
    assert math.isclose(narrow, 2 * wide)


@peak.misconception("A fused multiply-add is two operations on one element. Where do both count?")
def counts_a_fused_operation_once(units, register_bits, element_bits, clock_hz, fused):
    return units * (register_bits // element_bits) * clock_hz


@peak.misconception("The name of the function ends in a unit. Is it the one that you return?")
def returns_gigaflop_per_s(units, register_bits, element_bits, clock_hz, fused):
    return units * (register_bits // element_bits) * (2 if fused else 1) * clock_hz / 1e9


@peak.misconception("What does a lane do in a clock when `fused` is False?")
def always_fuses(units, register_bits, element_bits, clock_hz, fused):
    return units * (register_bits // element_bits) * 2 * clock_hz


@peak.misconception("How many elements of 64 bits does a register of 512 bits hold?")
def knows_only_fp32(units, register_bits, element_bits, clock_hz, fused):
    return units * (register_bits // 32) * (2 if fused else 1) * clock_hz


@peak.misconception("A byte has eight bits. In which of the two are both sizes given?")
def takes_the_register_in_bytes(units, register_bits, element_bits, clock_hz, fused):
    return units * (register_bits / 8 / element_bits) * (2 if fused else 1) * clock_hz


@peak.alternative
def multiplies_step_by_step(units, register_bits, element_bits, clock_hz, fused):
    flop_per_clock = units * register_bits / element_bits
    if fused:
        flop_per_clock = flop_per_clock * 2
    return flop_per_clock * clock_hz


@peak.alternative
def adds_the_switch(units, register_bits, element_bits, clock_hz, fused):
    instructions_per_s = np.asarray(units) * np.asarray(clock_hz, dtype=float)
    return instructions_per_s * (1 + fused) * (register_bits / element_bits)


# 2. warp_instructions


def warp_instructions(taken: Any, if_instructions: int, else_instructions: int) -> float:
    issued = hwmath.simd.branch(hwmath.simd.by_warp(taken), if_instructions, else_instructions)
    return float(np.sum(issued.instructions))


def _mixed(rng: Rng, warps: int, share: float) -> Any:
    return rng.random(LANES * warps) < share


@part(reference=warp_instructions)
def warp(rng: Rng) -> Iterator[Case]:
    everybody, nobody = np.ones(LANES, dtype=bool), np.zeros(LANES, dtype=bool)
    one = np.arange(LANES) == 5
    yield case("a warp in which all take the branch", everybody, 7, 3)
    yield case("a warp in which nobody takes it", nobody, 7, 3)
    yield case("a warp in which one lane takes it", one, 7, 3)
    yield case("a branch without an else", one, 7, 0)
    yield case("warps that each agree, but not with each other", np.append(everybody, nobody), 9, 4)
    yield case(
        "one warp that disagrees among others", np.concatenate([nobody, one, everybody]), 5, 6
    )
    yield case("lanes that alternate", np.arange(4 * LANES) % 2 == 0, 10, 10)
    for _ in range(RANDOM_CASES):
        taken = _mixed(rng, int(rng.integers(2, 9)), rng.choice([0.01, 0.05, 0.5, 0.97]))
        yield case("random threads", taken, *(int(n) for n in rng.integers(1, 50, size=2)))


@warp.law("one lane that goes its own way costs its warp the other side as well")
def _(student: Student, rng: Rng) -> None:
    warps, yes, no = (int(n) for n in rng.integers(2, 9, size=3))
    taken = np.ones(LANES * warps, dtype=bool)
    taken[int(rng.integers(len(taken)))] = False
    assert student(taken, yes, no) == warps * yes + no


@warp.law("a warp whose lanes agree pays for one side")
def _(student: Student, rng: Rng) -> None:
    warps, yes, no = (int(n) for n in rng.integers(2, 9, size=3))
    assert student(np.ones(LANES * warps, dtype=bool), yes, no) == warps * yes


@warp.law("what one warp does costs the others nothing")
def _(student: Student, rng: Rng) -> None:
    agreeing, mixed = np.ones(2 * LANES, dtype=bool), np.arange(LANES) % 3 == 0
    yes, no = (int(n) for n in rng.integers(2, 9, size=2))
    apart = student(agreeing, yes, no) + student(mixed, yes, no)
    assert student(np.append(agreeing, mixed), yes, no) == apart


@warp.misconception(
    "Both sides are issued to the same warp, one after the other. Can the shorter one hide?"
)
def waits_for_the_longer_side(taken, if_instructions, else_instructions):
    issued = 0
    for lanes in taken.reshape(-1, 32):
        sides = []
        if lanes.any():
            sides.append(if_instructions)
        if not lanes.all():
            sides.append(else_instructions)
        issued += max(sides)
    return issued


@warp.misconception("When all 32 lanes agree, who needs the other side?")
def issues_both_sides_always(taken, if_instructions, else_instructions):
    return len(taken) // 32 * (if_instructions + else_instructions)


@warp.misconception("Threads share instructions within a warp. Does a lane wait for another warp?")
def sees_one_large_warp(taken, if_instructions, else_instructions):
    issued = 0
    if taken.any():
        issued += if_instructions
    if not taken.all():
        issued += else_instructions
    return len(taken) // 32 * issued


@warp.misconception("How many lanes does one issued instruction serve?")
def counts_every_thread(taken, if_instructions, else_instructions):
    return taken.sum() * if_instructions + (~taken).sum() * else_instructions


@warp.misconception("If a single lane needs an instruction, can a thirty-second of it be issued?")
def shares_out_by_lanes(taken, if_instructions, else_instructions):
    share = taken.mean()
    return len(taken) / 32 * (share * if_instructions + (1 - share) * else_instructions)


@warp.alternative
def walks_through_the_warps(taken, if_instructions, else_instructions):
    issued = 0
    for start in range(0, len(taken), 32):
        ways = {bool(lane) for lane in taken[start : start + 32]}
        if True in ways:
            issued += if_instructions
        if False in ways:
            issued += else_instructions
    return issued


@warp.alternative
def counts_warps_with_each_side(taken, if_instructions, else_instructions):
    takers = np.asarray(taken).reshape(-1, 32).sum(axis=1)
    return if_instructions * np.sum(takers > 0) + else_instructions * np.sum(takers < 32)


# 3. loop_utilisation


def loop_utilisation(trips: Any) -> float:
    return float(hwmath.simd.loop(hwmath.simd.by_warp(trips), 1).utilisation)


@part(reference=loop_utilisation)
def loop(rng: Rng) -> Iterator[Case]:
    lane = np.arange(LANES)
    yield case("the same number of trips for all", np.full(LANES, 4))
    yield case("one lane with trips, the others with none", np.where(lane == 3, 6, 0))
    yield case("trips that rise from lane to lane", lane + 1)
    yield case("a short warp and a long one", np.append(np.full(LANES, 1), 20 * lane))
    yield case("a warp without any trip beside another", np.append(np.zeros(LANES, int), lane))
    yield case("warps that agree within and not with each other", np.repeat([3, 50, 7], LANES))
    for _ in range(RANDOM_CASES):
        warps, most = int(rng.integers(2, 8)), int(rng.integers(3, 200))
        spread = rng.geometric(2 / most, size=LANES * warps)
        yield case("random trips", np.where(rng.random(LANES * warps) < 0.1, 0, spread))


@loop.law("equal trips keep every lane busy")
def _(student: Student, rng: Rng) -> None:
    assert math.isclose(student(np.full(3 * LANES, int(rng.integers(1, 99)))), 1.0)


@loop.law("a lane that runs alone uses one slot of thirty-two")
def _(student: Student, rng: Rng) -> None:
    trips = np.zeros(LANES, dtype=int)
    trips[int(rng.integers(LANES))] = int(rng.integers(1, 99))
    assert math.isclose(student(trips), 1 / LANES)


@loop.law("a short warp does not wait for a long one")
def _(student: Student, rng: Rng) -> None:
    short, long = int(rng.integers(1, 9)), int(rng.integers(50, 99))
    assert math.isclose(student(np.repeat([short, long], LANES)), 1.0)


@loop.misconception(
    "A warp that is over at once wastes few slots. Should it weigh as much as one that runs long?"
)
def averages_the_warps(trips):
    warps = trips.reshape(-1, 32)
    return float(np.mean(warps.mean(axis=1) / warps.max(axis=1)))


@loop.misconception("Which lanes wait for the thread that goes round most often?")
def waits_for_the_longest_of_all(trips):
    return trips.sum() / (len(trips) * trips.max())


@loop.misconception("A lane that goes round zero times: is its place in the warp free for others?")
def forgets_the_idle_lanes(trips):
    warps = trips.reshape(-1, 32)
    return trips.sum() / np.sum(warps.max(axis=1) * (warps > 0).sum(axis=1))


@loop.misconception("When all lanes go round equally often, nothing is wasted. What do you return?")
def returns_what_is_wasted(trips):
    warps = trips.reshape(-1, 32)
    return 1 - trips.sum() / (32 * warps.max(axis=1).sum())


@loop.alternative
def adds_up_slots(trips):
    useful = slots = 0
    for start in range(0, len(trips), 32):
        lanes = trips[start : start + 32]
        useful += int(sum(lanes))
        slots += 32 * int(max(lanes))
    return useful / slots


@loop.alternative
def plays_the_rounds(trips):
    left = np.array(trips).reshape(-1, 32)
    useful = slots = 0
    while left.any():
        useful += int(np.sum(left > 0))
        slots += 32 * int(np.sum((left > 0).any(axis=1)))
        left = np.maximum(left - 1, 0)
    return useful / slots


# 4. sectors_touched


def sectors_touched(addresses_bytes: Any, element_bytes: int) -> float:
    return float(hwmath.simd.sectors(addresses_bytes, element_bytes))


@part(reference=sectors_touched)
def sectors(rng: Rng) -> Iterator[Case]:
    lane = np.arange(LANES)
    yield case("neighbours, four bytes each", 4 * lane, 4)
    yield case("neighbours, two bytes each", 2 * lane, 2)
    yield case("neighbours that begin in the middle of a sector", 4 * lane + 16, 4)
    yield case("neighbours in reverse order", 4 * lane[::-1], 4)
    yield case("one address for all lanes", np.full(LANES, 64), 4)
    yield case("every other element", 8 * lane, 4)
    yield case("a column of a matrix, one row apart", 4096 * lane, 4)
    yield case("two groups far apart", np.where(lane < 16, 4 * lane, 4 * lane + 65536), 4)
    for _ in range(RANDOM_CASES):
        element_bytes, reach = int(rng.choice([1, 2, 4, 8, 16])), int(rng.choice([40, 300, 5000]))
        yield case(
            "random addresses", element_bytes * rng.integers(reach, size=LANES), element_bytes
        )


@sectors.law("moving all addresses by one sector changes nothing")
def _(student: Student, rng: Rng) -> None:
    start = 128 * int(rng.integers(100))
    at = start + 4 * np.arange(LANES)
    assert student(at + 32, 4) == student(at, 4)


@sectors.law("lanes that want the same bytes share one sector")
def _(student: Student, rng: Rng) -> None:
    assert student(np.full(LANES, 4 * int(rng.integers(1000))), 4) == 1


@sectors.law("lanes far from each other cost one sector each")
def _(student: Student, rng: Rng) -> None:
    assert student(1024 * rng.permutation(LANES), 4) == LANES


@sectors.misconception("How many bytes does the task say that the memory fetches at once?")
def fetches_lines_of_128_bytes(addresses_bytes, element_bytes):
    return len(set((addresses_bytes // 128).tolist()))


@sectors.misconception("Two lanes want different bytes of one sector. How often is it fetched?")
def fetches_one_for_each_lane(addresses_bytes, element_bytes):
    return len(addresses_bytes)


@sectors.misconception("The memory cannot fetch bytes alone. What comes with a byte that is asked?")
def fetches_only_what_is_asked(addresses_bytes, element_bytes):
    return len(addresses_bytes) * element_bytes // 32


@sectors.misconception("Two lanes want the same sector. Do they have to be neighbours?")
def compares_neighbouring_lanes(addresses_bytes, element_bytes):
    return 1 + int(np.sum(np.diff(addresses_bytes // 32) != 0))


@sectors.misconception("Between two lanes' elements may lie sectors that no lane wants. Who asks?")
def fetches_everything_between(addresses_bytes, element_bytes):
    return int(addresses_bytes.max() // 32 - addresses_bytes.min() // 32 + 1)


@sectors.alternative
def collects_every_byte(addresses_bytes, element_bytes):
    found = set()
    for address in addresses_bytes:
        for byte in range(int(address), int(address) + element_bytes):
            found.add(byte // 32)
    return len(found)


@sectors.alternative
def asks_numpy_for_the_distinct(addresses_bytes, element_bytes):
    return np.unique(np.asarray(addresses_bytes) // 32).size


# 5. bank_passes


def bank_passes(words: Any) -> float:
    return float(hwmath.simd.bank_passes(4 * np.asarray(words)))


@part(reference=bank_passes)
def banks(rng: Rng) -> Iterator[Case]:
    lane = np.arange(LANES)
    yield case("neighbours", lane)
    yield case("one word for all lanes", np.full(LANES, 77))
    yield case("every other word", 2 * lane)
    yield case("a column of a tile of 32 words a row", 32 * lane)
    yield case("a column of a tile of 33 words a row", 33 * lane)
    yield case("two words, sixteen lanes each, in one bank", np.where(lane < 16, 3, 35))
    yield case("two words, sixteen lanes each, in two banks", np.where(lane < 16, 3, 4))
    yield case(
        "one bank with three words, the others with one", np.where(lane < 3, 32 * lane, lane)
    )
    for _ in range(RANDOM_CASES):
        stride, reach = int(rng.integers(1, 70)), int(rng.choice([20, 64, 1000]))
        yield case("random words", rng.integers(reach, size=LANES))
        yield case("a random stride", stride * rng.permutation(LANES))


@banks.law("all lanes may read one word at once")
def _(student: Student, rng: Rng) -> None:
    assert student(np.full(LANES, int(rng.integers(1000)))) == 1


@banks.law("an odd stride is free of conflicts")
def _(student: Student, rng: Rng) -> None:
    assert student((2 * int(rng.integers(50)) + 1) * np.arange(LANES)) == 1


@banks.law("words that lie 32 apart meet in one bank")
def _(student: Student, rng: Rng) -> None:
    assert student(int(rng.integers(32)) + 32 * rng.permutation(LANES)) == LANES


@banks.law("banks work at the same time")
def _(student: Student, rng: Rng) -> None:
    assert student(2 * rng.permutation(LANES)) == 2


@banks.misconception("Several lanes want the same word of a bank. How often must it be read?")
def counts_lanes_for_words(words):
    return np.bincount(words % 32).max()


@banks.misconception("Neighbours have no conflict at all. How many passes does their access take?")
def counts_what_is_too_many(words):
    return np.bincount(np.unique(words) % 32).max() - 1


@banks.misconception("While one bank reads its second word, what can another bank do?")
def lets_the_banks_wait(words):
    extra = np.bincount(np.unique(words) % 32) - 1
    return 1 + extra[extra > 0].sum()


@banks.misconception("The argument numbers words. Is there a reason to divide it by four?")
def takes_words_for_bytes(words):
    return np.bincount(np.unique(words // 4) % 32).max()


@banks.misconception("One bank has many words to read. Can the others take some of them over?")
def shares_the_words_out(words):
    distinct = np.unique(words)
    return math.ceil(len(distinct) / len(np.unique(distinct % 32)))


@banks.alternative
def looks_at_each_bank(words):
    most = 0
    for bank in range(32):
        distinct = {int(word) for word in words if word % 32 == bank}
        most = max(most, len(distinct))
    return most


@banks.alternative
def reads_until_nothing_waits(words):
    waiting, passes = {int(word) for word in words}, 0
    while waiting:
        read = {word % 32: word for word in waiting}
        waiting -= set(read.values())
        passes += 1
    return passes


# 6. tile_side


def tile_side(
    ridge_flop_per_byte: float, element_bytes: float, depth: int, stages: int, room_bytes: float
) -> int | None:
    side = 1
    while True:
        work = hwmath.simd.tile_work(side, side, depth, element_bytes)
        if work.intensity_flop_per_byte >= ridge_flop_per_byte:
            break
        side *= 2
    held = hwmath.simd.tile_bytes(side, side, depth, element_bytes, stages)
    return side if held <= room_bytes else None


@part(reference=tile_side)
def tile(rng: Rng) -> Iterator[Case]:
    yield case("a side that reaches the ridge exactly", 64.0, 2, 64, 2, 2.0**18)
    yield case("a ridge just above what a side reaches", 64.5, 2, 64, 2, 2.0**18)
    yield case("tiles that just fit", 32.0, 2, 64, 2, 2.0**15)
    yield case("tiles that just do not fit", 32.0, 2, 64, 2, 2.0**15 - 1)
    yield case("room for less than one step", 64.0, 2, 64, 1, 2.0**14)
    yield case("elements of one byte", 100.0, 1, 128, 1, 2.0**18)
    yield case("elements of half a byte", 100.0, 0.5, 128, 3, 2.0**18)
    yield case("a memory so fast that one element is enough", 0.25, 4, 16, 1, 2.0**16)
    yield case("a memory faster than one element needs", 0.1, 4, 16, 1, 2.0**16)
    yield case("a depth of one", 300.0, 2, 1, 4, 2.0**17)
    for _ in range(RANDOM_CASES):
        ridge = float(rng.integers(4, 300) + rng.uniform(0.1, 0.9))
        element_bytes, depth = int(rng.choice([1, 2, 4])), int(rng.choice([16, 32, 64]))
        room_bytes = float(rng.choice([2**15, 2**17, 2**19]))
        stages = int(rng.integers(2, 5))
        yield case("a random machine", ridge, element_bytes, depth, stages, room_bytes)


@tile.law("the answer reaches the ridge, and half of it does not")
def _(student: Student, rng: Rng) -> None:
    ridge = float(rng.integers(20, 200) + 0.5)
    side = student(ridge, 2, 32, 1, 2.0**30)
    assert side / 2 >= ridge > side / 4


@tile.law("where nothing fits, there is no answer")
def _(student: Student, rng: Rng) -> None:
    assert student(float(rng.integers(50, 200)), 2, 32, 1, 100.0) is None


@tile.law("what just fits does not fit with another stage")
def _(student: Student, rng: Rng) -> None:
    depth = int(rng.choice([16, 32, 64]))
    room_bytes = 2.0 * 2 * 128 * depth * 2
    assert student(60.0, 2, depth, 2, room_bytes) == 128
    assert student(60.0, 2, depth, 3, room_bytes) is None


@tile.misconception("Two tiles come in for each step. Did you count the bytes of both?")
def streams_one_input(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    side = 1
    while 2 * side / element_bytes < ridge_flop_per_byte:
        side *= 2
    held = stages * 2 * side * depth * element_bytes
    return side if held <= room_bytes else None


@tile.misconception("How many pairs of tiles are under way at the same time?")
def holds_one_stage(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    side = 1
    while side / element_bytes < ridge_flop_per_byte:
        side *= 2
    return side if 2 * side * depth * element_bytes <= room_bytes else None


@tile.misconception("Tiles that fill the room to the last byte: do they fit?")
def leaves_a_byte_free(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    side = 1
    while side / element_bytes < ridge_flop_per_byte:
        side *= 2
    return side if stages * 2 * side * depth * element_bytes < room_bytes else None


@tile.misconception("Can a tile have a side of less than one element?")
def cuts_elements_up(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    side = 2 ** math.ceil(math.log2(ridge_flop_per_byte * element_bytes))
    held = stages * 2 * side * depth * element_bytes
    return side if held <= room_bytes else None


@tile.misconception("What is the argument room_bytes for?")
def always_fits(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    side = 1
    while side / element_bytes < ridge_flop_per_byte:
        side *= 2
    return side


@tile.alternative
def rounds_up_the_logarithm(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    power = max(0, math.ceil(math.log2(ridge_flop_per_byte * element_bytes)))
    side = 2**power
    if stages * (side * depth + depth * side) * element_bytes > room_bytes:
        return None
    return side


@tile.alternative
def compares_flop_and_bytes(ridge_flop_per_byte, element_bytes, depth, stages, room_bytes):
    for power in range(40):
        side = 2**power
        flop = 2 * side * side * depth
        moved_bytes = 2 * side * depth * element_bytes
        if flop >= ridge_flop_per_byte * moved_bytes:
            return side if stages * moved_bytes <= room_bytes else None
    return None


PARTS = {part.name: part for part in (peak, warp, loop, sectors, banks, tile)}
"""By the name of the student's function, in the order of the notebook."""
