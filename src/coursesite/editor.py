"""The editor of code cells: CodeMirror, made into one module for the pages by esbuild."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx

from coursesite.mathematics import WEB

ESBUILD: Final = WEB / "node_modules" / ".bin" / "esbuild"
SOURCE: Final = WEB / "editor.mjs"
MODULE: Final = "codemirror.js"


def write_editor(app: Sphinx) -> None:
    """Put the module beside the site's scripts, which import it when a cell is edited.

    Raises: FileNotFoundError where esbuild was not brought, RuntimeError with what it says
    against the source.
    """
    target = Path(app.outdir) / "_static" / MODULE
    options = ("--bundle", "--minify", "--format=esm", "--legal-comments=none", "--log-level=error")
    command = [str(ESBUILD), str(SOURCE), *options, f"--outfile={target}"]
    if not ESBUILD.is_file():
        raise FileNotFoundError(f"{ESBUILD} is missing; make book brings it")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{SOURCE} did not become {MODULE}:\n{done.stderr}")
