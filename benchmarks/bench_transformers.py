"""A million (model, machine, batch, context) decode steps: one call beside a Python loop.

    python benchmarks/bench_transformers.py [--quick] [--json]

Puts every decoder of the catalogue on one and on eight of every chip that states what a step needs,
at a range of batches and contexts, with `hwmath.transformers.inference.sweep`: all lower bounds in
one call, and a sample of them one by one through `decode_step`.  Aim: a million points a second of
one core.  The first call, which takes the models apart, is not timed.
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

from hwmath.chips import load_chips  # noqa: E402
from hwmath.machine import describe  # noqa: E402
from hwmath.models import load_models  # noqa: E402
from hwmath.transformers.inference import sweep  # noqa: E402
from hwmath.transformers.machines import Machine, machine  # noqa: E402
from hwmath.transformers.step import decode_step  # noqa: E402

POINTS = 2_000_000
LOOP_POINTS = 5_000
REPEATS = 9
AIM_POINTS_PER_S = 1_000_000.0


def machines() -> list[Machine]:
    """One and eight of each chip that states a bf16 peak, a bandwidth and (for eight) a link."""
    found = []
    for chip in load_chips().values():
        if chip.has_peak("bf16") and ("dram" in chip.bandwidths or "sram" in chip.bandwidths):
            found += [machine(chip, n) for n in (1, 8) if n == 1 or chip.link]
    return found


def compare(points: int, loop_points: int, repeats: int) -> dict[str, float]:
    """Seconds of one call over at least `points` points, and of the loop scaled to as many."""
    models = [m for m in load_models().values() if m.kind == "decoder"]
    places = machines()
    side = int(np.ceil(np.sqrt(points / (len(models) * len(places)))))
    batch = np.arange(1, side + 1)
    context = np.unique(np.geomspace(64, 131_072, side).astype(int))
    at_once = np.asarray(sweep(models, places, batch, context).lower_bound_s)
    call_s = loop_s = float("inf")
    for _ in range(repeats):
        start = perf_counter()
        at_once = np.asarray(sweep(models, places, batch, context).lower_bound_s)
        call_s = min(call_s, perf_counter() - start)

    sample = np.linspace(0, at_once.size - 1, min(loop_points, at_once.size)).astype(int)
    index = [tuple(int(i) for i in np.unravel_index(point, at_once.shape)) for point in sample]
    for _ in range(2):
        start = perf_counter()
        one_by_one = [
            float(decode_step(models[i], places[j], batch[k], context[n]).lower_bound_s)
            for i, j, k, n in index
        ]
        loop_s = min(loop_s, perf_counter() - start)
    if not np.array_equal(at_once.ravel()[sample], one_by_one):
        raise SystemExit("the call and the loop disagree")
    return {
        "models": len(models),
        "machines": len(places),
        "points": at_once.size,
        "call_s": call_s,
        "call_points_per_s": at_once.size / call_s,
        "loop_sampled_points": len(index),
        "loop_s": loop_s * at_once.size / len(index),
        "loop_points_per_s": len(index) / loop_s,
        "ratio": loop_s * at_once.size / len(index) / call_s,
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer points, to try the script")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    sizes = (20_000, 200, 2) if given.quick else (POINTS, LOOP_POINTS, REPEATS)
    found = compare(*sizes)
    if given.json:
        print(json.dumps(found))
        return 0
    print(describe().sentence())
    print(
        f"{found['models']:.0f} models on {found['machines']:.0f} machines, "
        f"{found['points']:,.0f} decode steps, one BLAS thread"
    )
    print(f"one call: {found['call_s']:.4f} s, {found['call_points_per_s']:,.0f} points/s")
    print(
        f"loop:     {found['loop_s']:.2f} s, {found['loop_points_per_s']:,.0f} points/s "
        f"(scaled up from {found['loop_sampled_points']:,.0f} points)"
    )
    met = "met" if found["call_points_per_s"] >= AIM_POINTS_PER_S else "missed"
    print(f"ratio:    {found['ratio']:.0f}; aim: {AIM_POINTS_PER_S:,.0f} points/s, {met}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
