"""`python -m hwmath.machine.worker`: the process that measures one thread count for `child`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence

from hwmath.machine.child import THREAD_VARIABLES
from hwmath.machine.description import describe
from hwmath.machine.here import measure_here
from hwmath.machine.plan import Plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in this process and print JSON; progress goes to stderr.

    Raises: ValueError where the environment does not hold every BLAS to `--threads`.
    """
    parser = argparse.ArgumentParser(prog="python -m hwmath.machine.worker", description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--plan", required=True, help="a Plan, as JSON")
    given = parser.parse_args(arguments)
    wrong = [v for v in THREAD_VARIABLES if os.environ.get(v) != str(given.threads)]
    if wrong:
        raise ValueError(f"{wrong[0]}={os.environ.get(wrong[0])}, but threads={given.threads}")
    plan = Plan.from_json(given.plan)

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    rates, timed = measure_here(describe(), given.threads, plan, say)
    found = {"rates": dataclasses.asdict(rates), "timed": [dataclasses.asdict(t) for t in timed]}
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
