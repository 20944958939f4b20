"""One thread count measured in a process of its own.

A BLAS fixes its number of threads when NumPy loads it, so each thread count needs a process
whose environment names it.  The child prints JSON on stdout and progress on stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import hwmath
from hwmath.machine.plan import Plan
from hwmath.machine.results import Rates, Timed, rates_from
from hwmath.validate import whole

THREAD_VARIABLES: Final = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What the BLAS libraries read, once, when they are loaded."""


class ChildError(RuntimeError):
    """A measuring process failed; the message ends with what it wrote on stderr."""


def environment(threads: int) -> dict[str, str]:
    """This process's environment with every BLAS held to `threads`, and `hwmath` on the path.

    Raises: ValueError for a thread count that is no whole number of at least one.
    """
    whole("threads", threads)
    here = str(Path(hwmath.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    limits = dict.fromkeys(THREAD_VARIABLES, str(threads))
    return {**os.environ, **limits, "PYTHONPATH": path}


def run_child(
    arguments: Sequence[str],
    threads: int,
    say: Callable[[str], None],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What `python ARGUMENTS` prints on stdout, with BLAS held to `threads` threads.

    `variables` are set in its environment.  Each line it writes on stderr goes to `say`.
    Raises: ChildError, with the end of its stderr, unless it exits with 0.
    """
    lines: list[str] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        command = [sys.executable, *arguments]
        with subprocess.Popen(  # noqa: S603  (this very interpreter)
            command,
            stdout=out,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**environment(threads), **variables, "PYTHONIOENCODING": "utf-8"},
        ) as child:
            for line in child.stderr or ():
                lines.append(line.rstrip())
                say(lines[-1])
        if child.returncode != 0:
            said = "\n".join(lines[-20:]) or "nothing on stderr"
            shown = " ".join(command)
            raise ChildError(f"{shown} exited with {child.returncode}:\n{said}")
        out.seek(0)
        return out.read()


def measure_in_child(
    threads: int, plan: Plan, say: Callable[[str], None]
) -> tuple[Rates, tuple[Timed, ...]]:
    """Rates and timed kernels of one thread count.  Raises: ChildError if the child fails."""
    module = ["-m", "hwmath.machine.worker", "--threads", str(threads)]
    data: dict[str, Any] = json.loads(run_child([*module, "--plan", plan.to_json()], threads, say))
    return rates_from(data["rates"]), tuple(Timed(**timed) for timed in data["timed"])
