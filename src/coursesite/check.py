"""Check a built site: a page for each entry of the contents, no broken local link, downloads.

`python -m coursesite.check SITE` prints every fault and exits with 1 if there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from bs4 import BeautifulSoup, Tag
from sphinx_external_toc.parsing import parse_toc_yaml


def faults(site: Path, toc: Path) -> list[str]:
    """What is wrong with the site built at `site` from the contents in `toc`, one line each.

    Raises: FileNotFoundError if there is no contents file.
    """
    pages = [f"{docname}.html" for docname in parse_toc_yaml(toc)]
    found = [
        f"{page}: in the contents, but not built" for page in pages if not _is_page(site / page)
    ]
    for page in (site / page for page in pages if _is_page(site / page)):
        found += [f"{page.relative_to(site)}: {fault}" for fault in _page_faults(page)]
    return found


def _is_page(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _page_faults(page: Path) -> Iterator[str]:
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    article = soup.find("article")
    if not isinstance(article, Tag) or article.find("h1") is None:
        yield "no article with a heading"
        return
    text = article.get_text()
    for trace in (
        "Traceback (most recent call last)",
        "site-packages",
        "{glue",
        "{cite",
        "system-message",
    ):
        if trace in text:
            yield f"shows {trace!r}"
    for image in article.find_all("img"):
        if not _text(image, "alt").strip():
            yield f"image without alt text: {_text(image, 'src')}"
    yield from _link_faults(page, soup)
    yield from _download_faults(page, soup)


def _link_faults(page: Path, soup: BeautifulSoup) -> Iterator[str]:
    ids = {_text(tag, "id") for tag in soup.select("[id]")}
    for attribute in ("href", "src"):
        for tag in soup.select(f"[{attribute}]"):
            link = urlsplit(_text(tag, attribute))
            if link.scheme or link.netloc:
                continue
            target = (page.parent / unquote(link.path)).resolve() if link.path else page
            if not target.exists():
                yield f"link to {_text(tag, attribute)}, which does not exist"
            elif target == page and link.fragment and link.fragment not in ids:
                yield f"link to #{link.fragment}, which is not on the page"


def _download_faults(page: Path, soup: BeautifulSoup) -> Iterator[str]:
    links = [_text(a, "href") for a in soup.select("a[href]")]
    notebooks = [
        (page.parent / unquote(href)).resolve()
        for href in links
        if href.endswith(".ipynb") and "_sources" in href
    ]
    if not notebooks and soup.select("div.cell"):
        yield "offers no notebook for download"
    for path in notebooks:
        if path.is_file():
            nbformat.validate(nbformat.read(path, as_version=4))


def _text(tag: Tag, attribute: str) -> str:
    return str(tag.get(attribute, ""))


def main(arguments: list[str]) -> int:
    """Print the faults of the site named on the command line; 0 if there are none."""
    if len(arguments) != 1:
        print("usage: python -m coursesite.check SITE", file=sys.stderr)
        return 2
    found = faults(Path(arguments[0]), Path("_toc.yml"))
    print("\n".join(found) or "every page of the contents is there, its links hold", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
