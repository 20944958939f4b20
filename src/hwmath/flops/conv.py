"""Convolution in any number of dimensions, with the zeros at the border counted or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hwmath.flops.layer import Layer
from hwmath.validate import FloatArray, Number, multiple, plain, whole


def conv_output_size(
    size: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: ArrayLike = 1,
    padding: ArrayLike = 0,
    dilation: ArrayLike = 1,
) -> Number:
    """How many places a kernel has along one dimension.

    Symbols: H = size, K = kernel, s = stride, p = padding on each side, d = dilation
    Formula: H' = floor((H + 2 p - d (K - 1) - 1) / s) + 1
    Raises: ValueError unless all are whole, and where the kernel is longer than the padded input.
    Source: Dumoulin and Visin 2016, relationship 15.  Derived in: flops, "Convolution".

    >>> conv_output_size(28, 3, padding=1), conv_output_size(32, 3, stride=2, dilation=2)
    (28.0, 14.0)
    """
    h, k, s = whole("size", size), whole("kernel", kernel), whole("stride", stride)
    p, d = whole("padding", padding, least=0), whole("dilation", dilation)
    room = h + 2 * p - d * (k - 1) - 1
    if np.any(room < 0):
        raise ValueError(f"kernel={kernel!r} reaches farther than size={size!r} with its padding")
    return plain(np.floor(room / s) + 1)


def conv_real_pairs(
    size: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: ArrayLike = 1,
    padding: ArrayLike = 0,
    dilation: ArrayLike = 1,
) -> Number:
    """Pairs of a place and a weight of the kernel, along one dimension, that meet a real input.

    The others meet the zeros of the padding.
    Formula: sum over k of the places j with 0 <= s j + d k - p < H
    Raises: as `conv_output_size`.
    Source: the definition of convolution, counted here.  Derived in: flops, "Zeros at the border".

    >>> conv_real_pairs(28, 3, padding=1), 28 * 3
    (82.0, 84)
    """
    places = conv_output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
    values = (size, kernel, stride, padding, dilation, places)
    h, taps, s, p, d, ends = (np.asarray(value, np.float64) for value in values)
    pairs: FloatArray = np.zeros(np.shape(places))
    for tap in range(int(np.max(taps))):
        first = np.maximum(np.ceil((p - d * tap) / s), 0)
        last = np.minimum(np.floor((h - 1 + p - d * tap) / s), ends - 1)
        pairs = pairs + np.where(tap < taps, np.maximum(last - first + 1, 0), 0)
    return plain(pairs)


def conv(
    size: Sequence[ArrayLike],
    channels_in: ArrayLike,
    channels_out: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: ArrayLike = 1,
    padding: ArrayLike = 0,
    dilation: ArrayLike = 1,
    groups: ArrayLike = 1,
    batch: ArrayLike = 1,
    bias: bool = True,
    count_padding: bool = True,
) -> Layer:
    """A convolution over one, two or more dimensions.

    `size` has an entry for each dimension.  So has a kernel, stride, padding or dilation that is a
    tuple or a list; any other value holds for all dimensions, and may be an array to sweep over.
    Symbols: B = batch, C = channels_in, C' = channels_out, g = groups; others as in
    `conv_output_size`, for each dimension
    Formula: M = B C' (C / g) times the product of H' K over the dimensions.  With
    `count_padding=False` the pairs of `conv_real_pairs` stand for H' K.
    Ignores: faster algorithms; inputs that no place reaches; places that reach no input.
    Raises: ValueError for sizes that are not whole, a kernel that does not fit, channels that are
    no multiple of groups, and a list of the wrong length.
    Source: Shaik 2023, the convolutions.  Derived in: flops, "Convolution".

    >>> [conv((28, 28), 1, 16, 3, padding=1, count_padding=c).macs for c in (True, False)]
    [112896.0, 107584.0]
    """
    g, b = whole("groups", groups), whole("batch", batch)
    c = _channels("channels_in", channels_in, g)
    c_out = _channels("channels_out", channels_out, g)
    given = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    along = (_by_dimension(name, value, len(size)) for name, value in given.items())
    places = pairs = taps = elements = np.ones(())
    for h, k, s, p, d in zip(size, *along, strict=True):
        out = conv_output_size(h, k, stride=s, padding=p, dilation=d)
        if not count_padding:
            pairs = pairs * conv_real_pairs(h, k, stride=s, padding=p, dilation=d)
        places, taps, elements = places * out, taps * np.asarray(k), elements * np.asarray(h)
    return Layer(
        "conv",
        macs=b * c_out * (c / g) * (places * taps if count_padding else pairs),
        sums=b * c_out * places,
        biases=b * c_out * places * bias,
        parameters=c_out * (c / g) * taps + c_out * bias,
        inputs=b * c * elements,
        outputs=b * c_out * places,
    )


def _channels(name: str, value: ArrayLike, groups: FloatArray) -> FloatArray:
    channels = whole(name, value)
    multiple(name, channels, "groups", groups)
    return channels


def _by_dimension(name: str, value: ArrayLike, dimensions: int) -> Sequence[ArrayLike]:
    if not isinstance(value, tuple | list):
        return [value] * dimensions
    if len(value) != dimensions:
        raise ValueError(f"{name}={value!r} has {len(value)} entries for {dimensions} dimensions")
    return value
