"""The explorer of a cache: its table against the simulator, its choices against what can be."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from hwmath.explorers import load
from hwmath.explorers.memory import CACHE, CAPACITIES, LINES, STRIDES, TIMES, WAYS, caption, rows
from hwmath.memory import CacheShape, simulate, sweep_trace
from hwmath.units import format_si


def test_every_choice_makes_a_cache() -> None:
    for capacity, line, ways in itertools.product(CAPACITIES, LINES, WAYS):
        assert CacheShape(capacity, line, ways).sets >= 1
    start: Any = load("memory").data["start"]
    assert start["capacityBytes"] in CAPACITIES
    assert (start["lineBytes"] in LINES, start["ways"] in WAYS) == (True, True)
    assert start["strideBytes"] in STRIDES


@pytest.mark.parametrize("ways", [1, 4, None])
@pytest.mark.parametrize("stride", [8, 128, 4096])
def test_the_table_is_what_the_simulator_counts(ways: int | None, stride: int) -> None:
    cache = CacheShape(4096, line_bytes=64, ways=ways)
    found = list(rows(cache, stride))
    assert len(found) == len(TIMES)
    for times, row in zip(TIMES, found, strict=True):
        trace = sweep_trace(int(times * cache.capacity_bytes), stride).addresses
        twice = sweep_trace(int(times * cache.capacity_bytes), stride, times=2).addresses
        misses = simulate(cache, twice).misses - simulate(cache, trace).misses
        assert row[1:3] == (f"{len(trace):,}", f"{misses:,}")
        assert row[-1] == format_si(64.0 * misses, "B")


def test_captions_say_which_cache() -> None:
    assert load("memory").caption == caption(CACHE, 64)
    assert "one set" in caption(CacheShape(4096), 8)
    assert "1 way," in caption(CacheShape(4096, ways=1), 8)
    assert "used: 12.5 %" in caption(CacheShape(4096), 4096)
