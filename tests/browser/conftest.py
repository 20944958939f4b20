"""The built website, served on the loopback, and Chromium to look at it.

`make book` comes first.  Whatever a page asks of another host is refused and remembered.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, Route, sync_playwright

from coursesite import explorers, hunt

SITE: Final = Path(__file__).parents[2] / "_build" / "html"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Scheme = Literal["light", "dark"]


@dataclass
class Visit:
    """A page that is open in the browser, and what went wrong on it so far."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


ELEMENTS: Final = {"explorers": explorers.element, "hunts": hunt.hunt}


def page_with(kind: str, topic: str) -> str:
    """A page of the site with nothing on it but one element, which may stand in no chapter yet."""
    page = (SITE / "404.html").read_text(encoding="utf-8")
    made = ELEMENTS[kind](topic)
    files = "".join(
        f'<script type="module" src="_static/{name}"></script>'
        if name.endswith(".js")
        else f'<link rel="stylesheet" href="_static/{name}">'
        for name in made["assets"]
    )
    before, after = page.split('<article class="bd-article">')
    after = after[after.index("</article>") :]
    body = f'<article class="bd-article"><h1>{topic}</h1>{made.astext()}{after}'
    return before.replace("</head>", f"{files}</head>") + body


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        _, kind, *_ = self.path.split("/")
        if kind not in ELEMENTS:
            super().do_GET()
            return
        page = page_with(kind, Path(urlsplit(self.path).path).stem).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")  # as the hosts of Pyodide do
        super().end_headers()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a page asks for thirty files at once


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built website, without a slash at its end."""
    with served() as address:
        yield address


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the built website at an address of its own."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no website in {SITE}: make book comes first")
    server = _Server(("127.0.0.1", 0), functools.partial(_Handler, directory=SITE))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests."""
    with chromium() as started:
        yield started


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium: the one in CHROMIUM, or the first that is found."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail(f"none of {', '.join(BROWSERS)} is on the path; CHROMIUM can name one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def visit(site: str, browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a page of the website: `visit("chapters/roofline.html", width=390, scheme="dark")`.

    `script` runs before the page's own, `watch` is told each response.
    """
    contexts = []

    def open_page(
        path: str,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Scheme = "light",
        script: str = "",
        watch: Callable[[Response], None] = lambda _: None,
        **options: Any,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **options
        )
        contexts.append(context)
        made = Visit(context.new_page())

        def answer(route: Route) -> None:
            if urlsplit(route.request.url).hostname == "127.0.0.1":
                route.continue_()
            else:
                made.outside.append(route.request.url)
                route.abort()

        context.route(lambda url: url.startswith("http"), answer)
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        made.page.on("response", watch)
        if script:
            made.page.add_init_script(script)
        made.page.goto(f"{site}/{path}", wait_until="load")
        return made

    yield open_page
    for context in contexts:
        context.close()
