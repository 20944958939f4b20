"""FLOP of a transformer, counted from its shape: by term, by layer, forward and in training.

Counted are products of matrices, as PyTorch counts them; `operators` has the other FLOP, too.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from hwmath.models.model import Model
from hwmath.transformers.run import Pass, check
from hwmath.transformers.shapes import (
    Block,
    attention_matrices,
    blocks,
    counted_blocks,
    inner_width,
    mlp_matrices,
)
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain, positive, unknown, whole

TERMS: Final = ("attention projections", "scores and values", "mlp", "router", "unembedding")
Logits = Literal["all", "last", "none"]
LOGITS: Final = ("all", "last", "none")
Recompute = Literal["none", "selective", "full"]
RECOMPUTE: Final = ("none", "selective", "full")

BACKWARD_PER_FORWARD: Final = 2
"""Each product has two in the backward pass: for the gradient of its input, and of its weights."""


def forward_flop(
    model: Model, run: Pass, *, causal: bool = False, logits: Logits = "all"
) -> Number:
    """FLOP of one forward pass of the whole batch: the sum of `forward_flop_by_term`.

    Raises: as `forward_flop_by_term`.
    Derived in: transformers, "What a token costs".

    >>> from hwmath.models import model
    >>> from hwmath.transformers.run import decode
    >>> forward_flop(model("gpt-2"), decode(batch=1, context=0))
    247100928.0
    """
    return sum(forward_flop_by_term(model, run, causal=causal, logits=logits).values(), start=0.0)


def forward_flop_by_term(
    model: Model, run: Pass, *, causal: bool = False, logits: Logits = "all"
) -> dict[str, Number]:
    """FLOP of one forward pass of the whole batch, by term.

    `causal` False: a new token is multiplied with all keys of the pass, as plain kernels do; True:
    with those that it may see.  A window is kept to in both.  `logits` "last" unembeds the last
    new token alone, as serving does.
    Symbols: B = batch, n = new tokens, t = keys, w = width, h = heads, k = kv heads, d = head
    width, f = inner width, g = MLP matrices, V = vocabulary, L = layers
    Formula: 2 B L (n (2 w h d + 2 w k d) + 2 n t h d + n g w f) + 2 B n w V, where experts and
    latent attention change nothing; with `causal` pairs n (t - n) + n (n + 1) / 2 for n t
    Ignores: norms, softmax, activations, rotations, biases; an encoder has no unembedding here.
    Raises: ValueError where a model cannot run so, and for an unknown `logits`.
    Source: Vaswani et al. 2017; Kaplan et al. 2020, table 1; DeepSeek-AI 2024 for the latent form.
    Derived in: transformers, "What a token costs".

    >>> from hwmath.models import model
    >>> from hwmath.transformers.run import prefill
    >>> by_term = forward_flop_by_term(model("gpt-2"), prefill(batch=1, tokens=1024))
    >>> round(by_term["scores and values"] / sum(by_term.values()), 3)
    0.133
    """
    check(model, run)
    total: dict[str, Number] = dict.fromkeys(TERMS, 0.0)
    for block, count in counted_blocks(model).items():
        for term, flop in block_flop(model, block, run, causal=causal).items():
            total[term] = total[term] + count * flop
    total["unembedding"] = unembedding_flop(model, run, logits)
    return total


def flop_by_layer(
    model: Model, run: Pass, *, causal: bool = False
) -> tuple[dict[str, Number], ...]:
    """FLOP of each layer of one forward pass by term, in the order of the layers.

    Raises: as `forward_flop_by_term`.
    Derived in: transformers, "What a token costs".
    """
    check(model, run)
    different = {
        block: block_flop(model, block, run, causal=causal) for block in counted_blocks(model)
    }
    return tuple(dict(different[block]) for block in blocks(model))


def block_flop(model: Model, block: Block, run: Pass, *, causal: bool) -> dict[str, Number]:
    """FLOP of one layer for the whole batch, by term.

    Raises: nothing; `check` before.
    Derived in: transformers, "What a token costs".
    """
    tokens = block_tokens(model, block, run)
    projections, mixing = _self_attention_macs(model, block, run, causal)
    if block.cross:
        more, mixed = _cross_attention_macs(model, run)
        projections, mixing = projections + more, mixing + mixed
    mlp = sum(m.elements for m in mlp_matrices(model, inner_width(model, block)))
    router = model.width * model.experts.count if block.experts and model.experts else 0
    return {
        "attention projections": FLOP_PER_MAC * projections,
        "scores and values": FLOP_PER_MAC * mixing,
        "mlp": FLOP_PER_MAC * tokens * mlp,
        "router": FLOP_PER_MAC * tokens * router,
    }


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


def unembedding_flop(model: Model, run: Pass, logits: Logits = "all") -> Number:
    """FLOP of the product with the table that turns a vector into scores of all words.

    Raises: ValueError for an unknown `logits`.
    Derived in: transformers, "What a token costs".
    """
    if logits not in LOGITS:
        raise ValueError(unknown("logits", logits, LOGITS))
    if logits == "none" or model.kind == "encoder":
        return 0.0
    tokens = run.batch if logits == "last" else run.tokens
    return FLOP_PER_MAC * tokens * float(model.width * model.vocab)


def training_flop(
    model: Model,
    tokens: ArrayLike,
    sequence: ArrayLike,
    *,
    causal: bool = False,
    recompute: Recompute = "none",
    source: ArrayLike | None = None,
) -> Number:
    """FLOP of training on `tokens` tokens in texts of `sequence`: forward, backward, recomputation.

    `recompute` "full" runs the layers forward once more, "selective" scores and values alone.
    `source` is the length of an encoder-decoder's source (None: as long as `sequence`); `tokens`
    are then those of the decoder.
    Formula: 3 W_forward, plus the layers' W_forward with "full"; W_forward = 2 N a token and the
    attention term, hence 6 N D and 8 N D
    Ignores: the optimizer; a fused backward pass, which computes scores once more.
    Raises: ValueError for an unknown `recompute`, for sizes that are not above zero, and for a
    `source` of a model without one.
    Source: Kaplan et al. 2020, section 2.1; Korthikanti et al. 2022, appendix A.
    Derived in: transformers, "What training costs".

    >>> from hwmath.models import model
    >>> gpt3 = model("gpt-3-175b")
    >>> f"{training_flop(gpt3, 300e9, 2048, causal=True):.3g}"  # 6 N D is 3.15e23
    '3.19e+23'
    """
    if recompute not in RECOMPUTE:
        raise ValueError(unknown("recompute", recompute, RECOMPUTE))
    texts = positive("tokens", tokens) / whole("sequence", sequence)
    reads = model.kind == "encoder-decoder"
    if source is not None and not reads:
        raise ValueError(f"{model.name} reads no source: source={source!r}")
    length = sequence if source is None else source
    one = Pass(
        1.0,
        plain(whole("sequence", sequence)),
        0.0,
        plain(whole("source", length)) if reads else 0.0,
    )
    by_term = forward_flop_by_term(model, one, causal=causal)
    forward = sum(by_term.values(), start=0.0)
    again: Number = 0.0
    if recompute == "full":
        again = forward - by_term["unembedding"]
    elif recompute == "selective":
        again = by_term["scores and values"]
    return plain(texts * ((1 + BACKWARD_PER_FORWARD) * forward + again))


def _self_attention_macs(
    model: Model, block: Block, run: Pass, causal: bool
) -> tuple[Number, Number]:
    """MACs of a layer's projections, and of its scores and values.

    Latent attention has two ways, and takes the one with fewer MACs: keys and values of all tokens
    in full, or (absorbed) queries and results taken through the same matrices instead.
    """
    tokens, met = block_tokens(model, block, run), pairs(model, block, run, causal=causal)
    projections = tokens * float(sum(m.elements for m in attention_matrices(model)))
    latent, h = model.latent, model.heads
    if latent is None:
        return projections, met * float(h * 2 * model.head_width)
    widths = latent.content_width + latent.value_width
    in_full = met * float(h * (widths + latent.rotary_width))
    anew = run.batch * run.cached_tokens * float(latent.kv_rank * h * widths)
    absorbed = met * float(h * (2 * latent.kv_rank + latent.rotary_width))
    full = np.asarray(in_full + anew) <= np.asarray(absorbed)
    return (
        plain(projections + np.where(full, anew, 0.0)),
        plain(np.where(full, in_full, absorbed)),
    )


def _cross_attention_macs(model: Model, run: Pass) -> tuple[Number, Number]:
    """As above, of attention to the source, whose keys and values the first pass computes."""
    size = {m.name: float(m.elements) for m in attention_matrices(model, cross=True)}
    once = run.encoded_tokens * (size["key"] + size["value"])
    mixing = run.tokens * run.source_tokens * float(model.heads * 2 * model.head_width)
    return run.tokens * (size["query"] + size["output"]) + once, mixing
