"""The board of what fits in Chromium: equal to `hwmath`, moved over by keyboard, and opened."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from browser.test_pages import PHONE_PX
from hwmath.explorers import fit, load
from hwmath.introduction.training_memory import RECIPES
from hwmath.models import load_models, model
from hwmath.transformers.cluster import Plan
from hwmath.units import format_number, format_si

POINTS: Final = 256
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("fit"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "fit")


def asked(seed: int) -> list[dict[str, Any]]:
    """Plans drawn at random, of those that part a model evenly."""
    draw = random.Random(seed)  # noqa: S311
    points: list[dict[str, Any]] = []
    while len(points) < POINTS:
        key = draw.choice(fit.MODELS)
        tensor, pipeline = (draw.choice([1, 2, 4, 8, 16]) for _ in range(2))
        if load_models()[key].heads % tensor or load_models()[key].layers % pipeline:
            continue
        points.append(
            {
                "model": key,
                "tensor": tensor,
                "pipeline": pipeline,
                "copies": draw.choice([1, 2, 8, 64]),
                "zeroStage": draw.randrange(4),
                "recipe": draw.choice(list(RECIPES)),
                "recompute": draw.choice(list(fit.RECOMPUTE)),
                "flash": draw.random() < 0.5,
                "split": draw.random() < 0.5,
                "texts": draw.choice([1, 2, 7, 64]),
                "sequence": round(2 ** draw.uniform(7, 17)),
                "stored": draw.choice(fit.STORED),
            }
        )
    return points


MODEL: Final = """async ([data, points]) => {
  const model = await import(new URL("../_static/fit-model.js", location.href));
  return points.map(p => {
    const shape = data.models.find(one => one.key === p.model);
    const chips = p.copies * p.tensor * p.pipeline;
    const recipe = data.recipes.find(one => one.key === p.recipe);
    const parts = model.training(shape, {...p, chips}, recipe);
    return [parts, model.largest(parts), model.obstacle(shape, chips, p),
      model.serving(shape, chips, p, data.stored[p.stored], 2)];
  });
}"""


def test_the_model_equals_hwmath(seen: Visit) -> None:
    points = asked(seed=3)
    theirs = seen.page.evaluate(MODEL, [load("fit").data, points])
    assert {largest for _, largest, _, _ in theirs} == {*fit.TRAINING} - {"gradients"}
    for p, (parts, largest, obstacle, served) in zip(points, theirs, strict=True):
        plan = Plan(
            data=p["copies"],
            tensor=p["tensor"],
            pipeline=p["pipeline"],
            zero_stage=p["zeroStage"],
            micro_batch=p["texts"],
            micro_batches=p["pipeline"],
            sequence_parallel=p["split"],
        )
        how: Any = {"recompute": p["recompute"], "flash": p["flash"]}
        ours = fit.training(model(p["model"]), plan, p["sequence"], p["recipe"], **how)
        assert parts == pytest.approx(ours, rel=1e-9, abs=0), p
        assert largest == max(ours, key=lambda name: ours[name])
        assert obstacle == ""
        chips = int(plan.chips)
        wanted = fit.serving(model(p["model"]), chips, p["texts"], p["sequence"], p["stored"])
        assert served == pytest.approx(wanted, rel=1e-9, abs=0), p


def test_a_plan_that_does_not_part_a_model_is_named(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("pipeline parallel").press("ArrowRight")
    cell(made, "DeepSeek-V3, 16 chips").click()
    made.locator(".explorer-sentence", has_text="61 layers do not part into 2").wait_for()
    assert facts(made)["a chip needs"] == "–"
    cell(made, "Llama 3.1 70B, 1 chip").click()
    made.locator(".explorer-sentence", has_text="a copy takes 2 chips").wait_for()
    assert seen.errors == []


def cell(made: Locator, name: str) -> Locator:
    """A cell by the beginning of its name."""
    return made.locator(f"[role=gridcell][aria-label^='{name}:']")


def test_the_board_is_the_table_in_colours(seen: Visit) -> None:
    made = explorer(seen)
    said = made.get_by_role("gridcell").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label').split(': ')[1])"
    )
    assert said == [words for row in cells(made) for words in row[1:]]
    letters = made.get_by_role("gridcell").all_text_contents()
    assert {"✓": "fits", "O": "optimizer", "A": "activations"} == {
        letter: words.split(",")[0] for letter, words in zip(letters, said, strict=True)
    }


def test_arrows_move_over_the_board_and_open_a_cell(seen: Visit) -> None:
    made = explorer(seen)
    made.locator("[role=grid] [tabindex='0']").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Home"):
        seen.page.keyboard.press(key)
    held = fit.training(model("llama-3.1-8b"), Plan(data=1, zero_stage=3), 4096)
    assert facts(made)["a chip needs"] == format_si(sum(held.values()), "B")
    assert facts(made)["largest part"] == f"optimizer, {format_si(held['optimizer'], 'B')}"
    assert facts(made)["fits from"] == "4 chips"
    name = made.locator("[aria-selected=true]").get_attribute("aria-label") or ""
    assert name.startswith("Llama 3.1 8B, 1 chip: optimizer")
    assert made.locator("[role=grid] [tabindex='0']").count() == 1
    seen.page.keyboard.press("End")
    sentence = made.locator(".explorer-sentence", has_text="Llama 3.1 8B on 1,024 chips fits")
    sentence.wait_for()


@pytest.mark.parametrize("recompute", fit.RECOMPUTE)
def test_what_it_shows_equals_hwmath(recompute: Any, seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("computed anew").select_option(recompute)
    made.get_by_label("copies share").select_option("1")
    made.get_by_label("attention").select_option("plain")
    for _ in range(3):
        made.get_by_label("tensor parallel").press("ArrowRight")
    plan = Plan(data=2, tensor=8, zero_stage=1)
    held = fit.training(model("llama-3.1-70b"), plan, 4096, recompute=recompute, flash=False)
    need = sum(held.values())
    assert facts(made)["a chip needs"] == format_si(need, "B")
    assert facts(made)["share of its memory"] == f"{format_number(100 * need / 80e9, 2)} %"
    assert facts(made)["copies of the model"] == "2"


def test_serving_has_weights_and_a_cache(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("the chips").select_option("serving")
    made.get_by_label("texts at once").press("End")
    held = fit.serving(model("llama-3.1-70b"), 16, 256, 4096)
    assert facts(made)["a chip needs"] == format_si(sum(held.values()), "B")
    assert not made.get_by_label("recipe").is_visible()
    assert not made.get_by_label("tensor parallel").is_visible()
    assert "Serving, weights in bf16" in str(made.locator(".explorer-table p").text_content())
    bars = made.locator("svg .explorer-tick[text-anchor=middle]").all_text_contents()
    assert bars == [*fit.STORED, ""]


@pytest.mark.parametrize("width", [PHONE_PX, 1280])
def test_the_name_of_the_line_stands_where_no_bar_is(
    width: int, visit: Callable[..., Visit]
) -> None:
    made = explorer(visit(page_of("fit"), width=width))
    for name in ("Llama 3.1 70B, 1 chip", "GPT-2 XL, 1 chip", "Llama 3.1 70B, 64 chips"):
        cell(made, name).click()
        covered = made.evaluate(
            """made => {
              const box = one => one.getBoundingClientRect();
              const words = [...made.querySelectorAll(".explorer-plot text")]
                .filter(one => /^(a chip|80 GB)$/.test(one.textContent)).map(box);
              const bars = [...made.querySelectorAll(".explorer-plot rect.explorer-bar")].map(box);
              return words.length !== 2 || words.some(one => bars.some(bar =>
                one.left < bar.right && one.right > bar.left
                && one.top < bar.bottom && one.bottom > bar.top));
            }"""
        )
        assert not covered, name


def test_a_bar_beyond_the_axis_is_marked_and_the_chosen_one_never_is(seen: Visit) -> None:
    made = explorer(seen)
    totals = made.locator("svg .explorer-name[text-anchor=middle]").all_text_contents()[:4]
    assert [text.startswith("↑") for text in totals] == [True, True, True, False]
    held = fit.training(model("llama-3.1-70b"), Plan(data=16, zero_stage=3), 4096)
    assert totals[-1] == format_si(sum(held.values()), "", 2).strip()
