"""Links to the repository, and cards, on the pages of a small book with the real settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from jupyter_book.config import get_final_config
from matplotlib import image
from nbformat import v4
from sphinx.testing.util import SphinxTestApp

from coursesite import cards

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/owner/name"
SITE = "https://example.org/book/"
CHAPTER = """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
# {title}

A chapter.

```{{code-cell}} ipython3
1
```
"""
CONTENTS = """\
format: jb-book
root: index
parts:
  - caption: The part
    chapters:
      - file: chapters/one
        sections:
          - file: exercises/one/one.ipynb
"""
EXTENSION = """\
from coursesite import around, repository

def setup(app):
    repository.register(app)
    app.connect("html-page-context", around.describe)
"""
Pages = dict[str, str]
Build = Callable[..., Pages]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build the small book, as if an address of `_config.yml` were another."""
    source = tmp_path / "source"
    for name, title in (("index", "The book"), ("chapters/one", "One & only")):
        (source / name).parent.mkdir(exist_ok=True, parents=True)
        (source / f"{name}.md").write_text(CHAPTER.format(title=title))
    (source / "exercises" / "one").mkdir(parents=True)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Exercise"), v4.new_code_cell("1")])
    nbformat.write(notebook, source / "exercises" / "one" / "one.ipynb")
    (source / "_toc.yml").write_text(CONTENTS)
    (tmp_path / "around_the_book.py").write_text(EXTENSION)
    monkeypatch.syspath_prepend(str(tmp_path))

    def built(repository: str = "", baseurl: str = "") -> Pages:
        settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        settings["repository"]["url"] = repository
        settings["html"]["baseurl"] = baseurl
        command_line = {"latex_individualpages": False}
        final: dict[str, Any]
        final, _ = get_final_config(user_yaml=settings, cli_config=command_line, sourcedir=source)
        kept = ("html_theme", "html_theme_options", "html_title", "html_baseurl")
        conf = [f"{name} = {final[name]!r}" for name in kept]
        names = ["myst_nb", "sphinx_external_toc", "sphinx_book_theme", "around_the_book"]
        mode = "force" if repository else "off"  # the theme looks for executed notebooks
        conf += [f"extensions = {names}", f"nb_execution_mode = {mode!r}"]
        conf += ["external_toc_path = '_toc.yml'"]
        (source / "conf.py").write_text("\n".join(conf))
        app = SphinxTestApp(srcdir=source, freshenv=True)
        try:
            app.build()
            pages = ("index", "chapters/one", "exercises/one/one")
            return {name: (app.outdir / f"{name}.html").read_text() for name in pages}
        finally:
            app.cleanup()

    return built


def addresses(page: str) -> list[str]:
    """The addresses of a page's buttons that lead off the site."""
    found = re.findall(r'<a href="(https://[^"]+)" target="_blank"', page)
    return [address for address in found if "sphinx" not in address]


@pytest.mark.slow
def test_without_the_repositorys_address_there_are_no_links_to_it(build: Build) -> None:
    pages = build()
    assert [addresses(page) for page in pages.values()] == [[], [], []]
    for page in pages.values():
        assert "launch" not in page
        assert "og:image" not in page


@pytest.mark.slow
def test_each_page_leads_to_its_own_source_and_to_what_can_open_it(build: Build) -> None:
    pages = build(repository=REPOSITORY)
    binder = "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree"
    for name in ("index", "chapters/one"):
        assert addresses(pages[name]) == [
            f"{binder}/{name}.md",
            f"{REPOSITORY}/edit/main/{name}.md",
        ]
    exercise = "exercises/one/one"
    assert addresses(pages[exercise]) == [
        f"{binder}/{exercise}.ipynb",
        f"https://colab.research.google.com/github/owner/name/blob/main/{exercise}.ipynb",
    ]


def test_what_pages_launch_lies_in_the_repository_under_that_name() -> None:
    assert (ROOT / "chapters" / "roofline.md").is_file()
    assert (ROOT / "exercises" / "roofline" / "roofline.ipynb").is_file()
    script = ROOT / "binder" / "postBuild"
    assert script.stat().st_mode & 0o111, "Binder runs it"
    assert "--require-hashes -r requirements.txt" in script.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_page_has_a_card_where_the_sites_address_is_known(build: Build, tmp_path: Path) -> None:
    page = build(baseurl=SITE)["exercises/one/one"]
    said = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', page))
    assert said["og:image"] == f"{SITE}_images/cards/exercises/one/one.png"
    assert said["twitter:card"] == "summary_large_image"
    assert said["og:site_name"] == "Parallelism and Hardware"
    (file,) = tmp_path.rglob("cards/exercises/one/one.png")
    height, width, _ = image.imread(file).shape
    assert (str(width), str(height)) == (said["og:image:width"], said["og:image:height"])


@pytest.mark.slow
def test_a_title_is_told_as_it_is_read(build: Build) -> None:
    page = build(baseurl=SITE)["chapters/one"]
    assert 'property="og:title" content="One &amp; only"' in page


def test_a_card_is_always_the_same_and_shows_what_it_is_given(tmp_path: Path) -> None:
    given = [("A", "Part", "Book"), ("A", "Part", "Book"), ("B", "Part", "Book")]
    given += [("A", "Other", "Book"), ("A", "Part", "Other"), ("$A", "Part", "Book")]
    drawn = []
    for number, (title, place, book) in enumerate(given):
        cards.draw(tmp_path / f"{number}.png", title, place, book)
        drawn.append((tmp_path / f"{number}.png").read_bytes())
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == len(given) - 1


@pytest.mark.parametrize("words", [1, 4, 9, 40])
def test_a_title_fits_its_card(words: int) -> None:
    text, points = cards.fitted(" ".join(["parallelism"] * words))
    lines = text.splitlines()
    width, most, _ = cards.LARGE if points == cards.LARGE[2] else cards.SMALL
    assert len(lines) <= most
    assert max(map(len, lines)) <= width
    assert ("…" in text) == (words > 6)
