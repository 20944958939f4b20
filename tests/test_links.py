"""Outside links are asked after where they lead; here to a server of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coursesite import links


class _Host(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        there = self.path.startswith("/there")
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 the library's name

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def site(folder: Path, *addresses: str) -> str:
    text = "".join(f'<a href="{address}">x</a>' for address in addresses)
    (folder / "chapters").mkdir()
    page = f'<a href="{addresses[0]}/header">no</a><article>{text}</article>'
    (folder / "chapters" / "one.html").write_text(page)
    return str(folder)


@pytest.mark.slow
def test_links_that_hold_pass(host: str, tmp_path: Path) -> None:
    named = site(tmp_path, f"{host}/there", f"{host}/there_/a_(b)?c=1&amp;d=2#page=3", "#here")
    assert links.main([named]) == 0


@pytest.mark.slow
def test_a_broken_link_is_named_with_its_page(
    host: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert links.main([site(tmp_path, f"{host}/there", f"{host}/gone")]) == 1
    said = capfd.readouterr()
    assert "asking after 2 links" in said.out
    assert "one.md" in said.err
    assert f"{host}/gone" in said.err
    assert f"{host}/there " not in said.err


def test_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert links.main([]) == 2
    assert "SITE" in capsys.readouterr().err
