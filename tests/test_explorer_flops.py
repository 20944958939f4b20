"""The explorer of counting: the rules its script is given, and the table it begins with."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from hwmath import flops
from hwmath.explorers import load
from hwmath.explorers.flops import START, STOPS
from hwmath.units import format_si

DATA: Any = load("flops").data


def test_every_profiler_is_there_with_its_rules() -> None:
    given = DATA["profilers"]
    assert len({one["name"] for one in given}) == len(given) == len(flops.PROFILERS)
    # a convolution of one weight over one pixel: one MAC, one bias, one relu
    layer, bare = (flops.conv((1, 1), 1, 1, 1, bias=bias) for bias in (True, False))
    relu = flops.activation(1, "relu")
    for one, profiler in zip(given, flops.PROFILERS.values(), strict=True):
        assert one["perMac"] == flops.printed(profiler, [bare])
        assert one["perMac"] + one["perBias"] == flops.printed(profiler, [layer])
        assert one["perRelu"] == flops.printed(profiler, [relu])


def test_every_kernel_fits_into_every_picture_and_channels_into_groups() -> None:
    shapes = itertools.product(STOPS["height"] + STOPS["width"], STOPS["kernel"], STOPS["dilation"])
    for size, kernel, dilation in shapes:
        assert dilation * (kernel - 1) < size
    assert all(channels % 4 == 0 for channels in STOPS["channels"])
    for name, stops in STOPS.items():
        assert START[name] in stops


@pytest.mark.parametrize("row", load("flops").table.rows)
def test_a_row_of_the_table_is_a_sum(row: tuple[str, ...]) -> None:
    # 56 x 56 places, 64 x 64 pairs of channels, nine weights
    macs, outputs = 56 * 56 * 64 * 64 * 9, 56 * 56 * 64
    rules = next(one for one in DATA["profilers"] if one["name"] == row[0])
    extra = (rules["perBias"] * outputs, rules["perRelu"] * outputs)
    assert row[1] == format_si(rules["perMac"] * macs + sum(extra), "")
    assert row[3:] == tuple(format_si(one, "") for one in extra)
