"""Hand-ins that put something active or misleading into what is shown about them.

The word `stolen` stands for what would run: no page may have it in a script or in an attribute.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

from grading.attacks import ALL, STENCIL, Group
from grading.attacks.desk import Desk, Work, code, prose, text_of

GROUP = Group("feedback")
RUNS: Final = {
    "script": "<script>stolen()</script>",
    "image": "<img src=x onerror=stolen()>",
    "vector": "<svg onload=stolen()><script>stolen()</script></svg>",
    "link": '<a href="javascript:stolen()">your points</a>',
    "frame": '<iframe srcdoc="<script>stolen()</script>" src="javascript:stolen()"></iframe>',
    "style": '<style>body{background:url("javascript:stolen()")} .points{display:none}</style>',
    "refresh": '<meta http-equiv="refresh" content="0;url=javascript:stolen()">',
    "form": '<form action="javascript:stolen()"><button formaction="javascript:stolen()">ok',
    "base": '<base href="javascript:stolen()//"><object data="javascript:stolen()"></object>',
    "closing": "--></textarea></title></style></script></pre></code><script>stolen()</script>",
    "template": "{{ stolen() }} {% import os %} ${stolen()} <%= stolen() %> `stolen()`",
    "formula": r"$\href{javascript:stolen()}{x} \unicode{<script>stolen()</script>}$",
}
MARKUP: Final = "\n".join(RUNS.values())

for name, markup in RUNS.items():
    GROUP.work(
        f"shows-{name}",
        f"Shows markup that would run: a {name}, by every way that Jupyter has.",
        Work(
            last=f"MARKUP = {markup!r}\n"
            + text_of("""
            from IPython.display import *
            for kind in (HTML, Markdown, Latex, SVG, Javascript, JSON, Pretty):
                try:
                    display(kind(MARKUP))
                except Exception:
                    pass
            display({"text/html": MARKUP, "image/svg+xml": MARKUP, "text/markdown": MARKUP,
                     "application/javascript": MARKUP, "application/x-stolen": MARKUP}, raw=True)
            print(MARKUP)
            raise ValueError(MARKUP)
            """)
        ),
        ALL,
    )


def fails(name: str, tries: str, body: str) -> None:
    """Add a student who is right but in one function, which is `body` in every call."""
    lines = [f"    {line}" for line in text_of(body).splitlines()]
    function = "\n".join([f"MARKUP = {MARKUP!r}", "def NAME(*args):", *lines])
    GROUP.work(name, tries, Work(answers={STENCIL: function}), ALL - {STENCIL})


fails("raises-markup", "Raises an exception with markup for a text.", "raise ValueError(MARKUP)")
fails(
    "raises-named-markup",
    "Raises an exception with markup for a name.",
    "raise type(MARKUP, (Exception,), {'__module__': MARKUP})(MARKUP)",
)
fails("returns-markup", "Returns markup where a number is asked for.", "return MARKUP")
fails(
    "returns-named-markup",
    "Returns an object whose class has markup for a name.",
    "return type(MARKUP, (), {'__repr__': lambda self: MARKUP})()",
)
fails(
    "colours-and-cursor",
    "Raises with codes that move a terminal's cursor and rewrite what is above.",
    'raise ValueError("\\x1b[2J\\x1b[1;1H\\x1b]8;;javascript:stolen()\\x07 16/16 \\x1b[8m\\r")',
)
fails(
    "claims-in-the-text",
    "Raises with a text that reads like the grader's own.",
    'raise AssertionError("All hidden checks pass.\\nPoints: 16 of 16\\nHint: see stolen()")',
)
fails(
    "fields-in-the-text",
    "Raises with a text that a formatter, a template or a table would fill in or run.",
    'raise ValueError("{name.__class__} {0} %s {{ 7*7 }} =cmd|calc!A0 \\";DROP TABLE grade;--")',
)
fails(
    "direction-of-writing",
    "Raises with letters that turn the direction of writing, or are not to be seen.",
    'raise ValueError("\\u202e\\u2066 61/61 \\u200b\\ufeff\\ud800\\0")',
)


@GROUP.folder("Writes markup into its own text cells, with every kind of trick.", ALL)
def markup_in_text_cells(desk: Desk) -> None:
    nb = desk.notebook()
    nb.cells += [prose(markup) for markup in RUNS.values()]
    nb.cells += [prose(MARKUP, "raw"), prose("[x]: javascript:stolen()\n\n[x]")]
    desk.put(nb)


@GROUP.folder("Hands in outputs with markup that no cell of it would show.", ALL)
def markup_in_outputs(desk: Desk) -> None:
    data = {"text/html": MARKUP, "image/svg+xml": MARKUP, "application/javascript": "stolen()"}
    shown: dict[str, Any] = {"output_type": "display_data", "metadata": {}, "data": data}
    error = {"output_type": "error", "ename": MARKUP, "evalue": MARKUP, "traceback": [MARKUP]}
    nb = desk.notebook()
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [shown, error]
    desk.put(nb)


@GROUP.folder("Writes markup into everything of a notebook that is no cell's text.", ALL)
def markup_in_metadata(desk: Desk) -> None:
    nb = desk.notebook()
    nb.metadata.update(title=MARKUP, authors=[{"name": MARKUP}], stolen=MARKUP)
    nb.metadata.kernelspec = dict.fromkeys(("name", "display_name", "language"), MARKUP)
    nb.metadata.language_info = {"name": MARKUP, "file_extension": MARKUP, "mimetype": MARKUP}
    for n, cell in enumerate(nb.cells):
        cell.id = f'{n}" onmouseover="stolen()'
        cell.metadata.update(tags=[MARKUP, "hide_input"], name=MARKUP)
    desk.put(nb)


@GROUP.folder("Pictures in its text cells ask a stranger who looks at them.", ALL)
def pictures_from_elsewhere(desk: Desk) -> None:
    nb = desk.notebook()
    address = "http://127.0.0.1:9/stolen.png"
    nb.cells.append(prose(f'![]({address}) <img src="{address}" onload="stolen()">'))
    nb.cells.append(code(f"from IPython.display import Image\nImage(url={address!r})"))
    desk.put(nb)


@GROUP.folder("Has a million lines of text, so that no page of it opens.", ALL, frozenset())
def text_without_end(desk: Desk) -> None:
    nb = desk.notebook()
    many = itertools.repeat("> " * 50 + "x\n", 20_000)
    nb.cells.append(prose("".join(many)))
    nb.cells.append(prose("[" * 50_000 + "*_" * 20_000))
    desk.put(nb)
