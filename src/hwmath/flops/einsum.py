"""Any product that index notation can write: `einsum` read and counted."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hwmath.flops.layer import Layer
from hwmath.validate import FloatArray, whole


def einsum(subscripts: str, *shapes: Sequence[ArrayLike]) -> Layer:
    """The count of `numpy.einsum(subscripts, ...)` for operands of these shapes.

    Operands are contracted in pairs, from left to right; an index is summed in the step that sees
    it last.  A step loops over every index of its two operands.  Where it sums, each turn is a MAC;
    where it does not, a lone multiplication.  A single operand is only added up.
    Symbols: for each step, N = product of the sizes of all its indices
    Formula: M = sum of N over the steps that sum; other FLOP = N of the others
    Ignores: better orders (write the operands in another order to count one), and sums that could
    be taken before the product.  Results between steps are not traffic.
    Raises: ValueError for a string that is no einsum, an ellipsis, shapes that do not fit it, and
    sizes that are not whole.
    Source: NumPy's documentation of einsum for the notation.  Derived in: flops, "Any product".

    >>> einsum("mk,kn->mn", (512, 1024), (1024, 4096)).flop
    4294967296.0
    >>> [einsum("i,j->ij", (3,), (4,)).flop, einsum("ii", (5, 5)).flop]
    [12.0, 5.0]
    """
    inputs, output = _parse(subscripts, len(shapes))
    sizes = _sizes(inputs, shapes)

    def volume(indices: str) -> FloatArray:
        return math.prod((sizes[i] for i in indices), start=np.ones(()))

    macs = sums = lone = np.zeros(())
    done, rest = inputs[0], inputs[1:]
    if not rest and set(done) - set(output):
        lone, sums = volume(_unique(done)), volume(output)
    while rest:
        looped = _unique(done + rest[0])
        rest = rest[1:]
        done = "".join(i for i in looped if i in output or any(i in other for other in rest))
        if len(done) < len(looped):
            macs, sums = macs + volume(looped), sums + volume(done)
        else:
            lone = lone + volume(looped)
    elements = sum((volume(operand) for operand in inputs), start=np.zeros(()))
    return Layer(
        "product",
        macs=macs,
        sums=sums,
        other_flop=lone,
        inputs=elements,
        outputs=volume(output),
    )


def _parse(subscripts: str, operands: int) -> tuple[list[str], str]:
    """The indices of each operand and of the result; without an arrow, NumPy's rule for them."""
    text = subscripts.replace(" ", "")
    if "." in text:
        raise ValueError(f"subscripts={subscripts!r} has an ellipsis; write its indices out")
    left, arrow, output = text.partition("->")
    inputs = left.split(",")
    if not arrow:
        output = "".join(sorted(i for i in set(left) - {","} if left.count(i) == 1))
    strange = set("".join(inputs) + output) - set(string.ascii_letters)
    if strange:
        raise ValueError(f"subscripts={subscripts!r} has {min(strange)!r}, which is no index")
    if len(inputs) != operands:
        raise ValueError(f"subscripts={subscripts!r} has {len(inputs)} operands, not {operands}")
    for index in output:
        if index not in left or output.count(index) > 1:
            raise ValueError(f"subscripts={subscripts!r}: the result cannot have index {index!r}")
    return inputs, output


def _sizes(inputs: list[str], shapes: Sequence[Sequence[ArrayLike]]) -> dict[str, FloatArray]:
    sizes: dict[str, FloatArray] = {}
    for indices, shape in zip(inputs, shapes, strict=True):
        if len(indices) != len(shape):
            raise ValueError(f"shape={tuple(shape)} has {len(shape)} sizes for indices {indices!r}")
        for index, size in zip(indices, shape, strict=True):
            found = whole(f"size of index {index}", size)
            if np.any(sizes.setdefault(index, found) != found):
                raise ValueError(f"index {index!r} has two sizes, {sizes[index]} and {found}")
    return sizes


def _unique(indices: str) -> str:
    return "".join(dict.fromkeys(indices))
