"""FLOP of a transformer, counted from its shape: by term, by layer, forward and in training.

Counted are products of matrices, as PyTorch counts them; `operators` has the other FLOP, too.
"""

from __future__ import annotations

from typing import Final, Literal

from numpy.typing import ArrayLike

from hwmath.models import router_weights, unembedding_weights
from hwmath.models.model import Model
from hwmath.transformers.attention import (
    block_tokens,
    cross_attention_macs,
    self_attention_macs,
)
from hwmath.transformers.run import Pass, check
from hwmath.transformers.shapes import (
    Block,
    blocks,
    counted_blocks,
    inner_width,
    mlp_matrices,
)
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain, positive, unknown, whole

TERMS: Final = (
    "attention projections",
    "scores and values",
    "mlp",
    "router",
    "unembedding",
    "ends",
)
"""Where FLOP arise; "ends" are small products before the first layer and after the last."""

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
    Ignores: norms, softmax, activations, rotations, biases.
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
    total["ends"] = ends_flop(model, run, logits)
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
    projections, mixing = self_attention_macs(model, block, run, causal)
    if block.cross:
        more, mixed = cross_attention_macs(model, run)
        projections, mixing = projections + more, mixing + mixed
    mlp = sum(m.elements for m in mlp_matrices(model, inner_width(model, block)))
    router = router_weights(model) if block.experts else 0
    return {
        "attention projections": FLOP_PER_MAC * projections,
        "scores and values": FLOP_PER_MAC * mixing,
        "mlp": FLOP_PER_MAC * tokens * mlp,
        "router": FLOP_PER_MAC * tokens * router,
    }


def unembedding_flop(model: Model, run: Pass, logits: Logits = "all") -> Number:
    """FLOP of the product with the table that turns a vector into scores of all words.

    Raises: ValueError for an unknown `logits`.
    Derived in: transformers, "What a token costs".
    """
    return FLOP_PER_MAC * scored_tokens(run, logits) * float(unembedding_weights(model))


def ends_flop(model: Model, run: Pass, logits: Logits = "all") -> Number:
    """FLOP of small products at both ends, which most models do not have.

    These are matrices between a narrow table and the layers, patches of an image (all tokens but
    the first, which is learned), a pooler and classes (of the first token alone).
    Raises: ValueError for an unknown `logits`.
    Derived in: transformers, "What a token costs".
    """
    narrow = float(model.embedding_width * model.width)
    patches = run.batch * (run.new_tokens - 1) * float(model.patch_inputs * model.width)
    head = run.batch * float(model.width * (model.pooler * model.width + model.classes))
    macs = narrow * (run.tokens + scored_tokens(run, logits) * model.unembeds) + patches + head
    return FLOP_PER_MAC * macs


def scored_tokens(run: Pass, logits: Logits = "all") -> Number:
    """Tokens of the batch whose next word is scored: all, the last of each text, or none.

    Raises: ValueError for an unknown `logits`.
    Derived in: transformers, "What a token costs".
    """
    if logits not in LOGITS:
        raise ValueError(unknown("logits", logits, LOGITS))
    return {"all": run.tokens, "last": run.batch, "none": 0.0}[logits]


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
    The gradient of patches of an image is not asked for, which saves one product there.
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
        again = forward - by_term["unembedding"] - by_term["ends"]
    elif recompute == "selective":
        again = by_term["scores and values"]
    unasked = FLOP_PER_MAC * (one.new_tokens - 1) * float(model.patch_inputs * model.width)
    return plain(texts * ((1 + BACKWARD_PER_FORWARD) * forward + again - unasked))
