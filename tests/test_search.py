"""The search finds words of the authors', and no numbers of one machine's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from coursesite import around

PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
# Page

```{code-cell} ipython3
:tags: [nbval-ignore-output]

from IPython.display import HTML
from myst_nb import glue

glue("share", 11110 + 1, display=False)
print("mea" + "sured")
HTML("<p>tab" + "led</p>")
```

It said {glue:text}`share`.

```{code-cell} ipython3
print("always")
```
"""
EXTENSION = """\
from coursesite import search

def setup(app):
    search.register(app)
"""


@pytest.mark.slow
def test_what_was_measured_is_shown_and_described_and_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    extensions = ["myst_nb", "coursesite_search"]
    (source / "conf.py").write_text(f"extensions = {extensions}\nnb_execution_mode = 'force'\n")
    (source / "index.md").write_text(PAGE)
    (tmp_path / "coursesite_search.py").write_text(EXTENSION)
    monkeypatch.syspath_prepend(str(tmp_path))
    app = SphinxTestApp(srcdir=source, freshenv=True)
    try:
        app.build()
        assert app.warning.getvalue() == ""
        page = (app.outdir / "index.html").read_text()
        index = (app.outdir / "searchindex.js").read_text()
        doctree = app.env.get_and_resolve_doctree("index", app.builder)
    finally:
        app.cleanup()
    output = page.split("cell_output")[1]
    assert "measured" in output
    assert "<p>tabled</p>" in output
    assert 'It said <span class="pasted-text">11111</span>.' in page
    assert around.description(doctree) == "It said 11111."
    terms = index[index.index('"terms"') :]
    assert '"alwai"' in terms, "the stem of a word"
    for word in ("11111", "measur", "tabl"):
        assert word not in terms
