"""Attention: the two products whose cost grows with the square of the text, and its projections."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from hwmath.flops.layer import Layer, linear
from hwmath.validate import multiple, whole

SOFTMAX_FLOP_PER_SCORE: Final = 4
"""Subtract the largest, exponential, sum, divide."""

SCALE_FLOP_PER_SCORE: Final = 1
"""Divide by the square root of the width of a head."""


def attention(
    queries: ArrayLike,
    heads: ArrayLike,
    head_width: ArrayLike,
    *,
    keys: ArrayLike | None = None,
    kv_heads: ArrayLike | None = None,
    causal: bool = False,
    batch: ArrayLike = 1,
) -> Layer:
    """Scores, softmax and the mixture of values, without the projections before and after.

    `keys` None: as many as queries.  `kv_heads` None: as many as heads; fewer share keys and values
    and save memory, not MACs.  `causal`: the last query sees every key, each before it one less.
    Symbols: B = batch, h = heads, d = head_width, n = queries, t = keys
    Formula: M = 2 B h d (pairs of a query and a key it sees); all n t of them, or with `causal`
    n (t - n) + n (n + 1) / 2
    Ignores: finding the largest score; dropout.
    Raises: ValueError unless sizes are whole, heads a multiple of kv_heads and, if causal,
    t >= n.
    Source: Vaswani et al. 2017, equation 1.  Derived in: flops, "Attention".

    >>> attention(1024, 12, 64).macs / attention(1024, 12, 64, causal=True).macs
    1.9980487804878049
    """
    n, h, d = whole("queries", queries), whole("heads", heads), whole("head_width", head_width)
    t = n if keys is None else whole("keys", keys)
    kv = h if kv_heads is None else whole("kv_heads", kv_heads)
    b = whole("batch", batch)
    multiple("heads", h, "kv_heads", kv)
    if causal and np.any(t < n):
        raise ValueError(f"keys={keys!r} is less than queries={queries!r}, which causal excludes")
    pairs = n * (t - n) + n * (n + 1) / 2 if causal else n * t
    scores = b * h * pairs
    return Layer(
        "attention",
        macs=2 * scores * d,
        sums=scores + b * h * n * d,
        other_flop=(SCALE_FLOP_PER_SCORE + SOFTMAX_FLOP_PER_SCORE) * scores,
        inputs=b * d * (h * n + 2 * kv * t),
        outputs=b * h * n * d,
    )


def attention_block(
    tokens: ArrayLike,
    width: ArrayLike,
    heads: ArrayLike,
    *,
    kv_heads: ArrayLike | None = None,
    causal: bool = False,
    batch: ArrayLike = 1,
    bias: bool = False,
) -> list[Layer]:
    """Self-attention with its projections: queries, keys, values, attention, output.

    Symbols: n = tokens, w = width, h = heads of w / h numbers, k = kv_heads
    Formula: M = B n w (2 w + 2 w k / h) + 2 B w (pairs)
    Raises: as `attention`, and ValueError where width is no multiple of heads.
    Source: Vaswani et al. 2017, section 3.2.  Derived in: flops, "Attention".

    >>> [layer.macs for layer in attention_block(16, 8, 2)]
    [1024.0, 1024.0, 1024.0, 4096.0, 1024.0]
    """
    w, h = whole("width", width), whole("heads", heads)
    multiple("width", w, "heads", h)
    kv = h if kv_heads is None else whole("kv_heads", kv_heads)
    d = w / h
    rows = whole("batch", batch) * whole("tokens", tokens)
    core = attention(tokens, h, d, kv_heads=kv, causal=causal, batch=batch)
    query, key_or_value = (linear(w, out, batch=rows, bias=bias) for out in (w, kv * d))
    return [query, key_or_value, key_or_value, core, query]
