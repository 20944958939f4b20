"""Cells run in the page: what they give, and what happens to a reader who goes astray."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from browser.conftest import SITE, Visit, served

pytestmark = pytest.mark.browser
CHAPTER = "chapters/roofline.html"
LOAD_MS = 120_000


def cell(page: Page, number: int) -> Locator:
    return page.locator(f'.cell:has(> .run-bar[data-cell="{number}"])')


def with_source(page: Page, words: str) -> Locator:
    return page.locator(".cell:has(.run-bar)", has_text=words).first


def run(place: Locator, says: str = "Done.") -> str:
    """Press Run, wait for its end, and give the text that has come."""
    place.locator(".run-start").click()
    place.locator(".run-says", has_text=re.compile(re.escape(says))).wait_for(timeout=LOAD_MS)
    return place.locator(".run-output").inner_text().strip()


def edited(place: Locator, source: str) -> Locator:
    place.locator(".run-edit").click()
    place.locator(".cm-content").fill(source)
    return place


def test_a_cell_gives_in_the_page_what_the_site_shows(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    place = with_source(seen.page, "share of peak")
    shown = place.locator(".cell_output .output pre").text_content() or ""
    assert "share of peak" in shown
    assert run(place) == shown.strip()
    assert seen.outside == []
    assert seen.errors == []


def test_a_later_cell_runs_those_above_and_draws_in_the_colours_of_the_page(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(CHAPTER)
    place = with_source(seen.page, "plot_phases")
    assert place.locator(".cell_output").is_visible()
    run(place)
    figure = place.locator(".run-output svg.figure")
    assert figure.count() == 1
    assert "var(--figure-" in figure.inner_html()
    caption = place.locator(".cell_output figcaption").text_content()
    assert caption
    assert place.locator(".run-output figcaption").text_content() == caption
    assert place.locator(".run-output [id]:not(svg *)").count() == 0
    assert not place.locator(".cell_output").is_visible()
    assert seen.errors == []


def test_an_error_is_shown_where_it_belongs(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "first = 1\nprint('before')\nfirst / 0")
    said = run(place, "Stopped at an error.")
    assert said.splitlines()[0] == "before"
    assert 'File "<cell 2>", line 3' in said
    assert said.endswith("ZeroDivisionError: division by zero")
    assert "page_runner" not in said


def test_an_endless_cell_can_be_stopped_and_reset(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = cell(page, 2)
    source = place.locator(".cell_input pre").text_content()
    edited(place, "print('on and on')\nwhile True:\n    pass")
    place.locator(".run-start").click()
    place.locator(".run-text").wait_for(timeout=LOAD_MS)
    assert place.locator(".run-start").inner_text() == "Stop"
    place.locator(".run-start").click()
    place.locator(".run-says", has_text="Stopped. Run starts anew.").wait_for()
    place.locator(".run-reset").click()
    assert place.locator(".cell_input pre").text_content() == source
    assert not place.locator(".run-output").is_visible()
    assert "share of peak" in run(place)


def test_what_was_changed_above_is_run_again(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    above, below = cell(page, 2), edited(cell(page, 4), "print(seen)")
    source = above.locator(".cell_input pre").text_content() or ""
    run(edited(above, f"{source}\nseen = 'once'"))
    assert run(below) == "once"
    above.locator(".cm-content").fill(f"{source}\nseen = 'twice'")
    assert run(below) == "twice"


def test_python_can_be_started_anew(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "print('x' in globals())\nx = 1")
    assert run(place) == "False"
    assert run(place) == "True"
    place.locator(".run-restart").click()
    assert "forgotten" in place.locator(".run-says").inner_text()
    assert run(place) == "False"


def test_cells_wait_for_each_other_and_are_stopped_together(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    first, second = edited(cell(page, 2), "while True:\n    pass"), cell(page, 4)
    first.locator(".run-start").click()
    first.locator(".run-says", has_text="Running").wait_for(timeout=LOAD_MS)
    second.locator(".run-start").click()
    second.locator(".run-says", has_text="Waiting for another cell").wait_for()
    first.locator(".run-start").click()
    for place in (first, second):
        place.locator(".run-says", has_text="Stopped.").wait_for()


def test_what_was_edited_is_there_after_a_reload(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    edited(cell(page, 2), "print('mine')")
    page.reload()
    cell(page, 2).locator(".cm-content").wait_for()
    assert run(cell(page, 2)) == "mine"
    cell(page, 2).locator(".run-reset").click()
    page.reload()
    page.locator(".run-edit").first.wait_for()
    assert page.locator(".cm-editor").count() == 0


def test_the_editor_indents_and_runs_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "")
    place.locator(".cm-content").focus()
    page.keyboard.type("for i in [1, 2")
    page.keyboard.press("End")
    page.keyboard.type(":\nprint(i")
    page.keyboard.press("Control+Enter")
    place.locator(".run-says", has_text="Done.").wait_for(timeout=LOAD_MS)
    assert place.locator(".run-output").inner_text().split() == ["1", "2"]
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    focused = place.locator(".run-start")
    assert focused.evaluate("one => one === document.activeElement"), "Escape, Tab leaves it"


def test_each_letter_that_is_typed_is_there(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "")
    place.locator(".cm-content").focus()
    page.keyboard.type("print(7 / 2, 7 // 2, 's?.k')")
    assert run(place) == "3.5 3 s?.k"


def test_who_comes_by_tab_goes_on_by_tab_and_who_types_indents(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = edited(cell(page, 2), "x")
    place.locator(".run-start").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert place.locator(".run-start").evaluate("one => one === document.activeElement")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    page.keyboard.type("y")
    page.keyboard.press("Tab")
    assert place.locator(".cm-line").inner_text().strip() == "yx"
    assert place.locator(".cm-line").inner_text() != "yx"


def test_edit_pressed_twice_opens_one_editor(visit: Callable[..., Visit]) -> None:
    place = cell(visit(CHAPTER).page, 2)
    place.locator(".run-edit").dblclick()
    place.locator(".cm-editor").first.wait_for()
    place.page.wait_for_timeout(300)
    assert place.locator(".cm-editor").count() == 1


def test_what_was_shown_before_makes_place_for_what_is_given_now(
    visit: Callable[..., Visit],
) -> None:
    place = cell(visit(CHAPTER).page, 2)
    assert place.locator("details.hide").is_visible()
    run(place)
    assert not place.locator("details.hide").is_visible()


def test_it_is_said_which_cell_above_has_stopped(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    edited(cell(page, 2), "1 / 0")
    said = run(cell(page, 4), "Cell 2, above, stopped at an error.")
    assert said.endswith("ZeroDivisionError: division by zero")
    assert "cell 2" in cell(page, 2).locator(".run-number").inner_text()


def test_where_the_editor_does_not_come_a_plain_field_does(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    page.route("**/codemirror.js*", lambda route: route.abort())
    place = cell(page, 2)
    place.locator(".run-edit").click()
    place.locator("textarea").fill("6 * 7")
    assert run(place) == "42"


def test_a_cell_that_cannot_run_here_says_why(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    place = page.locator(".cell", has_text="mine = measure()").first
    assert "measures the machine" in place.locator(".run-bar").inner_text()
    assert place.locator(".run-start").count() == 0


def test_without_javascript_there_are_no_buttons(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, java_script_enabled=False).page
    assert page.locator(".run-bar").count() > 10
    assert page.locator(".run-bar:visible").count() == 0


def altered(route: Route) -> None:
    """A file with one byte more than it should have."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.body() + b" ")


@pytest.mark.parametrize("name", ["pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "numpy-2"])
@pytest.mark.parametrize("fate", [altered, lambda route: route.abort()], ids=["altered", "lost"])
def test_a_file_that_is_not_the_right_one_is_refused_by_name(
    visit: Callable[..., Visit], name: str, fate: Callable[[Route], None]
) -> None:
    page = visit(CHAPTER).page
    page.context.route(f"**/{name}*", fate)
    said = run(cell(page, 2), "Nothing was run.")
    assert name in said
    assert "is not what the site was built with" in said
    page.context.unroute(f"**/{name}*")
    assert "share of peak" in run(cell(page, 2)), "the next Run loads it anew"


def test_python_may_come_from_another_host(visit: Callable[..., Visit]) -> None:
    with served() as host:
        place = f"meta.name = 'pyodide'; meta.content = '{host}/pyodide/';"
        script = f"""new MutationObserver((_, own) => {{
          if (!document.head) return;
          const meta = document.createElement('meta'); {place}
          document.head.append(meta);
          own.disconnect();
        }}).observe(document, {{ childList: true, subtree: true }});"""
        asked: list[str] = []
        page = visit(CHAPTER, script=script, watch=lambda one: asked.append(one.url)).page
        assert "share of peak" in run(cell(page, 2))
        from_host = {url.rsplit("/", 1)[1] for url in asked if url.startswith(host)}
        assert {"pyodide.mjs", "pyodide.asm.wasm"} <= from_host
        assert not from_host & {"course.zip", "runtime.json", "pyodide-lock.json"}


def test_opened_as_a_file_a_page_says_that_it_runs_nothing(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((SITE / CHAPTER).as_uri())
    assert "make serve" in page.locator("article .opened-as-file").inner_text()
    assert page.locator(".run-bar").count() > 10
    assert page.locator(".run-bar:visible").count() == 0
    page.close()


def test_on_a_server_there_is_no_such_note(visit: Callable[..., Visit]) -> None:
    assert visit(CHAPTER).page.locator(".opened-as-file").count() == 0
