"""A guess before the number: the directives `predict` and `answer`.

    :::{predict} Adding two vectors
    :answer: add_share:.2f
    :unit: %

    Which share of the peak do you reach?
    :::

The answer is the name of a value that a cell of the page glues, with the format of a glue role.
It is also the name of the question, and of the explanation, which must come next, or after the one
cell that computes it:

    :::{answer} add_share
    At most {glue:text}`add_share:.2f` %.
    :::

With `choices` the reader picks: `90 = nine tenths | 50 = a half` where the value is a number,
`to the left | to the right` where it is a word.  One press then opens the explanation, and the
output of the cell that follows the question.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from coursesite.assets import element
from coursesite.downloads import formatted, literal

LOGGER = logging.getLogger(__name__)
ENTRY: Final = """\
<label class="predict-entry">Your guess
<input type="text" name="guess" size="10" autocomplete="off" autocapitalize="none"
 spellcheck="false" aria-describedby="{ref}-says"> {unit}</label>"""
CHOICES: Final = '<fieldset class="predict-choices"><legend>Your guess</legend>{all}</fieldset>'
CHOICE: Final = '<label><input type="radio" name="guess" value="{value}"> {label}</label>'
ELEMENT: Final = """\
<course-guess data-question="{data}">
<form class="{classes}" novalidate>
{entry}
<p class="predict-buttons pst-js-only"><button type="submit">Check my guess</button>
<button type="button" class="predict-show">Show me</button></p>
<p class="predict-says" id="{ref}-says" role="status"></p>
</form>
<div class="predict-result" role="group" aria-label="How far off" hidden>
<p class="predict-verdict" tabindex="-1"></p>
<p class="predict-buttons"><button type="button" class="predict-again">Guess again</button>
<a href="#answer-{ref}">Why</a></p>
</div>
</course-guess>"""

Value = str | float


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks, and what its script has to know."""

    topic: str
    id: str
    answer: Value
    shown: str
    unit: str = ""
    choices: tuple[tuple[Value, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be guessed.

        Raises: ValueError for a number without a factor, a word that is no choice.
        """
        values = [value for value, _ in self.choices]
        if isinstance(self.answer, str):
            if self.answer not in values:
                raise ValueError(f"{self.id}={self.answer!r} is none of the choices {values}")
            return
        for what, value in ((self.id, self.answer), *(("choice", value) for value in values)):
            if isinstance(value, str) or not (math.isfinite(value) and value > 0):
                raise ValueError(f"{what}={value!r} is no number above zero")

    def html(self) -> str:
        """The form, which the page's script brings to life."""
        ref = nodes.make_id(self.id)
        entry = ENTRY.format(ref=ref, unit=html.escape(self.unit))
        if self.choices:
            every = (
                CHOICE.format(value=html.escape(str(value)), label=html.escape(label))
                for value, label in self.choices
            )
            entry = CHOICES.format(all="\n".join(every))
        data = html.escape(json.dumps(asdict(self)))
        classes = "predict-form" if self.choices else "predict-form pst-js-only"
        return ELEMENT.format(data=data, entry=entry, ref=ref, classes=classes)


def choices(text: str) -> tuple[tuple[Value, str], ...]:
    """What a reader may pick: the value of each choice, and how it is called.

    >>> choices("90 = nine tenths | 8 | left")
    ((90, 'nine tenths'), (8, '8'), ('left', 'left'))
    """
    pairs = (choice.rpartition("=") for choice in text.split("|"))
    return tuple((literal((v or label).strip()), label.strip()) for v, _, label in pairs)


class Predict(SphinxDirective):
    """The question."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "answer": directives.unchanged_required,
        "unit": directives.unchanged,
        "choices": choices,
    }

    def run(self) -> list[nodes.Node]:
        """Docutils calls this once for each question."""
        name, _, spec = self.options.get("answer", "").partition(":")
        unit = self.options.get("unit", "")
        try:
            data = retrieve_glue_data(self.state.document, name).data
            value = literal(data["text/plain"])
            shown = f"{formatted(value, spec or None)} {unit}".strip()
            question = Question(
                self.env.docname, name, value, shown, unit, self.options.get("choices", ())
            )
        except (RetrievalError, KeyError, ValueError) as error:
            raise self.error(f"predict: the answer {name!r}: {error}") from error
        title, _ = self.state.inline_text(f"Predict: {self.arguments[0]}", self.lineno)
        box = nodes.admonition("", nodes.title("", "", *title), classes=["predict", "tip"])
        box["ids"] = [f"predict-{nodes.make_id(name)}"]
        box["predicts"], box["about"] = name, self.arguments[0]
        self.set_source_info(box)
        self.state.nested_parse(self.content, self.content_offset, box)
        box += element(
            question.html(), "predict.css", early=("while-reading.js", "guesses.js", "predict.js")
        )
        return [box]


class folded(nodes.General, nodes.Element):  # noqa: N801 docutils writes its nodes so
    """An explanation, closed until the reader has guessed."""


class Answer(SphinxDirective):
    """The explanation."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Docutils calls this once for each explanation."""
        name = self.arguments[0]
        node = folded(ids=[f"answer-{nodes.make_id(name)}"], explains=name)
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def pair(app: Sphinx, doctree: nodes.document) -> None:
    """Hold a page's questions against its explanations, and note them for the napkin."""
    asked = [box for box in doctree.findall(nodes.admonition) if "predicts" in box]
    names = [box["predicts"] for box in asked]
    explained = [node["explains"] for node in doctree.findall(folded)]
    for box in asked:
        if box["predicts"] in explained and not _meets_answer(box):
            LOGGER.warning(
                "predict: between %s and its answer stands more than the cell that computes it",
                box["predicts"],
                location=box,
            )
    for name in sorted({*names, *explained}):
        if (names.count(name), explained.count(name)) != (1, 1):
            LOGGER.warning(
                "predict: %s needs one question and one answer on the page, and has %d and %d",
                name,
                names.count(name),
                explained.count(name),
                location=app.env.docname,
            )
    app.env.metadata[app.env.docname]["predictions"] = [
        (box["predicts"], box["about"]) for box in asked
    ]


def _meets_answer(box: nodes.admonition) -> bool:
    """Whether the answer follows a question, or the one cell that follows it."""
    first, second = (*box.parent[box.parent.index(box) + 1 :], None, None)[:2]
    answer = second if isinstance(first, nodes.container) else first
    return isinstance(answer, folded) and answer["explains"] == box["predicts"]


def _open(writer: Any, node: folded) -> None:
    tag = writer.starttag(node, "details", CLASS="predict-answer")
    writer.body.append(f"{tag}<summary>The answer</summary>\n")


def _close(writer: Any, _: folded) -> None:
    writer.body.append("</details>\n")


def register(app: Sphinx) -> None:
    """Tell Sphinx of the directives."""
    app.add_node(folded, html=(_open, _close))
    app.add_directive("predict", Predict)
    app.add_directive("answer", Answer)
    app.connect("doctree-read", pair)
