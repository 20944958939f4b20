"""The explorer of the hardware lottery: five ideas, and a machine whose rates a reader turns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from hwmath.explorers import Explorer
from hwmath.introduction.lottery import IDEAS, Machine, phases_s, rank_ideas
from hwmath.tables import Table
from hwmath.units import TERA, format_number, format_si, format_time

MACHINE: Final = Machine("a chip of today", 60 * TERA, 3 * TERA, 32, 16 * 60 * TERA)
"""What a reader finds: round rates, near those of an H100."""

HEADERS: Final = ("idea", "on paper", "time, at least", "of the winner's speed", "what binds")


def explorer() -> Explorer:
    """The ideas for the script, and the machine to begin with; for the table, their times on it."""
    return Explorer(
        label="Hardware lottery explorer",
        data={
            "start": {
                "lanes": MACHINE.lanes,
                "vectorFlopPerS": MACHINE.vector_flop_per_s,
                "matrixFactor": MACHINE.matrix_flop_per_s / MACHINE.vector_flop_per_s,
                "bytesPerS": MACHINE.bytes_per_s,
                "density": next(idea.density for idea in IDEAS if idea.density < 1),
            },
            "ideas": [
                {
                    "name": idea.name,
                    "matrixFlop": idea.matrix_flop,
                    "vectorFlop": idea.vector_flop,
                    "branchyFlop": idea.branchy_flop,
                    "movedBytes": idea.moved_bytes,
                    "density": idea.density,
                }
                for idea in IDEAS
            ],
        },
        caption=f"Five made-up ideas on lanes of {format_si(MACHINE.vector_flop_per_s, 'FLOP/s')}, "
        f"matrix units of {format_si(MACHINE.matrix_flop_per_s, 'FLOP/s')} "
        f"and a memory of {format_si(MACHINE.bytes_per_s, 'B/s')}",
        table=Table(HEADERS, list(rows(MACHINE, IDEAS[1].density))),
        height_rem=(47, 53),
    )


def rows(machine: Machine, density: float) -> Iterator[tuple[str, ...]]:
    """The ideas on a machine, in their order, the sparse one with a density of its own."""
    ideas = [
        dataclasses.replace(idea, density=density) if idea.density < 1 else idea for idea in IDEAS
    ]
    fastest_s = rank_ideas(ideas, machine)[0][1]
    for idea in ideas:
        phases = phases_s(idea, machine)
        binds = max(phases, key=lambda name: phases[name])
        yield (
            idea.name,
            format_si(idea.useful_flop, "FLOP"),
            format_time(phases[binds]),
            f"{format_number(100 * fastest_s / phases[binds], 2)} %",
            binds,
        )
