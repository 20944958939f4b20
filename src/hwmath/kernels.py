"""Work and traffic of the kernels the roofline chapter places: compulsory traffic, by shape.

Each function returns a `Work`; its sizes may be arrays.  Traffic is compulsory: every operand
crosses the memory interface once, as if the cache were large and cold.  `write_allocate` adds
the read that a cache performs before it lets a store touch part of a line; an output that is
also an input (axpy) has been read already.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from hwmath.units import FLOP_PER_MAC
from hwmath.validate import FloatArray, positive, whole
from hwmath.work import Traffic, Work

STENCIL7_FLOP_PER_POINT = 8
"""Six neighbours summed (5 additions), two coefficients (2 products), one sum of the two."""

LAYER_NORM_FLOP_PER_ELEMENT = 7
"""Sum, centre, square, sum of squares, scale by 1/σ, times γ, plus β."""


def dot(n: ArrayLike, element_bytes: ArrayLike) -> Work:
    """x · y for two vectors of n elements.

    FLOP: 2 n, one MAC an element (the very first addition is onto zero and is counted).
    Bytes: 2 n in, 1 element out.  Raises: ValueError unless n is whole, element_bytes > 0.
    Source: Chng 2024, the definitions of W and D.  Derived in: roofline, "Kernels".

    >>> round(dot(1_000_000, 4).intensity_flop_per_byte, 3)
    0.25
    """
    n, e = whole("n", n), positive("element_bytes", element_bytes)
    return Work("dot", {"vector": FLOP_PER_MAC * n}, Traffic(act_in=2 * n * e, act_out=e))


def axpy(n: ArrayLike, element_bytes: ArrayLike) -> Work:
    """y ← a x + y, in place, for vectors of n elements.

    FLOP: 2 n.  Bytes: 2 n in, n out; y is read anyway, so no write-allocate on top.
    Raises: as `dot`.  Source: Chng 2024.  Derived in: roofline, "Kernels".

    >>> round(axpy(1_000_000, 4).intensity_flop_per_byte, 4)
    0.1667
    """
    n, e = whole("n", n), positive("element_bytes", element_bytes)
    return Work("axpy", {"vector": FLOP_PER_MAC * n}, Traffic(act_in=2 * n * e, act_out=n * e))


def gemm(
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    element_bytes: ArrayLike,
    *,
    write_allocate: bool = False,
) -> Work:
    """C = A B with A (m, k) activations, B (k, n) weights, C (m, n) written once.

    FLOP: 2 m n k.  Bytes: (m k + k n + m n) elements; C is read once more with write-allocate.
    Ignores: what a finite cache moves again (see memory).  Raises: as `dot`.
    Source: Nvidia 2023, GPU performance background, table of arithmetic intensities.
    Derived in: roofline, "Kernels".

    >>> round(gemm(512, 4096, 1024, element_bytes=2).intensity_flop_per_byte)
    315
    """
    m, n, k = whole("m", m), whole("n", n), whole("k", k)
    e = positive("element_bytes", element_bytes)
    traffic = Traffic(
        weights=k * n * e,
        act_in=m * k * e + _fill(m * n * e, write_allocate),
        act_out=m * n * e,
    )
    return Work("gemm", {"matrix": FLOP_PER_MAC * m * n * k}, traffic)


def gemv(
    n: ArrayLike, k: ArrayLike, element_bytes: ArrayLike, *, write_allocate: bool = False
) -> Work:
    """One row times a (k, n) matrix of weights: a gemm with m = 1, on the vector units.

    FLOP: 2 n k.  Bytes: (k + k n + n) elements.  Raises: as `dot`.
    Source and chapter: as `gemm`.

    >>> round(gemv(4096, 4096, element_bytes=2).intensity_flop_per_byte, 3)
    1.0
    """
    row = gemm(1, n, k, element_bytes, write_allocate=write_allocate)
    return Work("gemv", {"vector": row.flop}, row.traffic)


def layer_norm(
    rows: ArrayLike, width: ArrayLike, element_bytes: ArrayLike, *, write_allocate: bool = False
) -> Work:
    """Normalise each row of a (rows, width) array, then scale by γ and shift by β.

    FLOP: 7 an element (see `LAYER_NORM_FLOP_PER_ELEMENT`); the few FLOP a row are left out.
    Bytes: the array in and out once, γ and β once: what one fused pass moves.
    Raises: as `dot`.  Source: the definition of layer normalisation, counted here.
    Derived in: roofline, "Kernels".

    >>> round(layer_norm(4096, 1024, element_bytes=4).intensity_flop_per_byte, 3)
    0.875
    """
    rows, width = whole("rows", rows), whole("width", width)
    e = positive("element_bytes", element_bytes)
    size = rows * width * e
    traffic = Traffic(
        weights=2 * width * e, act_in=size + _fill(size, write_allocate), act_out=size
    )
    return Work("layer norm", {"vector": LAYER_NORM_FLOP_PER_ELEMENT * rows * width}, traffic)


def stencil7(n: ArrayLike, element_bytes: ArrayLike, *, write_allocate: bool = False) -> Work:
    """One sweep of a 7-point stencil over n grid points, from one array into another.

    FLOP: 8 a point.  Bytes: one element in and one out a point, since the cache holds the
    neighbours; with write-allocate one more in.  Raises: as `dot`.
    Source: Williams, Waterman and Patterson 2009, Table 2.  Derived in: roofline, "Kernels".

    >>> stencil7(1e6, 8).intensity_flop_per_byte
    0.5
    >>> round(stencil7(1e6, 8, write_allocate=True).intensity_flop_per_byte, 2)
    0.33
    """
    n, e = whole("n", n), positive("element_bytes", element_bytes)
    traffic = Traffic(act_in=n * e + _fill(n * e, write_allocate), act_out=n * e)
    return Work("stencil", {"vector": STENCIL7_FLOP_PER_POINT * n}, traffic)


def repeated_multiply(
    n: ArrayLike, repeat: ArrayLike, element_bytes: ArrayLike, *, fused: bool = True
) -> Work:
    """x ← 2 x, `repeat` times over n elements: He's experiment with intensity as a dial.

    FLOP: n repeat, each a lone multiplication.
    Bytes: one element in and one out, once if fused, once a repetition if not.
    Raises: as `dot`.  Source: He 2022, the micro-benchmark.  Derived in: roofline, "The dial".

    >>> repeated_multiply(1e6, 8, 4).intensity_flop_per_byte
    1.0
    >>> repeated_multiply(1e6, 8, 4, fused=False).intensity_flop_per_byte
    0.125
    """
    n, repeat = whole("n", n), whole("repeat", repeat)
    e = positive("element_bytes", element_bytes)
    moved = n * e if fused else n * e * repeat
    return Work("repeated multiply", {"vector": n * repeat}, Traffic(act_in=moved, act_out=moved))


def _fill(written_bytes: FloatArray, write_allocate: bool) -> FloatArray | float:
    return written_bytes if write_allocate else 0.0
