"""The hunt for slips in Chromium: marks, verdicts, what is kept, what stands without a script."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import hunt_example
import pytest
from playwright.sync_api import Locator, Page

import hwmath
from browser.conftest import Scheme, Visit
from browser.test_pages import AXE, AXE_RULES, MOST_SHIFT, PHONE_PX, WATCH_SHIFTS
from coursesite import hunt

pytestmark = pytest.mark.browser
PAGE: Final = "hunts/example.html"
FULL: Final = (
    "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
)
LOAD_MS: Final = 120_000
TOPICS: Final = sorted(p.parent.name for p in Path(hwmath.__file__).parent.glob("*/hunt.py"))


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hwmath.example.hunt", hunt_example)


@pytest.fixture
def page(visit: Callable[..., Visit]) -> Page:
    return alive(visit(PAGE).page)


def alive(page: Page) -> Page:
    page.locator(".hunt-says", has_text="slip").wait_for()
    return page


def statement(page: Page, key: str) -> Locator:
    return page.locator(f'.hunt-statement[data-key="{key}"]')


def mark(page: Page, **marks: str) -> None:
    for key, label in marks.items():
        statement(page, key).get_by_label(label).check()


def press(page: Page, name: str) -> str:
    page.get_by_role("button", name=name).click()
    return page.locator(".hunt-says").inner_text()


def verdicts(page: Page) -> dict[str, str]:
    """What is shown of each statement that is settled, by its name."""
    shown = {}
    for one in page.locator(".hunt-statement").all():
        if one.locator(".hunt-verdict").is_visible():
            assert not one.locator("input").first.is_visible()
            shown[str(one.get_attribute("data-key"))] = one.locator(".hunt-verdict").inner_text()
    return shown


def opened(page: Page) -> list[str]:
    """The statements whose reasons can be read."""
    return [
        str(one.get_attribute("data-key"))
        for one in page.locator(".hunt-statement").all()
        if one.locator(".hunt-answer p").first.is_visible()
    ]


def test_before_a_verdict_nothing_tells_the_answers(page: Page) -> None:
    assert page.locator(".hunt-says").inner_text() == "4 statements, 2 slips among them."
    assert verdicts(page) == {}
    assert not page.locator(".hunt-answer").first.is_visible()
    assert press(page, "Check marks").startswith("Mark a statement first")
    assert verdicts(page) == {}


def test_a_found_slip_lights_up_and_a_false_alarm_is_told_kindly(page: Page) -> None:
    before = statement(page, "cache").evaluate("one => getComputedStyle(one).backgroundColor")
    mark(page, cache="a slip", half="a slip", product="it holds", sum="it holds")
    said = press(page, "Check marks")
    assert said.startswith("1 of 2 slips found.")
    assert "1 false alarm" in said
    assert "Of 2 statements that you marked as holding, 1 does." in said
    found = verdicts(page)
    assert found == {"cache": "Found: a slip.", "half": "A false alarm: this one holds."}
    assert opened(page) == ["cache", "half"]
    reasons = statement(page, "cache").locator(".hunt-answer").inner_text()
    assert "kilobytes, not megabytes" in reasons
    assert "Computed again: 327.7 kB" in reasons
    after = statement(page, "cache").evaluate("one => getComputedStyle(one).backgroundColor")
    assert after != before
    assert statement(page, "product").get_by_label("it holds").is_checked(), "the hunt goes on"


def test_when_the_last_slip_is_found_all_is_settled(page: Page) -> None:
    mark(page, cache="a slip")
    assert press(page, "Check marks") == "1 of 2 slips found. Well spotted."
    mark(page, product="a slip")
    assert press(page, "Check marks") == "All 2 slips are found."
    assert verdicts(page) == {
        "cache": "Found: a slip.",
        "product": "Found: a slip.",
        "sum": "It holds.",
        "half": "It holds.",
    }


def test_a_slip_that_is_marked_as_holding_stays_to_be_found(page: Page) -> None:
    mark(page, cache="it holds", sum="it holds")
    said = press(page, "Check marks")
    assert said == ("0 of 2 slips found. Of 2 statements that you marked as holding, 1 does.")
    assert verdicts(page) == {}


def test_show_all_gives_up_and_counts_what_was_found(page: Page) -> None:
    mark(page, cache="a slip")
    press(page, "Check marks")
    assert press(page, "Show all") == "1 of 2 slips found; all is shown."
    assert verdicts(page)["product"] == "This one was a slip."
    assert len(opened(page)) == 4


def test_marks_and_verdicts_outlive_a_reload_until_they_are_cleared(page: Page) -> None:
    mark(page, cache="a slip")
    press(page, "Check marks")
    mark(page, sum="it holds")
    page.reload()
    alive(page)
    assert page.locator(".hunt-says").inner_text() == "1 of 2 slips found."
    assert verdicts(page) == {"cache": "Found: a slip."}
    assert opened(page) == [], "reasons stay on their fold, so that nothing moves"
    assert statement(page, "sum").get_by_label("it holds").is_checked()
    assert press(page, "Start again") == (
        "All marks are cleared. 4 statements, 2 slips among them."
    )
    assert (
        statement(page, "sum")
        .locator("input")
        .first.evaluate("one => one === document.activeElement")
    )
    page.reload()
    alive(page)
    assert verdicts(page) == {}
    assert page.locator("input:checked").count() == 0


@pytest.mark.parametrize(
    "left", ["[{", "3", "null", '{"marks": 3}', '{"settled": [["sum", "toString"], 7, null]}']
)
def test_broken_storage_is_taken_as_empty(visit: Callable[..., Visit], left: str) -> None:
    script = f"localStorage.setItem('hunt example', {json.dumps(left)})"
    seen = visit(PAGE, script=script)
    alive(seen.page)
    assert verdicts(seen.page) == {}
    assert seen.errors == []


def test_a_browser_that_keeps_nothing_still_judges_and_says_so(
    visit: Callable[..., Visit],
) -> None:
    page = alive(visit(PAGE, script=FULL).page)
    mark(page, cache="a slip")
    assert press(page, "Check marks").endswith(
        "This browser keeps nothing, so it is forgotten with the page."
    )


def test_the_whole_of_it_works_by_keyboard(page: Page) -> None:
    statement(page, "product").locator("input").first.focus()
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
    assert statement(page, "product").get_by_label("a slip").is_checked()
    page.get_by_role("button", name="Check marks").focus()
    page.keyboard.press("Enter")
    assert verdicts(page) == {"product": "Found: a slip."}


def test_what_has_the_focus_is_not_beneath_the_bar(visit: Callable[..., Visit]) -> None:
    page = alive(visit(PAGE, width=PHONE_PX, height=500).page)
    statement(page, "sum").locator("input").first.focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        lost = page.evaluate(
            """() => {
              const one = document.activeElement;
              const bar = document.querySelector(".hunt-bar");
              if (!one.closest(".hunt-statement")) return false;
              return one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1;
            }"""
        )
        assert not lost, page.evaluate("document.activeElement.outerHTML")


def test_a_calculation_runs_by_itself(page: Page) -> None:
    place = statement(page, "cache")
    place.locator(".hunt-code summary").click()
    assert place.locator("pre").inner_text().strip() == f"{hunt_example.SETUP}\n320 * KIB"
    place.get_by_role("button", name="Run the calculation").click()
    place.locator(".hunt-ran", has_text="327680").wait_for(timeout=LOAD_MS)
    assert place.locator(".hunt-ran").inner_text() == "327680"


def test_without_javascript_each_verdict_is_on_a_fold(visit: Callable[..., Visit]) -> None:
    page = visit(PAGE, java_script_enabled=False).page
    assert not page.locator("input").first.is_visible()
    assert page.locator("course-hunt button:visible").count() == 0
    place = statement(page, "cache")
    assert not place.get_by_text("kilobytes, not megabytes").is_visible()
    place.locator(".hunt-answer summary").click()
    assert place.get_by_text("kilobytes, not megabytes").is_visible()


def test_on_paper_all_is_unfolded(page: Page) -> None:
    page.emulate_media(media="print")
    page.wait_for_function(
        "[...document.querySelectorAll('.hunt-answer p, .hunt-code pre')]"
        ".every(one => one.checkVisibility({contentVisibilityAuto: true}))"
    )
    assert page.locator("course-hunt button:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_has_no_fault_fits_and_is_easily_hit(
    visit: Callable[..., Visit], scheme: Scheme, width: int, when: str
) -> None:
    page = alive(visit(PAGE, width=width, scheme=scheme, reduced_motion="reduce").page)
    page.locator(".hunt-code summary").first.click()
    if when == "after":
        mark(page, cache="a slip", half="a slip")
        press(page, "Check marks")
    sound(page)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_the_hunt_of_a_topic_has_no_fault_and_can_be_won(
    topic: str, width: int, visit: Callable[..., Visit]
) -> None:
    seen = visit(f"hunts/{topic}.html", width=width, reduced_motion="reduce")
    page = alive(seen.page)
    rows, _ = hunt.load(topic)
    page.locator(".hunt-code summary").first.click()
    for one in rows:
        if one.slip:
            statement(page, one.key).get_by_label("a slip").check()
    slips = sum(one.slip for one in rows)
    assert press(page, "Check marks") == f"All {slips} slips are found."
    assert len(verdicts(page)) == len(rows)
    sound(page)
    assert seen.errors == []


@pytest.mark.parametrize("topic", TOPICS)
def test_the_calculations_of_a_topic_run_in_the_page(
    topic: str, visit: Callable[..., Visit]
) -> None:
    page = alive(visit(f"hunts/{topic}.html").page)
    rows, _ = hunt.load(topic)
    for one in (rows[0], rows[-1]):
        place = statement(page, one.key)
        place.locator(".hunt-code summary").click()
        place.get_by_role("button", name="Run the calculation").click()
        place.locator(".hunt-ran", has_text=re.compile(r"^-?\d[\d.e+-]*$")).wait_for(
            timeout=LOAD_MS
        )
        shown = float(place.locator(".hunt-ran").inner_text())
        assert shown == pytest.approx(one.recomputed, rel=1e-12)


def sound(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    small = page.locator("course-hunt :is(button, label, summary)").evaluate_all(
        "all => all.filter(one => one.checkVisibility() && one.offsetHeight < 24)"
        ".map(one => one.outerHTML)"
    )
    assert small == []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async (tags) => (await axe.run('course-hunt', {runOnly: tags})).violations.map("
        "rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120)).join(' | '))",
        AXE_RULES,
    )
    assert found == []


@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_verdicts_that_were_kept_push_nothing_away(
    visit: Callable[..., Visit], site: str, width: int
) -> None:
    page = alive(visit(PAGE, width=width).page)
    mark(page, cache="a slip", half="a slip")
    press(page, "Check marks")
    page.add_init_script(WATCH_SHIFTS)
    page.goto("about:blank")
    page.goto(f"{site}/{PAGE}")
    page.wait_for_timeout(500)
    assert verdicts(page)
    assert page.evaluate("shifts.sum") < MOST_SHIFT, page.evaluate("shifts.by")
