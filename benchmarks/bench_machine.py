"""What hwmath.machine measures, beside C and the BLAS itself, taken in turns.

    python benchmarks/bench_machine.py [--quick] [--json]

Compiles `triad.c` (STREAM's Add and Triad, a read, two in-place updates, and sweeps within each
cache) and `gemm.c` (the very BLAS library NumPy has loaded, and bare fused multiply-adds), runs
them in turns with hwmath's own measurement, and prints the best of each and their ratio.  Both
sides count the same bytes: STREAM's.  Aim: bandwidth and peak within a tenth.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from hwmath.machine import Description, Rates, describe
from hwmath.machine.child import environment, measure_in_child
from hwmath.machine.plan import Plan
from hwmath.machine.run import thread_counts
from hwmath.tables import Table
from hwmath.units import format_si

HERE = Path(__file__).parent
REALS = {"fp32": "float", "fp64": "double"}
COUNTED_ARRAYS = {"read": 1, "scale": 2, "update": 3, "add": 3, "triad": 3}
ROUNDS = 4
REPEATS = 3
NO_COMPILER = (
    "No C compiler found, and the benchmark compares with C. "
    "On Debian or Ubuntu: apt-get install gcc; on macOS: xcode-select --install"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity measured on both sides, in FLOP/s or B/s."""

    quantity: str
    threads: int
    unit: str
    ours: float
    c: float

    @property
    def ratio(self) -> float:
        return self.ours / self.c


def compiler() -> str:
    """The C compiler to use: $CC, or the first found; exits with advice where there is none."""
    for name in (os.environ.get("CC", ""), "gcc", "cc", "clang"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise SystemExit(NO_COMPILER)


def compile_c(source: str, out: Path, *options: str) -> Path:
    """The program built from `source` for this very CPU."""
    command = [compiler(), "-O3", "-march=native", *options]
    command += [str(HERE / source), "-o", str(out), "-ldl", "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return out


def compile_all(folder: Path) -> tuple[dict[str, Path], bool]:
    """The programs by name, and whether the compiler knows OpenMP (else: one thread each)."""
    reals = [("gemm.c", dtype, [f"-DREAL={real}"]) for dtype, real in REALS.items()]
    wanted: list[tuple[str, str, list[str]]] = [("triad.c", "triad", []), *reals]
    try:
        return {n: compile_c(c, folder / n, "-fopenmp", *more) for c, n, more in wanted}, True
    except SystemExit:
        return {n: compile_c(c, folder / n, *more) for c, n, more in wanted}, False


def blas_library() -> Path:
    """The shared library that this NumPy multiplies matrices with."""
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    maps = Path("/proc/self/maps")
    if maps.exists():
        places = {line.split(maxsplit=5)[-1] for line in maps.read_text().splitlines()}
    else:
        bundled = Path(np.__file__).parent / ".dylibs"
        places = {str(path) for path in bundled.glob("*.dylib")}
    named = sorted(p for p in places if re.search(r"openblas|mkl_rt|blis|libcblas", Path(p).name))
    if not named:
        raise SystemExit("Cannot tell which BLAS library NumPy has loaded; known are OpenBLAS, MKL")
    return Path(named[0])


def run_c(command: Sequence[str | Path], threads: int) -> dict[str, Any]:
    """What a compiled program prints, which includes that it checked its own results."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env=environment(threads)
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} exited with {done.returncode}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found["verified"] is not True:
        raise SystemExit(f"{' '.join(words)} computed a wrong result")
    return found


def streams_in_c(found: dict[str, Any]) -> dict[str, float]:
    """Bytes per second of each of triad.c's kernels, as STREAM counts."""
    array_bytes = 8 * found["elements"]
    return {k: n * array_bytes / found["seconds"][k] for k, n in COUNTED_ARRAYS.items()}


def one_round(
    programs: dict[str, Path], library: Path, plan: Plan, repeats: int, threads: int
) -> Iterator[Row]:
    """Every quantity once on both sides, C's after ours within seconds."""
    ours, _ = measure_in_child(threads, plan, lambda _: None)
    sets = [str(size) for size in ours.level_bytes.values()]
    elements = str(ours.array_bytes // 8)
    found = run_c([programs["triad"], elements, str(repeats), *sets], threads)
    in_c = streams_in_c(found)
    yield Row("STREAM triad", threads, "B/s", ours.triad_bytes_per_s, in_c["triad"])
    for name, rate in in_c.items():
        yield Row(f"  {name}", threads, "B/s", ours.stream(name).counted_bytes_per_s, rate)
    for level, size in ours.level_bytes.items():
        rate = found["bytes_per_s"][str(size)]
        yield Row(f"{level} update", threads, "B/s", ours.bytes_per_s[level], rate)
    yield from _peaks(programs, library, plan, repeats, ours)


def _peaks(
    programs: dict[str, Path], library: Path, plan: Plan, repeats: int, ours: Rates
) -> Iterator[Row]:
    sizes = [str(n) for n in plan.matmul_sizes]
    for dtype, peak in ours.flop_per_s.items():
        blas = run_c([programs[dtype], library, str(repeats), *sizes], ours.threads)
        gemm, fma = blas["gemm_flop_per_s"], blas["fma_flop_per_s"]
        yield Row(f"{dtype} matmul beside C gemm", ours.threads, "FLOP/s", peak, gemm)
        yield Row(f"{dtype} matmul beside C FMAs", ours.threads, "FLOP/s", peak, fma)


def best(rows: Sequence[Row]) -> list[Row]:
    """For each quantity and thread count the best of either side."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        old = found.get((row.quantity, row.threads), row)
        most = dataclasses.replace(row, ours=max(old.ours, row.ours), c=max(old.c, row.c))
        found[row.quantity, row.threads] = most
    return sorted(found.values(), key=lambda row: row.threads)


def compare(description: Description, *, quick: bool) -> list[Row]:
    """The best of several rounds, one thread and all."""
    plan = Plan.quick(place_kernels=False) if quick else Plan.normal(0.5, place_kernels=False)
    plan = dataclasses.replace(plan, points_per_octave=0)
    library = blas_library()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        programs, openmp = compile_all(Path(scratch))
        counts = thread_counts(None if openmp else (1,), description.logical_cpus)
        for _ in range(1 if quick else ROUNDS):
            for threads in counts:
                rows += one_round(programs, library, plan, 2 if quick else REPEATS, threads)
    return best(rows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds; the ratios mean nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    start = perf_counter()
    description = describe()
    rows = compare(description, quick=given.quick)
    if given.json:
        both = [{**dataclasses.asdict(row), "ratio": row.ratio} for row in rows]
        print(json.dumps({"sentence": description.sentence(), "rows": both}, indent=1))
        return 0
    print(description.sentence())
    print(f"Best of turns within {perf_counter() - start:.0f} s, compiled by {compiler()}.\n")
    head = ("quantity", "threads", "ours", "C", "ours / C")
    lines = [
        (
            row.quantity,
            str(row.threads),
            format_si(row.ours, row.unit),
            format_si(row.c, row.unit),
            f"{row.ratio:.2f}",
        )
        for row in rows
    ]
    print(Table(head, lines))
    print("\nSTREAM triad is the better of ours in blocks (triad) and in one call (add).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
