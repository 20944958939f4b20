"""Networks whose counts others printed, as lists of layers: small ones, and three of the papers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hwmath.flops.conv import conv
from hwmath.flops.elementwise import activation, batch_norm, layer_norm
from hwmath.flops.layer import Layer, linear


def perceptron(*widths: int) -> list[Layer]:
    """Linear layers with bias, one after the other.

    Raises: ValueError unless the widths are whole.
    Source: Shaik 2023.  Derived in: flops, "A layer by hand".

    >>> [layer.macs for layer in perceptron(10, 20, 15, 1)]
    [200.0, 300.0, 15.0]
    """
    return [linear(d_in, d_out) for d_in, d_out in itertools.pairwise(widths)]


def small_cnn() -> list[Layer]:
    """Two 3 x 3 convolutions over 28 x 28 pixels and a linear layer.

    Raises: nothing.  Source: Shaik 2023.  Derived in: flops, "Convolution".
    """
    return [
        conv((28, 28), 1, 16, 3, padding=1),
        conv((28, 28), 16, 32, 3, padding=1),
        linear(32 * 28 * 28, 10),
    ]


def vgg19() -> list[Layer]:
    """Sixteen 3 x 3 convolutions in five blocks, and three linear layers.

    Raises: nothing.  Source: Simonyan and Zisserman 2015, table 1, column E.
    Derived in: flops, "A second source".
    """
    layers, channels = [], 3
    for block, (width, depth) in enumerate([(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)]):
        side = 224 // 2**block
        for _ in range(depth):
            layers.append(conv((side, side), channels, width, 3, padding=1))
            channels = width
    return layers + perceptron(512 * 7 * 7, 4096, 4096, 1000)


def resnet34() -> list[Layer]:
    """A 7 x 7 convolution, sixteen pairs of 3 x 3, and a linear layer; shortcuts cost nothing.

    Raises: nothing.  Source: He et al. 2016, table 1.  Derived in: flops, "A second source".
    """
    layers, channels, side = [conv((224, 224), 3, 64, 7, stride=2, padding=3)], 64, 56
    for width, pairs in [(64, 3), (128, 4), (256, 6), (512, 3)]:
        for _ in range(pairs):
            stride = 1 if channels == width else 2
            layers.append(conv((side, side), channels, width, 3, stride=stride, padding=1))
            channels, side = width, side // stride
            layers.append(conv((side, side), width, width, 3, padding=1))
    return [*layers, linear(512, 1000)]


def mobilenet(*, depthwise: bool = True) -> list[Layer]:
    """One convolution, then thirteen: a depthwise and a pointwise one each, or a full one.

    Raises: nothing.  Source: Howard et al. 2017, table 1.
    Derived in: flops, "A second source".
    """
    layers = [conv((224, 224), 3, 32, 3, stride=2, padding=1, bias=False)]
    side, channels = 112, 32
    widths = [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    strides = [1, 2, 1, 2, 1, 2, *[1] * 5, 2, 1]
    for width, stride in zip(widths, strides, strict=True):
        groups, out = (channels, channels) if depthwise else (1, width)
        layers.append(
            conv(
                (side, side), channels, out, 3, stride=stride, padding=1, groups=groups, bias=False
            )
        )
        side //= stride
        if depthwise:
            layers.append(conv((side, side), channels, width, 1, bias=False))
        channels = width
    return [*layers, linear(1024, 1000)]


def _activated(layers: list[Layer]) -> list[Layer]:
    """The layers with a relu after each but the last."""
    return [
        one for layer in layers[:-1] for one in (layer, activation(layer.outputs, "relu"))
    ] + layers[-1:]


PROFILED: Final[Mapping[str, list[Layer]]] = MappingProxyType(
    {
        "mlp": _activated(perceptron(10, 20, 15, 1)),
        "cnn": _activated(small_cnn()),
        "normed": [linear(8, 16, bias=False), layer_norm(1, 16)],
        "batched": [conv((8, 8), 3, 4, 3, bias=False), batch_norm(36, 4)],
        "activated": [linear(8, 8, batch=8, bias=False), activation(64, "gelu")],
    }
)
"""What the profilers of `data/profilers.toml` were run on."""
