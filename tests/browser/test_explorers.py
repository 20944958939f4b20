"""What holds for every explorer, in Chromium: keyboard, hands, phones, screen readers, a table."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator

from browser.conftest import Scheme, Visit
from browser.explorer_parts import cells, explorer, page_of
from browser.test_pages import AXE, AXE_RULES, MOST_SHIFT, PHONE_PX, WATCH_SHIFTS
from hwmath.explorers import load, topics
from hwmath.units import format_number, format_si, format_time

POINTS: Final = 256
TARGET_PX: Final = 24
LEAST_TICKS: Final = 4
CONTROLS: Final = (
    "select:visible, input:visible, [role=slider], [role=grid] [tabindex='0'], summary"
)
OVERLAPS: Final = """(made) => {
  const corners = (text) => {
    const {x, y, width, height} = text.getBBox();
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]].map(
      ([a, b]) => new DOMPoint(a, b).matrixTransform(text.getScreenCTM()));
  };
  const apart = (one, other) => [one, other].some((box) => [[0, 1], [1, 2]].some(([i, j]) => {
    const along = (p) => (box[j].x - box[i].x) * p.x + (box[j].y - box[i].y) * p.y;
    const [a, b] = [one, other].map((points) => points.map(along));
    return Math.max(...a) <= Math.min(...b) || Math.max(...b) <= Math.min(...a);
  }));
  const words = [...made.querySelectorAll("svg.explorer-plot text")];
  return words.flatMap((one, n) => words.slice(n + 1)
    .filter((other) => !apart(corners(one), corners(other)))
    .map((other) => `${one.textContent} / ${other.textContent}`));
}"""
FOCUS: Final = """() => {
  const one = document.activeElement;
  const mark = getComputedStyle(one.querySelector(".explorer-reach") ?? one);
  return [one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent,
    mark.outlineStyle !== "none" || mark.stroke !== "none"];
}"""
pytestmark = pytest.mark.browser
every_topic = pytest.mark.parametrize("topic", topics())


@every_topic
def test_every_control_is_reached_by_keyboard_and_seen_to_be(
    topic: str, visit: Callable[..., Visit]
) -> None:
    seen = visit(page_of(topic))
    controls = explorer(seen.page, topic).locator(CONTROLS)
    controls.first.focus()
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Shift+Tab")
    reached = []
    for one in controls.all():
        assert one.evaluate("one => one === document.activeElement")
        reached.append(seen.page.evaluate(FOCUS))
        seen.page.keyboard.press("Tab")
    assert all(name and marked for name, marked in reached), reached
    assert seen.errors == []


@every_topic
def test_what_a_hand_must_hit_is_large_enough(topic: str, visit: Callable[..., Visit]) -> None:
    made = explorer(visit(page_of(topic), width=PHONE_PX, height=844).page, topic)
    for target in made.locator(CONTROLS).all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= TARGET_PX, target


def settings(made: Locator) -> list[tuple[int, str]]:
    """Every choice of every menu that is shown, with the menu's number."""
    script = (
        "(menus) => menus.flatMap((menu, n) => "
        "menu.offsetParent ? [...menu.options].map(o => [n, o.value]) : [])"
    )
    found: list[tuple[int, str]] = made.locator("select").evaluate_all(script)
    return found


@every_topic
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_words_are_neither_cut_nor_on_each_other_and_axes_have_ticks(
    topic: str, width: int, visit: Callable[..., Visit]
) -> None:
    seen = visit(page_of(topic), width=width)
    made = explorer(seen.page, topic)
    made.locator("summary").click()
    inside = (
        "texts => texts.filter(one => { const box = one.getBoundingClientRect();"
        " return box.left < 0 || box.right > innerWidth; }).map(one => one.textContent)"
    )
    for menu, value in settings(made):
        choice = made.locator("select").nth(menu)
        before = choice.input_value()
        choice.select_option(value)
        assert made.locator("svg text").evaluate_all(inside) == []
        assert made.evaluate(OVERLAPS) == [], value
        ticks = made.locator(".explorer-tick[text-anchor=end]").count()
        assert ticks >= LEAST_TICKS, value
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        choice.select_option(before)


@every_topic
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_it_when_all_is_open(
    topic: str, scheme: Scheme, visit: Callable[..., Visit]
) -> None:
    seen = visit(page_of(topic), scheme=scheme, reduced_motion="reduce")
    made = explorer(seen.page, topic)
    made.locator("summary").click()
    made.locator(CONTROLS).nth(-2).press("End")
    seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = seen.page.evaluate(
        "async ([topic, tags]) => (await axe.run(`${topic}-explorer`, {runOnly: tags})).violations"
        ".map(rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120)))",
        [topic, AXE_RULES],
    )
    assert found == []
    assert seen.errors == []


@every_topic
def test_the_table_is_the_one_that_the_page_came_with(
    topic: str, visit: Callable[..., Visit]
) -> None:
    seen = visit(page_of(topic))
    made = explorer(seen.page, topic)
    table, caption = load(topic).table, load(topic).caption
    assert cells(made) == [list(row) for row in table.rows]
    assert not made.locator("table").is_visible()
    made.locator("summary").press("Enter")
    assert made.locator("table").is_visible()
    assert made.locator("th").all_text_contents() == list(table.headers)
    assert made.locator(".explorer-table p").inner_text() == caption


@every_topic
def test_without_javascript_the_table_is_there(topic: str, visit: Callable[..., Visit]) -> None:
    made = visit(page_of(topic), java_script_enabled=False).page.locator(f"{topic}-explorer")
    assert made.locator("table").is_visible()
    rows = made.locator("tbody tr").all()
    shown = [row.locator("td").all_text_contents() for row in rows]
    assert shown == [list(row) for row in load(topic).table.rows]


@every_topic
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_the_place_that_is_kept_for_it_is_as_high_as_it(
    topic: str, width: int, visit: Callable[..., Visit]
) -> None:
    made = explorer(visit(page_of(topic), width=width).page, topic)
    height = made.evaluate("e => e.getBoundingClientRect().height")
    kept = made.evaluate(
        "e => { const one = document.createElement('kept-explorer'); one.className = 'explorer';"
        " one.style = e.getAttribute('style'); e.after(one);"
        " return one.getBoundingClientRect().height; }"
    )
    assert kept == pytest.approx(height, abs=40)


@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_it_does_not_push_away_what_is_read_below_it(
    width: int, visit: Callable[..., Visit]
) -> None:
    page = visit("chapters/roofline.html#the-dial", width=width, script=WATCH_SHIFTS).page
    explorer(page, "roofline")
    page.wait_for_timeout(500)
    assert page.evaluate("shifts.sum") < MOST_SHIFT, page.evaluate("shifts.by")


@pytest.mark.parametrize("path", ["index.html", "chapters/chips.html"])
def test_pages_without_an_explorer_load_none_of_it(path: str, visit: Callable[..., Visit]) -> None:
    asked_for: list[str] = []
    visit(path, watch=lambda response: asked_for.append(response.url))
    assert not [url for url in asked_for if "explorer" in url or "roofline-model" in url]


def test_numbers_are_written_as_hwmath_writes_them(
    visit: Callable[..., Visit],
) -> None:
    draw = random.Random(1)  # noqa: S311
    values = [0.0, 1.0, 0.125, 312.5, 12.25, 12.75, 999.5, 1e3, 64.0, 989.4e12, 1e18]
    values += [9.995e-7, 2.5e-6, *(10 ** draw.uniform(-9, 18) for _ in range(POINTS))]
    theirs = visit(page_of("roofline")).page.evaluate(
        """async (values) => {
          const kit = await import(new URL("../_static/explorer-kit.js", location.href));
          return values.map(x => [kit.formatNumber(x), kit.formatSi(x, "B"), kit.formatTime(x)]);
        }""",
        values,
    )
    assert theirs == [[format_number(x), format_si(x, "B"), format_time(x)] for x in values]


def test_scales_and_stops_of_the_kit(visit: Callable[..., Visit]) -> None:
    made = visit(page_of("roofline")).page.evaluate(
        """async () => {
          const kit = await import(new URL("../_static/explorer-kit.js", location.href));
          const [straight, bent] = [kit.linear([0, 8], [100, 500]), kit.log([1, 1e6], [0, 600])];
          const side = kit.bands(["a", "b"], [100, 300]);
          return [straight(2), straight.invert(200), straight.ticks(5), straight.clamp(9),
            straight.along(2, 0.25), straight.along(2, -1), bent(1e3), bent.invert(300),
            bent.along(10, 0.5), bent.ticks(3), kit.log([0.125, 64], [0, 1], 2).ticks(3),
            kit.log([3, 60], [0, 1]).ticks(6), kit.log([3, 60], [0, 1]).ticks(4),
            side.width, side("a"), side("b"), kit.halfDecades(2, 40), kit.roundAbove(112),
            kit.roundAbove(9.1), kit.linearStops(0, 1, 0.25), kit.logStops(1, 8, 2),
            kit.roundStops(10, 100)];
        }"""
    )
    expected = [200, 2, [0, 2, 4, 6, 8], 8, 4, 0, 300, 1e3, 1e4, [1, 1e3, 1e6], [1, 16]]
    expected += [[5, 10, 20, 50], [5, 10, 20, 50], 100, 150, 250, [1, 100], 120, 10]
    expected += [[0, 0.25, 0.5, 0.75, 1], [1, 2, 3, 4, 6, 8]]
    expected += [[10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 100]]
    for one, other in zip(made, expected, strict=True):
        assert one == pytest.approx(other)


def test_shapes_of_the_kit(visit: Callable[..., Visit]) -> None:
    seen = visit(page_of("training"))
    explorer(seen.page, "training")
    path = seen.page.evaluate(
        """async () => {
          const kit = await import(new URL("../_static/explorer-kit.js", location.href));
          const {plot} = document.querySelector("training-explorer");
          const axis = {scale: kit.linear, domain: [0, 4], label: "", format: String};
          plot.frame(axis, axis);
          const shape = plot.steps([[0, 1], [2, 3], [4, 2]], "line");
          const places = shape.getAttribute("d").slice(1).split("L").map(place => place.split(" "));
          return places.map(([x, y]) => [plot.x.invert(+x), plot.y.invert(+y)]);
        }"""
    )
    assert path == [
        pytest.approx(place, abs=0.01) for place in ([0, 1], [2, 1], [2, 3], [4, 3], [4, 2])
    ]
