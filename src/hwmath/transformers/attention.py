"""Attention of one layer: the pairs it multiplies, its MACs, what its core computes and moves."""

from __future__ import annotations

import numpy as np

from hwmath.flops.attention import SCALE_FLOP_PER_SCORE, SOFTMAX_FLOP_PER_SCORE
from hwmath.models.model import LatentAttention, Model
from hwmath.transformers.run import Pass
from hwmath.transformers.shapes import Block, attention_matrices
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain
from hwmath.work import Traffic, Work


def block_tokens(model: Model, block: Block, run: Pass) -> Number:
    """Tokens of the batch that go through a layer: new ones, or those of the source.

    Raises: nothing.
    Derived in: transformers, "What a token costs".
    """
    encodes = block.stack == "encoder" and model.kind == "encoder-decoder"
    return run.encoded_tokens if encodes else run.tokens


def pairs(model: Model, block: Block, run: Pass, *, causal: bool) -> Number:
    """Pairs of a query and a key that a layer multiplies, of one head, in the whole batch.

    Symbols: n = new tokens, c = cached tokens, w = window (t = n + c where there is none)
    Formula: n min(t, w); with `causal` the sum over p = c + 1 to c + n of min(p, w)
    An encoder has no order: each of its tokens sees each.
    Raises: nothing.
    Derived in: transformers, "What a token costs".
    """
    if block.stack == "encoder":
        source = model.kind == "encoder-decoder"
        return block_tokens(model, block, run) * (run.source_tokens if source else run.new_tokens)
    n, c = np.asarray(run.new_tokens), np.asarray(run.cached_tokens)
    w = np.inf if block.window is None else float(block.window)
    if not causal:
        return plain(run.batch * n * np.minimum(n + c, w))
    below = np.clip(w - c, 0.0, n)  # queries that see fewer keys than the window has room for
    past = 0.0 if block.window is None else (n - below) * w
    return plain(run.batch * (below * c + below * (below + 1) / 2 + past))


def self_attention_macs(
    model: Model, block: Block, run: Pass, causal: bool
) -> tuple[Number, Number]:
    """MACs of a layer's projections, and of its scores and values, in the whole batch.

    Latent attention has two ways (`in_full`); the one with fewer MACs is counted.
    Raises: nothing.
    Derived in: transformers, "What a token costs".
    """
    tokens, met = block_tokens(model, block, run), pairs(model, block, run, causal=causal)
    projections = tokens * float(sum(m.elements for m in attention_matrices(model)))
    if model.latent is None:
        return projections, met * float(model.heads * 2 * model.head_width)
    anew, full, absorbed = _latent_macs(model, model.latent, run, met)
    chosen = in_full(model, run, met)
    return projections + chosen * anew, plain(np.where(chosen, full, absorbed))


def cross_attention_macs(model: Model, run: Pass) -> tuple[Number, Number]:
    """As `self_attention_macs`, of attention to a source; the first pass computes its keys.

    Raises: nothing.
    Derived in: transformers, "What a token costs".
    """
    size = {m.name: float(m.elements) for m in attention_matrices(model, cross=True)}
    once = run.encoded_tokens * (size["key"] + size["value"])
    mixing = run.tokens * run.source_tokens * float(model.heads * 2 * model.head_width)
    return run.tokens * (size["query"] + size["output"]) + once, mixing


def in_full(model: Model, run: Pass, met: Number) -> Number:
    """1 where latent attention is cheaper with all keys and values in full, else 0 (absorbed).

    In full, keys and values of all tokens are made from the latents, the cached ones too.
    Absorbed, queries and results go through the same matrices instead, and heads meet the latents:
    the matrices cost a new token the same, a cached token costs nothing, and a pair costs more.
    `met` is the number of pairs.  Without latent attention it is always in full.
    Formula: p h (c + r + v) + B (cached) k h (c + v) <= p h (2 k + r), with p pairs, c, r, v the
    widths and k the rank
    Raises: nothing.
    Source: DeepSeek-AI 2024, section 2.1.2.  Derived in: transformers, "What a token costs".
    """
    if model.latent is None:
        return 1.0
    anew, full, absorbed = _latent_macs(model, model.latent, run, met)
    return plain(np.asarray(anew + full) <= np.asarray(absorbed))


def _latent_macs(
    model: Model, latent: LatentAttention, run: Pass, met: Number
) -> tuple[Number, Number, Number]:
    """MACs of cached tokens made anew and of the pairs in full; and of the pairs, absorbed."""
    h, widths = model.heads, latent.content_width + latent.value_width
    return (
        run.batch * run.cached_tokens * float(latent.kv_rank * h * widths),
        met * float(h * (widths + latent.rotary_width)),
        met * float(h * (2 * latent.kv_rank + latent.rotary_width)),
    )


def core_works(
    *,
    met: Number,
    heads: int,
    key_width: int,
    value_width: int,
    query: Traffic,
    keys: Traffic,
    values: Traffic,
    result: Traffic,
    score_bytes: float,
    fused: bool,
    softmax_flop_per_score: float = SCALE_FLOP_PER_SCORE + SOFTMAX_FLOP_PER_SCORE,
) -> tuple[Work, ...]:
    """Scores, softmax and mixture of values of one layer: one kernel, or three.

    `met` are pairs of one head.  The traffics say what is read of queries, keys and values and
    written as the result.  Unfused, the scores of all pairs are written, read by the softmax,
    written and read again.
    Formula: 2 p h (key width + value width) on the matrix units, and s p h on the vector units
    Raises: ValueError for counts that are negative.
    Source: Shenoy and Kiely 2023, "attention equation", unfused; Dao et al. 2022, fused.
    Derived in: transformers, "What moves".

    >>> from hwmath.work import Traffic
    >>> one = Traffic(act_in=2 * 4096 * 128)
    >>> works = core_works(met=4096**2, heads=1, key_width=128, value_width=128, query=one,
    ...     keys=one, values=one, result=one, score_bytes=2, fused=False, softmax_flop_per_score=3)
    >>> total = works[0] + works[1] + works[2]
    >>> round(total.intensity_flop_per_byte, 2)
    62.42
    """
    scores = met * float(heads)
    soft = {"vector": softmax_flop_per_score * scores}
    products = [FLOP_PER_MAC * scores * width for width in (key_width, value_width)]
    if fused:
        flop = {"matrix": products[0] + products[1], **soft}
        return (Work("attention", flop, query + keys + values + result),)
    matrix = scores * score_bytes
    written, read = Traffic(act_out=matrix), Traffic(act_in=matrix)
    return (
        Work("scores", {"matrix": products[0]}, query + keys + written),
        Work("softmax", soft, read + written),
        Work("values", {"matrix": products[1]}, read + values + result),
    )


def seen_keys(block: Block, run: Pass) -> Number:
    """Different keys of one text that the new tokens of a pass see in a layer.

    Formula: min(t, n + w - 1) for a window of w
    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    if block.window is None:
        return run.keys
    return plain(np.minimum(run.keys, run.new_tokens + block.window - 1.0))
