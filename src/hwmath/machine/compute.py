"""Peak: the rate of NumPy's BLAS on square matrix products, the highest FLOP/s NumPy knows.

It stands for the peak of vector kernels too: a BLAS keeps the fused multiply-add lanes busy,
and no NumPy call reaches more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from hwmath.kernels import gemm
from hwmath.machine.arena import aligned
from hwmath.machine.timing import Trial, together
from hwmath.units import bytes_per_element


def matmul_trial(n: int, dtype: str) -> Trial:
    """A trial of one n by n matrix product through np.matmul.  BLAS makes its own threads."""
    a, b, c = (aligned(n * n, dtype, 1152 * i).reshape(n, n) for i in range(3))
    a.fill(1.0)
    b.fill(0.5)
    return partial(together, [partial(np.matmul, a, b, out=c)])


def peak_trials(dtype: str, sizes: Sequence[int]) -> dict[str, Trial]:
    """A trial for each size, named `matmul 2048`."""
    return {f"matmul {n}": matmul_trial(n, dtype) for n in sizes}


def matmul_rates(
    seconds: Mapping[str, float], dtype: str, sizes: Sequence[int]
) -> dict[str, float]:
    """The times of `peak_trials` as FLOP/s, by the same names."""
    e = bytes_per_element(dtype)
    work = {f"matmul {n}": float(gemm(n, n, n, e).flop) for n in sizes}
    return {name: flop / seconds[name] for name, flop in work.items()}
