"""What would a profiler print?  Five of them, by the rules that their sources state.

The rules stand in `data/profilers.toml`, with the totals that the programs themselves printed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from hwmath.flops.layer import KINDS, Layer
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain, unknown

MULTIPLYING: Final = ("linear", "conv")
"""Kinds that every one of them finds however they are written.

A product written as a function (`@`, einsum, fused attention) is found by some and not by others.
"""


@dataclass(frozen=True, slots=True)
class Profiler:
    """A program that counts: its rules, and what it printed for `networks.PROFILED`.

    per_mac: what it adds for a MAC.  bias: kinds for which it adds one an output with a bias.
    each: what it adds for an element of a kind without a matrix product.
    Raises: ValueError for an unknown kind, or a `per_mac` that is neither 1 nor 2.
    Derived in: flops, "What would the profiler print?".
    """

    name: str
    version: str
    prints: str
    source: str
    where: str
    per_mac: int
    bias: tuple[str, ...]
    each: Mapping[str, int]
    printed: Mapping[str, int]

    def __post_init__(self) -> None:
        if self.per_mac not in (1, FLOP_PER_MAC):
            raise ValueError(f"{self.name}: per_mac={self.per_mac!r} is neither 1 nor 2")
        for kind in (*self.bias, *self.each):
            if kind not in KINDS:
                raise ValueError(f"{self.name}: {unknown('kind of layer', kind, KINDS)}")


def printed(profiler: Profiler | str, layers: Iterable[Layer]) -> Number:
    """The total that a profiler prints for a network in evaluation mode.

    Formula: sum over layers of per_mac M, plus biases where it counts them, plus `each` times the
    outputs of a layer without MACs
    Ignores: layers that are no modules, which each of them treats in its own way.
    Raises: ValueError for an unknown profiler, and for a layer whose total depends on how it is
    written (a product that is neither linear nor a convolution).
    Source: each profiler's own, in `Profiler.where`.
    Derived in: flops, "What would the profiler print?".

    >>> from hwmath.flops.networks import perceptron
    >>> mlp = perceptron(10, 20, 15, 1)
    >>> [printed(name, mlp) for name in ("thop", "ptflops", "flopcounter")]
    [515.0, 551.0, 1030.0]
    """
    if isinstance(profiler, str):
        if profiler not in PROFILERS:
            raise ValueError(unknown("profiler", profiler, PROFILERS))
        profiler = PROFILERS[profiler]
    total: Number = 0.0
    for layer in layers:
        if np.any(layer.macs) and layer.kind not in MULTIPLYING:
            raise ValueError(f"{layer.kind!r}: its total depends on how the layer is written")
        biases = layer.biases if layer.kind in profiler.bias else 0.0
        each = profiler.each.get(layer.kind, 0)
        total = total + profiler.per_mac * layer.macs + biases + each * layer.outputs
    return plain(total)


def _read() -> Mapping[str, Profiler]:
    text = (files("hwmath") / "data" / "profilers.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: _profiler(row) for key, row in tomllib.loads(text).items()})


def _profiler(row: Mapping[str, Any]) -> Profiler:
    tables = {name: MappingProxyType(row[name]) for name in ("each", "printed")}
    return Profiler(**{**row, **tables, "bias": tuple(row["bias"])})


PROFILERS: Final = _read()
