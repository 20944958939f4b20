"""Questions that wait for a guess: what a page is given, and what is refused while it is built."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from coursesite import downloads, predict
from coursesite.predict import Question

PAGE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Speed

```{code-cell} ipython3
from myst_nb import glue
glue("ridge", 295.4, display=False)
glue("side", "left", display=False)
```

:::{predict} The ridge & more
:answer: ridge:.0f
:unit: FLOP/B

Where is it?
:::

:::{answer} ridge
At {glue:text}`ridge:.1f`.
:::
"""
CONF = """\
extensions = ["myst_nb", "coursesite_predict"]
myst_enable_extensions = ["colon_fence"]
nb_execution_mode = "force"
"""
EXTENSION = """\
from coursesite import napkin, predict

def setup(app):
    predict.register(app)
    napkin.register(app)
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (tmp_path / "coursesite_predict.py").write_text(EXTENSION)
    monkeypatch.syspath_prepend(str(tmp_path))
    return source


def build(source: Path, page: str) -> tuple[str, str]:
    """The page and the napkin's page, or what the build says against them."""
    toctree = "\n```{toctree}\nnapkin\n```\n"
    (source / "index.md").write_text(page + toctree)
    (source / "napkin.md").write_text("# Napkin\n\n:::{napkin}\n:::\n")
    app = SphinxTestApp(srcdir=source, freshenv=True)
    try:
        app.build()
        said = re.sub(r"\x1b\[[\d;]*m", "", app.warning.getvalue())
        pages = [(app.outdir / name).read_text() for name in ("index.html", "napkin.html")]
    finally:
        app.cleanup()
    assert not said, said
    return pages[0], pages[1]


@pytest.mark.slow
def test_a_page_knows_the_computed_answer_and_the_napkin_knows_the_question(built: Path) -> None:
    page, napkin = build(built, PAGE)
    (data,) = re.findall(r'data-question="([^"]+)"', page)
    assert json.loads(html.unescape(data)) == {
        "topic": "index",
        "id": "ridge",
        "answer": 295.4,
        "shown": "295 FLOP/B",
        "unit": "FLOP/B",
        "choices": [],
    }
    assert re.search(r'<details class="predict-answer" id="answer-ridge">', page)
    assert 'href="index.html#predict-ridge">The ridge &amp; more</a>' in napkin
    assert 'id="predict-ridge"' in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("answer: ridge:.0f", "answer: ghost", "the answer 'ghost': No key 'ghost' found"),
        ("answer: ridge:.0f", "answer: side", "side='left' is none of the choices"),
        ("ridge:.0f\n", "ridge:.0f\n:choices: up | 3\n", "choice='up' is no number above zero"),
        ("{answer} ridge", "{answer} rigde", "ridge needs one question and one answer"),
        (":::{answer}", "More.\n\n:::{answer}", "between ridge and its answer stands more than"),
    ],
)
def test_what_is_missing_or_wrong_is_named(built: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(said)):
        build(built, PAGE.replace(before, after))


@pytest.mark.parametrize("answer", [0.0, -1.0, float("inf"), float("nan")])
def test_a_number_that_has_no_factor_is_refused(answer: float) -> None:
    with pytest.raises(ValueError, match=r"share=.* is no number above zero"):
        Question("page", "share", answer, "0")


def test_choices_have_values_that_can_be_held_against_the_answer() -> None:
    parsed = predict.choices("90 = nine tenths | 1e3 = a < b | to the left")
    assert parsed == ((90, "nine tenths"), (1000.0, "a < b"), ("to the left", "to the left"))
    markup = Question("page", "a_b", 80.0, "80 %", "%", parsed[:2]).html()
    assert 'value="90"> nine tenths' in markup
    assert "a &lt; b" in markup
    assert 'href="#answer-a-b"' in markup


def test_in_a_notebook_the_question_comes_first_and_the_answer_is_folded() -> None:
    source = "\n".join(
        (
            ":::{predict} Layer norm",
            ":answer: norm:.0f",
            ":unit: %",
            ":choices: 90 = nine tenths | 8 | to the left",
            "",
            "Which share?",
            ":::",
            "",
            "Then:",
            "",
            ":::{answer} norm",
            "About {glue:text}`norm:.0f` %.",
            ":::",
        )
    )
    assert downloads.plain_markdown(source, {"norm": 9.2}).splitlines() == [
        "> **Predict: Layer norm**",
        ">",
        "> Which share?",
        ">",
        "> - nine tenths",
        "> - 8",
        "> - to the left",
        "",
        "Then:",
        "",
        "<details><summary>The answer</summary>",
        "",
        "About 9 %.",
        "",
        "</details>",
    ]
