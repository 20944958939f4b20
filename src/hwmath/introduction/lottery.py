"""The hardware lottery as arithmetic: how long an idea takes on a machine, and which one wins.

An `Idea` is what a computation computes, by kind, and what it moves; a `Machine` is the rates of
its units.  The ranking is that of lower bounds from the roofline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from hwmath.chips import Chip
from hwmath.roofline import time_lower_bound_s
from hwmath.units import GIGA, MEGA
from hwmath.validate import Number, fraction, non_negative, plain, positive, whole
from hwmath.work import Traffic, Work


@dataclass(frozen=True, slots=True)
class Idea:
    """A way to do a job: FLOP by kind, and bytes.

    `matrix_flop` are those of matrix products with every zero counted; of them a share `density`
    is not about zeros.  `vector_flop` do one thing to many numbers; in `branchy_flop` each number
    takes a path of its own, so that one lane of an instruction is of use.
    Raises: ValueError for a negative number, or a density that is not above zero and at most one.
    Derived in: introduction, "The hardware lottery".
    """

    name: str
    matrix_flop: float = 0.0
    vector_flop: float = 0.0
    branchy_flop: float = 0.0
    moved_bytes: float = 0.0
    density: float = 1.0

    def __post_init__(self) -> None:
        for kind in ("matrix_flop", "vector_flop", "branchy_flop", "moved_bytes"):
            non_negative(f"{self.name}: {kind}", getattr(self, kind))
        positive(f"{self.name}: density", self.density)
        fraction(f"{self.name}: density", self.density)

    @property
    def useful_flop(self) -> float:
        """FLOP that are not about a zero: what the idea costs on paper."""
        return self.matrix_flop * self.density + self.vector_flop + self.branchy_flop


@dataclass(frozen=True, slots=True)
class Machine:
    """Rates of a machine; `lanes` numbers go through one instruction of its vector units.

    `matrix_flop_per_s` zero stands for a machine without matrix units.
    Raises: ValueError for a rate out of range, or lanes that are no whole number.
    Derived in: introduction, "The hardware lottery".
    """

    name: str
    vector_flop_per_s: float
    bytes_per_s: float
    lanes: float = 1.0
    matrix_flop_per_s: float = 0.0

    def __post_init__(self) -> None:
        positive(f"{self.name}: vector_flop_per_s", self.vector_flop_per_s)
        positive(f"{self.name}: bytes_per_s", self.bytes_per_s)
        whole(f"{self.name}: lanes", self.lanes)
        non_negative(f"{self.name}: matrix_flop_per_s", self.matrix_flop_per_s)

    @classmethod
    def of_chip(cls, chip: Chip, dtype: str, vector_dtype: str, lanes: int) -> Self:
        """A chip of the catalogue; without matrix units where it states no peak for `dtype`.

        Raises: ValueError where the chip states no vector peak or no bandwidth.
        """
        matrix = chip.peak_flop_per_s(dtype, "matrix") if chip.has_peak(dtype, "matrix") else 0.0
        vector = chip.peak_flop_per_s(vector_dtype, "vector")
        return cls(chip.name, vector, chip.bytes_per_s("dram"), lanes, matrix)


IDEAS: Final = (
    Idea("dense network", matrix_flop=400 * GIGA, vector_flop=GIGA, moved_bytes=800 * MEGA),
    Idea("sparse network", 500 * GIGA, vector_flop=GIGA, moved_bytes=200 * MEGA, density=0.08),
    Idea("capsules", matrix_flop=60 * GIGA, vector_flop=60 * GIGA, moved_bytes=3 * GIGA),
    Idea("table lookup", vector_flop=4 * GIGA, moved_bytes=20 * GIGA),
    Idea("tree search", branchy_flop=2 * GIGA, moved_bytes=100 * MEGA),
)
"""Five ways to do one job: made up, each of a kind that there is; no system was measured."""

UNIT_NAMES: Final = {"matrix": "matrix units", "vector": "lanes"}


def ways(idea: Idea, machine: Machine) -> tuple[Work, ...]:
    """The ways in which a machine can do an idea: all zeros on matrix units, or none on lanes.

    On lanes a branchy FLOP takes a whole instruction, so it is charged for all lanes.
    Ignores: the indices that tell where a sparse matrix is not zero, and matrix units that skip
    zeros in a fixed pattern.
    Raises: nothing of its own.
    Source: Hooker 2020 names the mechanisms; the model is ours.
    Derived in: introduction, "The hardware lottery".

    >>> [work.flop for work in ways(IDEAS[1], Machine("lanes alone", 1e12, 1e11))]
    [41000000000.0]
    """
    lanes_flop = idea.vector_flop + machine.lanes * idea.branchy_flop
    traffic = Traffic(act_in=idea.moved_bytes)
    on_lanes = Work(idea.name, {"vector": lanes_flop + idea.density * idea.matrix_flop}, traffic)
    if not machine.matrix_flop_per_s:
        return (on_lanes,)
    return Work(idea.name, {"matrix": idea.matrix_flop, "vector": lanes_flop}, traffic), on_lanes


def phases_s(idea: Idea, machine: Machine) -> dict[str, float]:
    """Seconds of each unit, and of memory, in the best way to do an idea; they overlap.

    Formula: W_matrix / π_matrix, W_vector / π_vector and D / β of the way whose longest is least
    Ignores: latency, dispatch, and whatever a bound ignores.
    Raises: nothing of its own.
    Source: as `idea_time_s`.  Derived in: introduction, "The hardware lottery".

    >>> phases_s(IDEAS[4], Machine("toy", vector_flop_per_s=1e12, bytes_per_s=1e11, lanes=32))
    {'lanes': 0.064, 'memory': 0.001}
    """
    return min((_phases_s(way, machine) for way in ways(idea, machine)), key=_longest_s)


def idea_time_s(idea: Idea, machine: Machine) -> float:
    """A lower bound on the seconds an idea takes on a machine: the best of its ways.

    Formula: min over ways of max(W_matrix / π_matrix, W_vector / π_vector, D / β)
    Ignores: latency, dispatch, and whatever a bound ignores.
    Raises: nothing of its own.
    Source: Hooker 2020 for the thesis, the roofline for the time.
    Derived in: introduction, "The hardware lottery".

    >>> idea_time_s(Idea("product", matrix_flop=1e12), Machine("toy", 1e12, 1e12, 32, 1e13))
    0.1
    """
    return _longest_s(phases_s(idea, machine))


def rank_ideas(ideas: Iterable[Idea], machine: Machine) -> list[tuple[Idea, float]]:
    """Ideas with their times on a machine, fastest first; ties keep the order given.

    Raises: ValueError where there is no idea.
    Source: Hooker 2020 for the thesis.  Derived in: introduction, "The hardware lottery".

    >>> [idea.name for idea, _ in rank_ideas(IDEAS, Machine("one lane", 1e10, 1e10))][0]
    'tree search'
    """
    timed = [(idea, idea_time_s(idea, machine)) for idea in ideas]
    if not timed:
        raise ValueError("ideas is empty: there is nothing to rank")
    return sorted(timed, key=lambda pair: pair[1])


def break_even_density(vector_flop_per_s: ArrayLike, matrix_flop_per_s: ArrayLike) -> Number:
    """The share of non-zeros below which skipping zeros beats multiplying them on matrix units.

    Formula: d* = π_vector / π_matrix, and no more than one
    Ignores: traffic, and the work of finding the non-zeros, which lowers it.
    Raises: ValueError unless both rates are finite and above zero.
    Source: He 2022 for the quotient of the rates; the formula is derived here.
    Derived in: introduction, "The hardware lottery".

    >>> break_even_density(19.5e12, 312e12)
    0.0625
    """
    vector = positive("vector_flop_per_s", vector_flop_per_s)
    return plain(np.minimum(1.0, vector / positive("matrix_flop_per_s", matrix_flop_per_s)))


def _phases_s(work: Work, machine: Machine) -> dict[str, float]:
    rates = {"matrix": machine.matrix_flop_per_s, "vector": machine.vector_flop_per_s}
    phases = {
        UNIT_NAMES[unit]: float(time_lower_bound_s(flop, 0.0, rates[unit], machine.bytes_per_s))
        for unit, flop in work.flop_by_unit.items()
    }
    moved = work.traffic.memory_bytes
    return phases | {"memory": float(np.asarray(moved)) / machine.bytes_per_s}


def _longest_s(phases: Mapping[str, float]) -> float:
    return max(phases.values())
