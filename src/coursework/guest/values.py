"""Plain values as bytes: JSON for the structure, raw bytes beside it for the arrays.

Only None, truth values, numbers, texts, lists, tuples, dictionaries and arrays of numbers cross.
Nothing is ever unpickled, and no name in a message chooses what is called to decode it.
"""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

LENGTHS: Final = struct.Struct(">II")
DEEPEST: Final = 24
MOST_ITEMS: Final = 200_000
LONGEST_WHOLE_BITS: Final = 4096
DTYPES: Final = {
    np.dtype(code).str: np.dtype(code)
    for code in (
        "b1",
        "i1",
        "i2",
        "i4",
        "i8",
        "u1",
        "u2",
        "u4",
        "u8",
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
    )
}


class WireError(Exception):
    """The other side sent something that is no message."""


class NotPlain(TypeError):  # noqa: N818
    """A value that cannot cross; the message names its type."""


def pack(message: object) -> bytes:
    """A message as a frame: two lengths, a JSON text, and the bytes of its arrays.

    Raises: NotPlain for a value that cannot cross.
    """
    blobs: list[bytes] = []
    text = json.dumps(_to_tree(message, blobs, 0), separators=(",", ":")).encode()
    return b"".join((LENGTHS.pack(len(text), sum(map(len, blobs))), text, *blobs))


def unpack(text: bytes, blobs: bytes) -> Any:
    """The message in a frame.

    Raises: WireError for anything that `pack` does not write.
    """
    try:
        return _Reader(blobs).value(json.loads(text), 0)
    except WireError:
        raise
    except Exception as error:  # json and numpy raise many kinds for bytes of any kind
        raise WireError(f"no message: {type(error).__name__}") from None


def simplified(value: object) -> Any:
    """A number or a text of a kind of its own as an ordinary one; anything else as it is.

    Arrays of such numbers become arrays of floats.
    """
    if isinstance(value, np.generic) and not isinstance(value, np.str_):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, (Fraction, Decimal)):
        return float(value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        items = [simplified(item) for item in value.flat]
        if all(type(item) in (bool, int, float) for item in items):
            return np.array(items, dtype=float).reshape(value.shape)
    return value


def _to_tree(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > DEEPEST:
        raise NotPlain("a value that is nested too deeply")
    value = simplified(value)
    if value is None or value is True or value is False or type(value) in (str, float):
        return value
    if type(value) is int:
        if value.bit_length() > LONGEST_WHOLE_BITS:
            raise NotPlain("a whole number of more than a thousand digits")
        return value
    if type(value) is complex:
        return ["c", value.real, value.imag]
    if type(value) in (list, tuple):
        return [type(value).__name__[0], *(_to_tree(item, blobs, depth + 1) for item in value)]
    if type(value) is dict:
        items = [part for pair in value.items() for part in pair]
        return ["d", *(_to_tree(item, blobs, depth + 1) for item in items)]
    if isinstance(value, (np.generic, np.ndarray)):
        return _array(value, blobs)
    raise NotPlain(type(value).__name__)


def _array(value: np.generic | np.ndarray[Any, Any], blobs: list[bytes]) -> list[Any]:
    plain = np.array(value, subok=False, order="C")
    if plain.dtype.kind in "fc" and plain.dtype.str not in DTYPES:  # long doubles
        plain = plain.astype("f8" if plain.dtype.kind == "f" else "c16")
    plain = plain.astype(plain.dtype.newbyteorder("="), copy=False)
    if plain.dtype.str not in DTYPES:
        raise NotPlain(f"an array of {plain.dtype.kind!r}")
    blobs.append(plain.tobytes())
    tag = "g" if isinstance(value, np.generic) else "a"
    return [tag, plain.dtype.str, len(blobs[-1]), *plain.shape]


class _Reader:
    """Reads a tree, and the blobs in the order in which the tree names them."""

    def __init__(self, blobs: bytes) -> None:
        self.blobs = blobs
        self.position = 0
        self.items = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MOST_ITEMS or depth > DEEPEST:
            raise WireError("a message with too many items")
        if isinstance(tree, str):
            return tree if tree.isascii() else tree.encode("utf-8", "replace").decode()
        if not isinstance(tree, (list, dict)):
            return tree
        if isinstance(tree, dict) or not tree or not isinstance(tree[0], str):
            raise WireError("a message with an untagged item")
        tag, items = tree[0], tree[1:]
        if tag == "c":
            return complex(*items)
        if tag in ("a", "g"):
            return self._array(tag, *items)
        if tag not in ("l", "t", "d"):
            raise WireError("a message with an unknown tag")
        values = [self.value(item, depth + 1) for item in items]
        if tag == "d":
            return dict(zip(values[::2], values[1::2], strict=True))
        return values if tag == "l" else tuple(values)

    def _array(self, tag: str, dtype: str, length: int, *shape: int) -> Any:
        blob = self.blobs[self.position : self.position + length]
        self.position += length
        array = np.frombuffer(blob, DTYPES[dtype]).reshape(shape).copy()
        return array[()] if tag == "g" else array
