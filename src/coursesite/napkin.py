"""The reader's own page: every question of the book, beside what was guessed in this browser.

The directive `napkin` lists the questions; `static/napkin.js` fills in the guesses.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from coursesite.assets import element

NAPKIN: Final = """\
<course-napkin>
<noscript><p>Without JavaScript this page cannot keep or show a guess.
These are the questions that the book asks:</p></noscript>
<p class="napkin-sum pst-js-only" role="status">&nbsp;</p>
<div class="napkin-picture" hidden></div>
{topics}
<p class="napkin-buttons pst-js-only">
<button type="button" class="napkin-save">Save to a file</button>
<label class="napkin-load">Bring in a file
<input type="file" accept=".json,application/json"></label>
<button type="button" class="napkin-forget">Forget everything</button>
</p>
<p class="napkin-says pst-js-only" role="status"></p>
</course-napkin>"""
TOPIC: Final = """\
<section class="napkin-topic" data-topic="{topic}">
<h3>{title}</h3>
<p class="napkin-median" hidden></p>
<table><thead class="pst-js-only"><tr><th scope="col">You said</th><th scope="col">It is</th>\
<th scope="col">Off by</th></tr></thead>
{questions}
</table>
</section>"""
QUESTION: Final = """\
<tbody data-id="{id}"><tr><th colspan="3" scope="rowgroup"><a href="{address}">{about}</a></th></tr>
<tr class="pst-js-only"><td>not yet</td><td>–</td><td>–</td></tr></tbody>"""


class napkin(nodes.General, nodes.Element):  # noqa: N801 docutils writes its nodes so
    """Where the questions will stand."""


class Napkin(SphinxDirective):
    """The place of the list."""

    def run(self) -> list[nodes.Node]:
        """Docutils calls this once; the questions are known when all pages have been read."""
        return [napkin()]


class ListQuestions(SphinxPostTransform):
    """Put the questions of all pages where the napkin is, in the order of the book."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        for place in list(self.document.findall(napkin)):
            markup = NAPKIN.format(topics="\n".join(self._topics()))
            place.replace_self(
                element(markup, "napkin.css", early=("while-reading.js", "guesses.js", "napkin.js"))
            )

    def _topics(self) -> Iterator[str]:
        for page in self.env.collect_relations():
            asked = self.env.metadata[page].get("predictions")
            if asked:
                address = self.app.builder.get_relative_uri(self.env.docname, page)
                title = self.env.titles[page].astext()
                questions = "\n".join(question(address, name, about) for name, about in asked)
                yield TOPIC.format(topic=page, title=html.escape(title), questions=questions)


def question(address: str, name: str, about: str) -> str:
    """A question of a page, with a link to where it is asked.

    >>> "roofline.html#predict-the-ridge" in question("roofline.html", "the_ridge", "Its ridge")
    True
    """
    where = f"{address}#predict-{nodes.make_id(name)}"
    return QUESTION.format(
        id=html.escape(name), address=html.escape(where), about=html.escape(about)
    )


def register(app: Sphinx) -> None:
    """Tell Sphinx of the directive."""
    app.add_node(napkin)
    app.add_directive("napkin", Napkin)
    app.add_post_transform(ListQuestions)
