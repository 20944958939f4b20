"""The theme's icons as one small style sheet, in place of a large script and a large font.

Each icon that the pages name is taken from Font Awesome's own drawings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from coursesite.mathematics import WEB

DRAWINGS: Final = WEB / "node_modules" / "@fortawesome" / "fontawesome-free" / "svgs"
SETS: Final = {
    "fa-solid": "solid",
    "fas": "solid",
    "fa-regular": "regular",
    "fa-brands": "brands",
    "fab": "brands",
}
"""What a set of icons is called in a class, and the folder of its drawings."""
RENAMED: Final = {"pencil-alt": "pencil"}
"""Old names of icons that the theme still uses."""
SIZES: Final = {"fa-lg": "1.25em", "fa-fw": "1.25em", "fa-2x": "2em"}
_ICON: Final = re.compile(r'<(?:i|span) class="([^"]*\bfa-[^"]*)"')
_BASE: Final = """\
:is(.fa-solid, .fas, .fa-regular, .fa-brands) {
  display: inline-block; width: 1em; height: 1em; vertical-align: -0.125em;
  background: currentColor; mask: var(--icon) center / contain no-repeat;
}
:is(.fa-solid, .fas, .fa-regular, .fa-brands)::before { content: none !important; }
"""


def named(pages: Iterable[str]) -> set[tuple[str, str]]:
    """The icons that the HTML of pages names, each with its set.

    >>> named(['<i class="fa-solid fa-bars fa-lg"></i>'])
    {('solid', 'bars')}
    """
    found = set()
    for page in pages:
        for classes in (match[1].split() for match in _ICON.finditer(page)):
            folder = next((SETS[one] for one in classes if one in SETS), "solid")
            names = (one for one in classes if one.startswith("fa-") and one not in SETS)
            found |= {(folder, one.removeprefix("fa-")) for one in names if one not in SIZES}
    return found


def style(icons: Iterable[tuple[str, str]]) -> str:
    """A style sheet with the drawings of icons.

    Raises: FileNotFoundError for an icon that Font Awesome does not have.
    """
    rules = [_BASE, *(f".{name} {{ font-size: {size}; }}\n" for name, size in SIZES.items())]
    for folder, name in sorted(icons):
        file = DRAWINGS / folder / f"{RENAMED.get(name, name)}.svg"
        drawing = file.read_text(encoding="utf-8")
        drawing = re.sub(r"<!--.*?-->", "", drawing)
        rules.append(f'.fa-{name} {{ --icon: url("data:image/svg+xml,{quote(drawing)}"); }}\n')
    return "".join(rules)
