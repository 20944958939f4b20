"""The roofline explorer in Chromium: equal to `hwmath`, and its point moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath import kernels, roofline
from hwmath.chips import Chip, load_chips
from hwmath.explorers import load
from hwmath.explorers.roofline import vector_dtype
from hwmath.units import DTYPE_BITS, bytes_per_element, format_number, format_si, format_time
from hwmath.work import Work

PAGE: Final = page_of("roofline")
POINTS: Final = 256
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(PAGE)


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "roofline")


def asked(seed: int) -> list[tuple[Chip, str, str, str, list[float]]]:
    """Chip, dtype, memory, kernel and its sizes, drawn at random where all are known."""
    draw = random.Random(seed)  # noqa: S311
    chips = [c for c in load_chips().values() if c.dense_peaks and c.bandwidths]
    points: list[tuple[Chip, str, str, str, list[float]]] = []
    while len(points) < POINTS:
        machine = draw.choice(chips)
        dtype, kernel = draw.choice(list(DTYPE_BITS)), draw.choice(["product", "elementwise"])
        lanes = vector_dtype(machine, dtype)
        known = (
            machine.has_peak(dtype) if kernel == "product" else machine.has_peak(lanes, "vector")
        )
        if known:
            sizes = [float(round(2 ** draw.uniform(0, 16))) for _ in range(3)]
            level = draw.choice(list(machine.bandwidths))
            points.append((machine, dtype, level, kernel, sizes))
    return points


def work_of(kernel: str, sizes: list[float], dtype: str) -> Work:
    e = bytes_per_element(dtype)
    if kernel == "product":
        m, n, k = sizes
        return kernels.gemm(m, n, k, e)
    return kernels.repeated_multiply(sizes[0], sizes[1], e)


def test_the_model_equals_hwmath(seen: Visit) -> None:
    points = asked(seed=8)
    data: Any = load("roofline").data
    machines = {c["key"]: c for c in data["chips"]}
    inputs = [
        [machines[m.key], dtype, level, kernel, sizes, bytes_per_element(dtype)]
        for m, dtype, level, kernel, sizes in points
    ]
    theirs = seen.page.evaluate(
        """async (points) => {
          const model = await import(new URL("../_static/roofline-model.js", location.href));
          return points.map(([chip, dtype, level, kernel, sizes, bytes]) => {
            const work = kernel === "product"
              ? model.gemm(...sizes, bytes) : model.repeatedMultiply(sizes[0], sizes[1], bytes);
            const roof = model.computeRoof(chip, dtype, work.unit);
            const found = model.predict(work, roof, chip.bytesPerS[level]);
            const ridge = model.ridge(roof.flopPerS, chip.bytesPerS[level]);
            return {...work, ...found, ridge, peak: roof.flopPerS};
          });
        }""",
        inputs,
    )
    assert len(theirs) == len(points) >= 64
    assert {found["memoryBound"] for found in theirs} == {True, False}
    for (machine, dtype, level, kernel, sizes), found in zip(points, theirs, strict=True):
        work = work_of(kernel, sizes, dtype)
        lanes = vector_dtype(machine, dtype)
        times = roofline.predict(work, machine, dtype, vector_dtype=lanes, level=level)
        unit = "vector" if kernel == "elementwise" else None
        if unit is None and machine.has_peak(dtype, "matrix"):
            unit = "matrix"
        peak = machine.peak_flop_per_s(lanes if kernel == "elementwise" else dtype, unit)
        beta, intensity = machine.bytes_per_s(level), work.intensity_flop_per_byte
        ridge = float(roofline.ridge_flop_per_byte(peak, beta))
        ours = {
            "flop": work.flop,
            "movedBytes": work.traffic.memory_bytes,
            "intensity": intensity,
            "peak": peak,
            "ridge": ridge,
            "flopPerS": roofline.attainable_flop_per_s(intensity, peak, beta),
            "timeS": times.lower_bound_s,
        }
        assert {key: found[key] for key in ours} == pytest.approx(ours, rel=1e-12, abs=0)
        if abs(float(intensity) / ridge - 1) > 1e-12:
            assert found["memoryBound"] == times.memory_bound


@pytest.mark.parametrize("dtype", ["bf16", "fp8"])
@pytest.mark.parametrize("key", ["h100-sxm5-80gb", "mi300x", "tpu-v5p"])
@pytest.mark.parametrize("kernel", ["product", "elementwise"])
def test_what_it_shows_equals_hwmath(key: str, dtype: str, kernel: str, seen: Visit) -> None:
    made, machine = explorer(seen), load_chips()[key]
    made.get_by_label("chip").select_option(key)
    made.get_by_label("numbers").select_option(dtype)
    made.get_by_label("kernel").select_option(kernel)
    lanes = vector_dtype(machine, dtype)
    if kernel == "elementwise" and not machine.has_peak(lanes, "vector"):
        made.get_by_text("no rate of vector lanes is known").wait_for()
        assert facts(made)["what binds"] == "DRAM"
        return
    work = work_of(kernel, [64, 4096, 4096] if kernel == "product" else [2**24, 1], dtype)
    times = roofline.predict(work, machine, dtype, vector_dtype=lanes)
    seconds = float(times.lower_bound_s)
    roof = f"{dtype} matrix units" if kernel == "product" else f"{lanes} vector lanes"
    assert facts(made) == {
        "work": format_si(float(work.flop), "FLOP"),
        "traffic": format_si(float(work.traffic.memory_bytes), "B"),
        "intensity": f"{format_number(float(work.intensity_flop_per_byte))} FLOP/B",
        "at most": format_si(float(work.flop) / seconds, "FLOP/s"),
        "time, at least": format_time(seconds),
        "what binds": "DRAM" if times.memory_bound else roof,
    }
    assert seen.errors == []


def test_the_published_products_stand_where_their_times_say(seen: Visit) -> None:
    made = explorer(seen)
    titles = made.locator(".explorer-ring title").all_text_contents()
    data: Any = load("roofline").data
    expected = []
    for key, dtype, m, n, k, time_s in data["measured"]:
        if key == "h100-sxm5-80gb" and dtype == "fp16":
            work = kernels.gemm(m, n, k, 2)
            bound_s = roofline.predict(work, load_chips()[key], dtype).lower_bound_s
            share = format_number(100 * float(bound_s) / time_s, 2)
            expected.append(f"{m} × {k} by {k} × {n}: {format_time(time_s)}, {share} % of its roof")
    assert titles == expected
    assert titles


def test_the_table_follows_the_sliders(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("inputs").press("Home")
    assert cells(made)[0][1] == format_number(
        float(kernels.gemm(1, 4096, 64, 2).intensity_flop_per_byte)
    )


def test_the_point_moves_by_keyboard_and_says_where_it_stands(seen: Visit) -> None:
    made = explorer(seen)
    point = made.get_by_role("slider", name="arithmetic intensity")
    before = facts(made)
    point.focus()
    for _ in range(12):
        seen.page.keyboard.press("ArrowRight")
    after = facts(made)
    moved = float(str(point.get_attribute("aria-valuenow")))
    assert moved == pytest.approx(62.06 * 8, rel=1e-3)
    assert after["work"] == before["work"]
    assert (before["what binds"], after["what binds"]) == ("DRAM", "bf16 matrix units")
    assert after["at most"] in str(point.get_attribute("aria-valuetext"))
    seen.page.keyboard.press("End")
    seen.page.keyboard.press("Home")
    assert float(str(point.get_attribute("aria-valuenow"))) == pytest.approx(1 / 16)
    made.get_by_label("batch").press("ArrowRight")
    made.get_by_label("batch").press("ArrowLeft")
    assert facts(made) == before, "a slider puts the kernel's own traffic back"
    assert seen.errors == []


def test_the_point_is_dragged(seen: Visit) -> None:
    made = explorer(seen)
    point = made.get_by_role("slider", name="arithmetic intensity")
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = float(str(point.get_attribute("aria-valuenow")))
    seen.page.mouse.move(x, y)
    seen.page.mouse.down()
    seen.page.mouse.move(x - 100, y, steps=4)
    seen.page.mouse.up()
    after = float(str(point.get_attribute("aria-valuenow")))
    assert after < before / 4
    moved = point.bounding_box()
    assert moved
    assert moved["x"] - box["x"] == pytest.approx(-100, abs=1.5)
    seen.page.mouse.move(x, y)
    assert float(str(point.get_attribute("aria-valuenow"))) == after, "it was let go"


def test_a_slider_says_its_value_with_its_unit(seen: Visit) -> None:
    batch = explorer(seen).get_by_label("batch")
    batch.press("End")
    assert batch.get_attribute("aria-valuetext") == "16,384 rows"


def test_its_colours_follow_the_theme(visit: Callable[..., Visit]) -> None:
    parts = {
        "stroke": ("line.explorer-hue-1", "line.explorer-hue-2", "ring", "thin"),
        "fill": ("name", "tick"),
    }
    look = """(made, parts) => Object.entries(parts).flatMap(([what, kinds]) => kinds.map(
      kind => getComputedStyle(made.querySelector(`.explorer-${kind}`))[what]))"""
    light, dark = (
        explorer(visit(PAGE, scheme=scheme)).evaluate(look, parts) for scheme in ("light", "dark")
    )
    assert [one for one in light if one in dark] == []


def test_nothing_moves_by_itself_for_who_asks_for_rest(visit: Callable[..., Visit]) -> None:
    transition = "getComputedStyle(document.querySelector('.explorer-point')).transitionDuration"
    for motion, expected in (("reduce", "0s"), ("no-preference", "0.12s")):
        seen = visit(PAGE, reduced_motion=motion)
        explorer(seen)
        assert seen.page.evaluate(transition) == expected
