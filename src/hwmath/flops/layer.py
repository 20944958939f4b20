"""A layer as numbers: multiply-accumulates, other FLOP, parameters, elements in and out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from numpy.typing import ArrayLike

from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, non_negative, plain, positive, unknown, whole
from hwmath.work import Traffic, Work

KINDS: Final = (
    "linear",
    "conv",
    "product",
    "attention",
    "layer_norm",
    "rms_norm",
    "batch_norm",
    "relu",
    "gelu",
    "silu",
    "embedding",
)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one layer computes, holds and touches.  Its numbers may be arrays, for a sweep.

    macs: multiply-accumulates.  sums: how many separate sums they run into; the first addition of
    each is onto zero, or onto a bias.  biases: how many of those sums begin at a bias.
    other_flop: FLOP outside of any MAC.  parameters: numbers it has learnt; `read_parameters`
    those it reads, where that is not all.  inputs, outputs: elements.
    Raises: ValueError for an unknown kind, and for a negative or non-finite count.
    Derived in: flops, "MAC and FLOP".

    >>> layer = linear(10, 20)
    >>> layer.macs, layer.flop, layer.parameters
    (200.0, 400.0, 220.0)
    """

    kind: str
    macs: Number = 0.0
    sums: Number = 0.0
    biases: Number = 0.0
    other_flop: Number = 0.0
    parameters: Number = 0.0
    read_parameters: Number | None = None
    inputs: Number = 0.0
    outputs: Number = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(unknown("kind of layer", self.kind, KINDS))
        if self.read_parameters is None:
            object.__setattr__(self, "read_parameters", self.parameters)
        for field in dataclasses.fields(self)[1:]:
            checked = plain(non_negative(field.name, getattr(self, field.name)))
            object.__setattr__(self, field.name, checked)

    @property
    def flop(self) -> Number:
        """Work by the convention: two FLOP a MAC, whether the first addition does anything or not.

        Formula: W = 2 M + other FLOP
        """
        return FLOP_PER_MAC * self.macs + self.other_flop

    @property
    def exact_flop(self) -> Number:
        """Additions and multiplications that cannot be left out: an addition onto zero can.

        Formula: 2 M - sums + biases + other FLOP; for a linear layer without bias (2 I - 1) O.
        """
        return self.flop - self.sums + self.biases

    def work(self, element_bytes: ArrayLike) -> Work:
        """The layer as `Work`: MACs on the matrix units, other FLOP on the vector units.

        Traffic is compulsory: read parameters and inputs once in, outputs once out, all in elements
        of one size.
        Raises: ValueError unless element_bytes is above zero.
        """
        e = positive("element_bytes", element_bytes)
        flop = {"matrix": FLOP_PER_MAC * self.macs, "vector": self.other_flop}
        read = 0.0 if self.read_parameters is None else self.read_parameters
        traffic = Traffic(weights=read * e, act_in=self.inputs * e, act_out=self.outputs * e)
        return Work(self.kind, flop, traffic)


def linear(d_in: ArrayLike, d_out: ArrayLike, *, batch: ArrayLike = 1, bias: bool = True) -> Layer:
    """A fully connected layer: `batch` rows of d_in numbers become rows of d_out.

    Symbols: B = batch, I = d_in, O = d_out
    Formula: M = B I O.  Parameters: I O, and O with a bias.
    Ignores: nothing by the convention; a bias is where each sum begins.
    Raises: ValueError unless the sizes are whole and at least one.
    Source: Shaik 2023, the linear layers.  Derived in: flops, "A layer by hand".

    >>> linear(10, 20, bias=False).exact_flop, linear(10, 20).exact_flop
    (380.0, 400.0)
    """
    i, o, b = whole("d_in", d_in), whole("d_out", d_out), whole("batch", batch)
    return Layer(
        "linear",
        macs=b * i * o,
        sums=b * o,
        biases=b * o * bias,
        parameters=i * o + o * bias,
        inputs=b * i,
        outputs=b * o,
    )
