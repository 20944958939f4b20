"""Counting by shapes: what a layer computes, holds and moves, before anything runs.

Each function takes sizes and returns a `Layer`; a network is a list of them.  A multiply-accumulate
(MAC) is counted as `macs`, everything in FLOP as `flop`, and the two are never mixed.
"""

from hwmath.flops.attention import attention, attention_block
from hwmath.flops.conv import conv, conv_output_size, conv_real_pairs
from hwmath.flops.einsum import einsum
from hwmath.flops.elementwise import activation, batch_norm, embedding, layer_norm, rms_norm
from hwmath.flops.layer import Layer, linear
from hwmath.flops.profilers import PROFILERS, Profiler, printed

__all__ = [
    "PROFILERS",
    "Layer",
    "Profiler",
    "activation",
    "attention",
    "attention_block",
    "batch_norm",
    "conv",
    "conv_output_size",
    "conv_real_pairs",
    "einsum",
    "embedding",
    "layer_norm",
    "linear",
    "printed",
    "rms_norm",
]
