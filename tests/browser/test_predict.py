"""A guess before the answer: typed, judged, kept in the browser, and collected on the napkin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page

from browser.conftest import SITE, Scheme, Visit
from browser.test_pages import AXE, AXE_RULES, MOST_SHIFT, PHONE_PX, WATCH_SHIFTS

pytestmark = pytest.mark.browser
CHAPTER: Final = "chapters/roofline.html"
NAPKIN: Final = "chapters/napkin.html"
BLOCKED: Final = """
Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('', 'SecurityError'); }
});
"""
FULL: Final = (
    "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
)


def glued(name: str) -> float:
    stored = SITE.parent / "jupyter_execute" / "chapters" / "roofline.glue.json"
    return float(json.loads(stored.read_text())[name]["data"]["text/plain"])


def box(page: Page, name: str = "add_share") -> Locator:
    return page.locator(f"#predict-{name.replace('_', '-')}")


def guess(page: Page, words: str, name: str = "add_share") -> str:
    """Type a guess, press Enter, and read what is said."""
    field = box(page, name).locator("input")
    field.fill(words)
    field.press("Enter")
    return box(page, name).locator(".predict-verdict").inner_text()


def pick(page: Page, label: str, name: str) -> str:
    box(page, name).get_by_label(label).check()
    box(page, name).get_by_role("button", name="Check my guess").click()
    return box(page, name).locator(".predict-verdict").inner_text()


def times(verdict: str) -> float:
    (number,) = re.findall(r": ([\d.,]+) times too", verdict)
    return float(number.replace(",", ""))


def stored(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.evaluate("localStorage.napkin ?? '[]'"))
    return found


def opened(page: Page, name: str = "add_share") -> tuple[bool, bool]:
    """Whether the output of the cell below the question and the explanation are open."""
    output = page.locator(f"#{box(page, name).get_attribute('id')} + .cell details.below-input")
    why = page.locator(f"#answer-{name.replace('_', '-')}")
    both = (part.evaluate("one => one.open") for part in (output, why))
    return next(both), next(both)


@pytest.fixture
def chapter(visit: Callable[..., Visit]) -> Page:
    return visit(CHAPTER).page


def test_one_press_shows_the_factor_the_output_and_the_explanation(chapter: Page) -> None:
    assert opened(chapter) == (False, False)
    verdict = guess(chapter, "10")
    assert f"it is {glued('add_share'):.2g} %" in verdict
    assert verdict.endswith("times too large.")
    assert times(verdict) == pytest.approx(10 / glued("add_share"), rel=0.05)
    assert opened(chapter) == (True, True)
    assert (
        box(chapter).locator(".predict-verdict").evaluate("one => one === document.activeElement")
    )
    (kept,) = stored(chapter)
    assert kept["factor"] == pytest.approx(10 / glued("add_share"))
    assert (kept["topic"], kept["id"]) == ("chapters/roofline", "add_share")


def test_a_good_guess_and_a_small_one_are_told_so(chapter: Page) -> None:
    assert "as good as exact" in guess(chapter, str(glued("matmul_median")), "matmul_median")
    verdict = guess(chapter, "13", "he_crossover")
    assert verdict.endswith(": 4 times too small.")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("3.35", 3.35),
        (" 1,000 ", 1000),
        ("1e12", 1e12),
        ("2.5 T", 2.5e12),
        ("12k", 12e3),
        (".5", 0.5),
        ("10 %", 10),
        ("12 345 678", 12_345_678),
        ("5e-3", 0.005),
        ("0,06", 0.06),
        ("3,35 %", 3.35),
        ("0,125", 0.125),
        ("2,5 T", 2.5e12),
    ],
)
def test_numbers_are_read_as_people_write_them(chapter: Page, words: str, number: float) -> None:
    guess(chapter, words)
    assert stored(chapter)[0]["guess"] == pytest.approx(number)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ten", "“ten” is no number"),
        ("1,0,0", "“1,0,0” is no number"),
        ("1e999", "“1e999” is no number"),
        ("e5", "“e5” is no number"),
        ("0", "a number above zero, not 0"),
        ("-3", "a number above zero, not -3"),
        ("", "Type a number first"),
    ],
)
def test_what_is_no_number_is_named_and_stays(chapter: Page, words: str, said: str) -> None:
    assert guess(chapter, words) == ""
    assert said in box(chapter).locator("[role=status]").inner_text()
    field = box(chapter).get_by_role("textbox", name="Your guess")
    assert field.input_value() == words
    assert field.get_attribute("aria-invalid") == "true"
    assert field.evaluate("one => one === document.activeElement")
    assert opened(chapter) == (False, False)
    assert stored(chapter) == []


def test_a_choice_is_picked_and_judged(chapter: Page) -> None:
    where = box(chapter, "h200_side")
    where.get_by_role("button", name="Check my guess").click()
    assert "Pick one" in where.locator("[role=status]").inner_text()
    assert "it is to the left." in pick(chapter, "to the right", "h200_side")
    where.get_by_role("button", name="Guess again").click()
    assert pick(chapter, "to the left", "h200_side").endswith(", and so it is.")
    verdict = pick(chapter, "nine tenths", "my_norm")
    assert f"it is {glued('my_norm'):.0f} %" in verdict
    assert times(verdict) == pytest.approx(90 / glued("my_norm"), rel=0.05)


def test_show_me_keeps_no_guess(chapter: Page) -> None:
    box(chapter).get_by_role("button", name="Show me").click()
    verdict = box(chapter).locator(".predict-verdict").inner_text()
    assert verdict == f"It is {glued('add_share'):.2g} %."
    assert opened(chapter) == (True, True)
    assert stored(chapter) == []


def test_a_guess_outlives_a_reload_until_it_is_taken_back(chapter: Page) -> None:
    before = guess(chapter, "10")
    chapter.reload()
    verdict = box(chapter).locator(".predict-verdict")
    assert verdict.inner_text() == before
    assert opened(chapter) == (True, True)
    box(chapter).get_by_role("button", name="Guess again").press("Enter")
    assert opened(chapter) == (False, False)
    chapter.reload()
    assert not verdict.is_visible()
    assert box(chapter).locator("input").input_value() == ""


def test_the_whole_of_it_works_by_keyboard(chapter: Page) -> None:
    box(chapter, "my_norm").locator("input").first.focus()
    for key in ("Space", "ArrowDown", "Tab", "Enter"):
        chapter.keyboard.press(key)
    assert "You said a half" in box(chapter, "my_norm").inner_text()
    chapter.keyboard.press("Tab")
    chapter.keyboard.press("Tab")
    chapter.keyboard.press("Enter")
    assert chapter.url.endswith("#answer-my-norm")


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_still_answers(
    visit: Callable[..., Visit], script: str
) -> None:
    of_the_theme = visit("chapters/notation.html", script=script).errors
    seen = visit(CHAPTER, script=script)
    verdict = guess(seen.page, "10")
    assert "times too large" in verdict
    assert "This browser keeps nothing" in box(seen.page).inner_text()
    assert seen.errors == of_the_theme
    seen = visit(NAPKIN, script=script)
    assert "No number guessed yet" in seen.page.locator(".napkin-sum").inner_text()
    seen.page.get_by_role("button", name="Forget everything").click()
    assert seen.errors == of_the_theme


@pytest.mark.parametrize("left", ["[{", "{}", '[{"topic": 1}, null, 3]'])
def test_broken_storage_is_taken_as_empty(visit: Callable[..., Visit], left: str) -> None:
    seen = visit(CHAPTER, script=f"localStorage.napkin ??= {json.dumps(left)}")
    assert "times too large" in guess(seen.page, "10")
    assert len(stored(seen.page)) == 1
    assert seen.errors == []


def test_without_javascript_the_answer_is_folded(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, java_script_enabled=False).page
    assert not box(page).locator("input, button").first.is_visible()
    assert box(page, "my_norm").get_by_text("nine tenths").is_visible()
    assert not box(page, "my_norm").get_by_role("button").first.is_visible()
    why = page.locator("#answer-add-share")
    assert not why.locator("p").is_visible()
    why.locator("summary").click()
    assert f"{glued('add_share'):.2g}" in why.locator("p").inner_text()
    napkin = visit(NAPKIN, java_script_enabled=False).page
    assert napkin.locator("noscript p").is_visible()
    assert napkin.get_by_role("link", name="Layer norm in plain NumPy").is_visible()
    assert not napkin.get_by_text("not yet").first.is_visible()


def test_on_paper_question_and_answer_both_stand(chapter: Page) -> None:
    chapter.emulate_media(media="print")
    assert box(chapter).get_by_text("Which share of the peak").is_visible()
    assert chapter.locator("#answer-add-share p").is_visible()
    assert not box(chapter).get_by_role("button").first.is_visible()
    assert box(chapter, "my_norm").get_by_text("nine tenths").is_visible()


def test_the_napkin_lists_guesses_and_their_median(chapter: Page, site: str) -> None:
    for name, words in (("add_share", "10"), ("he_crossover", "13"), ("least_tile", "30")):
        guess(chapter, words, name)
    box(chapter, "least_tile").get_by_role("button", name="Guess again").click()
    guess(chapter, "6000", "least_tile")
    pick(chapter, "to the left", "h200_side")
    chapter.goto(f"{site}/{NAPKIN}")
    medians = chapter.locator(".napkin-median").all_text_contents()
    assert [words for words in medians if words] == ["Median factor 4, over 3 guesses."]
    topics = chapter.locator(".napkin-topic:has(.napkin-median:visible)")
    assert [one.get_attribute("data-topic") for one in topics.all()] == ["chapters/roofline"]
    rows = chapter.locator("tbody[data-id=least_tile] tr:has(td):visible")
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    assert cells == [["30", "60", "2\u00a0× too small"], ["6,000", "60", "100\u00a0× too large"]]
    assert "right" in chapter.locator("tbody[data-id=h200_side]").inner_text()
    assert "not yet" in chapter.locator("tbody[data-id=my_norm]").inner_text()
    assert "not yet" not in chapter.locator("tbody[data-id=h200_side]").inner_text()
    assert chapter.locator("circle.first").count() == 3
    assert chapter.locator("circle.later").count() == 1
    heights = [float(str(one.get_attribute("cy"))) for one in chapter.locator("circle").all()]
    exact = float(str(chapter.locator("line.exact").get_attribute("y1")))
    assert [round(height - exact) > 0 for height in heights] == [False, True, True, False]
    chapter.get_by_role("link", name="Adding two vectors").click()
    assert chapter.url.endswith("#predict-add-share")


def test_guesses_go_into_a_file_and_come_back(chapter: Page, site: str, tmp_path: Path) -> None:
    guess(chapter, "10")
    chapter.goto(f"{site}/{NAPKIN}")
    with chapter.expect_download() as download:
        chapter.get_by_role("button", name="Save to a file").click()
    saved = tmp_path / "napkin.json"
    download.value.save_as(saved)
    before = stored(chapter)
    forget = chapter.get_by_role("button", name="Forget everything")
    forget.click()
    assert stored(chapter) == []
    assert "not yet" in chapter.locator("tbody[data-id=add_share]").inner_text()
    chapter.get_by_role("button", name="Bring them back").press("Enter")
    assert stored(chapter) == before
    forget.click()
    for _ in range(2):
        chapter.get_by_label("Bring in a file").set_input_files(saved)
        chapter.get_by_text("The napkin has 1 guess now.").wait_for()
    assert stored(chapter) == before
    (tmp_path / "other.json").write_text('{"a": 1}')
    chapter.get_by_label("Bring in a file").set_input_files(tmp_path / "other.json")
    chapter.get_by_text("“other.json” is no file that was saved here").wait_for()
    assert stored(chapter) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_a_judged_guess_has_no_fault_fits_and_is_easily_hit(
    visit: Callable[..., Visit], site: str, scheme: Scheme, width: int
) -> None:
    page = visit(CHAPTER, width=width, scheme=scheme, reduced_motion="reduce").page
    guess(page, "10")
    guess(page, "ten", "he_crossover")
    pick(page, "a half", "my_norm")
    sound(page)
    page.goto(f"{site}/{NAPKIN}")
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("button", name="Bring them back").click()
    page.locator("circle").first.wait_for()
    sound(page)


@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_guesses_that_were_kept_push_nothing_away_when_they_come_back(
    visit: Callable[..., Visit], site: str, width: int
) -> None:
    page = visit(CHAPTER, width=width).page
    for name, words in (("add_share", "10"), ("least_tile", "30"), ("least_tile", "40")):
        guess(page, words, name)
        if words == "30":
            box(page, name).get_by_role("button", name="Guess again").click()
    for label, name in (("to the right", "h200_side"), ("a half", "my_norm")):
        pick(page, label, name)
    page.add_init_script(WATCH_SHIFTS)
    for path in (CHAPTER, f"{CHAPTER}#predict-least-tile", f"{CHAPTER}#answer-my-norm", NAPKIN):
        page.goto("about:blank")
        page.goto(f"{site}/{path}")
        page.wait_for_timeout(500)
        assert page.evaluate("shifts.sum") < MOST_SHIFT, (path, page.evaluate("shifts.by"))


def test_how_far_off_a_guess_was_stays_on_one_line_on_a_phone(
    visit: Callable[..., Visit], site: str
) -> None:
    page = visit(CHAPTER, width=PHONE_PX).page
    guess(page, "40", "matmul_median")
    guess(page, "10")
    page.goto(f"{site}/{NAPKIN}")
    lines = page.locator("tr.first td:last-child").evaluate_all(
        "cells => cells.map(one => { const range = new Range(); range.selectNodeContents(one);"
        " return range.getClientRects().length; })"
    )
    assert lines == [1, 1]


def sound(page: Page) -> None:
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = "course-guess :is(button, label, a), course-napkin :is(button, label, a)"
    small = page.locator(targets).evaluate_all(
        "all => all.filter(one => one.checkVisibility() && one.offsetHeight < 24)"
        ".map(one => one.outerHTML)"
    )
    assert small == []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async (tags) => (await axe.run({runOnly: tags})).violations.map("
        "rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120)).join(' | '))",
        AXE_RULES,
    )
    assert found == []


def test_pages_without_a_question_load_nothing_of_it(visit: Callable[..., Visit]) -> None:
    asked: list[str] = []
    visit("chapters/notation.html", watch=lambda response: asked.append(response.url))
    assert not [url for url in asked if re.search(r"/(predict|guesses|napkin)\.", url)]
