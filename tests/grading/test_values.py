"""What crosses between a sandbox and the grader: plain values, as they were, or nothing."""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.guest.values import DEEPEST, LENGTHS, NotPlain, WireError, pack, unpack
from coursework.guest.wire import Channel, Closed, Late

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**4000), 2**4000)
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(), inner)
    ),
    max_leaves=20,
)


def there_and_back(value: object) -> Any:
    frame = pack(value)
    text, blobs = LENGTHS.unpack(frame[: LENGTHS.size])
    body = frame[LENGTHS.size :]
    assert len(body) == text + blobs
    return unpack(body[:text], body[text:])


@given(plain)
def test_plain_values_come_back_as_they_were(value: object) -> None:
    assert repr(there_and_back(value)) == repr(value)


@pytest.mark.parametrize("code", ["?", "i1", "i2", "i4", "i8", "u1", "u8", "f2", "f4", "f8", "c16"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 4), (2, 1, 2)])
def test_arrays_come_back_with_kind_and_shape(code: str, shape: tuple[int, ...]) -> None:
    size = math.prod(shape)
    array = np.arange(size).astype(code).reshape(shape)
    back = there_and_back({"is": [array, array[()], 1]})["is"]
    assert back[2] == 1
    for given_array, got in ((array, back[0]), (array[()], back[1])):
        assert type(got) is type(given_array)
        assert got.dtype == given_array.dtype
        np.testing.assert_array_equal(got, given_array)
    assert back[0].flags.writeable


def test_byte_order_and_long_doubles_do_not_matter() -> None:
    foreign = np.array([1.5, -2.0], dtype=">f8")
    np.testing.assert_array_equal(there_and_back(foreign), foreign)
    np.testing.assert_array_equal(there_and_back(np.array([1.5], dtype=np.longdouble)), [1.5])
    np.testing.assert_array_equal(
        there_and_back(np.arange(6).reshape(2, 3).T), [[0, 3], [1, 4], [2, 5]]
    )


class AnyText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "another text"


class AnyNumber(float):
    __slots__ = ()

    def __float__(self) -> float:
        return 99.0


class Level(IntEnum):
    LOW = 3


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (AnyText("text"), "text"),
        (np.str_("text"), "text"),
        (AnyNumber(2.5), 2.5),
        (Level.LOW, 3),
        (Fraction(3, 4), 0.75),
        (Decimal("0.5"), 0.5),
        (np.array([[1, Fraction(1, 2)]], dtype=object), np.array([[1.0, 0.5]])),
    ],
)
def test_numbers_and_texts_of_other_kinds_become_ordinary_ones(value: object, plain: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(plain)
    assert np.array_equal(back, plain)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        b"bytes",
        lambda: 1,
        np.array([object()]),
        np.array(["text"]),
        np.array([(1, 2)], dtype="i4,i4"),
        np.datetime64("2020-01-01"),
        pytest.param(10**5000, id="huge"),
        [[object()]],
        {"key": object()},
    ],
)
def test_anything_else_is_refused_before_it_goes(value: object) -> None:
    with pytest.raises(NotPlain):
        pack(value)


def test_nesting_has_an_end_on_both_sides() -> None:
    deep: Any = 1
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(NotPlain):
        pack(deep)
    with pytest.raises(WireError):
        unpack(b'["l",' * 100 + b"1" + b"]" * 100, b"")
    with pytest.raises(WireError):
        unpack(b"[" * 100_000, b"")


@pytest.mark.parametrize(
    ("tree", "blobs"),
    [
        ({"key": 1}, b""),
        ([], b""),
        ([1, 2], b""),
        (["eval", "1"], b""),
        (["a", "|O", 8, 1], b"12345678"),
        (["a", "<f8", 8, 2], b"12345678"),
        (["a", "<f8", 8, 10**12], b"12345678"),
        (["a", "<f8", -8, 1], b"12345678"),
        (["a", "<f8"], b""),
        (["a", ["<f8"], 8, 1], b"12345678"),
        (["c", "1", "2"], b""),
        (["d", 1], b""),
        (["d", ["l"], 1], b""),
        (["l", *[0] * 300_000], b""),
    ],
)
def test_what_pack_does_not_write_is_refused(tree: object, blobs: bytes) -> None:
    with pytest.raises(WireError):
        unpack(json.dumps(tree).encode(), blobs)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_bytes_of_any_kind_are_a_value_or_refused(text: bytes, blobs: bytes) -> None:
    with contextlib.suppress(WireError):
        unpack(text, blobs)


def test_lone_surrogates_become_question_marks() -> None:
    assert unpack(b'"\\ud800 x"', b"") == "? x"


def test_a_channel_carries_messages_and_files() -> None:
    left, right = Channel.pair()
    read, write = os.pipe()
    left.send({"number": 1}, write)
    left.send({"number": 2})
    message, file = right.receive_with_file(1.0)
    assert message == {"number": 1}
    assert file is not None
    os.write(file, b"hello")
    assert os.read(read, 10) == b"hello"
    assert right.receive(1.0) == {"number": 2}
    for each in (read, write, file):
        os.close(each)
    left.close()
    right.close()


def test_every_wait_ends() -> None:
    left, right = Channel.pair()
    with pytest.raises(Late):
        right.receive(0.01)
    left.end.sendall(struct.pack(">II", 100, 0) + b"half")
    with pytest.raises(Late):
        right.receive(0.01)
    left.close()
    with pytest.raises(Closed):
        right.receive(1.0)
    with pytest.raises(Closed):
        right.send("anybody there?")


def test_a_message_that_is_too_large_is_refused_on_both_sides() -> None:
    left, right = Channel.pair()
    right.largest_bytes = left.largest_bytes = 1000
    with pytest.raises(WireError):
        left.send("x" * 2000)
    left.end.sendall(struct.pack(">II", 2**31, 2**31))
    with pytest.raises(WireError):
        right.receive(1.0)
    left.close()
    right.close()
