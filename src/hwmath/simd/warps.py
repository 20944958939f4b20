"""Warps: lanes that share one instruction stream.  What branches and loops make them issue.

A warp issues an instruction when at least one of its lanes needs it; the other lanes wait,
masked.  Arrays have the lanes of a warp along their last axis; other axes are warps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.validate import FloatArray, Number, non_negative, plain, whole

WARP_LANES: Final = 32
"""Threads of a warp on Nvidia's GPUs."""


@dataclass(frozen=True, slots=True, eq=False)
class Issued:
    """What warps issued: `instructions`, and `useful` lane slots, in which a lane was not masked.

    Two add: one piece of the program after the other.
    Derived in: simd, "Branches".
    """

    instructions: Number
    useful: Number
    lanes: int

    @property
    def utilisation(self) -> Number:
        """Useful share of all lane slots of all warps; 1 where nothing was issued."""
        slots = self.lanes * float(np.sum(self.instructions))
        return float(np.sum(self.useful)) / slots if slots else 1.0

    def __add__(self, other: Issued) -> Issued:
        if not isinstance(other, Issued):
            return NotImplemented
        if self.lanes != other.lanes:
            raise ValueError(f"lanes={self.lanes} and lanes={other.lanes} do not add")
        return Issued(
            plain(np.add(self.instructions, other.instructions)),
            plain(np.add(self.useful, other.useful)),
            self.lanes,
        )


def by_warp(values: ArrayLike, lanes: int = WARP_LANES) -> NDArray[Any]:
    """Values of threads in a row, cut into warps: the lanes become the last axis.

    Raises: ValueError unless the threads fill their warps.
    Source: Nvidia 2024, CUDA C++ Programming Guide, "SIMT Architecture".
    Derived in: simd, "Branches".

    >>> by_warp(range(64)).shape
    (2, 32)
    """
    array = np.asarray(values)
    whole("lanes", lanes)
    if array.ndim == 0 or array.shape[-1] % lanes:
        raise ValueError(f"values of shape {array.shape} do not fill warps of {lanes} lanes")
    return array.reshape(*array.shape[:-1], -1, lanes)


def switch(case_of_lane: ArrayLike, instructions: ArrayLike) -> Issued:
    """Issue every case that a lane takes, one after the other.

    Symbols: c = case of each lane, t = instructions of each case
    Formula: sum over cases of t_c [some lane takes c]
    Ignores: the instructions that decide, and cases that a compiler turns into selects.
    Raises: ValueError unless cases are whole and there is one number of instructions for each.
    Source: Nvidia 2024, CUDA C++ Programming Guide, "SIMT Architecture".
    Derived in: simd, "Branches".

    >>> switch([[0, 0, 1, 2]], [10, 5, 1]).instructions.tolist()
    [16.0]
    """
    each = non_negative("instructions", instructions)
    case = whole("case_of_lane", _lanes("case_of_lane", case_of_lane), least=0)
    if each.ndim != 1 or case.max() >= len(each):
        raise ValueError(f"case_of_lane={case.max():g} has no entry in instructions={each}")
    takers = (case[..., None] == np.arange(len(each))).sum(axis=-2)
    return Issued(
        plain(((takers > 0) * each).sum(axis=-1)),
        plain((takers * each).sum(axis=-1)),
        case.shape[-1],
    )


def branch(taken: ArrayLike, if_instructions: float, else_instructions: float = 0.0) -> Issued:
    """Issue both sides of a branch, unless all lanes of the warp go the same way.

    Symbols: p = whether each lane takes it, t_if, t_else = instructions of the two sides
    Formula: t_if [some lane takes it] + t_else [some lane does not]
    Ignores, raises and source: as `switch`.  Raises: TypeError unless `taken` is true or false.
    Derived in: simd, "Branches".

    >>> mixed = branch([[True, False, False, False]], 10, 10)
    >>> mixed.instructions.tolist(), mixed.utilisation
    ([20.0], 0.5)
    """
    mask = np.asarray(taken)
    if mask.dtype != bool:
        raise TypeError(f"taken={taken!r} is not an array of true and false")
    return switch(np.where(mask, 0.0, 1.0), [if_instructions, else_instructions])


def loop(trips: ArrayLike, instructions: float) -> Issued:
    """Issue the body as often as the lane that goes round most often.

    Symbols: n = trips of each lane, t = instructions of one trip
    Formula: t max over lanes of n
    Ignores: the instructions that count.
    Raises: ValueError unless trips are whole and at least zero.
    Source: Nvidia 2024, CUDA C++ Programming Guide, "SIMT Architecture".
    Derived in: simd, "Loops".

    >>> uneven = loop([[1, 1, 1, 5]], 10)
    >>> uneven.instructions.tolist(), uneven.utilisation
    ([50.0], 0.4)
    """
    each = non_negative("instructions", instructions)
    count = whole("trips", _lanes("trips", trips), least=0)
    return Issued(
        plain(count.max(axis=-1) * each), plain(count.sum(axis=-1) * each), count.shape[-1]
    )


def _lanes(name: str, values: ArrayLike) -> FloatArray | ArrayLike:
    if np.ndim(values) == 0 or np.shape(values)[-1] == 0:
        raise ValueError(f"{name}={values!r} has no lanes")
    return values
