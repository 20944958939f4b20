"""Real NumPy kernels, each beside its `Work`: what is timed and placed under the roof.

Work is compulsory: each operand crosses the bus once, and a separate output is filled before it
is written (`write_allocate`), which is how the DRAM roof is counted.  Elementwise kernels run
in one Python thread for each part of the arrays; BLAS kernels make their own threads, where the
library has a threaded version of the kernel (OpenBLAS 0.3.31 has one of ddot, none of sdot).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from hwmath import kernels
from hwmath.machine.arena import Arena, Array, aligned, in_blocks
from hwmath.machine.results import Timed
from hwmath.machine.timing import Trial, together
from hwmath.units import bytes_per_element
from hwmath.work import Work

LAYER_NORM_WIDTH: Final = 1024
EPSILON: Final = 1e-5

AXPY_SWEEPS: Final = 6
"""Arrays that the two calls of `axpy` move: x in, product filled and out; both in, y out."""

LAYER_NORM_SWEEPS: Final = 15
"""Arrays that the seven calls of `layer_norm` move: 7 in, 5 out, 3 of those filled first."""


def axpy(a: float, x: Array, y: Array, scratch: Array) -> None:
    """y ← a x + y as one writes it: two calls over whole arrays."""
    np.multiply(x, a, out=scratch)
    np.add(y, scratch, out=y)


def axpy_blocked(a: float, blocks: Sequence[tuple[Array, ...]], scratch: Array) -> None:
    """The same over blocks (x, y): the product stays in cache."""
    for x, y in blocks:
        axpy(a, x, y, scratch[: len(x)])


def layer_norm(
    x: Array, out: Array, scratch: Array, gamma: Array, beta: Array, eps: float = EPSILON
) -> None:
    """Normalise the rows of x into `out` as one writes it: seven calls over whole arrays."""
    np.subtract(x, np.mean(x, axis=1, keepdims=True), out=scratch)
    np.multiply(scratch, scratch, out=out)
    scale = 1.0 / np.sqrt(np.mean(out, axis=1, keepdims=True) + eps)
    np.multiply(scratch, scale, out=out)
    np.multiply(out, gamma, out=out)
    np.add(out, beta, out=out)


def layer_norm_blocked(
    blocks: Sequence[tuple[Array, ...]], scratch: Array, gamma: Array, beta: Array
) -> None:
    """The same over blocks of rows (x, out): only x and `out` cross the bus."""
    for x, out in blocks:
        layer_norm(x, out, scratch[: len(x)], gamma, beta)


def multiply_eager(x: Array, factor: float, repeat: int) -> None:
    """x ← factor x, `repeat` times, each time over the whole array."""
    for _ in range(repeat):
        np.multiply(x, factor, out=x)


def multiply_fused(blocks: Sequence[tuple[Array, ...]], factor: float, repeat: int) -> None:
    """The same over blocks (x,): a block gets all its repeats while it lies in cache."""
    for (x,) in blocks:
        multiply_eager(x, factor, repeat)


@dataclass(frozen=True, slots=True)
class Kernel:
    """A trial and what it is: one kernel, ready to be timed."""

    variant: str
    repeat: int
    work: Work
    swept_bytes: float
    trial: Trial

    def timed(self, dtype: str, threads: int, seconds: float) -> Timed:
        """This kernel with its time."""
        return Timed(
            self.work.name,
            self.variant,
            self.repeat,
            dtype,
            threads,
            flop=float(self.work.flop),
            compulsory_bytes=float(self.work.traffic.memory_bytes),
            swept_bytes=self.swept_bytes,
            seconds=seconds,
        )


def blas_kernels(arena: Arena, dtype: str, gemm_n: int) -> list[Kernel]:
    """dot, gemv and gemm.  The matrix of gemv lies as (n, k), a row for each output."""
    e = bytes_per_element(dtype)
    x, y, z = arena.whole(dtype)
    side = math.isqrt(len(x)) // 8 * 8
    w, row, out = x[: side * side].reshape(side, side), y[:side], z[:side]
    a, b, c = (array[: gemm_n**2].reshape(gemm_n, gemm_n) for array in (x, y, z))
    calls = [
        (kernels.dot(len(x), e), partial(np.dot, x, y)),
        (kernels.gemv(side, side, e, write_allocate=True), partial(np.matmul, w, row, out=out)),
        (
            kernels.gemm(gemm_n, gemm_n, gemm_n, e, write_allocate=True),
            partial(np.matmul, a, b, out=c),
        ),
    ]
    return [
        Kernel("", 1, work, float(work.traffic.memory_bytes), partial(together, [call]))
        for work, call in calls
    ]


def axpy_kernels(arena: Arena, dtype: str, block_bytes: int) -> list[Kernel]:
    """axpy in two whole passes, and in blocks."""
    e = bytes_per_element(dtype)
    count = int(block_bytes / e)
    parts = arena.parts(dtype)
    n = sum(len(x) for x, _, _ in parts)
    whole = [partial(axpy, -1.0, *part) for part in parts]
    blocked = [
        partial(axpy_blocked, -1.0, in_blocks(count, x, y), aligned(count, dtype))
        for x, y, _ in parts
    ]
    work = kernels.axpy(n, e)
    fused_bytes = float(work.traffic.memory_bytes)
    return [
        Kernel("", 1, work, AXPY_SWEEPS * n * e, partial(together, whole)),
        Kernel("blocked", 1, work, fused_bytes, partial(together, blocked)),
    ]


def layer_norm_kernels(arena: Arena, dtype: str, block_bytes: int) -> list[Kernel]:
    """Layer norm in whole passes, and in blocks of rows."""
    e = bytes_per_element(dtype)
    width = min(LAYER_NORM_WIDTH, len(arena.parts(dtype)[0][0]))
    rows = [
        [array[: len(array) // width * width].reshape(-1, width) for array in part]
        for part in arena.parts(dtype)
    ]
    count = max(1, int(block_bytes / (width * e)))
    gamma, beta = aligned(width, dtype), aligned(width, dtype)
    gamma.fill(1.0)
    beta.fill(1.0)
    whole = [partial(layer_norm, x, out, scratch, gamma, beta) for x, out, scratch in rows]
    blocked = [
        partial(
            layer_norm_blocked,
            in_blocks(count, x, out),
            aligned(count * width, dtype).reshape(count, width),
            gamma,
            beta,
        )
        for x, out, _ in rows
    ]
    total = sum(len(x) for x, _, _ in rows)
    work = kernels.layer_norm(total, width, e, write_allocate=True)
    fused_bytes = float(work.traffic.memory_bytes)
    return [
        Kernel("", 1, work, LAYER_NORM_SWEEPS * total * width * e, partial(together, whole)),
        Kernel("blocked", 1, work, fused_bytes, partial(together, blocked)),
    ]


def multiply_kernels(
    arena: Arena, dtype: str, block_bytes: int, repeats: Sequence[int]
) -> list[Kernel]:
    """He's repeated multiply, eager and fused.  The factor is -1: nothing grows or vanishes."""
    e = bytes_per_element(dtype)
    parts = [part[0] for part in arena.parts(dtype)]
    n = sum(len(x) for x in parts)
    found = []
    for repeat in repeats:
        eager = [partial(multiply_eager, x, -1.0, repeat) for x in parts]
        blocks = [in_blocks(int(block_bytes / e), x) for x in parts]
        fused = [partial(multiply_fused, some, -1.0, repeat) for some in blocks]
        for variant, jobs in (("eager", eager), ("fused", fused)):
            work = kernels.repeated_multiply(n, repeat, e, fused=variant == "fused")
            moved = float(work.traffic.memory_bytes)
            found.append(Kernel(variant, repeat, work, moved, partial(together, jobs)))
    return found
