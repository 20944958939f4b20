"""Addresses that change with the file behind them, so that no browser mixes old files and new.

Every style and script that a page names carries a hash of its content, `?v=`.  A script that
another one imports is named without; there the page's import map adds the hash.  Workers and
what a script fetches get it by `import.meta.resolve`, which asks the same map.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from coursesite.editor import MODULE as EDITOR
from coursesite.pyodide import COURSE

MODULES: Final = Path(__file__).parent / "static"
MAPPED: Final = (
    *(f"_static/{path.name}" for path in sorted(MODULES.glob("*.js"))),
    f"_static/{EDITOR}",
    f"pyodide/{COURSE}",
)
"""What scripts name, from the root of the site."""
_NAMED: Final = re.compile(r'(<(?:link|script)\b[^>]*?\b(?:href|src)=")([^":?#]+)[^"]*"')
_MAP: Final = re.compile(r'<script type="importmap">.*?</script>\n', flags=re.DOTALL)
_FIRST: Final = '<meta charset="utf-8" />\n'

Version = Callable[[Path], str]


def stamp(site: Path) -> None:
    """Write the hashes into the pages of a built site, in place of any that they carry."""
    version = functools.cache(_version)
    for page in sorted(site.rglob("*.html")):
        old = page.read_text(encoding="utf-8")
        new = stamped(_MAP.sub("", old), page.parent, version)
        if 'type="module"' in new:
            files = [site / name for name in MAPPED if (site / name).is_file()]
            new = new.replace(_FIRST, _FIRST + import_map(files, page.parent, version), 1)
        if new != old:
            page.write_text(new, encoding="utf-8")


def stamped(page: str, folder: Path, version: Version) -> str:
    """The HTML of a page in `folder`, its styles and scripts with their versions.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.js").write_text("")
    >>> stamped('<script src="a.js?digest=1">', folder, lambda _: "2")
    '<script src="a.js?v=2">'
    """

    def address(match: re.Match[str]) -> str:
        file = Path(os.path.normpath(folder / match[2]))
        if file.suffix not in {".css", ".js"} or not file.is_file():
            return match[0]
        return f'{match[1]}{match[2]}?v={version(file)}"'

    return _NAMED.sub(address, page)


def import_map(files: Iterable[Path], folder: Path, version: Version) -> str:
    """The import map of a page in `folder`."""
    imports = {}
    for file in files:
        address = os.path.relpath(file, folder)
        address = address if address.startswith("..") else f"./{address}"
        imports[address] = f"{address}?v={version(file)}"
    text = json.dumps({"imports": imports}, separators=(",", ":"))
    return f'<script type="importmap">{text}</script>\n'


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
