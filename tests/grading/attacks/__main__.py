"""`python -m grading.attacks [NAME...]`: grade the suite, or some of it, and print what came."""

from __future__ import annotations

import sys

from grading.attacks import suite
from grading.attacks.scene import scene
from grading.attacks.trial import hold, table


def main(names: list[str]) -> int:
    """Hold the trial of the attacks whose names begin with one of `names` (of all if none)."""
    wanted = [a for a in suite() if not names or a.name.startswith(tuple(names))]
    with scene() as place:
        trial = hold(place, wanted)
    sys.stdout.write(table(trial.rows) + "\n\n")
    for row in trial.rows:
        for trouble in row.troubles:
            sys.stdout.write(f"{row.attack.name}: {trouble}\n")
    both = (*trial.shared_leaks, *trial.heard, *trial.changed, *trial.planted, *trial.left_over)
    for trouble in both:
        sys.stdout.write(f"{trouble}\n")
    return 1 if both or any(row.troubles for row in trial.rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
