"""The roofline explorer: every chip's roofs, published measurements, and a table to start with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hwmath import kernels
from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.published import matmul_measurements
from hwmath.roofline import predict
from hwmath.tables import Table
from hwmath.units import DTYPE_BITS, bytes_per_element, format_number, format_si, format_time

CHIP, DTYPE, BATCH, WIDTH = "h100-sxm5-80gb", "bf16", 64, 4096
"""What a reader finds: a layer with as many inputs as outputs."""

BATCHES: Final = [4**power for power in range(8)]
LEVEL_NAMES: Final = {"sram": "SRAM", "l2": "L2", "llc": "last cache", "dram": "DRAM"}
HEADERS: Final = ("batch", "FLOP/B", "at most", "time, at least", "what binds")


def explorer() -> Explorer:
    """Roofs and measurements for the script; for the table, a layer at growing batches."""
    start = chip(CHIP)
    return Explorer(
        label="Roofline explorer",
        data={
            "start": {"chip": CHIP, "dtype": DTYPE, "batch": BATCH, "width": WIDTH},
            "batches": BATCHES,
            "levels": LEVEL_NAMES,
            "elementBytes": {name: bytes_per_element(name) for name in DTYPE_BITS},
            "chips": [_roofs(c) for c in load_chips().values() if c.bandwidths and c.dense_peaks],
            "measured": list(_measured()),
        },
        caption=f"A matrix product, {WIDTH:,} inputs, {WIDTH:,} outputs, in {DTYPE} "
        f"on {start.name}, data from {LEVEL_NAMES['dram']}",
        table=Table(HEADERS, list(_rows(start))),
        height_rem=(51, 62),
    )


def vector_dtype(machine: Chip, dtype: str) -> str:
    """The format that elementwise work on `dtype` computes in: fp32, unless it is fp64.

    Where the chip states no fp32 rate it is `dtype` itself.

    >>> vector_dtype(chip("h100-sxm5-80gb"), "bf16"), vector_dtype(chip("cs-3"), "fp16")
    ('fp32', 'fp16')
    """
    return "fp32" if dtype != "fp64" and machine.has_peak("fp32", "vector") else dtype


def _roofs(machine: Chip) -> dict[str, object]:
    return {
        "key": machine.key,
        "name": machine.name,
        "vendor": machine.vendor,
        "flopPerS": {f"{d} {unit}": peak.value for (d, unit), peak in machine.dense_peaks.items()},
        "bytesPerS": {level: rate.value for level, rate in machine.bandwidths.items()},
    }


def _measured() -> Iterator[list[object]]:
    timed = matmul_measurements()
    columns = (timed.chip, timed.dtype, timed.m, timed.n, timed.k, timed.time_s)
    for row in zip(*(column.tolist() for column in columns), strict=True):
        key, dtype, m, n, k, time_s = row
        yield [key, dtype, int(m), int(n), int(k), time_s]


def _rows(machine: Chip) -> Iterator[tuple[str, ...]]:
    for batch in BATCHES:
        work = kernels.gemm(batch, WIDTH, WIDTH, bytes_per_element(DTYPE))
        times = predict(work, machine, DTYPE)
        bound_s = float(times.lower_bound_s)
        yield (
            f"{batch:,}",
            format_number(float(work.intensity_flop_per_byte)),
            format_si(float(work.flop) / bound_s, "FLOP/s"),
            format_time(bound_s),
            LEVEL_NAMES["dram"] if times.memory_bound else f"{DTYPE} matrix units",
        )
