"""Checks at the edge of the package: a bad value is named, shown and refused.

Everything behind these checks computes without guards.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Number = float | FloatArray
"""What a function that broadcasts takes apart and returns: a float, or an array of them."""


def positive(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a float array; ValueError unless every element is finite and above zero."""
    array = _as_float(name, value)
    _refuse(name, array, ~(np.isfinite(array) & (array > 0)), "must be finite and above zero")
    return array


def non_negative(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a float array; ValueError unless every element is finite and at least zero."""
    array = _as_float(name, value)
    _refuse(name, array, ~(np.isfinite(array) & (array >= 0)), "must be finite and not negative")
    return array


def fraction(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a float array; ValueError unless every element lies in [0, 1]."""
    array = _as_float(name, value)
    _refuse(name, array, ~((array >= 0) & (array <= 1)), "must lie between 0 and 1")
    return array


def whole(name: str, value: ArrayLike, least: int = 1) -> FloatArray:
    """`value` as a float array; ValueError unless every element is a whole number >= `least`."""
    array = _as_float(name, value)
    bad = ~(np.isfinite(array) & (array >= least) & (array == np.floor(array)))
    _refuse(name, array, bad, f"must be a whole number of at least {least}")
    return array


def multiple(name: str, value: FloatArray, of_name: str, of: FloatArray) -> None:
    """ValueError unless every element of `value` is a multiple of `of`."""
    wrong = np.atleast_1d(value % of != 0)
    if wrong.any():
        one, other = (float(a[wrong][0]) for a in np.broadcast_arrays(value, of, wrong)[:2])
        raise ValueError(f"{name}={one:g} is not a multiple of {of_name}={other:g}")


def plain(array: ArrayLike) -> Number:
    """A zero-dimensional array as a float, any other array as it is."""
    result = np.asarray(array, dtype=np.float64)
    return float(result) if result.ndim == 0 else result


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for a `kind` called `name` that does not exist, with the nearest names."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name).lower(), names, n=3, cutoff=0.4)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(names)}"
    return f"unknown {kind} {name!r}; {hint}"


def _as_float(name: str, value: ArrayLike) -> FloatArray:
    if isinstance(value, int) and not isinstance(value, bool):
        return np.asarray(float(value))  # NumPy keeps integers above 64 bits as objects
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}={value!r} is not a number or an array of numbers")
    return array.astype(np.float64)


def _refuse(name: str, array: FloatArray, bad: NDArray[np.bool_], rule: str) -> None:
    if not bad.any():
        return
    if array.ndim == 0:
        raise ValueError(f"{name}={float(array):g} {rule}")
    where = tuple(int(axis[0]) for axis in np.nonzero(bad))
    index = ", ".join(map(str, where))
    raise ValueError(f"{name}[{index}]={float(array[where]):g} {rule}")
