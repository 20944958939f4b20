"""What stands around the pages: their descriptions, the page for a wrong address, the site map.

Absolute addresses need the site's own, `baseurl` in `_config.yml`; without one there is no site
map and no card, and the page for a wrong address takes the site to lie at the root of its host.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx

from coursesite import cards

LONGEST: Final = 200
LOST: Final = """\
<h1>There is no page here</h1>
<p>The address may have a slip in it, or the page has moved.
The <a href="index.html">contents</a> list every page, and the <a href="search.html">search</a>
finds words on them.</p>
"""


def lost_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that a web server shows where there is none."""
    path = urlsplit(app.config.html_baseurl).path or "/"
    base = f'<base href="{html.escape(path, quote=True)}">'
    yield "404", {"title": "No page here", "body": LOST, "metatags": base}, "page.html"


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Tell search engines, and those who share a page, what it is about."""
    del templatename
    if doctree is None:
        return
    about, base, book = description(doctree), app.config.html_baseurl, app.config.html_title
    title = html.unescape(re.sub("<[^>]+>", "", str(context.get("title", ""))))
    card = {
        "og:title": title,
        "og:description": about,
        "og:type": "article",
        "og:site_name": book,
    }
    if base:
        card |= cards.make(app, pagename, title, book)
        card["og:image"] = urljoin(base, card["og:image"])
        card["og:url"] = urljoin(base, f"{pagename}.html")
    tags = [f'<meta name="description" content="{html.escape(about, quote=True)}">']
    tags += [
        f'<meta property="{name}" content="{html.escape(value, quote=True)}">'
        for name, value in card.items()
    ]
    context["metatags"] = "\n".join((str(context.get("metatags", "")), *tags))


def description(doctree: nodes.document) -> str:
    """The first paragraphs of a page, as much as fits into a card.

    Words are never cut.
    """
    text = ""
    for paragraph in doctree.findall(nodes.paragraph):
        more = f"{text} {' '.join(paragraph.astext().split())}".strip()
        if len(more) > LONGEST:
            return text or more[:LONGEST].rpartition(" ")[0] + "…"
        text = more
    return text


def write_map(app: Sphinx) -> None:
    """Write the site map, if the site's address is known."""
    base = app.config.html_baseurl
    if base:
        pages = [urljoin(base, f"{name}.html") for name in sorted(app.env.found_docs)]
        rows = "".join(f"  <url><loc>{escape(page)}</loc></url>\n" for page in pages)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
        )
        Path(app.outdir, "sitemap.xml").write_text(text, encoding="utf-8")
