"""Explorers in Chromium: equal to `hwmath`, worked by keyboard, legible, and a table without."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page

from browser.conftest import Scheme, Visit
from browser.test_pages import AXE, AXE_RULES
from hwmath import kernels, roofline
from hwmath.chips import Chip, load_chips
from hwmath.explorers import load
from hwmath.explorers.roofline import vector_dtype
from hwmath.units import DTYPE_BITS, bytes_per_element, format_number, format_si, format_time
from hwmath.work import Work

PAGE: Final = "chapters/roofline.html"
PHONE_PX: Final = 390
POINTS: Final = 256
TARGET_PX: Final = 24
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(PAGE)


def explorer(page: Page) -> Locator:
    made = page.locator("roofline-explorer")
    made.locator("dd").first.wait_for()
    return made


def facts(made: Locator) -> dict[str, str]:
    script = "es => Object.fromEntries(es.map(e => [e.dataset.fact, e.textContent]))"
    found: dict[str, str] = made.locator("dd").evaluate_all(script)
    return found


def cells(made: Locator) -> list[list[str]]:
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    found: list[list[str]] = made.locator("tbody tr").evaluate_all(script)
    return found


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


def test_numbers_are_written_as_hwmath_writes_them(seen: Visit) -> None:
    draw = random.Random(1)  # noqa: S311
    values = [0.0, 1.0, 0.125, 312.5, 12.25, 12.75, 999.5, 1e3, 64.0, 989.4e12, 1e18]
    values += [9.995e-7, 2.5e-6, *(10 ** draw.uniform(-9, 18) for _ in range(POINTS))]
    theirs = seen.page.evaluate(
        """async (values) => {
          const kit = await import(new URL("../_static/explorer-kit.js", location.href));
          return values.map(x => [kit.formatNumber(x), kit.formatSi(x, "B"), kit.formatTime(x)]);
        }""",
        values,
    )
    assert theirs == [[format_number(x), format_si(x, "B"), format_time(x)] for x in values]


@pytest.mark.parametrize("dtype", ["bf16", "fp8"])
@pytest.mark.parametrize("key", ["h100-sxm5-80gb", "mi300x", "tpu-v5p"])
@pytest.mark.parametrize("kernel", ["product", "elementwise"])
def test_what_it_shows_equals_hwmath(key: str, dtype: str, kernel: str, seen: Visit) -> None:
    made, machine = explorer(seen.page), load_chips()[key]
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
    made = explorer(seen.page)
    titles = made.locator(".explorer-measured title").all_text_contents()
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


def test_the_table_is_the_one_that_the_page_came_with_and_follows_the_sliders(
    seen: Visit,
) -> None:
    made = explorer(seen.page)
    table = load("roofline").table
    assert cells(made) == [list(row) for row in table.rows]
    summary = made.locator("summary")
    assert not made.locator("table").is_visible()
    summary.focus()
    seen.page.keyboard.press("Enter")
    assert made.locator("table").is_visible()
    made.get_by_label("inputs").press("Home")
    assert cells(made)[0][1] == format_number(
        float(kernels.gemm(1, 4096, 64, 2).intensity_flop_per_byte)
    )


def test_without_javascript_the_table_is_there(visit: Callable[..., Visit]) -> None:
    made = visit(PAGE, java_script_enabled=False).page.locator("roofline-explorer")
    assert made.locator("table").is_visible()
    rows = made.locator("tbody tr").all()
    shown = [row.locator("td").all_text_contents() for row in rows]
    assert shown == [list(row) for row in load("roofline").table.rows]


def test_the_point_moves_by_keyboard_and_says_where_it_stands(seen: Visit) -> None:
    made = explorer(seen.page)
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
    made = explorer(seen.page)
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


def test_every_control_is_reached_and_moved_by_keyboard(seen: Visit) -> None:
    made = explorer(seen.page)
    made.locator("select").first.focus()
    reached = []
    for _ in range(9):
        reached.append(
            seen.page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.labels?.[0].textContent"
                " ?? document.activeElement.textContent"
            )
        )
        seen.page.keyboard.press("Tab")
    assert reached == [
        "chip",
        "numbers",
        "data comes from",
        "kernel",
        "batch",
        "inputs",
        "outputs",
        "arithmetic intensity",
        "Show as a table",
    ]
    made.get_by_label("batch").press("End")
    assert made.get_by_label("batch").get_attribute("aria-valuetext") == "16,384 rows"


def test_what_a_hand_must_hit_is_large_enough(visit: Callable[..., Visit]) -> None:
    made = explorer(visit(PAGE, width=PHONE_PX, height=844).page)
    for target in made.locator("select:visible, input:visible, summary, [role=slider]").all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= TARGET_PX, target


@pytest.mark.parametrize("kernel", ["product", "elementwise"])
def test_it_fits_a_phone(kernel: str, visit: Callable[..., Visit]) -> None:
    seen = visit(PAGE, width=PHONE_PX, height=844)
    made = explorer(seen.page)
    made.get_by_label("kernel").select_option(kernel)
    made.locator("summary").click()
    assert made.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE_PX
    spilt = made.locator("svg text").evaluate_all(
        "texts => texts.filter(one => { const box = one.getBoundingClientRect();"
        f" return box.left < 0 || box.right > {PHONE_PX}; }}).map(one => one.textContent)"
    )
    assert spilt == []


def test_its_colours_follow_the_theme(visit: Callable[..., Visit]) -> None:
    parts = {"stroke": ("memory", "compute", "measured", "other"), "fill": ("memory-name", "tick")}
    look = """(made, parts) => Object.entries(parts).flatMap(([what, kinds]) => kinds.map(
      kind => getComputedStyle(made.querySelector(`.explorer-${kind}`))[what]))"""
    light, dark = (
        explorer(visit(PAGE, scheme=scheme).page).evaluate(look, parts)
        for scheme in ("light", "dark")
    )
    assert [one for one in light if one in dark] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_it_when_all_is_open(
    scheme: Scheme, visit: Callable[..., Visit]
) -> None:
    seen = visit(PAGE, scheme=scheme, reduced_motion="reduce")
    made = explorer(seen.page)
    made.locator("summary").click()
    made.get_by_label("chip").select_option("mi300x")
    made.get_by_role("slider", name="arithmetic intensity").press("End")
    seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = seen.page.evaluate(
        "async (tags) => (await axe.run('roofline-explorer', {runOnly: tags})).violations"
        ".map(rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120)))",
        AXE_RULES,
    )
    assert found == []
    assert seen.errors == []


def test_nothing_moves_by_itself_for_who_asks_for_rest(visit: Callable[..., Visit]) -> None:
    transition = (
        "getComputedStyle(document.querySelector('.explorer-handle circle')).transitionDuration"
    )
    for motion, expected in (("reduce", "0s"), ("no-preference", "0.12s")):
        page = visit(PAGE, reduced_motion=motion).page
        explorer(page)
        assert page.evaluate(transition) == expected


@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_the_place_that_is_kept_for_it_is_as_high_as_it(
    width: int, visit: Callable[..., Visit]
) -> None:
    made = explorer(visit(PAGE, width=width).page)
    height = made.evaluate("e => e.getBoundingClientRect().height")
    kept = made.evaluate(
        "e => { const one = document.createElement('kept-explorer'); one.className = 'explorer';"
        " e.after(one); return one.getBoundingClientRect().height; }"
    )
    assert kept == pytest.approx(height, abs=40)


@pytest.mark.parametrize("path", ["index.html", "chapters/chips.html"])
def test_pages_without_an_explorer_load_none_of_it(path: str, visit: Callable[..., Visit]) -> None:
    asked_for: list[str] = []
    visit(path, watch=lambda response: asked_for.append(response.url))
    assert not [url for url in asked_for if "explorer" in url or "roofline-model" in url]


def test_scales_and_stops_of_the_kit(seen: Visit) -> None:
    made = seen.page.evaluate(
        """async () => {
          const kit = await import(new URL("../_static/explorer-kit.js", location.href));
          const [straight, bent] = [kit.linear([0, 8], [100, 500]), kit.log([1, 1e6], [0, 600])];
          return [straight(2), straight.invert(200), straight.ticks(5), straight.clamp(9),
            bent(1e3), bent.invert(300), bent.ticks(3), kit.log([0.125, 64], [0, 1], 2).ticks(3),
            kit.linearStops(0, 1, 0.25), kit.logStops(1, 8, 2)];
        }"""
    )
    expected = [200, 2, [0, 2, 4, 6, 8], 8, 300, 1e3, [1, 1e3, 1e6], [1, 16]]
    expected += [[0, 0.25, 0.5, 0.75, 1], [1, 2, 3, 4, 6, 8]]
    for one, other in zip(made, expected, strict=True):
        assert one == pytest.approx(other)
