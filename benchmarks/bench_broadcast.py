"""A million (chip, intensity) points: one broadcast call beside a Python loop.

    python benchmarks/bench_broadcast.py [--quick] [--json]

Puts every chip of the catalogue under a range of intensities with
`hwmath.roofline.attainable_flop_per_s`: all points in one call, and a sample of them one by one
through the same function.  Aim: the million in less than a tenth of a second on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from time import perf_counter

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read by the BLAS when NumPy is imported below

import numpy as np  # noqa: E402

from hwmath.chips import peaks_and_bandwidths  # noqa: E402
from hwmath.machine import describe  # noqa: E402
from hwmath.roofline import attainable_flop_per_s  # noqa: E402

POINTS = 1_000_000
LOOP_POINTS = 20_000
REPEATS = 15
AIM_S = 0.1


def compare(points: int, loop_points: int, repeats: int) -> dict[str, float]:
    """Seconds of one call over at least `points` points, and of the loop scaled to as many."""
    _, peak, rate = peaks_and_bandwidths("bf16")
    intensities = np.geomspace(1 / 16, 4096, -(-points // len(peak)))
    call_s = loop_s = float("inf")
    at_once = np.empty(0)
    for _ in range(repeats):
        start = perf_counter()
        at_once = np.asarray(attainable_flop_per_s(intensities, peak[:, None], rate[:, None]))
        call_s = min(call_s, perf_counter() - start)

    sample = np.linspace(0, at_once.size - 1, min(loop_points, at_once.size)).astype(int)
    places = [divmod(int(i), len(intensities)) for i in sample]
    for _ in range(2):
        start = perf_counter()
        one_by_one = [
            float(attainable_flop_per_s(intensities[j], peak[i], rate[i])) for i, j in places
        ]
        loop_s = min(loop_s, perf_counter() - start)
    if not np.array_equal(at_once.ravel()[sample], one_by_one):
        raise SystemExit("the call and the loop disagree")
    return {
        "chips": len(peak),
        "points": at_once.size,
        "call_s": call_s,
        "call_points_per_s": at_once.size / call_s,
        "loop_sampled_points": len(places),
        "loop_s": loop_s * at_once.size / len(places),
        "loop_points_per_s": len(places) / loop_s,
        "ratio": loop_s * at_once.size / len(places) / call_s,
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer points, to try the script")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    sizes = (20_000, 500, 2) if given.quick else (POINTS, LOOP_POINTS, REPEATS)
    found = compare(*sizes)
    if given.json:
        print(json.dumps(found))
        return 0
    print(describe().sentence())
    print(f"{found['chips']:.0f} chips, {found['points']:,.0f} points, one BLAS thread")
    print(f"one call: {found['call_s']:.4f} s, {found['call_points_per_s']:,.0f} points/s")
    print(
        f"loop:     {found['loop_s']:.2f} s, {found['loop_points_per_s']:,.0f} points/s "
        f"(scaled up from {found['loop_sampled_points']:,.0f} points)"
    )
    met = "met" if found["call_s"] < AIM_S else "missed"
    print(f"ratio:    {found['ratio']:.0f}; aim for the call: below {AIM_S} s, {met}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
