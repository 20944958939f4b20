"""A pass as operators: what each one of a layer computes, and what it moves, by kind.

Traffic is compulsory for an operator that stands alone: its weights once, its inputs in, its
outputs out.  Keys and values cross the memory as cache, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from numpy.typing import ArrayLike

from hwmath.flops.elementwise import ACTIVATION_FLOP_PER_ELEMENT, RMS_NORM_FLOP_PER_ELEMENT
from hwmath.kernels import LAYER_NORM_FLOP_PER_ELEMENT
from hwmath.models.model import PLAIN_MLP_MATRICES, Model
from hwmath.transformers.attend import attend_operators
from hwmath.transformers.attention import block_tokens
from hwmath.transformers.flop import Logits, scored_tokens
from hwmath.transformers.parts import Operator, linear, vector
from hwmath.transformers.run import Formats, Pass, check
from hwmath.transformers.shapes import Block, counted_blocks, mlp_matrices
from hwmath.validate import Number, plain, whole
from hwmath.work import Traffic, Work


def operators(
    model: Model,
    run: Pass,
    formats: Formats | None = None,
    *,
    causal: bool = False,
    fused_attention: bool = True,
    fused_elementwise: bool = False,
    logits: Logits = "all",
) -> tuple[Operator, ...]:
    """The operators of one forward pass; equal layers stand once, with their number.

    Those outside of the layers stand first and last.

    `fused_attention` False writes and reads the scores of all pairs.  `fused_elementwise` True
    counts no traffic of norms, activations and sums of residuals: they ride on their neighbours.
    Ignores: rotations, biases, the choice of the router; what a cache moves again or keeps.
    Raises: as `forward_flop_by_term`.
    Source: counted here from Vaswani et al. 2017 and what the models' own sources change.
    Derived in: transformers, "What moves".

    >>> from hwmath.models import model
    >>> from hwmath.transformers.run import decode
    >>> work = total_work(operators(model("llama-2-70b"), decode(batch=1, context=4096)))
    >>> round(work.traffic.weights / 1e9, 1), round(work.traffic.kv_read / 1e9, 2)
    (137.4, 1.34)
    """
    check(model, run)
    used = formats or Formats()
    found = _operators(model, run, used, causal, fused_attention, logits)
    return tuple(_riding(part) if fused_elementwise else part for part in found)


def _riding(part: Operator) -> Operator:
    """An operator without a matrix product moves nothing, unless it is a softmax or a look-up."""
    if tuple(part.work.flop_by_unit) != ("vector",) or part.term == "scores and values":
        return part
    work = Work(part.name, part.work.flop_by_unit)
    return Operator(part.name, part.term, part.block, part.layers, work)


def _operators(
    model: Model,
    run: Pass,
    formats: Formats,
    causal: bool,
    fused_attention: bool,
    logits: Logits,
) -> Iterator[Operator]:
    looked_up = (run.tokens + run.encoded_tokens) * float(model.embedding_width or model.width)
    if model.vocab:
        table = Traffic(
            weights=looked_up * formats.weight_bytes, act_out=looked_up * formats.activation_bytes
        )
        yield Operator("embedding", "ends", None, 1, Work("embedding", {}, table))
    yield from _ends(model, run, formats, logits)
    for block, count in counted_blocks(model).items():
        layer = [
            *attend_operators(model, block, run, formats, causal=causal, fused=fused_attention),
            *_mlp(model, block, block_tokens(model, block, run), formats),
            *_elementwise(model, block, run, formats),
        ]
        for one in layer:
            yield Operator(one.name, one.term, block, count, one.work)
    if model.unembeds:
        tokens = scored_tokens(run, logits)
        width = model.embedding_width or model.width
        yield linear("unembedding", "unembedding", width, model.vocab, tokens, formats)


def total_work(parts: tuple[Operator, ...], name: str = "pass") -> Work:
    """All operators together, each as often as there are layers that have it.

    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    total = Work(name, {"matrix": 0.0, "vector": 0.0})
    for part in parts:
        total = total + part.total
    return Work(name, total.flop_by_unit, total.traffic)


def distinct_experts(count: int, active: int, tokens: ArrayLike) -> Number:
    """Expected number of different experts that some of `tokens` tokens are sent to.

    Symbols: E = count, a = active, T = tokens
    Formula: E (1 - (1 - a/E)^T)
    Assumes: each token picks its a experts evenly and apart from the others; real routers do not,
    and read fewer.
    Raises: ValueError for negative tokens.
    Source: derived here.  Derived in: transformers, "What moves".

    >>> distinct_experts(8, 2, [1, 2, 100]).round(2).tolist()
    [2.0, 3.5, 8.0]
    """
    return plain(count * (1.0 - (1.0 - active / count) ** whole("tokens", tokens, 0)))


def _mlp(model: Model, block: Block, tokens: Number, formats: Formats) -> Iterator[Operator]:
    experts = model.experts if block.experts else None
    if experts is None:
        yield from _one_mlp(model, "", model.mlp_width, tokens, formats)
        return
    width, shared = float(model.width), experts.shared_width
    yield linear("router", "router", model.width, experts.count, tokens, formats)
    if experts.shared_gate:
        yield linear("shared gate", "router", model.width, 1, tokens, formats)
    used = distinct_experts(experts.count, experts.active, tokens)
    sent = tokens * float(experts.active)
    yield from _one_mlp(model, "expert ", experts.width, sent, formats, copies=used)
    if shared:
        yield from _one_mlp(model, "shared ", shared, tokens, formats)
    summed = experts.active + bool(shared)
    flop = float(2 * experts.active + bool(shared)) * tokens * width
    yield vector("combine", "mlp", flop, summed * tokens * width, tokens * width, formats)


def _one_mlp(
    model: Model,
    prefix: str,
    inner: int,
    tokens: Number,
    formats: Formats,
    copies: Number | None = None,
) -> Iterator[Operator]:
    """An MLP of `tokens` tokens; the weights are read once, or those of `copies` experts."""
    for m in mlp_matrices(model, inner):
        yield linear(prefix + m.name, "mlp", m.inputs, m.outputs, tokens, formats, copies)
    gated = model.mlp_matrices != PLAIN_MLP_MATRICES
    size = tokens * float(inner)
    each = ACTIVATION_FLOP_PER_ELEMENT["silu" if gated else "gelu"] + gated
    yield vector(f"{prefix}activation", "mlp", each * size, (1 + gated) * size, size, formats)


def _elementwise(model: Model, block: Block, run: Pass, formats: Formats) -> Iterator[Operator]:
    """Norms and sums of residuals of a layer: one for attention, one for its MLP, one if cross."""
    size = block_tokens(model, block, run) * float(model.width)
    normed = (model.norms_per_layer + block.cross) * size
    summed = (2 + block.cross) * size
    yield vector("norms", "elementwise", _norm_flop(model) * normed, normed, normed, formats)
    yield vector("residuals", "elementwise", summed, 2 * summed, summed, formats)


def _norm_flop(model: Model) -> int:
    """FLOP of a norm, an element."""
    return LAYER_NORM_FLOP_PER_ELEMENT if model.norm == "layer" else RMS_NORM_FLOP_PER_ELEMENT


def _ends(model: Model, run: Pass, formats: Formats, logits: Logits) -> Iterator[Operator]:
    scored, narrow = scored_tokens(run, logits), model.embedding_width
    if narrow:
        yield linear("widen", "ends", narrow, model.width, run.tokens, formats)
    if narrow and model.unembeds:
        yield linear("narrow", "ends", model.width, narrow, scored, formats)
    if model.patch_inputs:
        patches = run.batch * (run.new_tokens - 1)
        yield linear("patches", "ends", model.patch_inputs, model.width, patches, formats)
    if model.pooler:
        yield linear("pooler", "ends", model.width, model.width, run.batch, formats)
    if model.classes:
        yield linear("classes", "ends", model.width, model.classes, run.batch, formats)
    count = (run.tokens + run.encoded_tokens) * (model.final_norm + model.embedding_norm)
    size = count * float(model.width)
    yield vector("end norms", "ends", _norm_flop(model) * size, size, size, formats)
