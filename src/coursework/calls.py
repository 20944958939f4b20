"""The one place where a student's function is called: copies go in, plain values come out.

Everything else in grading sees an `Outcome` and never an object that a student made.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coursework.guest.values import simplified

Plain = None | bool | int | float | str | NDArray[Any]
"""What a call may bring back: one plain value, or a NumPy array of numbers or of truth values."""

RELATIVE_TOLERANCE: Final = 1e-9
LONGEST_MESSAGE: Final = 200
NOT_WRITTEN: Final = "NotImplementedError"
ERRORS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
TYPES: Final = frozenset(
    {"bytes", "bytearray", "complex", "dict", "dict_items", "dict_keys", "dict_values", "filter"}
    | {"frozenset", "function", "generator", "list", "map", "memoryview", "module", "range"}
    | {"reversed", "set", "slice", "tuple", "type", "zip"}
)


class NotPlainError(TypeError):
    """The value is neither a plain value nor an array of numbers."""


class RaisedError(Exception):
    """A function that runs elsewhere raised: the name of the exception, its message, the line."""

    def __init__(self, error: str, message: str, line: int) -> None:
        super().__init__(error, message, line)
        self.error, self.message, self.line = error, message, line


class LostError(Exception):
    """A function that runs elsewhere gave no answer; the text says why, with {name} in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one call did: the value it returned, or the exception that ended it.

    `line` is the line of the cell that raised, 0 where unknown; `lost` says why there was no
    answer at all.
    """

    value: Plain = None
    error: str = ""
    message: str = ""
    line: int = 0
    lost: str = ""

    def same_as(self, other: Outcome) -> bool:
        """Whether both returned the same value, or both ended in the same exception type."""
        return self.error == other.error and same(self.value, other.value)


def call(function: Callable[..., object], args: Sequence[object]) -> Outcome:
    """Call `function` with copies of `args`, keep what it prints away, and catch what it raises."""
    try:
        with _quiet():
            value = function(*copy.deepcopy(tuple(args)))
        return Outcome(plain(value))
    except LostError as error:
        return Outcome(error="Lost", lost=str(error))
    except RaisedError as error:
        return Outcome(error=error.error, message=error.message, line=error.line)
    except (Exception, SystemExit) as error:
        message = " ".join(str(error).split())
        return Outcome(error=type(error).__name__, message=message[:LONGEST_MESSAGE])


def plain(value: object) -> Plain:
    """`value` as a plain value of our own making.

    Raises: NotPlainError for anything but None, a truth value, a number, a text, or an array, list
    or tuple of numbers.
    """
    value = simplified(value)
    if value is None or type(value) in (bool, float, str):
        return value  # type: ignore[return-value]
    if type(value) is int:
        return _whole(value)
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        return plain(np.generic.item(value))
    if type(value) in (list, tuple):
        return _array([plain(item) for item in value])  # type: ignore[attr-defined]
    if isinstance(value, np.ndarray):
        return _array(value)
    raise NotPlainError(known_type(type(value).__name__))


def same(left: Plain, right: Plain) -> bool:
    """Whether two plain values agree: of one kind and shape, numbers to a relative 1e-9."""
    if describe(left) != describe(right) or np.shape(left) != np.shape(right):  # type: ignore[arg-type]
        return False
    if left is None or isinstance(left, (bool, str)):
        return left == right
    with np.errstate(all="ignore"):
        given, wanted = np.asarray(left, np.float64), np.asarray(right, np.float64)
        close = np.isclose(given, wanted, rtol=RELATIVE_TOLERANCE, atol=0.0, equal_nan=True)
    return bool(np.all(close))


def known_error(name: str) -> str:
    """An exception's name in words of our own; a student can give a class any name at all.

    >>> known_error("ValueError"), known_error("Answer42")
    ('ValueError', 'an exception of its own')
    """
    return name if name in ERRORS else "an exception of its own"


def known_type(name: str) -> str:
    """A type's name in words of our own, for the same reason.

    >>> known_type("dict"), known_type("Answer42")
    ('a value of type dict', 'an object of some other type')
    """
    return f"a value of type {name}" if name in TYPES else "an object of some other type"


def describe(value: Plain) -> str:
    """The kind of a plain value, in words.

    >>> describe(3), describe(np.zeros((2, 3)))
    ('a number', 'an array of numbers')
    """
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool):
        return "True or False"
    if isinstance(value, np.ndarray):
        what = "truth values" if value.dtype.kind == "b" else "numbers"
        return f"an array of {what}"
    return "a number"


def _whole(value: int) -> int:
    try:
        float(value)
    except OverflowError:
        raise NotPlainError("a whole number that no float can hold") from None
    return value


def _array(value: object) -> Plain:
    try:
        array = np.array(value, subok=False)
    except ValueError:
        raise NotPlainError("a list whose rows differ in length") from None
    if array.dtype.kind not in "biuf":
        raise NotPlainError("an array that holds something else than numbers")
    return plain(array.item()) if array.ndim == 0 else array


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    unread = io.StringIO()
    with (
        contextlib.redirect_stdout(unread),
        contextlib.redirect_stderr(unread),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield
