"""The explorer of training memory: its chips and its table."""

from __future__ import annotations

from typing import Any

from hwmath.chips import load_chips
from hwmath.explorers import load
from hwmath.introduction.training_memory import PARTS, RECIPES, training_bytes
from hwmath.units import format_si


def test_every_chip_with_a_memory_is_offered() -> None:
    data: Any = load("training").data
    given = {c["key"]: c["capacityBytes"] for c in data["chips"]}
    assert given == {
        key: c.capacities["dram"].value for key, c in load_chips().items() if "dram" in c.capacities
    }


def test_the_table_has_each_recipe_and_its_rows_add_up() -> None:
    rows = load("training").table.rows
    for row, (key, recipe) in zip(rows, RECIPES.items(), strict=True):
        sizes = training_bytes(7e9, key)
        assert row[0] == recipe.label
        assert row[2:-1] == tuple(format_si(float(sizes[part]), "B") for part in PARTS)
        assert row[-1] == format_si(sum(map(float, sizes.values())), "B")
    assert {row[0]: row[-1] for row in rows}[RECIPES["8-bit"].label] == "70 GB"
