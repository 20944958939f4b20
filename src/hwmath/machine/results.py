"""What a measurement returns: rates by thread count, kernels placed under them, and JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final

from hwmath.machine.description import Cache, Description
from hwmath.roofline import Roofline, attainable_flop_per_s
from hwmath.validate import unknown

DRAM: Final = "DRAM"


@dataclass(frozen=True, slots=True)
class Stream:
    """One way of streaming through DRAM, its rate counted twice.

    `counted_bytes_per_s` counts each array the statement names, as STREAM does;
    `bus_bytes_per_s` also counts the line a cache reads before a store may touch it.
    """

    name: str
    dtype: str
    statement: str
    counted_bytes_per_s: float
    bus_bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Measured roofs of one thread count, and what they were found with.

    A rate once seen is a rate the machine has, so the placed kernels count among the trials
    that set a roof: all of them for the peak, all but gemm for DRAM (gemm's operands fit a cache).

    flop_per_s: by dtype, the best BLAS matmul
    bytes_per_s: by memory level; DRAM is the best rate at which anything crossed the bus
    set_by: by dtype and for DRAM, the trial that reached the rate
    level_bytes: by level, the working set of each thread that the rate was measured with
    array_bytes: each of the arrays streamed from DRAM, all threads together
    stream_block_bytes, fused_block_bytes: what stays in cache, in the blocked triad and axpy,
    and in the blocked layer norm and fused multiply
    curve_bytes, curve_bytes_per_s: working set of each thread, rate of all threads together
    """

    threads: int
    flop_per_s: dict[str, float]
    bytes_per_s: dict[str, float]
    set_by: dict[str, str]
    level_bytes: dict[str, int]
    array_bytes: int
    stream_block_bytes: int
    fused_block_bytes: int
    streams: tuple[Stream, ...]
    curve_bytes: tuple[int, ...]
    curve_bytes_per_s: tuple[float, ...]

    def stream(self, name: str, dtype: str = "fp64") -> Stream:
        """The stream called `name`; ValueError where there is none."""
        found = {f"{s.name} {s.dtype}": s for s in self.streams}
        if f"{name} {dtype}" not in found:
            raise ValueError(unknown("stream", f"{name} {dtype}", found))
        return found[f"{name} {dtype}"]

    @property
    def triad_bytes_per_s(self) -> float:
        """The figure to hold against C STREAM's Triad: 24 B an element, fill not counted.

        The better of the blocked triad and of `add`, which is the triad with a scalar of one.
        """
        return max(self.stream(name).counted_bytes_per_s for name in ("triad", "add"))

    def roofline(self, dtype: str, name: str = "this machine") -> Roofline:
        """These rates as a `Roofline`: the peak of `dtype`, and every memory level.

        Raises: ValueError for a dtype that was not measured.
        """
        if dtype not in self.flop_per_s:
            raise ValueError(unknown("dtype", dtype, self.flop_per_s))
        return Roofline(name, {dtype: self.flop_per_s[dtype]}, dict(self.bytes_per_s))


@dataclass(frozen=True, slots=True)
class Timed:
    """A kernel as it ran: work and compulsory bus bytes of one run, and its best time.

    swept_bytes: what the NumPy calls move if nothing survives in cache from call to call;
    equal to `compulsory_bytes` for one fused pass
    """

    name: str
    variant: str
    repeat: int
    dtype: str
    threads: int
    flop: float
    compulsory_bytes: float
    swept_bytes: float
    seconds: float

    @property
    def label(self) -> str:
        """Name, variant and repeats for a reader, as in `repeated multiply, fused ×8`."""
        text = f"{self.name}, {self.variant}" if self.variant else self.name
        return f"{text} ×{self.repeat}" if self.name == "repeated multiply" else text

    @property
    def intensity_flop_per_byte(self) -> float:
        """FLOP for each compulsory byte."""
        return self.flop / self.compulsory_bytes

    @property
    def flop_per_s(self) -> float:
        """The rate at which it ran."""
        return self.flop / self.seconds


@dataclass(frozen=True, slots=True)
class Placed(Timed):
    """A timed kernel under the roofs of its own thread count and dtype.

    The roof is min(BLAS peak, DRAM rate times intensity), for vector kernels too.
    """

    attainable_flop_per_s: float
    dram_bytes_per_s: float

    @property
    def share_of_roof(self) -> float:
        """Measured over attainable FLOP/s: at most one, or the roof would lie higher."""
        return self.flop_per_s / self.attainable_flop_per_s

    @property
    def share_of_bus(self) -> float:
        """Bytes swept each second over the DRAM rate: how busy the kernel keeps the bus.

        Above one where a cache holds some of what is swept.
        """
        return self.swept_bytes / self.seconds / self.dram_bytes_per_s


def place(timed: Timed, rates: Rates) -> Placed:
    """`timed` under the roofs in `rates`."""
    dram = rates.bytes_per_s[DRAM]
    peak = rates.flop_per_s[timed.dtype]
    roof = float(attainable_flop_per_s(timed.intensity_flop_per_byte, peak, dram))
    return Placed(**dataclasses.asdict(timed), attainable_flop_per_s=roof, dram_bytes_per_s=dram)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One machine, its rates by thread count, and kernels placed under them."""

    description: Description
    rates: dict[int, Rates]
    placed: tuple[Placed, ...]

    def roofline(self, threads: int, dtype: str) -> Roofline:
        """The measured roofline of `threads` threads for `dtype`.

        Raises: ValueError for a thread count or a dtype that was not measured.
        """
        if threads not in self.rates:
            measured = ", ".join(map(str, self.rates))
            raise ValueError(f"threads={threads} was not measured; measured: {measured}")
        noun = "thread" if threads == 1 else "threads"
        return self.rates[threads].roofline(dtype, f"{self.description.cpu}, {threads} {noun}")

    def to_json(self) -> str:
        """The whole measurement as JSON; `from_json` reads it back."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Measurement:
        """The measurement that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        seen = data["description"]
        caches = tuple(Cache(**cache) for cache in seen.pop("caches"))
        return cls(
            Description(**seen, caches=caches),
            {int(threads): rates_from(rates) for threads, rates in data["rates"].items()},
            tuple(Placed(**placed) for placed in data["placed"]),
        )


def rates_from(data: dict[str, Any]) -> Rates:
    """`Rates` out of what `dataclasses.asdict` made of them, possibly by way of JSON."""
    streams = tuple(Stream(**stream) for stream in data["streams"])
    curve = {key: tuple(data[key]) for key in ("curve_bytes", "curve_bytes_per_s")}
    return Rates(**{**data, "streams": streams, **curve})
