"""Plans of training: shards dealt out one by one, a pipeline that is run, printed figures, laws."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath.introduction.training_memory import PARTS, RECIPES, Recipe, training_bytes
from hwmath.models import model, parameters
from hwmath.transformers.activations import activation_bytes, layer_in_hand_bytes
from hwmath.transformers.cluster import (
    MIXED_SGD,
    MIXED_WIDE_GRADIENTS,
    SCHEDULES,
    Plan,
    chip_bytes,
    copies,
    fit,
    state_bytes,
)

OPTIMIZER = ("first moment", "second moment", "master copy")
degrees = st.sampled_from([1, 2, 4])


def test_rajbhandaris_figure() -> None:
    """ZeRO's first figure: 7.5e9 parameters on 64 chips, in GB."""
    found = [
        sum(state_bytes(7.5e9, Plan(data=64, zero_stage=stage)).values()) for stage in range(4)
    ]
    # TM-13 to TM-16
    assert found == pytest.approx([120e9, 31.40625e9, 16.640625e9, 1.875e9], rel=1e-9)
    assert np.round(np.array(found) / 1e9, 1).tolist() == [120.0, 31.4, 16.6, 1.9]


def test_anthonys_bytes_a_parameter() -> None:
    one = Plan()
    mixed, eight, sgd, wide = (
        state_bytes(1e9, one, recipe)
        for recipe in ("mixed", "8-bit", MIXED_SGD, MIXED_WIDE_GRADIENTS)
    )
    optimizer = [sum(found[part] for part in OPTIMIZER) / 1e9 for found in (mixed, eight, sgd)]
    # TM-06; 8-bit Adam keeps a scale for each block on top
    assert optimizer == pytest.approx([12, 6, 8], rel=1e-3)
    assert sum(mixed.values()) == 16e9  # TM-07
    assert sum(wide.values()) == 18e9  # and with gradients in fp32
    assert sum(state_bytes(20e9, one).values()) == 320e9  # TM-08


def test_anthonys_last_equation_as_printed_and_with_gradients_split() -> None:
    copies_made = copies(32, tensor=2, pipeline=4)
    plan = Plan(data=copies_made, tensor=2, pipeline=4, zero_stage=1)
    printed = state_bytes(20e9, plan, gradients_split_by_tensor=False)
    # their equation shares the optimizer's state by all 32 chips: by copies, and by t and p
    assert sum(printed.values()) / 1e9 == pytest.approx(22.5, rel=1e-9)  # TM-18
    assert sum(state_bytes(20e9, plan).values()) / 1e9 == pytest.approx(17.5, rel=1e-9)  # TM-19


def test_copies_are_what_the_chips_make_and_no_fraction_is_lost() -> None:
    assert copies(64, tensor=8, pipeline=4) == 2  # TM-17
    with pytest.raises(ValueError, match="chips=60 is not a multiple"):
        copies(60, tensor=8, pipeline=4)
    with pytest.raises(ValueError, match="chips=16"):
        copies([64, 16], tensor=8, pipeline=4)


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
@pytest.mark.parametrize(("data", "tensor", "pipeline"), [(4, 1, 1), (2, 2, 1), (3, 2, 2)])
def test_state_dealt_out_number_by_number(
    stage: int, data: int, tensor: int, pipeline: int
) -> None:
    """Every number of every part is given to chips; each chip gets what the formula says."""
    n = 2 * tensor * pipeline * data
    held = {
        (d, t, p): dict.fromkeys(PARTS, 0.0)
        for d in range(data)
        for t in range(tensor)
        for p in range(pipeline)
    }
    shares = {"weights": stage == 3, "gradients": stage >= 2}
    for part in PARTS:
        size = RECIPES["mixed"].bytes_per_parameter(part)
        for number in range(n):
            p, within = divmod(number, n // pipeline)
            t, own = divmod(within, n // pipeline // tensor)
            for d in range(data):
                if not shares.get(part, stage >= 1) or own % data == d:
                    held[d, t, p][part] += size
    plan = Plan(data=data, tensor=tensor, pipeline=pipeline, zero_stage=stage)
    assert all(chip == state_bytes(n, plan) for chip in held.values())


@given(degrees, degrees, degrees, degrees, st.integers(0, 3), st.sampled_from(sorted(RECIPES)))
def test_all_chips_together_hold_each_part_once_or_once_a_copy(
    data: int, tensor: int, pipeline: int, context: int, stage: int, recipe: str
) -> None:
    plan = Plan(data=data, tensor=tensor, pipeline=pipeline, context=context, zero_stage=stage)
    alone = training_bytes(1e9, recipe)
    for part, size in state_bytes(1e9, plan, recipe).items():
        shared = stage >= {"weights": 3, "gradients": 2}.get(part, 1)
        held = 1 if shared else data * context
        assert size * plan.chips == pytest.approx(held * alone[part])


def most_in_flight(pipeline: int, micro_batches: int, *, all_forward: bool) -> int:
    """The most forward passes that wait for their backward one on any stage: a pipeline is run.

    At each tick a stage does the backward pass that is ready, or else the next forward one.  With
    one forward, one backward, a stage runs no further ahead than there are stages after it; else
    no stage goes back while a forward pass is left.
    """
    forward = [deque(range(micro_batches)), *(deque[int]() for _ in range(pipeline - 1))]
    backward: list[deque[int]] = [deque() for _ in range(pipeline)]
    waiting, most, done = [0] * pipeline, 0, 0
    while done < micro_batches:
        moves: list[tuple[str, int, int]] = []
        hold = all_forward and any(forward)
        for stage in range(pipeline):
            if backward[stage] and not hold:
                moves.append(("back", stage, backward[stage].popleft()))
            elif forward[stage] and (all_forward or waiting[stage] < pipeline - stage):
                moves.append(("on", stage, forward[stage].popleft()))
        assert moves, "the pipeline stands still"
        for what, stage, batch in moves:
            if what == "on":
                waiting[stage] += 1
                most = max(most, waiting[stage])
                (forward[stage + 1] if stage + 1 < pipeline else backward[stage]).append(batch)
            else:
                waiting[stage] -= 1
                if stage:
                    backward[stage - 1].append(batch)
                else:
                    done += 1
    return most


@pytest.mark.parametrize("pipeline", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("micro_batches", [1, 2, 4, 8, 13])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_micro_batches_in_flight_by_running_the_pipeline(
    pipeline: int, micro_batches: int, schedule: Any
) -> None:
    plan = Plan(pipeline=pipeline, micro_batches=micro_batches, schedule=schedule)
    ran = most_in_flight(pipeline, micro_batches, all_forward=schedule == "all forward")
    assert plan.in_flight == ran


def test_one_chip_holds_all_of_it() -> None:
    m = model("gpt-2")
    need = chip_bytes(m, Plan(), 1024)
    kept = activation_bytes(m, 1, 1024, flash=True, ends=True)
    assert need == {**training_bytes(parameters(m), "mixed"), "activations": kept}
    again = chip_bytes(m, Plan(), 1024, recompute="full", flash=False)
    assert again["layer in hand"] == layer_in_hand_bytes(m, 1, 1024)
    assert again["activations"] == activation_bytes(m, 1, 1024, recompute="full", ends=True)


def test_the_first_stage_or_the_last() -> None:
    m = model("llama-3.1-8b")  # so many words that the last stage is the fullest
    layers = activation_bytes(m, 1, 4096, flash=True)
    words = activation_bytes(m, 1, 4096, flash=True, ends=True) - layers
    for p, batches in ((2, 8), (4, 8), (4, 2)):
        found = chip_bytes(m, Plan(pipeline=p, micro_batches=batches), 4096)["activations"]
        assert found == pytest.approx(max(layers / p * min(p, batches), layers / p + words))
    bare = chip_bytes(m, Plan(pipeline=4, micro_batches=8), 4096, ends=False)["activations"]
    assert bare == pytest.approx(layers)  # a quarter of the layers, four times
    piled = Plan(pipeline=4, micro_batches=8, schedule="all forward")
    assert chip_bytes(m, piled, 4096)["activations"] == pytest.approx(8 * (layers / 4 + words))


def test_laws_of_plans() -> None:
    m, s = model("llama-2-13b"), 4096
    base = chip_bytes(m, Plan(), s)
    # more copies change nothing without sharing, and never activations
    assert chip_bytes(m, Plan(data=8), s) == base
    shared = [chip_bytes(m, Plan(data=8, zero_stage=stage), s) for stage in range(4)]
    totals = [sum(found.values()) for found in shared]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 4
    assert {found["activations"] for found in shared} == {base["activations"]}
    # chips that share a text keep their part of it
    two = chip_bytes(m, Plan(context=2), s)
    assert two["activations"] == pytest.approx(base["activations"] / 2)
    assert two["weights"] == base["weights"]
    # with tensor and sequence parallel all is divided
    eight = chip_bytes(m, Plan(tensor=8, sequence_parallel=True), s)
    assert {k: v * 8 for k, v in eight.items()} == pytest.approx(base)
    whole = chip_bytes(m, Plan(tensor=8), s)
    assert base["activations"] / 8 < whole["activations"] < base["activations"]
    assert chip_bytes(m, Plan(micro_batch=3), s)["activations"] == 3 * base["activations"]


def test_sizes_of_a_plan() -> None:
    plan = Plan(data=3, tensor=2, pipeline=4, context=5, micro_batch=7, micro_batches=11)
    assert (plan.chips, plan.texts) == (120, 231)
    swept = Plan(data=np.array([1, 2, 4]), tensor=np.array([[1], [8]]))
    assert np.asarray(swept.chips).tolist() == [[1, 2, 4], [8, 16, 32]]
    need = chip_bytes(model("gpt-3-175b"), swept, 2048)
    assert np.shape(sum(need.values())) == (2, 1)
    plan = Plan(data=8, tensor=np.array([1, 8, 32]), zero_stage=3)
    found = fit(chip_bytes(model("gpt-3-175b"), plan, 2048), 70e9)
    assert np.asarray(found.fits).tolist() == [False, False, True]


def test_what_binds() -> None:
    m = model("llama-2-7b")
    state = fit(chip_bytes(m, Plan(), 4096), 80e9)
    assert (state.fits, state.binds) == (False, "first moment")
    long = fit(chip_bytes(m, Plan(data=64, zero_stage=3), 32_768, dropout=False), 80e9)
    assert (long.fits, long.binds) == (False, "activations")
    again = fit(chip_bytes(m, Plan(data=64, zero_stage=3), 32_768, recompute="full"), 80e9)
    assert again.fits
    assert fit({"a": 1.0}, 1.0).fits
    assert not fit({"a": 1.0}, 1.0, usable=0.9).fits
    both = fit({"a": np.array([1.0, 5.0]), "b": 2.0}, [[4.0], [8.0]])
    assert np.asarray(both.fits).tolist() == [[True, False], [True, True]]
    assert np.asarray(both.binds).tolist() == ["b", "a"]
    assert np.asarray(both.need_bytes).tolist() == [3.0, 7.0]


def test_nonsense_is_refused_by_name() -> None:
    m = model("deepseek-v3")
    with pytest.raises(ValueError, match="layers=61 is not a multiple of pipeline=4"):
        chip_bytes(m, Plan(pipeline=4), 4096)
    with pytest.raises(ValueError, match="sequence=10 is not a multiple of context=4"):
        chip_bytes(m, Plan(context=4), 10)
    with pytest.raises(ValueError, match="zero_stage=4"):
        Plan(zero_stage=4)
    with pytest.raises(ValueError, match="unknown schedule"):
        Plan(schedule="gpipe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"data=0\.5"):
        Plan(data=0.5)
    with pytest.raises(ValueError, match="unknown recipe"):
        state_bytes(1e9, Plan(), "mixd")
    with pytest.raises(ValueError, match="empty"):
        fit({}, 1e9)
    assert isinstance(MIXED_SGD, Recipe)
