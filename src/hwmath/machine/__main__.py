"""`python -m hwmath.machine`: measure this machine and print what was found."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hwmath.machine.child import ChildError
from hwmath.machine.report import report
from hwmath.machine.run import measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, measure, print; progress goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m hwmath.machine", description=__doc__)
    parser.add_argument(
        "--threads", type=int, nargs="+", help="thread counts (default: one and all)"
    )
    parser.add_argument("--effort", type=float, default=1.0, help="scales the time taken")
    parser.add_argument("--quick", action="store_true", help="seconds, with small arrays")
    parser.add_argument("--json", action="store_true", help="print JSON, not a report")
    given = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        found = measure(given.threads, effort=given.effort, quick=given.quick, progress=say)
    except (ValueError, ChildError) as error:
        say(f"{parser.prog}: {error}")
        return 1
    print(found.to_json() if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
