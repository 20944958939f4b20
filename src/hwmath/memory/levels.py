"""The arithmetic of a memory's levels: capacities, lines, average costs, bytes in flight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hwmath.validate import FloatArray, Number, fraction, non_negative, plain, positive, whole


@dataclass(frozen=True, slots=True)
class Store:
    """One kind of memory on a chip: `pieces` equal pieces of `piece_bytes`, one for each core.

    What is split over the cores can fill all pieces; what one core must reach has one piece.
    Raises: ValueError unless piece_bytes is finite and above zero, and pieces whole.
    Derived in: memory, "What fits where".

    >>> Store("shared", 1000, 108).total_bytes
    108000.0
    """

    name: str
    piece_bytes: float
    pieces: int = 1

    def __post_init__(self) -> None:
        positive(f"{self.name}: piece_bytes", self.piece_bytes)
        whole(f"{self.name}: pieces", self.pieces)

    @property
    def total_bytes(self) -> float:
        """Bytes of all pieces together."""
        return float(self.piece_bytes * self.pieces)

    def room_bytes(self, *, split: bool) -> float:
        """Bytes that data may take: of all pieces if it is split over the cores, else of one."""
        return self.total_bytes if split else float(self.piece_bytes)


def smallest_store(
    stores: Iterable[Store], size_bytes: float, *, split: bool = False
) -> Store | None:
    """The store with the least room that still holds `size_bytes`; None where nothing does.

    Ignores: what else lies in the store, and alignment.
    Raises: ValueError for a size that is negative or not finite.
    Source: the definition.  Derived in: memory, "What fits where".

    >>> stores = (Store("shared", 192e3, 108), Store("DRAM", 80e9))
    >>> smallest_store(stores, 1e6).name, smallest_store(stores, 1e6, split=True).name
    ('DRAM', 'shared')
    """
    size = float(non_negative("size_bytes", size_bytes))
    large_enough = (store for store in stores if store.room_bytes(split=split) >= size)
    return min(large_enough, key=lambda store: store.room_bytes(split=split), default=None)


def sram_bytes_per_s(cores: ArrayLike, bytes_per_clock: ArrayLike, clock_hz: ArrayLike) -> Number:
    """Peak bandwidth of all cores' own SRAM together.

    Formula: cores * bytes a clock * clock; bytes a clock are banks times the width of one.
    Ignores: conflicts between lanes that want the same bank.
    Raises: ValueError unless cores is whole and the others are finite and above zero.
    Source: Nvidia's programming guide for 32 banks of 4 bytes; Dao et al. 2022 estimate the same
    quantity from measurements.  Derived in: memory, "Two ways to keep a bit".

    >>> sram_bytes_per_s(108, 32 * 4, 1.41e9) / 1e12
    19.49184
    """
    per_core = positive("bytes_per_clock", bytes_per_clock) * positive("clock_hz", clock_hz)
    return plain(whole("cores", cores) * per_core)


def line_utilisation(
    stride_bytes: ArrayLike, element_bytes: ArrayLike, line_bytes: ArrayLike
) -> Number:
    """Share of the moved bytes that a strided walk uses, where every line moves once.

    Symbols: s = stride, b = element, L = line; all in bytes
    Formula: u = b / min(s, L)
    Ignores: what of a line is used by a later walk, and the ends of the array.
    Raises: ValueError unless all are above zero and stride and line are multiples of the element.
    Source: counted here.  Derived in: memory, "A line at a time".

    >>> line_utilisation([4, 16, 64, 4096], 4, 64).tolist()
    [1.0, 0.25, 0.0625, 0.0625]
    """
    stride, line = positive("stride_bytes", stride_bytes), positive("line_bytes", line_bytes)
    element = positive("element_bytes", element_bytes)
    whole("stride_bytes / element_bytes", stride / element)
    whole("line_bytes / element_bytes", line / element)
    return plain(element / np.minimum(stride, line))


def shares_reaching(hit_shares: ArrayLike) -> FloatArray:
    """Share of all accesses that look into each level; the last level always hits.

    Symbols: h_l = share of the accesses *that reach* level l which end there; last axis: levels
    Formula: r_1 = 1, r_(l+1) = r_l (1 - h_l)
    Raises: ValueError for a share outside [0, 1].
    Source: Hennessy and Patterson, local miss rates.
    Derived in: memory, "What an access costs".

    >>> shares_reaching([0.75, 0.5]).tolist()
    [1.0, 0.25, 0.125]
    """
    missed = 1.0 - np.atleast_1d(fraction("hit_shares", hit_shares))
    first = np.ones((*missed.shape[:-1], 1))
    return np.concatenate([first, np.cumprod(missed, axis=-1)], axis=-1)


def average_access_s(latencies_s: ArrayLike, hit_shares: ArrayLike) -> Number:
    """Mean time of an access that looks into one level after the other.

    Symbols: c_l = latencies_s, one more than h_l = hit_shares; the last axis are the levels
    Formula: sum over levels of r_l c_l, with r from `shares_reaching`
    Ignores: accesses that overlap (see bytes_in_flight), prefetching.
    Raises: ValueError for a negative latency, a share outside [0, 1], or lengths that differ by
    anything but one.
    Source: Hennessy and Patterson, average memory access time.
    Derived in: memory, "What an access costs".

    >>> round(average_access_s([1e-9, 5e-9, 100e-9], [0.9, 0.8]) * 1e9, 6)
    3.5
    """
    return _average("latencies_s", latencies_s, hit_shares)


def average_access_j(energies_j: ArrayLike, hit_shares: ArrayLike) -> Number:
    """Mean energy of an access that looks into one level after the other.

    Formula, symbols and limits: as `average_access_s`, with joules for seconds.
    Raises: as `average_access_s`.
    Source: the formula is Hennessy and Patterson's; energies in Horowitz 2014 and Han et al. 2015.
    Derived in: memory, "What an access costs".

    >>> round(average_access_j([5e-12, 640e-12], 0.99) * 1e12, 6)
    11.4
    """
    return _average("energies_j", energies_j, hit_shares)


def _average(name: str, costs: ArrayLike, hit_shares: ArrayLike) -> Number:
    each, reaching = np.atleast_1d(non_negative(name, costs)), shares_reaching(hit_shares)
    if each.shape[-1] != reaching.shape[-1]:
        raise ValueError(
            f"{name} has {each.shape[-1]} levels, not one more than the {reaching.shape[-1] - 1} "
            "hit_shares"
        )
    return plain(np.sum(each * reaching, axis=-1))


def bytes_in_flight(latency_s: ArrayLike, bytes_per_s: ArrayLike) -> Number:
    """Bytes that must be under way at any moment to keep a memory busy: Little's law.

    Symbols: λ = latency_s, β = bytes_per_s
    Formula: N = λ β
    Raises: ValueError for a negative latency or a bandwidth not above zero.
    Source: Little 1961, L = λW, with bytes for customers.  Derived in: memory, "Bytes in flight".

    >>> bytes_in_flight(100e-9, 20e9)
    2000.0
    """
    latency = non_negative("latency_s", latency_s)
    return plain(latency * positive("bytes_per_s", bytes_per_s))


def sustained_bytes_per_s(
    in_flight_bytes: ArrayLike, latency_s: ArrayLike, peak_bytes_per_s: ArrayLike
) -> Number:
    """Upper bound on the bandwidth that so many bytes under way can draw.

    Symbols: N = in_flight_bytes, λ = latency_s, β = peak_bytes_per_s
    Formula: min(β, N / λ)
    Ignores: that latency grows when the memory is nearly full.
    Raises: ValueError for negative bytes, or a latency or bandwidth not above zero.
    Source: Little 1961; Volkov 2016 for GPUs.  Derived in: memory, "Bytes in flight".

    >>> sustained_bytes_per_s([640, 64_000], 100e-9, 20e9).tolist()
    [6400000000.0, 20000000000.0]
    """
    drawn = non_negative("in_flight_bytes", in_flight_bytes) / positive("latency_s", latency_s)
    return plain(np.minimum(positive("peak_bytes_per_s", peak_bytes_per_s), drawn))
