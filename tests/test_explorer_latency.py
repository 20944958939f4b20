"""The explorer of a step: its models and machines, what was measured of them, and its table."""

from __future__ import annotations

from typing import Any

import pytest

from hwmath.chips import chip, load_chips
from hwmath.explorers import latency, load
from hwmath.models import load_models, parameters
from hwmath.transformers.memory import kv_bytes_per_token
from hwmath.transformers.step import decode_step
from hwmath.units import format_time


def given_models() -> dict[str, dict[str, float]]:
    data: Any = load("latency").data
    return {
        key: dict(zip(data["numbers"], values, strict=True))
        for key, _, _, *values in data["models"]
    }


def test_every_model_is_there_with_its_numbers() -> None:
    given = given_models()
    assert set(latency.MODELS) <= set(given)
    for key, numbers in given.items():
        model = load_models()[key]
        assert numbers["stored"] == parameters(model)
        assert numbers["cached"] * numbers["layers"] * 2 == kv_bytes_per_token(model)


def test_every_chip_that_multiplies_in_sixteen_bits_is_offered_with_its_rates() -> None:
    data: Any = load("latency").data
    given = {one["key"]: one for one in data["chips"]}
    assert set(given) == {key for key, one in load_chips().items() if latency.computes_in(one)}
    for key, rates in given.items():
        machine = load_chips()[key]
        assert rates["flopPerS"] == machine.peak_flop_per_s(rates["dtype"])
        assert (rates["linkBytesPerS"] is None) == ("one_way" not in machine.link)


def test_measured_steps_can_be_set_and_none_beats_its_bound() -> None:
    data: Any = load("latency").data
    chips = {one["key"] for one in data["chips"]}
    assert len(data["measured"]) >= 60
    for raw, row in zip(data["measured"], latency.shown_steps(), strict=True):
        assert raw["model"] in given_models()
        assert raw["chip"] in chips
        assert raw["stored"] in data["stored"]
        assert raw["timeS"] == row.time_s
    by = {latency.measured_by(row) for row in latency.shown_steps()}
    assert {"Chen 2022, FasterTransformer", "Sanger 2023"} <= by


def test_chens_measured_step_is_near_the_bound_at_nine_tenths_of_the_bandwidth() -> None:
    """KIP-24, KIP-29: 18.6 ms at 90 % of 1.5 TB/s; here with 1.555 TB/s and all of the model."""
    place = latency.machine_of(chip("a100-40gb-sxm"), 1)
    found = decode_step(load_models()["opt-13b"], place, batch=1, context=512)
    assert found.weights_s / 0.9 == pytest.approx(18.6e-3, rel=0.03)
    (row,) = [r for r in latency.shown_steps() if r.group == "chen" and r.time_s == 22e-3]
    assert found.lower_bound_s / row.time_s == pytest.approx(0.76, abs=0.01)


def test_the_table_has_the_four_terms_of_growing_batches() -> None:
    rows = load("latency").table.rows
    place = latency.machine_of(chip(latency.CHIP), latency.CHIPS)
    model = load_models()[latency.MODEL]
    for row, batch in zip(rows, latency.BATCHES, strict=True):
        found = decode_step(model, place, batch, latency.CONTEXT)
        assert row[0] == f"{batch:,}"
        assert row[1:5] == tuple(format_time(float(s)) for s in found.terms().values())
    assert [row[-1] for row in rows] == ["weights"] * 4 + ["cache"] * 2
