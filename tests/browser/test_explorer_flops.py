"""The explorer of counting in Chromium: equal to `hwmath`, bars as high as their totals."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath import flops
from hwmath.explorers import load
from hwmath.explorers.flops import START
from hwmath.units import format_si

POINTS: Final = 128
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("flops"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "flops")


def layer_of(settings: Mapping[str, int], **how: bool) -> flops.Layer:
    sides = (settings["height"], settings["width"])
    channels = settings["channels"]
    return flops.conv(
        sides,
        channels,
        channels,
        settings["kernel"],
        stride=settings["stride"],
        padding=settings["padding"],
        dilation=settings["dilation"],
        groups=settings["groups"],
        bias=bool(settings["bias"]),
        **how,
    )


def drawn(draw: random.Random) -> dict[str, int]:
    kernel, dilation, groups = draw.randint(1, 7), draw.randint(1, 4), draw.randint(1, 8)
    reach = dilation * (kernel - 1) + 1
    return {
        "height": reach + draw.randint(0, 60),
        "width": reach + draw.randint(0, 60),
        "channels": groups * draw.randint(1, 9),
        "kernel": kernel,
        "stride": draw.randint(1, 5),
        "padding": draw.randint(0, 7),
        "dilation": dilation,
        "groups": groups,
        "bias": draw.randint(0, 1),
    }


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(7)  # noqa: S311
    data: Any = load("flops").data
    points = [drawn(draw) for _ in range(POINTS)]
    theirs = seen.page.evaluate(
        """async ([points, profilers]) => {
          const model = await import(new URL("../_static/flops-model.js", location.href));
          return points.map(point => {
            const layer = model.convolution(point);
            return [layer, profilers.map(one => model.total(model.printed(one, layer)))];
          });
        }""",
        [points, data["profilers"]],
    )
    for settings, (shown, totals) in zip(points, theirs, strict=True):
        ours = layer_of(settings)
        real = layer_of(settings, count_padding=False).macs
        assert [shown["macs"], shown["realMacs"], shown["outputs"], shown["parameters"]] == (
            pytest.approx([ours.macs, real, ours.outputs, ours.parameters], rel=1e-12, abs=0)
        )
        network = [ours, flops.activation(ours.outputs, "relu")]
        expected = [flops.printed(name, network) for name in flops.PROFILERS]
        assert totals == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(("choice", "groups"), [("1", 1), ("4", 4), ("depthwise", 64)])
def test_what_it_shows_equals_hwmath(choice: str, groups: int, seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("groups").select_option(choice)
    made.get_by_label("stride").press("ArrowRight")
    ours = layer_of({**START, "groups": groups, "stride": 2})
    told = facts(made)
    assert told["places"] == "28 × 28"
    assert told["MAC"] == format_si(float(ours.macs), "MAC")
    assert told["FLOP"] == format_si(float(ours.flop), "FLOP")
    assert told["parameters"] == format_si(float(ours.parameters), "").strip()
    network = [ours, flops.activation(ours.outputs, "relu")]
    prints = [format_si(float(flops.printed(name, network)), "") for name in flops.PROFILERS]
    assert [row[1] for row in cells(made)] == prints
    assert seen.errors == []


def test_a_bar_of_flop_is_twice_one_of_macs_and_the_line_stands_on_the_macs(seen: Visit) -> None:
    made = explorer(seen)
    bars = made.locator("rect.explorer-bar.explorer-hue-1").evaluate_all(
        "bars => bars.filter(one => !one.closest('p')).map(one => +one.getAttribute('height'))"
    )
    per_mac = [profiler.per_mac for profiler in flops.PROFILERS.values()]
    assert [bar / bars[0] for bar in bars] == pytest.approx(per_mac, rel=1e-6)
    line = made.locator(".explorer-plot path.explorer-line").bounding_box()
    foot = made.locator("rect.explorer-bar.explorer-hue-1").first.bounding_box()
    assert line
    assert foot
    assert line["y"] + line["height"] / 2 == pytest.approx(foot["y"], abs=2)


def test_the_sliders_change_what_meets_a_zero(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("padding").press("Home")
    assert facts(made)["meet a zero"] == "0 %"
    made.get_by_label("padding").press("End")
    settings = {**START, "padding": 4}
    share = 1 - layer_of(settings, count_padding=False).macs / layer_of(settings).macs
    assert facts(made)["meet a zero"] == f"{100 * share:.0f} %"


def test_a_kernel_lies_where_it_meets_what_the_places_say(seen: Visit) -> None:
    draw = random.Random(8)  # noqa: S311
    points = [drawn(draw) for _ in range(POINTS)]
    found = seen.page.evaluate(
        """async points => {
          const model = await import(new URL("../_static/flops-model.js", location.href));
          return points.map(point => {
            const {high} = model.convolution(point);
            return Array.from({length: high}, (_, place) => model.under(point, place));
          });
        }""",
        points,
    )
    for one, places in zip(points, found, strict=True):
        line = list(range(-one["padding"], one["height"] + one["padding"]))
        reach = one["dilation"] * (one["kernel"] - 1) + 1
        starts = range(0, len(line) - reach + 1, one["stride"])
        assert places == [line[at : at + reach : one["dilation"]] for at in starts]


def test_without_a_bias_nothing_is_counted_for_it(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("bias").select_option("none")
    assert {row[3].strip() for row in cells(made)} == {"0"}
    ours = layer_of({**START, "bias": 0})
    assert facts(made)["parameters"] == format_si(float(ours.parameters), "").strip()
    assert "with a relu and no bias" in (made.locator(".explorer-table p").text_content() or "")


def test_the_kernel_moves_by_the_stride_and_its_weights_stand_the_dilation_apart(
    seen: Visit,
) -> None:
    made = explorer(seen)
    made.get_by_label("stride").press("End")
    made.get_by_label("dilation").press("End")
    weights = made.locator(".explorer-line-of-cells .explorer-hue-4")
    xs, ys = weights.evaluate_all("all => ['x', 'y'].map(n => all.map(w => +w.getAttribute(n)))")
    cell = 20
    assert xs == [1, 1 + 2 * cell, 1 + 4 * cell, 1 + 4 * cell, 1 + 6 * cell, 1 + 8 * cell]
    assert sorted(set(ys)) == [ys[0], ys[3]]
    assert made.locator(".explorer-line-of-cells .explorer-ring.explorer-hue-4").count() == 1
    made.get_by_label("kernel on its way down").press("End")
    places = int(facts(made)["places"].split()[0])
    assert f"place {places} of {places}. Hollow" in made.inner_text()
    assert weights.count() == START["kernel"]


@pytest.mark.parametrize("width", [390, 1280])
def test_every_bar_says_what_its_products_add(width: int, visit: Callable[..., Visit]) -> None:
    made = explorer(visit(page_of("flops"), width=width))
    words = made.locator(".explorer-inside").all_text_contents()
    macs = layer_of(START).macs
    for profiler in flops.PROFILERS.values():
        assert format_si(profiler.per_mac * float(macs), "").strip() in words
    assert len(words) >= len(flops.PROFILERS)
