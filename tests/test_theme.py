"""What the extension does to pages: formulas typeset, icons drawn, the theme's faults mended."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document

from coursesite import around, assets, icons, mathematics, theme


@pytest.fixture
def typesetter() -> Any:
    made = mathematics.Typesetter()
    yield made
    made.close()


def text_of(html: str) -> str:
    """The formula as MathML writes it, without tags."""
    (math,) = re.findall(r"<math.*?</math>", html)
    return re.sub(r"<[^>]+>", "", math)


def test_a_formula_is_typeset_for_eyes_and_for_screen_readers(
    typesetter: mathematics.Typesetter,
) -> None:
    html = typesetter.html(r"I = \frac{W}{D}", display=True)
    assert 'display="true"' in html
    assert text_of(html) == "I=WD"
    assert 'display="true"' not in typesetter.html(r"I = \frac{W}{D}", display=False)


@pytest.mark.parametrize(
    ("tex", "said"), [(r"\undefined x", r"\\undefined"), (r"\frac{1}{", "Missing close brace")]
)
def test_tex_that_is_wrong_is_named(
    typesetter: mathematics.Typesetter, tex: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        typesetter.html(tex, display=False)
    assert text_of(typesetter.html("x", display=False)) == "x"


def test_the_style_has_all_fonts_that_it_names() -> None:
    fonts = set(re.findall(r'url\("fonts/([^"]+)"\)', mathematics.style()))
    assert len(fonts) > 10
    assert fonts <= {path.name for path in mathematics.FONTS.iterdir()}


def test_an_icon_that_is_nowhere_is_an_error() -> None:
    assert "--icon: url(" in icons.style({("solid", "bars")})
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icons.style({("solid", "no-such-icon")})


def test_the_faults_of_the_theme_are_mended() -> None:
    before = (
        '<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>'
        'dataset.theme = localStorage.getItem("theme") || "";'
        '<button class="btn search-button-field x" title="Search" aria-label="Search" id="b">'
        '<summary><span class="toctree-toggle">'
        '<div id="pst-primary-sidebar" class="x">'
        '<div class="citation" id="id1" role="doc-biblioentry">'
        '<div class="output text_html">\n<table><div class="output text_html"><p>'
    )
    after = theme.mended(before)
    for fault in ("fontawesome", '|| ""', 'title="Search"', "doc-biblioentry", "<summary><span"):
        assert fault not in after
    assert after.count('tabindex="0"') == 1
    assert theme.mended(after) == after, "a page that an incremental build left alone"


def test_a_page_loads_what_its_elements_ask_for_and_nothing_twice() -> None:
    document = new_document("page")
    document += assets.element("<x-one>", "one.js", "one.css", early=("zero.js",))
    document += nodes.paragraph("", "", assets.element("<x-two>", "two.js", early=("zero.js",)))
    scripts: list[tuple[str, dict[str, str]]] = []
    styles: list[str] = []
    app: Any = SimpleNamespace(
        add_js_file=lambda name, **how: scripts.append((name, how)), add_css_file=styles.append
    )
    assets.load(app, "page", "", {}, document)
    module = {"type": "module"}
    assert scripts[:2] == [(assets.FILE_NOTE, {}), ("zero.js", {})]
    assert scripts[2:] == [("one.js", module), ("two.js", module)]
    assert styles == ["one.css"]

    def asset(filename: str | None, body: str = "") -> Any:
        return SimpleNamespace(filename=filename, attributes={"body": body})

    kept = asset("copybutton.js")
    context = {"script_files": [kept, asset("sphinx-thebe.js"), asset(None, "THEBE"), kept]}
    assets.leave_out(app, "page", "", context, document)
    assert context["script_files"] == [kept]


def test_a_page_is_described_by_its_first_words() -> None:
    document = new_document("page")
    document += nodes.paragraph("", "Is the code\nbad?")
    document += nodes.paragraph("", "word " * 100)
    assert around.description(document) == "Is the code bad?"
    document.pop(0)
    assert around.description(document) == f"{'word ' * 39}word…"


def test_absolute_addresses_need_the_sites_own(tmp_path: Any) -> None:
    env = SimpleNamespace(found_docs={"index", "chapters/a&b"}, external_site_map={})
    app: Any = SimpleNamespace(
        env=env, outdir=tmp_path, config=SimpleNamespace(html_baseurl="", html_title="Book")
    )
    around.write_map(app)
    assert not (tmp_path / "sitemap.xml").exists()
    assert '<base href="/">' in next(around.lost_page(app))[1]["metatags"]
    app.config.html_baseurl = "https://example.org/book/"
    around.write_map(app)
    text = (tmp_path / "sitemap.xml").read_text()
    assert "<loc>https://example.org/book/chapters/a&amp;b.html</loc>" in text
    assert '<base href="/book/">' in next(around.lost_page(app))[1]["metatags"]
    context: dict[str, Any] = {"title": "A <em>page</em>"}
    document = new_document("page")
    document += nodes.paragraph("", 'What "is" it?')
    around.describe(app, "index", "", context, document)
    assert '<meta property="og:title" content="A page">' in context["metatags"]
    assert 'content="What &quot;is&quot; it?"' in context["metatags"]
    assert 'content="https://example.org/book/index.html"' in context["metatags"]
