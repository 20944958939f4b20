"""Ask the hosts of a built site's outside links whether these still lead somewhere.

`python -m coursesite.links SITE` names each broken link and its page, and exits with 1 if there
is one.  The asking is Sphinx's own `linkcheck`; the links are taken from the pages, so that those
which cells compute are among them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bs4 import BeautifulSoup

SETTINGS: Final = """\
extensions = ["myst_parser"]
linkcheck_anchors_ignore = ["^!", "^page="]  # a page of a PDF is no anchor
linkcheck_report_timeouts_as_broken = False  # they fail under their own name
linkcheck_retries = 3
linkcheck_timeout = 20
linkcheck_rate_limit_timeout = 60
"""


def outside(page: str) -> list[str]:
    """The links of a page's text to other hosts, each once.

    >>> outside('<a href="https://a.org">1</a><article><a href="https://b.org">2</a></article>')
    ['https://b.org']
    """
    found = BeautifulSoup(page, "html.parser").select("article a[href^=http]")
    return list(dict.fromkeys(str(link["href"]) for link in found))


def gather(site: Path, folder: Path) -> int:
    """Write a Sphinx project in `folder` that has, page by page, the site's links; how many."""
    count = 0
    (folder / "conf.py").write_text(SETTINGS, encoding="utf-8")
    (folder / "index.md").write_text("---\norphan: true\n---\n# Links\n", encoding="utf-8")
    for page in sorted(site.rglob("*.html")):
        links = outside(page.read_text(encoding="utf-8"))
        target = folder / "site" / page.relative_to(site).with_suffix(".md")
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = ["---", "orphan: true", "---", "# Links", *(f"- <{link}>" for link in links)]
        target.write_text("\n".join(lines), encoding="utf-8")
        count += len(links)
    return count


def main(arguments: Sequence[str]) -> int:
    """Check the links of the site named on the command line; 0 if all hold."""
    if len(arguments) != 1:
        print("usage: python -m coursesite.links SITE", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        count = gather(Path(arguments[0]), folder)
        print(f"asking after {count} links", flush=True)
        command = [sys.executable, "-m", "sphinx", "-b", "linkcheck", "-q", made, f"{made}/_build"]
        return subprocess.run(command, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
