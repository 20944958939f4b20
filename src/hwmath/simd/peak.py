"""A chip's peak from its factors, what is left of it, and the tile that feeds a matrix unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hwmath.memory import sram_bytes_per_s
from hwmath.simd.banks import BANK_BYTES, BANKS
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, fraction, plain, positive, whole
from hwmath.work import Traffic, Work


def lanes(register_bits: ArrayLike, element_bits: ArrayLike) -> Number:
    """Elements that one vector register holds, and one instruction works on.

    Formula: register bits / element bits
    Raises: ValueError unless both are whole and the elements fill the register.
    Source: the definition of a vector register.  Derived in: simd, "Lanes".

    >>> lanes(512, [64, 32, 16]).tolist()
    [8.0, 16.0, 32.0]
    """
    register, element = whole("register_bits", register_bits), whole("element_bits", element_bits)
    return plain(whole("register_bits / element_bits", register / element))


def peak_flop_per_s(
    units: ArrayLike,
    lanes_per_unit: ArrayLike,
    clock_hz: ArrayLike,
    flop_per_lane: ArrayLike = FLOP_PER_MAC,
) -> Number:
    """Highest rate at which a chip's arithmetic units of one kind can compute.

    Symbols: U = units, L = lanes_per_unit, f = clock_hz, φ = flop_per_lane: FLOP a lane does in
    a clock, 2 where every instruction is a fused multiply-add, 1 for lone additions.
    A lane of a tensor core is one of its multiply-accumulators.
    Formula: π = U L φ f
    Ignores: clocks that fall under load, and everything that has to feed the lanes.
    Raises: ValueError unless units and lanes are whole, clock and FLOP above zero.
    Source: He 2022 on the A100, with and without fused multiply-add.
    Derived in: simd, "The peak".

    >>> peak_flop_per_s(units=108, lanes_per_unit=64, clock_hz=1.41e9) / 1e12
    19.49184
    """
    count = whole("units", units) * whole("lanes_per_unit", lanes_per_unit)
    each = positive("flop_per_lane", flop_per_lane)
    return plain(count * each * positive("clock_hz", clock_hz))


def implied_clock_hz(
    peak_flop_per_s: ArrayLike,
    units: ArrayLike,
    lanes_per_unit: ArrayLike,
    flop_per_lane: ArrayLike = FLOP_PER_MAC,
) -> Number:
    """The clock at which a printed peak holds.

    Symbols: as in `peak_flop_per_s`.  Formula: f = π / (U L φ)
    Raises: ValueError as `peak_flop_per_s`, and unless the peak is above zero.
    Source: the formula of the peak, turned round.  Derived in: simd, "Two clocks".

    >>> round(implied_clock_hz(989.4e12, units=132, lanes_per_unit=2048) / 1e9, 2)
    1.83
    """
    per_clock = whole("units", units) * whole("lanes_per_unit", lanes_per_unit)
    each = positive("flop_per_lane", flop_per_lane)
    return plain(positive("peak_flop_per_s", peak_flop_per_s) / (per_clock * each))


def speedup(vector_share: ArrayLike, lanes: ArrayLike) -> Number:
    """How much faster a program gets when a share of its time is spread over lanes.

    Symbols: v = vector_share of the time on one lane, L = lanes
    Formula: S = 1 / ((1 - v) + v / L)
    Ignores: that wide and narrow instructions may take different times.
    Raises: ValueError for a share outside [0, 1] or fewer than one lane.
    Source: Amdahl 1967.  Derived in: simd, "Measured lanes".

    >>> speedup([0.0, 0.5, 1.0], 4).tolist()
    [1.0, 1.6, 4.0]
    """
    share = fraction("vector_share", vector_share)
    return plain(1.0 / ((1.0 - share) + share / whole("lanes", lanes)))


def shared_memory_bytes_per_s(
    units: ArrayLike, clock_hz: ArrayLike, bytes_per_clock: ArrayLike = BANKS * BANK_BYTES
) -> Number:
    """Rate of all shared memories of a chip together.

    Formula: β = U f × bytes a clock, each bank a word
    Ignores: bank conflicts, which divide it.
    Raises: as `sram_bytes_per_s`.
    Source: Spector et al. 2024, "about 33 TB/s".  Derived in: simd, "Tiles".

    >>> shared_memory_bytes_per_s(132, 1.98e9) / 1e12
    33.45408
    """
    return sram_bytes_per_s(units, bytes_per_clock, clock_hz)


def tile_work(m: ArrayLike, n: ArrayLike, k: ArrayLike, element_bytes: ArrayLike) -> Work:
    """One step of a blocked product: an (m, k) and a (k, n) tile come in, m n sums stay.

    FLOP: 2 m n k.  Bytes: (m k + k n) elements, so I = 2 m n / (b (m + n)), whatever k is.
    Ignores: the sums, which stay in registers until the last step.
    Raises: ValueError unless the sizes are whole and element_bytes is above zero.
    Source: Spector et al. 2024, tiles.  Derived in: simd, "Tiles".

    >>> tile_work(128, 128, 64, element_bytes=2).intensity_flop_per_byte
    64.0
    """
    m, n, k = whole("m", m), whole("n", n), whole("k", k)
    e = positive("element_bytes", element_bytes)
    traffic = Traffic(act_in=m * k * e, weights=k * n * e)
    return Work("tile", {"matrix": FLOP_PER_MAC * m * n * k}, traffic)


def tile_bytes(
    m: ArrayLike, n: ArrayLike, k: ArrayLike, element_bytes: ArrayLike, stages: ArrayLike = 1
) -> Number:
    """Room that the input tiles of a blocked product take, `stages` of them in flight.

    Formula: stages × b (m k + k n)
    Raises: ValueError as `tile_work`, and unless stages is whole.
    Source: Spector et al. 2024, 227 KB of shared memory for them.  Derived in: simd, "Tiles".

    >>> tile_bytes(128, 128, 64, element_bytes=2, stages=4)
    131072.0
    """
    moved = tile_work(m, n, k, element_bytes).traffic.memory_bytes
    return plain(np.asarray(moved) * whole("stages", stages))
