"""A measurement as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hwmath.machine.results import Measurement, Placed, Rates
from hwmath.tables import Table
from hwmath.units import format_capacity, format_si, format_time


def report(measurement: Measurement) -> str:
    """Everything measured, as tables of plain text."""
    parts = [measurement.description.sentence()]
    if measurement.description.last_cache_assumed:
        parts.append("The last cache is assumed, so the DRAM rate may be a cache's.")
    for threads, rates in measurement.rates.items():
        beyond = rates.array_bytes / measurement.description.last_cache_bytes
        parts.append(
            f"{threads} thread{'s' if threads > 1 else ''}, arrays of "
            f"{format_capacity(rates.array_bytes)} ({beyond:.1f} times the last cache), "
            f"blocks of {format_capacity(rates.stream_block_bytes)} and "
            f"{format_capacity(rates.fused_block_bytes)}"
        )
        parts.append(repr(Table(("roof", "rate", "set by"), _roofs(rates))))
        head = ("stream", "", "as STREAM counts", "on the bus")
        parts.append(repr(Table(head, _streams(rates))))
        placed = [p for p in measurement.placed if p.threads == threads]
        columns = ("kernel", "dtype", "time", "FLOP/B", "rate", "roof", "share", "bus")
        parts.append(repr(Table(columns, map(_placed, placed))))
    return "\n\n".join(parts)


def _roofs(rates: Rates) -> Iterable[Sequence[str]]:
    for dtype, flop_per_s in rates.flop_per_s.items():
        yield dtype, format_si(flop_per_s, "FLOP/s"), rates.set_by[dtype]
    for level, bytes_per_s in rates.bytes_per_s.items():
        size = rates.level_bytes.get(level)
        by = f"working set of {format_capacity(size)}" if size else rates.set_by[level]
        yield level, format_si(bytes_per_s, "B/s"), by


def _streams(rates: Rates) -> Iterable[Sequence[str]]:
    for s in rates.streams:
        counted = format_si(s.counted_bytes_per_s, "B/s")
        yield f"{s.name}, {s.dtype}", s.statement, counted, format_si(s.bus_bytes_per_s, "B/s")


def _placed(p: Placed) -> Sequence[str]:
    return (
        p.label,
        p.dtype,
        format_time(p.seconds),
        f"{p.intensity_flop_per_byte:.3g}",
        format_si(p.flop_per_s, "FLOP/s"),
        format_si(p.attainable_flop_per_s, "FLOP/s"),
        f"{p.share_of_roof:.0%}",
        f"{p.share_of_bus:.0%}",
    )
