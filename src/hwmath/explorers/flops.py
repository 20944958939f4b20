"""The explorer of counting: a kernel slides over a picture, and profilers say what that was."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from hwmath import flops
from hwmath.explorers import Explorer
from hwmath.tables import Table
from hwmath.units import format_number, format_si

START: Final[Mapping[str, int]] = MappingProxyType(
    {
        "height": 56,
        "width": 56,
        "channels": 64,
        "kernel": 3,
        "stride": 1,
        "padding": 1,
        "dilation": 1,
        "groups": 1,
        "bias": 1,
    }
)
"""What a reader finds: a layer with a relu behind it."""

STOPS: Final[Mapping[str, list[int]]] = MappingProxyType(
    {
        "height": [16, 28, 32, 56, 64, 112, 128, 224],
        "width": [16, 28, 32, 56, 64, 112, 128, 224],
        "channels": [8, 16, 32, 64, 128, 256, 512],
        "kernel": [1, 2, 3, 4, 5, 7],
        "stride": [1, 2, 3, 4],
        "padding": [0, 1, 2, 3, 4],
        "dilation": [1, 2],
    }
)
"""Where its sliders stand; every kernel fits into every picture."""

SHORT: Final[Mapping[str, str]] = MappingProxyType({"FlopCounterMode": "torch"})
"""Names that would not fit under a bar."""

HEADERS: Final = ("profiler", "prints", "a MAC is", "for biases", "for the relu")


def explorer() -> Explorer:
    """Rules of the profilers for the script; for the table, what they print of one layer."""
    layer = flops.conv(
        (START["height"], START["width"]),
        START["channels"],
        START["channels"],
        START["kernel"],
        padding=START["padding"],
    )
    return Explorer(
        label="Convolution counter",
        data={
            "start": dict(START),
            "stops": dict(STOPS),
            "profilers": [_rules(profiler) for profiler in flops.PROFILERS.values()],
        },
        caption=f"What profilers print for {format_si(float(layer.macs), 'MAC')}, "
        f"{format_si(float(layer.flop), 'FLOP')}, with a bias and a relu",
        table=Table(HEADERS, list(_rows(layer))),
        height_rem=(64, 81),
    )


def _rules(profiler: flops.Profiler) -> dict[str, object]:
    """What a profiler adds for a convolution with a bias and the relu behind it."""
    return {
        "name": SHORT.get(profiler.name, profiler.name),
        "perMac": profiler.per_mac,
        "perBias": int("conv" in profiler.bias),
        "perRelu": profiler.each.get("relu", 0),
    }


def _rows(layer: flops.Layer) -> Iterator[tuple[str, ...]]:
    relu = flops.activation(layer.outputs, "relu")
    bare = dataclasses.replace(layer, biases=0.0)
    for profiler in flops.PROFILERS.values():
        total = float(flops.printed(profiler, [layer, relu]))
        biases = float(flops.printed(profiler, [layer])) - float(flops.printed(profiler, [bare]))
        yield (
            SHORT.get(profiler.name, profiler.name),
            format_si(total, ""),
            format_number(profiler.per_mac),
            format_si(biases, ""),
            format_si(float(flops.printed(profiler, [relu])), ""),
        )
