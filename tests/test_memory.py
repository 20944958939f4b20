"""Memory: caches against slow ones and closed forms, printed figures, and laws of any hierarchy."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath import memory
from hwmath.chips import chip, load_chips
from hwmath.memory import CacheShape, Store
from hwmath.published import published, published_range
from hwmath.roofline import ridge_flop_per_byte
from hwmath.units import GB, GIB, KIB, MB, MIB, TIB, bytes_per_element

LINE = 16
addresses = st.lists(st.integers(0, 40 * LINE - 1), min_size=1, max_size=120)
shapes = st.builds(
    lambda sets, ways: CacheShape(sets * ways * LINE, LINE, ways),
    st.integers(1, 6),
    st.integers(1, 6),
)
small = st.integers(1, 9)


def obvious(cache: CacheShape, trace: list[int], writes: list[bool]) -> tuple[int, int]:
    """A slow cache: slots with a time of last use, every one looked at for every access."""
    slots: list[dict[str, int]] = []
    misses = write_backs = 0
    for now, (address, writing) in enumerate(zip(trace, writes, strict=True)):
        line = address // cache.line_bytes
        mates = [slot for slot in slots if slot["line"] % cache.sets == line % cache.sets]
        found = [slot for slot in mates if slot["line"] == line]
        if not found:
            misses += 1
            if len(mates) == cache.lines // cache.sets:
                oldest = min(mates, key=lambda slot: slot["used"])
                write_backs += oldest["dirty"]
                slots.remove(oldest)
            found = [{"line": line, "used": now, "dirty": 0}]
            slots += found
        found[0]["used"] = now
        found[0]["dirty"] |= int(writing)
    return misses, write_backs + sum(slot["dirty"] for slot in slots)


@given(shapes, st.lists(st.tuples(st.integers(0, 40 * LINE - 1), st.booleans()), min_size=1))
def test_the_simulator_counts_what_an_obvious_one_counts(
    cache: CacheShape, accesses: list[tuple[int, bool]]
) -> None:
    trace, writes = (list(column) for column in zip(*accesses, strict=True))
    found = memory.simulate(cache, trace, writes)
    assert (found.misses, found.write_backs) == obvious(cache, trace, writes)
    assert found.hits + found.misses == found.accesses == len(trace)
    assert found.traffic.act_in == found.misses * LINE
    assert found.traffic.act_out == found.write_backs * LINE


@given(addresses, st.integers(1, 12))
def test_without_sets_it_is_pythons_own_lru_cache(trace: list[int], lines: int) -> None:
    @lru_cache(maxsize=lines)
    def look(line: int) -> int:
        return line

    for address in trace:
        look(address // LINE)
    found = memory.simulate(CacheShape(lines * LINE, LINE), trace)
    assert (found.hits, found.misses) == look.cache_info()[:2]


@given(addresses, st.integers(1, 8))
def test_a_direct_mapped_cache_misses_where_the_sets_last_line_was_another(
    trace: list[int], sets: int
) -> None:
    lines = np.array(trace) // LINE
    by_set = [lines[lines % sets == index] for index in range(sets)]
    changes = sum(len(of) and 1 + np.count_nonzero(np.diff(of)) for of in by_set)
    assert memory.simulate(CacheShape(sets * LINE, LINE, ways=1), trace).misses == changes


@given(addresses)
def test_reuse_distances_give_every_capacity_and_misses_never_grow_with_it(
    trace: list[int],
) -> None:
    distances = memory.reuse_distances(trace, LINE)
    lines = [address // LINE for address in trace]
    for now, line in enumerate(lines):
        earlier = [then for then in range(now) if lines[then] == line]
        between = len(set(lines[earlier[-1] + 1 : now])) if earlier else np.inf
        assert distances[now] == between
    misses = [memory.simulate(CacheShape(n * LINE, LINE), trace).misses for n in range(1, 42)]
    assert misses == [int(np.sum(distances >= n)) for n in range(1, 42)]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] == len(set(lines)), "what fits misses once a line"


@given(addresses, st.integers(1, 6), st.integers(1, 5))
def test_more_ways_for_the_same_sets_never_miss_more(
    trace: list[int], sets: int, ways: int
) -> None:
    fewer, more = (
        memory.simulate(CacheShape(sets * w * LINE, LINE, w), trace).misses
        for w in (ways, ways + 1)
    )
    assert more <= fewer


def test_more_sets_can_miss_more() -> None:
    """The law holds for ways, not for sets: the same lines may fall together anew."""
    trace = [line * LINE for line in (0, 2, 4, 6, 1)] * 10
    smaller = memory.simulate(CacheShape(5 * LINE, LINE), trace).misses
    larger = memory.simulate(CacheShape(6 * LINE, LINE, ways=3), trace).misses
    assert larger > smaller


@given(shapes, st.integers(1, 60 * LINE), st.sampled_from([1, 4, LINE, 2 * LINE, 6 * LINE]))
def test_the_misses_of_a_repeated_walk_are_those_of_the_simulator(
    cache: CacheShape, size: int, stride: int
) -> None:
    two, three = (
        memory.simulate(cache, memory.sweep_trace(size, stride, times).addresses).misses
        for times in (2, 3)
    )
    assert memory.sweep_misses(cache, size, stride) == three - two


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16, 32, 64, 128, 1024])
def test_a_strided_walk_uses_the_bytes_that_it_marks(stride: int) -> None:
    element, line, size = 4, 64, 64 * 1024
    used, moved = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for start in range(0, size, stride * element):
        used[start : start + element] = True
        moved[start // line * line : (start // line + 1) * line] = True
    share = memory.line_utilisation(stride * element, element, line)
    assert share == used.sum() / moved.sum()
    trace = memory.sweep_trace(size, stride * element)
    fetched = memory.simulate(CacheShape(line), trace.addresses)
    assert share == len(trace) * element / fetched.traffic.memory_bytes


def ticking(requests: int, latency: int, a_tick: int) -> float:
    """Requests served a tick when at most `requests` are under way, by a clock and a queue."""
    due: list[int] = []
    served, ticks = 0, 40 * latency
    for now in range(ticks):
        arrived = [when for when in due if when <= now]
        served += len(arrived)
        due = [when for when in due if when > now]
        issued = min(a_tick, requests - len(due))
        due += [now + latency] * issued
    return served / (ticks - latency)


@pytest.mark.parametrize("latency", [5, 20])
@pytest.mark.parametrize("a_tick", [1, 3])
def test_littles_law_against_a_clock_and_a_queue(latency: int, a_tick: int) -> None:
    needed = memory.bytes_in_flight(latency, a_tick)
    assert ticking(int(needed), latency, a_tick) == pytest.approx(a_tick)
    for requests in range(1, 2 * int(needed)):
        bound = memory.sustained_bytes_per_s(requests, latency, a_tick)
        served = ticking(requests, latency, a_tick)
        assert served <= bound + 1e-9
        # a queue that issues whole requests each tick loses less than one tick in a latency
        assert served >= bound * latency / (latency + 1) - 1e-9


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 500)), min_size=1, max_size=4))
def test_an_average_access_is_the_mean_over_accesses_that_are_followed_one_by_one(
    levels: list[tuple[int, int]],
) -> None:
    hits = [Fraction(tenths, 10) for tenths, _ in levels]
    costs = [cost for _, cost in levels] + [1000]
    total, reaching = Fraction(0), Fraction(10 ** len(levels))
    for hit, cost in zip([*hits, Fraction(1)], costs, strict=True):
        assert reaching.denominator == 1, "so many accesses get here"
        total += reaching * cost
        reaching -= reaching * hit
    mean = float(total / 10 ** len(levels))
    shares = [float(hit) for hit in hits]
    assert memory.average_access_s(costs, shares) == pytest.approx(mean)
    assert memory.average_access_j(costs, shares) == pytest.approx(mean)


def test_averages_take_many_hierarchies_at_once() -> None:
    shares = np.array([[0.0], [0.5], [1.0]])
    found = memory.average_access_s([1.0, 100.0], shares)
    assert np.asarray(found).tolist() == [101.0, 51.0, 1.0]
    assert memory.shares_reaching(shares).tolist() == [[1.0, 1.0], [1.0, 0.5], [1.0, 0.0]]


@given(small, small, small, small, st.booleans())
def test_tiled_traffic_against_a_program_that_moves_tiles(
    m: int, n: int, k: int, tile: int, fill: bool
) -> None:
    moved = {"A": 0, "B": 0, "C in": 0, "C out": 0}
    for i in range(0, m, tile):
        for j in range(0, n, tile):
            rows, columns = range(i, min(i + tile, m)), range(j, min(j + tile, n))
            moved["C in"] += len(rows) * len(columns) * fill
            for p in range(0, k, tile):
                inner = range(p, min(p + tile, k))
                moved["A"] += len(rows) * len(inner)
                moved["B"] += len(inner) * len(columns)
            moved["C out"] += len(rows) * len(columns)
    found = memory.tiled_matmul_traffic(m, n, k, tile, 2, write_allocate=fill)
    assert found.act_in == 2 * (moved["A"] + moved["C in"])
    assert found.weights == 2 * moved["B"]
    assert found.act_out == 2 * moved["C out"]


@pytest.mark.parametrize("tile", [4, 8, 16])
def test_the_trace_of_a_product_multiplies_matrices(tile: int) -> None:
    n, element = 16, 8
    trace = memory.matmul_trace(n, tile, element, padding=3)
    start = np.array([0, 4 * KIB, 8 * KIB])  # each padded matrix takes 16 * 19 * 8 bytes
    which = np.searchsorted(start, trace.addresses, side="right") - 1
    row, column = np.divmod((trace.addresses - start[which]) // element, n + 3)
    matrices = np.random.default_rng(3).integers(0, 9, (3, n, n))
    matrices[2] = 0
    total = left = 0
    for matrix, i, j, writing in zip(which, row, column, trace.writes, strict=True):
        assert writing == (matrix == 2)
        if matrix == 0:
            left = matrices[0, i, j]
        elif matrix == 1:
            total += left * matrices[1, i, j]
        else:
            matrices[2, i, j] += total
            total = 0
    assert np.array_equal(matrices[2], matrices[0] @ matrices[1])
    assert len(trace) == 2 * n**3 + n**3 // tile


def test_a_cache_that_holds_everything_moves_what_is_compulsory() -> None:
    trace = memory.matmul_trace(32, 8)
    found = memory.simulate(CacheShape(64 * KIB), trace.addresses, trace.writes)
    assert found.traffic.memory_bytes == 4 * 32 * 32 * 8  # A, B, and C in and out
    formula = memory.tiled_matmul_traffic(32, 32, 32, 32, 8, write_allocate=True)
    assert found.traffic.memory_bytes == formula.memory_bytes


@pytest.mark.parametrize("tile", [8, 16])
def test_a_cache_with_room_for_the_tiles_moves_no_more_than_the_formula(tile: int) -> None:
    n, room = 64, 5 * tile * tile * 8  # LRU keeps the last tiles of A and B a while longer
    trace = memory.matmul_trace(n, tile)
    found = memory.simulate(CacheShape(room), trace.addresses, trace.writes)
    formula = memory.tiled_matmul_traffic(n, n, n, tile, 8, write_allocate=True)
    assert 0.7 < found.traffic.memory_bytes / formula.memory_bytes <= 1.0


@pytest.mark.parametrize("held", [8, 99, 2024])
def test_the_lower_bound_is_kept_and_nearly_reached_by_a_tile_that_fills_the_memory(
    held: int,
) -> None:
    side = math.isqrt(held + 1) - 1  # side * side of C, a column of A, one number of B
    assert side * side + side + 1 <= held
    n = 60 * side
    loads = stores = 0
    for _ in range((n // side) ** 2):
        for _ in range(n):
            loads += side + side
        stores += side * side
    bound = memory.matmul_traffic_lower_bound_bytes(n, n, n, held, 1)
    assert bound <= loads + stores
    expected_ratio = math.sqrt(held) / side  # the leading terms
    assert (loads + stores) / bound < 1.03 * expected_ratio


@given(small, small, small, st.integers(1, 8))
def test_a_memory_that_holds_everything_still_moves_each_matrix_once(
    m: int, n: int, k: int, element: int
) -> None:
    bound = memory.matmul_traffic_lower_bound_bytes(m, n, k, 10**6, element)
    matrices = np.zeros((m, k)), np.zeros((k, n)), np.zeros((m, n))
    assert bound == element * sum(matrix.size for matrix in matrices)


@given(*(st.integers(8, 4096),) * 3, st.integers(4, 10**6))
def test_the_lower_bound_lies_above_the_older_one(m: int, n: int, k: int, held: int) -> None:
    # Irony, Toledo and Tiskin 2004, on one processor: m n k / (2 √2 √M) - M
    older = m * n * k / (2 * math.sqrt(2) * math.sqrt(held)) - held
    assert memory.matmul_traffic_lower_bound_bytes(m, n, k, held, 1) >= older


@pytest.mark.parametrize("n", [8, 16, 32])
@pytest.mark.parametrize("tile", [1, 2, 4, 8])
@pytest.mark.parametrize("lines", [4, 9, 64])
def test_no_simulated_product_beats_the_lower_bound(lines: int, tile: int, n: int) -> None:
    trace = memory.matmul_trace(n, tile)
    found = memory.simulate(CacheShape(64 * lines), trace.addresses, trace.writes)
    bound = memory.matmul_traffic_lower_bound_bytes(n, n, n, 64 * lines, 8)
    assert found.traffic.memory_bytes >= bound


@given(st.integers(3, 10**7))
def test_three_of_the_largest_tile_fit_and_three_larger_ones_do_not(elements: int) -> None:
    side = int(memory.largest_tile(4 * elements, 4))
    assert 3 * side**2 <= elements < 3 * (side + 1) ** 2


def h100_stores() -> tuple[Store, ...]:
    spector = "spector2024brrr"
    cores = int(published(spector, "h100_cores"))
    return (
        Store("registers", published("nvidia2022hopper", "core_register_bytes"), cores),
        Store("shared", published(spector, "h100_shared_bytes"), cores),
        Store("L2", chip("H100 SXM5 80GB").capacity_bytes("l2")),
        Store("DRAM", chip("H100 SXM5 80GB").capacity_bytes("dram")),
    )


def a100_shared() -> Store:
    dao = "dao2022flashattention"
    cores = int(published(dao, "a100_cores"))
    return Store("shared and L1", published(dao, "a100_core_sram_bytes"), cores)


# The id of a row is the oracle's; what it is and where it stands, in the comment.
@pytest.mark.parametrize(
    ("found", "expected", "tolerance"),
    [
        # 32 banks of 4 bytes in each of 108 cores at 1.41 GHz
        pytest.param(
            memory.sram_bytes_per_s(108, 32 * 4, 1.41e9), 19491840000000.0, 1e-9, id="MEM-01"
        ),
        # FlashAttention, section 2.1: 192 KB for each of 108 cores, and about 19 TB/s
        pytest.param(a100_shared().total_bytes / KIB, 20736, 0, id="MEM-02"),
        pytest.param(
            published("dao2022flashattention", "a100_sram_bandwidth")
            / published_range("dao2022flashattention", "a100_dram_bandwidth")[0],
            12.6666666666667,
            1e-6,
            id="MEM-03",
        ),
        # 65,536 registers of 4 bytes in each of 132 cores
        pytest.param(h100_stores()[0].total_bytes / KIB, 33792, 0, id="MEM-04"),
        # Han et al. 2015, Table 1: 640 pJ over 5 pJ for 32 bits
        pytest.param(
            published("han2015weights", "dram_32bit") / published("han2015weights", "sram_32bit"),
            128,
            1e-9,
            id="MEM-05",
        ),
        # Spector et al. 2024: 227 KB of shared memory for a block, 132 cores
        pytest.param(h100_stores()[1].total_bytes / KIB, 29964, 0, id="TK-04"),
        pytest.param(memory.sram_bytes_per_s(132, 128, 1.98e9), 33454080000000.0, 1e-9, id="TK-06"),
        # He 2022: 1.5 TB/s bring 375 billion numbers of fp32 a second; he rounds it to 400
        pytest.param(
            published("he2022brrr", "a100_bandwidth") / bytes_per_element("fp32"),
            375e9,
            1e-9,
            id="HE-04",
        ),
        # Groq's TSP (Abts et al. 2020): 88 slices of 20 tiles of 8192 words of 16 bytes
        pytest.param(Store("slice", 20 * 8192 * 16, 2 * 44).total_bytes / MIB, 220, 0, id="tsp-02"),
        # its bytes a clock, two banks of 320 bytes in each slice
        pytest.param(memory.sram_bytes_per_s(2 * 44, 2 * 320, 1), 56320, 0, id="tsp-04"),
        # 55 KiB a clock at 1 GHz: the product is 51.2 TiB/s, not 55, for 1e9 is no 2^30
        pytest.param(memory.sram_bytes_per_s(88, 2 * 320, 1e9) / TIB, 51.2, 1e-3, id="tsp-05"),
        # SambaNova SN40L: 1,040 units of 512 KiB
        pytest.param(Store("unit", 512 * KIB, 1040).total_bytes / MIB, 520, 0, id="sn-01"),
        # Graphcore GC200: 1,472 tiles of 624 KiB, sold as 900 MB
        pytest.param(Store("tile", 624 * KIB, 1472).total_bytes / MIB, 897, 1e-3, id="gc-01"),
        # Cerebras WSE-1: 24 bytes a clock in each core at 1 GHz; printed as 9 or 9.6 PB/s
        pytest.param(memory.sram_bytes_per_s(400_000, 24, 1e9), 9.6e15, 1e-9, id="cwp-02"),
        # Volkov's example: 800 cycles at 1.401 GHz and 177 GB/s, quoted as 100 KB
        pytest.param(memory.bytes_in_flight(800 / 1.401e9, 177e9), 101071, 1e-5, id="volk-01"),
        # the same for an A100: 404 ns and 1555 GB/s
        pytest.param(memory.bytes_in_flight(404e-9, 1555e9), 628.22e3, 1e-6, id="volk-08"),
        # Dettmers: 380 clocks to global memory, at the 1.41 GHz and 1555 GB/s of an A100
        pytest.param(
            memory.bytes_in_flight(published("dettmers2023gpu", "dram_latency") / 1.41e9, 1555e9),
            419_078.0,
            1e-6,
            id="det-05",
        ),
        # d-Matrix Corsair: 2 GB once at 150 TB/s
        pytest.param(chip("corsair").capacity_bytes("sram") / 150e12, 13.3333e-6, 1e-5, id="dm-02"),
    ],
)
def test_printed_figures(found: float, expected: float, tolerance: float) -> None:
    assert found == pytest.approx(expected, rel=tolerance, abs=0)


def test_the_h100_as_spector_lists_it() -> None:
    # TK-07: 132 cores, 80 GB, 50 MB of L2; the catalogue has the L2 in binary units
    spector, h100 = "spector2024brrr", chip("H100 SXM5 80GB")
    assert published(spector, "h100_cores") == 132
    assert h100.capacity_bytes("dram") == 80 * GB
    assert h100.capacity_bytes("l2") == pytest.approx(50 * MB, rel=0.05)
    # TK-05: ridges over DRAM, L2 and shared memory, from his rounded rates and 989 TFLOP/s
    rates = [published(spector, f"h100_{level}_bandwidth") for level in ("dram", "l2", "shared")]
    ridges = ridge_flop_per_byte(989e12, rates)
    assert np.asarray(ridges) == pytest.approx([329.6667, 82.4167, 29.9697], rel=1e-6)


def test_attention_as_written_moves_its_scores_four_times() -> None:
    # fa1-07, FlashAttention, algorithm 0: 4 N d + 4 N^2 elements a head for N = 1024, d = 64
    length, width = 1024, 64
    scores = memory.tiled_matmul_traffic(length, length, width, length, 1).memory_bytes
    result = memory.tiled_matmul_traffic(length, width, length, length, 1).memory_bytes
    softmax = 2 * length**2
    assert scores + softmax + result == 4_456_448


def test_han_halves_what_horowitz_prints_for_twice_the_bits() -> None:
    cache = published("horowitz2014energy", "cache_8kib_64bit")
    low, high = published_range("horowitz2014energy", "dram_64bit")
    assert published("han2015weights", "sram_32bit") == pytest.approx(cache / 2)
    assert published("han2015weights", "dram_32bit") == pytest.approx(low / 2, rel=0.02)
    assert low / cache > 100, "about a hundred in his figure, too"
    assert high == 2 * low


def test_the_catalogues_sram_is_cores_and_l2() -> None:
    a100 = chip("A100 80GB SXM")
    assert a100.capacity_bytes("sram") - a100.capacity_bytes("l2") == a100_shared().total_bytes
    clock_hz = 1.41e9
    assert a100.bytes_per_s("sram") == pytest.approx(memory.sram_bytes_per_s(108, 128, clock_hz))


@given(st.floats(1, 1e12), st.booleans())
def test_the_smallest_store_holds_it_and_no_smaller_one_does(size: float, split: bool) -> None:
    stores = h100_stores()
    found = memory.smallest_store(stores, size, split=split)
    rooms = [s.piece_bytes * (s.pieces if split else 1) for s in stores]
    fitting = [room for room in rooms if room >= size]
    assert (found.room_bytes(split=split) if found else None) == min(fitting, default=None)
    assert found == memory.smallest_store(reversed(stores), size, split=split)


def test_what_one_core_must_reach_does_not_fit_into_the_sum_of_all() -> None:
    size = 1 * MIB
    one, all_cores = (memory.smallest_store(h100_stores(), size, split=s) for s in (False, True))
    assert one is not None
    assert all_cores is not None
    assert (one.name, all_cores.name) == ("L2", "shared")


def test_sram_is_faster_and_smaller_than_the_dram_beside_it_in_every_chip() -> None:
    both = [c for c in load_chips().values() if {"sram", "dram"} <= set(c.bandwidths)]
    assert len(both) > 10
    for machine in both:
        assert machine.bytes_per_s("sram") > 4 * machine.bytes_per_s("dram")
        assert machine.capacity_bytes("sram") < machine.capacity_bytes("dram") / 50


def test_formulas_broadcast() -> None:
    sizes, strides = np.array([[64.0], [4096.0]]), np.array([8, 64, 128])
    assert np.shape(memory.sweep_misses(CacheShape(1024), sizes, strides)) == (2, 3)
    held = np.array([[1e3], [1e6]])
    bound = memory.matmul_traffic_lower_bound_bytes(64, 64, np.array([64, 128]), held, 2)
    assert np.shape(bound) == (2, 2)
    assert np.asarray(memory.largest_tile([3, 12, 27], 1)).tolist() == [1, 2, 3]
    moved = memory.tiled_matmul_traffic(64, 64, 64, np.array([16, 64]), 1).memory_bytes
    assert np.asarray(moved).tolist() == [9 * 4096, 3 * 4096]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CacheShape(1000), "capacity_bytes=1000 is not a multiple of the 64 bytes"),
        (lambda: CacheShape(1024, ways=3), "capacity_bytes=1024 is not a multiple of the 192"),
        (lambda: CacheShape(1024, ways=0), "ways=0 must be a whole number of at least 1"),
        (lambda: memory.simulate(CacheShape(64), []), r"addresses=\[\] is empty"),
        (lambda: memory.simulate(CacheShape(64), [-1]), r"addresses\[0\]=-1 must be a whole"),
        (lambda: memory.reuse_distances([1], 0), "line_bytes=0 must be a whole number"),
        (lambda: memory.sweep_misses(CacheShape(64), 64, 96), "stride_bytes / line_bytes=1.5"),
        (lambda: memory.sweep_trace(0, 8), "size_bytes=0 must be a whole number"),
        (lambda: memory.matmul_trace(10, 4), "tile=4 does not divide n=10"),
        (lambda: memory.matmul_trace(8, 4, padding=-1), "padding=-1 must be a whole number"),
        (lambda: memory.line_utilisation(6, 4, 64), "stride_bytes / element_bytes=1.5 must be"),
        (lambda: memory.shares_reaching(1.5), "hit_shares=1.5 must lie between 0 and 1"),
        (
            lambda: memory.average_access_s([1.0, 2.0], [0.5, 0.5]),
            "latencies_s has 2 levels, not one more than the 2 hit_shares",
        ),
        (lambda: memory.average_access_j([1.0, -2.0], 0.5), r"energies_j\[1\]=-2 must be"),
        (lambda: memory.bytes_in_flight(-1, 1), "latency_s=-1 must be finite and not negative"),
        (lambda: memory.sustained_bytes_per_s(1, 0, 1), "latency_s=0 must be finite and above"),
        (lambda: memory.sram_bytes_per_s(1.5, 1, 1), "cores=1.5 must be a whole number"),
        (lambda: memory.largest_tile(8, 4), "tile=0 must be a whole number of at least 1"),
        (lambda: memory.tiled_matmul_traffic(1, 1, 1, 0, 1), "tile=0 must be a whole number"),
        (
            lambda: memory.matmul_traffic_lower_bound_bytes(1, 1, 1, 0, 1),
            "capacity_bytes=0 must be finite and above zero",
        ),
        (lambda: Store("L2", 0), "L2: piece_bytes=0 must be finite and above zero"),
        (lambda: Store("L2", 1, 0), "L2: pieces=0 must be a whole number"),
        (lambda: memory.smallest_store((), -1), "size_bytes=-1 must be finite"),
    ],
)
def test_bad_input_carries_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_units_of_capacity_differ_by_what_they_should() -> None:
    # 20,736 KiB are 20.25 MiB and 21.2 MB; 20.7 is what mixing the prefixes gives
    total = a100_shared().total_bytes
    assert total / MIB == 20.25
    assert total / MB == pytest.approx(21.2, rel=2e-3)
    assert total / (KIB * 1e3) == pytest.approx(20.7, rel=2e-3)
    assert GIB > GB
