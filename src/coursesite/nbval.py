"""Re-run notebooks with nbval: a site's executed ones strictly, exercise sources for errors.

`python -m coursesite.nbval SITE_NOTEBOOKS SOLUTIONS` compares every output of the notebooks that
pages offer with a fresh run (cells tagged `nbval-ignore-output`, which measure the machine, are
run but not compared), and then runs the solutions, which store no outputs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from coursesite import kernel

_PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "-q", "--nbval-current-env")


def run(folder: Path, *options: str) -> int:
    """nbval on every notebook below `folder`; the exit code of pytest.

    Raises: FileNotFoundError if there is none, so that an empty run cannot pass.
    """
    notebooks = sorted(p for p in folder.rglob("*.ipynb") if not _is_exercise(p))
    if not notebooks:
        raise FileNotFoundError(f"no notebooks below {folder}; build the book first (make book)")
    environment = os.environ | kernel.environment(Path("_build"))
    command = [sys.executable, *_PYTEST, *options, *map(str, notebooks)]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


def _is_exercise(path: Path) -> bool:
    return "exercises" in path.parts


def main(arguments: list[str]) -> int:
    """Run both kinds; 0 if both pass."""
    if len(arguments) != 2:
        print("usage: python -m coursesite.nbval SITE_NOTEBOOKS SOLUTIONS", file=sys.stderr)
        return 2
    site, solutions = map(Path, arguments)
    return run(site, "--nbval") or run(solutions, "--nbval-lax")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
