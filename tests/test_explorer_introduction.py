"""The explorer of the hardware lottery: its ideas, its machine, and its table."""

from __future__ import annotations

from typing import Any

import pytest

from hwmath.explorers import load
from hwmath.explorers.introduction import MACHINE, rows
from hwmath.introduction.lottery import IDEAS, Machine, idea_time_s, phases_s
from hwmath.units import format_time


def test_the_script_gets_every_idea_with_all_its_numbers() -> None:
    data: Any = load("introduction").data
    given = [list(idea.values()) for idea in data["ideas"]]
    assert given == [
        [i.name, i.matrix_flop, i.vector_flop, i.branchy_flop, i.moved_bytes, i.density]
        for i in IDEAS
    ]
    start = data["start"]
    assert start["matrixFactor"] * start["vectorFlopPerS"] == MACHINE.matrix_flop_per_s


def test_the_table_has_one_winner_and_says_what_binds_each() -> None:
    shown = load("introduction").table.rows
    assert [row[0] for row in shown] == [idea.name for idea in IDEAS]
    assert [row[0] for row in shown if row[3] == "100 %"] == ["dense network"]
    assert [row[2] for row in shown] == [format_time(idea_time_s(i, MACHINE)) for i in IDEAS]
    assert {row[0]: row[4] for row in shown}["table lookup"] == "memory"


@pytest.mark.parametrize("density", [0.01, 0.5])
def test_a_density_changes_the_sparse_network_alone(density: float) -> None:
    lanes = Machine("lanes", 60e12, 3e12, 32)
    before, after = list(rows(lanes, 0.08)), list(rows(lanes, density))
    changed = [one[0] for one, other in zip(before, after, strict=True) if one[1:3] != other[1:3]]
    assert changed == ["sparse network"]


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.name)
def test_the_longest_phase_is_the_time(idea: Any) -> None:
    assert max(phases_s(idea, MACHINE).values()) == idea_time_s(idea, MACHINE)
