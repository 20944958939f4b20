"""Layers without a matrix product: normalisation, activation, embedding.

An exponential, a tanh, a division, a square root and a comparison count as one FLOP each here;
on real chips some cost many times more, and all of them hide behind the bytes they move.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from numpy.typing import ArrayLike

from hwmath import kernels
from hwmath.flops.layer import Layer
from hwmath.validate import FloatArray, Number, unknown, whole

RMS_NORM_FLOP_PER_ELEMENT: Final = 4
"""Square, sum, scale by 1/root mean square, times γ."""

BATCH_NORM_FLOP_PER_ELEMENT: Final = 2
"""In inference the statistics are constants: one multiplication and one addition."""

ACTIVATION_FLOP_PER_ELEMENT: Final = MappingProxyType({"relu": 1, "silu": 4, "gelu": 9})
"""max(x, 0); x / (1 + exp(-x)), its minus too; x (1 + tanh(c (x + a x³))) / 2."""


def layer_norm(rows: ArrayLike, width: ArrayLike) -> Layer:
    """Layer normalisation with γ and β: the count of `hwmath.kernels.layer_norm`.

    Formula: 7 FLOP an element.  Parameters: two a column.
    Raises: ValueError unless rows and width are whole.
    Source: the definition of layer normalisation, counted there.
    Derived in: flops, "What is left".

    >>> layer_norm(2, 8).flop
    112.0
    """
    size = whole("rows", rows) * whole("width", width)
    flop = kernels.layer_norm(rows, width, 1).flop
    return _elementwise("layer_norm", size, flop, 2 * whole("width", width))


def rms_norm(rows: ArrayLike, width: ArrayLike) -> Layer:
    """Normalisation by the root mean square, with γ.

    Formula: 4 FLOP an element; the few FLOP a row are left out.  Parameters: one a column.
    Raises: ValueError unless rows and width are whole.
    Source: Zhang and Sennrich 2019, equation 4.  Derived in: flops, "What is left".

    >>> rms_norm(2, 8).flop
    64.0
    """
    size = whole("rows", rows) * whole("width", width)
    return _elementwise("rms_norm", size, RMS_NORM_FLOP_PER_ELEMENT * size, whole("width", width))


def batch_norm(places: ArrayLike, channels: ArrayLike) -> Layer:
    """Batch normalisation in inference: `places` numbers in each channel are scaled and shifted.

    Formula: 2 FLOP an element.  Parameters: γ and β of each channel.
    Ignores: training, where the statistics are computed too; folding into the layer before.
    Raises: ValueError unless places and channels are whole.
    Source: Ioffe and Szegedy 2015, algorithm 2.  Derived in: flops, "What is left".

    >>> batch_norm(36, 4).flop
    288.0
    """
    size = whole("places", places) * whole("channels", channels)
    flop = BATCH_NORM_FLOP_PER_ELEMENT * size
    return _elementwise("batch_norm", size, flop, 2 * whole("channels", channels))


def activation(elements: ArrayLike, name: str) -> Layer:
    """An activation function on each element: relu, silu or gelu (its tanh form).

    Formula: FLOP of the definition (`ACTIVATION_FLOP_PER_ELEMENT`) times elements.
    Raises: ValueError for an unknown name, and unless elements is whole.
    Source: Hendrycks and Gimpel 2016 for gelu and silu, counted here.
    Derived in: flops, "What is left".

    >>> activation(35, "relu").flop
    35.0
    """
    if name not in ACTIVATION_FLOP_PER_ELEMENT:
        raise ValueError(unknown("activation", name, ACTIVATION_FLOP_PER_ELEMENT))
    size = whole("elements", elements)
    return _elementwise(name, size, ACTIVATION_FLOP_PER_ELEMENT[name] * size)


def embedding(tokens: ArrayLike, vocabulary: ArrayLike, width: ArrayLike) -> Layer:
    """A table of `vocabulary` rows, from which each token copies one.

    Formula: no FLOP.  Parameters: vocabulary times width, of which tokens times width are read.
    Ignores: tokens that name the same row, which a cache need not read again.
    Raises: ValueError unless the sizes are whole.
    Source: the definition of an embedding.  Derived in: flops, "What is left".

    >>> table = embedding(16, 50_000, 768)
    >>> table.flop, table.parameters, table.read_parameters
    (0.0, 38400000.0, 12288.0)
    """
    t, v, w = whole("tokens", tokens), whole("vocabulary", vocabulary), whole("width", width)
    return Layer("embedding", parameters=v * w, read_parameters=t * w, inputs=t, outputs=t * w)


def _elementwise(kind: str, size: FloatArray, flop: Number, parameters: Number = 0.0) -> Layer:
    return Layer(kind, other_flop=flop, parameters=parameters, inputs=size, outputs=size)
