"""Bytes of the state of training: against arrays that are really made, and a printed figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hwmath.chips import load_chips
from hwmath.explorers import load
from hwmath.explorers.training import BLOCK, PARTS, RECIPES, training_bytes
from hwmath.units import format_si

ALIKE = {"fp32": np.float32, "bf16": np.float16, "int8": np.int8}
"""NumPy has no bf16; fp16 is as long."""
ARRAYS = {
    "fp32": ("fp32", "fp32", "fp32", "fp32", None),
    "mixed": ("bf16", "bf16", "fp32", "fp32", "fp32"),
    "bf16": ("bf16", "bf16", "bf16", "bf16", None),
    "8-bit": ("bf16", "bf16", "int8", "int8", "fp32"),
}


def allocated(parameters: int, recipe: str) -> dict[str, int]:
    """Bytes of the arrays that an optimizer would hold."""
    sizes = {}
    for part, dtype in zip(PARTS, ARRAYS[recipe], strict=True):
        sizes[part] = np.empty(parameters, ALIKE[dtype]).nbytes if dtype else 0
        if dtype == "int8":
            sizes[part] += np.empty((parameters // BLOCK, 1), np.float32).nbytes
    return sizes


@pytest.mark.parametrize("recipe", RECIPES)
def test_it_is_what_arrays_of_those_formats_take(recipe: str) -> None:
    parameters = 300 * BLOCK
    assert training_bytes(parameters, recipe) == allocated(parameters, recipe)


def test_it_is_what_zero_prints_for_its_baseline() -> None:
    """Rajbhandari et al., ZeRO, figure 1: 7.5 billion parameters take 120 GB on each device."""
    assert sum(training_bytes(7.5e9, "mixed").values()) == 120e9


@pytest.mark.parametrize("recipe", RECIPES)
def test_it_grows_with_the_parameters_and_takes_many_at_once(recipe: str) -> None:
    many, one = training_bytes(np.array([1e9, 3e9]), recipe), training_bytes(1e9, recipe)
    for part in PARTS:
        np.testing.assert_allclose(many[part], np.array([1, 3]) * one[part], rtol=1e-15)


def test_what_is_no_recipe_no_part_or_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown recipe 'mixd'; nearest: mixed"):
        training_bytes(1e9, "mixd")
    with pytest.raises(ValueError, match="parameters=0 must be finite and above zero"):
        training_bytes(0, "mixed")
    with pytest.raises(ValueError, match="unknown part 'weight'; nearest: weights"):
        RECIPES["mixed"].bytes_per_parameter("weight")


def test_every_chip_with_a_memory_is_offered() -> None:
    data: Any = load("training").data
    given = {c["key"]: c["capacityBytes"] for c in data["chips"]}
    assert given == {
        key: c.capacities["dram"].value for key, c in load_chips().items() if "dram" in c.capacities
    }


def test_a_row_of_the_table_adds_up() -> None:
    rows = {row[0]: row for row in load("training").table.rows}
    label = RECIPES["8-bit"].label
    parts = allocated(7 * 10**6 // BLOCK * BLOCK, "8-bit")
    assert rows[label][-1] == "70 GB"
    assert rows[label][2:-1] == tuple(format_si(1e3 * size, "B") for size in parts.values())
