"""Published steps: complete rows, catalogues that know them, and none faster than its bound."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from hwmath.chips import chip
from hwmath.models import load_models
from hwmath.published import published
from hwmath.transformers import measurements as module
from hwmath.transformers.measurements import (
    TASKS,
    MeasuredStep,
    balanced_share,
    bound_shares,
    measured_lower_bound_s,
    measured_models,
    measured_steps,
    steps_of,
    summaries,
)

ROWS = measured_steps()
BY_ID = {row.row_id: row for row in ROWS}


def test_rows_are_complete_and_known() -> None:
    assert len(BY_ID) == len(ROWS) > 500
    models = measured_models()
    for row in ROWS:
        assert row.model in models, row
        assert chip(row.chip).peak_flop_per_s(row.compute) > 0
        assert row.source
        assert row.framework
        assert row.chips % row.tensor == 0 or row.task == "train", row
        assert (row.answer > 0) == (row.task == "request"), row


def test_shapes_that_were_only_timed_are_used_and_no_copies_of_the_catalogue() -> None:
    catalogue = load_models()
    timed = set(measured_models()) - set(catalogue)
    assert timed == {row.model for row in ROWS if row.model not in catalogue}

    def shape(key: str) -> tuple[object, ...]:
        m = measured_models()[key]
        names = ("layers", "width", "heads", "kv_heads", "mlp_width", "mlp_matrices", "vocab")
        return (*(getattr(m, name) for name in names), m.tied)

    plain = {shape(k) for k, m in catalogue.items() if m.kind == "decoder" and not m.experts}
    assert not {key for key in timed if shape(key) in plain}


def test_no_step_is_faster_than_its_bound() -> None:
    shares = bound_shares()
    assert set(shares) == set(BY_ID)
    fast = {row_id: share for row_id, share in shares.items() if share > 0.95}
    assert not fast
    # Nor so slow that a unit must be wrong
    slow = {row_id: share for row_id, share in shares.items() if share < 0.01}
    assert not slow


def test_every_task_has_several_sources() -> None:
    lines = summaries()
    assert sum(line.rows for line in lines) == len(ROWS)
    for task in TASKS:
        found = [line for line in lines if line.task == task]
        assert len(found) >= 2
        medians = sorted(line.median for line in found)
        assert medians[0] <= balanced_share(task) <= medians[-1]
        assert all(0 < line.median <= line.highest < 1 for line in found)


def test_a_source_counts_once() -> None:
    """The source with most rows of training is not the source-balanced median."""
    trained = summaries(steps_of(task="train"))
    largest = max(trained, key=lambda line: line.rows)
    assert largest.rows > sum(line.rows for line in trained) / 2
    shares = [bound_shares()[row.row_id] for row in steps_of(task="train")]
    assert balanced_share("train") != pytest.approx(float(np.median(shares)), rel=0.05)


def test_chen_and_sanger_are_among_them() -> None:
    # KIP-26: 22.0 and 13.5 ms; SAN-23 and others: five rows of decoding, six of prompts
    assert [r.time_s for r in steps_of("opt-13b", "a100-40gb-sxm", "decode")] == [
        published("chen2022arithmetic", "measured_13b_s"),
        published("chen2022arithmetic", "measured_13b_on_two_s"),
    ]
    sanger = [row for row in ROWS if row.group == "sanger"]
    assert [sum(r.task == task for r in sanger) for task in ("prefill", "decode")] == [6, 5]
    first = BY_ID["sanger-002"]
    assert 1 / first.time_s == pytest.approx(published("sanger2023llama", "row_tokens_per_s"))
    # His own bound takes 2 TB/s; ours the part's 2.039, all weights and the cache
    assert bound_shares()["sanger-002"] == pytest.approx(0.6455, rel=0.05)


@pytest.mark.parametrize(
    ("row_id", "bound"),
    [
        # 12 L d^2 and d V weights of OPT-13B and 513 tokens of cache, over 1.555 TB/s
        (
            "chen-001",
            (2 * (12 * 40 * 5120**2 + 50272 * 5120) + 513 * 4 * 40 * 5120) / 1.555e12,
        ),
        # Llama-2-7B in 8 bits, 106 tokens of cache, over 2.039 TB/s
        (
            "gpt-fast-002",
            ((6738415616 - 32000 * 4096 - 65 * 4096) + 106 * 524288) / 2.039e12,
        ),
    ],
)
def test_bounds_by_hand(row_id: str, bound: float) -> None:
    assert measured_lower_bound_s(BY_ID[row_id]) == pytest.approx(bound, rel=1e-9)


def test_a_training_step_by_hand() -> None:
    row = next(row for row in steps_of("megatron-1t", task="train") if row.group == "megatron-2021")
    m = measured_models()[row.model]
    # Three passes of two FLOP a weight, and half of all pairs of 2048 tokens (and the own one)
    weights = 12 * m.layers * m.width**2 + m.vocab * m.width
    pairs = m.layers * 2 * m.width * (row.tokens + 1) / 2
    flop = 3 * 2 * (weights + pairs) * row.batch * row.tokens
    peak = row.chips * 312e12
    assert measured_lower_bound_s(row) == pytest.approx(flop / peak, rel=1e-9)
    # The paper prints 163 TFLOP/s of 312 with recomputation, which has a third more FLOP
    assert bound_shares()[row.row_id] == pytest.approx(163 / 312 * 3 / 4, rel=0.02)


def test_chips_in_turn_are_not_counted_as_if_they_worked_at_once() -> None:
    row = next(r for r in ROWS if r.task == "decode" and r.chips > r.tensor and r.batch == 1)
    alone = dataclasses.replace(row, chips=row.tensor)
    assert measured_lower_bound_s(row) == measured_lower_bound_s(alone)
    many = dataclasses.replace(row, batch=row.chips)
    spread = dataclasses.replace(many, chips=row.tensor)
    assert measured_lower_bound_s(many) < measured_lower_bound_s(spread)


def test_a_request_is_longer_than_its_prompt() -> None:
    row = next(r for r in steps_of(task="request") if r.answer > 10)
    prompt = dataclasses.replace(row, task="prefill", answer=0)
    assert measured_lower_bound_s(row) > measured_lower_bound_s(prompt)
    one = dataclasses.replace(row, answer=1)
    assert measured_lower_bound_s(one) == measured_lower_bound_s(prompt)


def test_filters() -> None:
    assert len(steps_of()) == len(ROWS)
    assert {row.task for row in steps_of("llama-2-70b", "a100-80gb-sxm")} <= set(TASKS)
    with pytest.raises(ValueError, match="unknown task 'decoding'; nearest: decode"):
        steps_of(task="decoding")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("task", "serve", "x-1: unknown task 'serve'"),
        ("chips", "0", "x-1: chips=0 must be a whole number"),
        ("time_s", "0", "x-1: time_s=0 must be finite and above zero"),
        ("tokens", "1.5", "x-1: tokens=1.5 must be a whole number"),
    ],
)
def test_a_bad_row_does_not_load(field: str, value: str, message: str) -> None:
    good = {f.name: "1" for f in dataclasses.fields(MeasuredStep)}
    good |= {"row_id": "x-1", "task": "decode"}
    assert module._row(good).group == "x"
    with pytest.raises(ValueError, match=message):
        module._row(good | {field: value})


def test_the_head_of_the_file_says_what_its_columns_are() -> None:
    path = Path(__file__).parent.parent / "src" / "hwmath" / "data" / "transformer_steps.csv"
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    for name in ("task", "model", "chip", "chips", "weight_bits", "compute", "time_s"):
        assert any(line.startswith(f"# {name}") for line in head), name
    assert any("Left out" in line for line in head)
