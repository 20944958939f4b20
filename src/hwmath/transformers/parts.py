"""What a pass is made of: an operator with its term and number, and how simple ones are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwmath.transformers.run import Formats
from hwmath.transformers.shapes import Block
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain
from hwmath.work import Traffic, Work


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One operator of a pass: its work in one layer, and how many layers have it.

    `term` is one of `flop.TERMS`, or "elementwise"; `block` is None outside of the layers.
    """

    name: str
    term: str
    block: Block | None
    layers: int
    work: Work

    @property
    def total(self) -> Work:
        """Its work in all layers that have it."""
        return self.layers * self.work


def linear(
    name: str,
    term: str,
    inputs: int,
    outputs: int,
    tokens: Number,
    formats: Formats,
    copies: Number | None = None,
) -> Operator:
    """A matrix that `tokens` vectors are multiplied with; without any, nothing moves.

    `copies` matrices of that shape are read (None: one), of which each vector meets one.
    Formula: 2 T I O; bytes I O (weights), T I (in), T O (out)
    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    elements, act = float(inputs * outputs), formats.activation_bytes
    read = elements * formats.weight_bytes * (ran(tokens) if copies is None else copies)
    traffic = Traffic(
        weights=read, act_in=tokens * (inputs * act), act_out=tokens * (outputs * act)
    )
    work = Work(name, {"matrix": FLOP_PER_MAC * tokens * elements}, traffic)
    return Operator(name, term, None, 1, work)


def vector(
    name: str, term: str, flop: Number, read: Number, written: Number, formats: Formats
) -> Operator:
    """An operator on the vector units, which reads and writes elements of activations.

    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    act = formats.activation_bytes
    traffic = Traffic(act_in=read * act, act_out=written * act)
    return Operator(name, term, None, 1, Work(name, {"vector": flop}, traffic))


def ran(tokens: Number) -> Number:
    """1 where there is a token at all, else 0.

    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    return plain(np.asarray(tokens) > 0)
