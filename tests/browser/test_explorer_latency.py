"""The explorer of a step in Chromium: equal to `hwmath`, the term that binds lit, and measured."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, get_args

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath.chips import chip, load_chips
from hwmath.explorers import latency, load
from hwmath.models import load_models
from hwmath.transformers.assumptions import EXACT, Assumptions, Overlap
from hwmath.transformers.inference import bytes_per_chip, largest_batch
from hwmath.transformers.run import Formats
from hwmath.transformers.step import TERMS, decode_step, step
from hwmath.units import bytes_per_element, format_number, format_si, format_time

POINTS: Final = 256
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("latency"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "latency")


def asked(seed: int) -> list[dict[str, Any]]:
    """Settings drawn at random: both phases, every kind of model, one chip and many."""
    draw = random.Random(seed)  # noqa: S311
    data: Any = load("latency").data
    points: list[dict[str, Any]] = []
    while len(points) < POINTS:
        machine = draw.choice(data["chips"])
        fresh = draw.choice([1, round(2 ** draw.uniform(0, 17))])
        points.append(
            {
                "model": draw.choice(data["models"])[0],
                "chip": machine["key"],
                "chips": draw.choice([1, 2, 3, 8, 64]) if machine["linkBytesPerS"] else 1,
                "batch": round(2 ** draw.uniform(0, 10)),
                "fresh": fresh,
                "cached": draw.choice([0, round(2 ** draw.uniform(0, 17))]),
                "stored": draw.choice(latency.STORED),
                "bandwidth": draw.uniform(0.5, 1),
                "compute": draw.uniform(0.3, 1),
                "latency": draw.uniform(0, 20e-6),
                "overlap": draw.choice(get_args(Overlap)),
            }
        )
    return points


MODEL: Final = """async ([data, points]) => {
  const model = await import(new URL("../_static/latency-model.js", location.href));
  return points.map(p => {
    const [, , , ...values] = data.models.find(([key]) => key === p.model);
    const numbers = Object.fromEntries(values.map((value, i) => [data.numbers[i], value]));
    const machine = {...data.chips.find(one => one.key === p.chip), chips: p.chips};
    const how = {
      weightBytes: data.stored[p.stored], kvBytes: 2, activationBytes: 2,
      bandwidthShare: p.bandwidth, computeShare: p.compute, messageLatencyS: p.latency,
    };
    const times = model.step(numbers, machine, p, how);
    const tokens = p.fresh + p.cached;
    return {
      terms: Object.values(model.terms(times)), least: model.lowerBound(times, p.overlap),
      binds: model.binds(times, p.overlap),
      held: model.bytesPerChip(numbers, p.chips, {batch: p.batch, tokens}, how),
      most: machine.capacityBytes ? model.largestBatch(numbers, machine, tokens, how) : null,
    };
  });
}"""


def test_the_model_equals_hwmath(seen: Visit) -> None:
    points = asked(seed=7)
    theirs = seen.page.evaluate(MODEL, [load("latency").data, points])
    assert {found["binds"] for found in theirs} == set(TERMS)
    for point, found in zip(points, theirs, strict=True):
        model, formats = load_models()[point["model"]], Formats(weights=point["stored"])
        place = latency.machine_of(load_chips()[point["chip"]], point["chips"])
        how = Assumptions(
            bandwidth_share=point["bandwidth"],
            compute_share=point["compute"],
            message_latency_s=point["latency"],
            overlap=point["overlap"],
        )
        batch, tokens = point["batch"], point["fresh"] + point["cached"]
        ours = step(model, place, batch, point["fresh"], point["cached"], formats, how)
        assert found["terms"] == pytest.approx([*ours.terms().values()], rel=1e-9, abs=0)
        assert found["least"] == pytest.approx(ours.lower_bound_s, rel=1e-9, abs=0)
        assert found["binds"] == ours.binds
        held = bytes_per_chip(model, place, batch, tokens, formats)
        assert found["held"] == pytest.approx(held, rel=1e-12, abs=0)
        if place.capacity_bytes is not None:
            assert found["most"] == largest_batch(model, place, tokens, formats)


@pytest.mark.parametrize("key", ["llama-2-70b", "mixtral-8x7b", "deepseek-v3"])
def test_what_it_shows_equals_hwmath(key: str, seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("model").select_option(key)
    model = load_models()[key]
    place = latency.machine_of(chip(latency.CHIP), latency.CHIPS)
    found = decode_step(model, place, latency.BATCH, latency.CONTEXT)
    held = bytes_per_chip(model, place, latency.BATCH, latency.CONTEXT + 1)
    shown = facts(made)
    assert shown["a step, at least"] == format_time(float(found.lower_bound_s))
    assert shown["what binds"] == latency.TERM_NAMES[str(found.binds)]
    rate = latency.BATCH / float(found.lower_bound_s)
    assert shown["tokens a second, at most"] == format_number(rate)
    assert shown["a chip holds"] == f"{format_si(float(held), 'B')} of 80 GB"
    fits = float(held) <= chip(latency.CHIP).capacity_bytes()
    words = "Bound by " if fits else "It does not fit"
    made.locator(".explorer-sentence", has_text=words).wait_for()
    assert seen.errors == []


def lit(made: Locator) -> list[str]:
    """The titles of the bars that are lit."""
    bars = made.locator("svg rect.explorer-bar:not(.explorer-pale):not(p rect)")
    return [text.split(":")[0] for text in bars.locator("title").all_text_contents()]


def test_the_term_that_binds_is_lit_in_both_places(seen: Visit) -> None:
    made = explorer(seen)
    assert lit(made) == ["weights", "weights"]
    made.get_by_label("batch").press("End")
    assert lit(made) == ["cache", "cache"]
    made.get_by_label("step", exact=True).select_option("prefill")
    assert set(lit(made)) == {"compute"}


def test_a_measured_step_sets_everything_and_lies_above_its_bound(seen: Visit) -> None:
    made = explorer(seen)
    data: Any = load("latency").data
    at = next(
        i
        for i, one in enumerate(data["measured"])
        if one["by"].startswith("Chen") and one["phase"] == "decode" and one["chips"] == 2
    )
    made.get_by_label("somebody measured").select_option(str(at))
    assert made.get_by_label("chip", exact=True).input_value() == "a100-40gb-sxm"
    assert made.get_by_label("batch").get_attribute("aria-valuetext") == "1"
    place = latency.machine_of(chip("a100-40gb-sxm"), 2)
    found = decode_step(load_models()["opt-13b"], place, 1, 512)
    share = format_number(100 * float(found.lower_bound_s) / 13.5e-3, 2)
    assert facts(made)["measured"] == f"13.5 ms; the bound is {share} %"
    assert made.locator(".explorer-ring").count() == 1
    made.get_by_label("batch").press("ArrowRight")
    assert made.locator(".explorer-ring").count() == 0


def test_assumptions_move_the_bound_towards_what_was_measured(seen: Visit) -> None:
    made = explorer(seen)
    data: Any = load("latency").data
    (at,) = [
        i
        for i, one in enumerate(data["measured"])
        if one["timeS"] == 22e-3 and one["by"].startswith("Chen")
    ]
    made.get_by_label("somebody measured").select_option(str(at))
    made.get_by_label("bandwidth reached").press("ArrowLeft")
    made.get_by_label("bandwidth reached").press("ArrowLeft")
    place = latency.machine_of(chip("a100-40gb-sxm"), 1)
    how = Assumptions(bandwidth_share=0.9)
    found = decode_step(load_models()["opt-13b"], place, 1, 512, assumptions=how)
    assert facts(made)["a step, at least"] == format_time(float(found.lower_bound_s))
    assert float(found.lower_bound_s) < 22e-3
    assert decode_step(load_models()["opt-13b"], place, 1, 512).lower_bound_s < found.lower_bound_s


def test_a_chip_without_a_link_works_alone(seen: Visit) -> None:
    made = explorer(seen)
    assert "one_way" not in chip("m2-ultra").link
    made.get_by_label("chip", exact=True).select_option("m2-ultra")
    made.get_by_label("chips").press("End")
    assert made.get_by_label("chips").get_attribute("aria-valuetext") == "1"
    made.locator("summary").click()
    assert "on 1 × " in made.locator(".explorer-table p").inner_text()


def test_every_measured_step_can_be_chosen_and_is_ringed(seen: Visit) -> None:
    made = explorer(seen)
    data: Any = load("latency").data
    for at, one in enumerate(data["measured"]):
        made.get_by_label("somebody measured").select_option(str(at))
        assert format_time(one["timeS"]) in " ".join(
            made.locator(".explorer-ring title").all_text_contents()
        ), one
        place = latency.machine_of(chip(one["chip"]), one["chips"])
        new, cached = (1, one["context"]) if one["phase"] == "decode" else (one["context"], 0)
        formats = Formats(weights=one["stored"])
        found = step(load_models()[one["model"]], place, one["batch"], new, cached, formats, EXACT)
        assert facts(made)["a step, at least"] == format_time(float(found.lower_bound_s)), one
    assert seen.errors == []


def test_measured_steps_of_one_source_can_be_told_apart(seen: Visit) -> None:
    groups = explorer(seen).get_by_label("somebody measured").locator("optgroup").all()
    assert groups
    for group in groups:
        names = group.locator("option").all_text_contents()
        assert len(set(names)) == len(names), group.get_attribute("label")
    assert seen.errors == []


def test_the_table_follows_the_settings(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("weights in").select_option("int4")
    place = latency.machine_of(chip(latency.CHIP), latency.CHIPS)
    model, formats = load_models()[latency.MODEL], Formats(weights="int4")
    assert bytes_per_element("int4") == formats.weight_bytes
    for row, batch in zip(cells(made), latency.BATCHES, strict=True):
        assert row == list(
            latency.row(batch, decode_step(model, place, batch, latency.CONTEXT, formats))
        )
