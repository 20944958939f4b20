"""The board of what fits: its memories and its cells, held against the plans of `hwmath`."""

from __future__ import annotations

from typing import Any

import pytest

from hwmath.chips import chip, load_chips
from hwmath.explorers import fit, load
from hwmath.models import model, parameters
from hwmath.transformers.activations import activation_bytes
from hwmath.transformers.cluster import Plan, chip_bytes
from hwmath.transformers.inference import bytes_per_chip
from hwmath.transformers.machines import machine


def test_every_chip_with_a_memory_is_offered() -> None:
    data: Any = load("fit").data
    given = {one["key"]: one["capacityBytes"] for one in data["chips"]}
    known = {key: fit.memory_bytes(one) for key, one in load_chips().items()}
    assert given == {key: size for key, size in known.items() if size}
    assert given["h100-sxm5-80gb"] == 80e9


@pytest.mark.parametrize("recompute", fit.RECOMPUTE)
def test_the_parts_of_training_are_all_that_a_chip_holds(recompute: Any) -> None:
    plan = Plan(data=8, tensor=4, zero_stage=1, micro_batch=2)
    found = fit.training(model("llama-3.1-70b"), plan, 4096, recompute=recompute)
    all_of_it = chip_bytes(model("llama-3.1-70b"), plan, 4096, recompute=recompute)
    assert tuple(found) == fit.TRAINING
    assert sum(found.values()) == pytest.approx(sum(map(float, all_of_it.values())), rel=1e-12)
    state = parameters(model("llama-3.1-70b")) / 4
    assert found["optimizer"] == pytest.approx(12 * state / 8, rel=1e-12)
    assert found["gradients"] == pytest.approx(2 * state, rel=1e-12)


@pytest.mark.parametrize("key", fit.MODELS)
def test_layers_by_split_and_pair_are_the_activations_of_a_text(key: str) -> None:
    """TM-09, TM-10 for GPT-3: five bytes a head and pair of tokens, 34 a width and token."""
    data: Any = load("fit").data
    shape = next(one for one in data["models"] if one["key"] == key)
    s = 512
    for flash in (False, True):
        sizes = [
            count * s * (sum(splits) + (rows if flash else scores * s))
            for count, *splits, rows, scores in shape["blocks"]
        ]
        ours = activation_bytes(model(key), 1, s, flash=flash)
        assert sum(sizes) == pytest.approx(float(ours), rel=1e-12)
    if key == "gpt-3-175b":
        ((count, *splits, _, scores),) = shape["blocks"]
        assert (count, sum(splits), scores) == (96, 34 * 12288, 5 * 96)


def test_the_parts_of_serving_are_all_that_a_chip_holds() -> None:
    place = machine(chip("h100-sxm5-80gb"), chips=4)
    for key in ("llama-3.1-70b", "deepseek-v3"):
        found = fit.serving(model(key), 4, batch=16, tokens=4096)
        ours = bytes_per_chip(model(key), place, batch=16, tokens=4096)
        assert sum(found.values()) == pytest.approx(float(ours), rel=1e-12)


def test_more_chips_never_hold_more_and_the_last_model_needs_other_plans() -> None:
    rows = [[str(cell) for cell in row] for row in load("fit").table.rows]
    for row in rows:
        fits = [cell.startswith("fits") for cell in row[1:]]
        assert fits == sorted(fits), row
    board = {row[0]: row[1:] for row in rows}
    assert all(cell.startswith("fits") for cell in board["GPT-2 XL"])
    assert board["Llama 3.1 8B"][0].startswith("optimizer")
    assert board["Llama 3.1 405B"][-1].startswith("activations")
