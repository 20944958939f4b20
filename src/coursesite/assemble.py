"""`python -m coursesite.assemble TARGET FOLDER`: Python for pages, from archives in a folder."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from coursesite.pyodide import assemble


def main(arguments: Sequence[str]) -> int:
    """Put Pyodide together; 1 with a sentence where something is missing or wrong."""
    if len(arguments) != 2:
        print("usage: python -m coursesite.assemble TARGET FOLDER", file=sys.stderr)
        return 2
    target, folder = map(Path, arguments)
    try:
        assemble(target, sorted(folder.iterdir()))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
