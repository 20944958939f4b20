"""The tensors that a layer saves in the forward pass, because the backward pass asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from hwmath.models.model import PLAIN_MLP_MATRICES, LatentAttention, Model
from hwmath.transformers.shapes import Block
from hwmath.units import bytes_per_element
from hwmath.validate import Number

Split = Literal["tokens", "heads", "kv heads", "inner"]
"""What tensor parallelism splits a tensor by; "tokens" only where sequences are split, too."""

MASK_BYTES: Final = 1
"""One byte says whether dropout kept a number."""


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """A tensor that one layer saves: its bytes on one chip alone, and how it can be split.

    `scores` marks those with a number for each pair of tokens, which selective recomputation and a
    fused kernel do not keep.
    """

    name: str
    part: str
    size_bytes: Number
    split: Split
    scores: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """How a layer is run: with dropout or not, attention fused or not, and the activations' format.

    Raises: ValueError for an unknown format.
    Derived in: transformers, "Activations".
    """

    dropout: bool
    flash: bool = False
    dtype: str = "bf16"

    def __post_init__(self) -> None:
        bytes_per_element(self.dtype)

    @property
    def element_bytes(self) -> float:
        """Bytes of one activation."""
        return bytes_per_element(self.dtype)


def layer_tensors(
    model: Model, block: Block, batch: Number, tokens: Number, source: Number, keep: Keep
) -> tuple[Saved, ...]:
    """What one layer saves for a batch of texts of `tokens` (of a source of `source` tokens).

    Symbols: s = tokens, b = batch, h = width, a = heads; the bytes below are for bf16
    Formula: 34 s b h + 5 a s² b with dropout and a plain MLP of inner width 4 h
    Assumes: GeLU or SiLU, whose input and output are both kept; keys and values are not repeated
    for the heads that share them; scores of all pairs, also of those that a mask hides.
    Raises: nothing.
    Source: Korthikanti et al. 2022, section 4.1.  Derived in: transformers, "Activations".
    """
    of_source = block.stack == "encoder" and model.kind == "encoder-decoder"
    length = source if of_source else tokens
    n = batch * length
    found = [*_norms(model, block, n, keep), *_attention(model, n, length, keep)]
    if block.cross:
        found += _cross(model, n, batch * source, source, keep)
    return (*found, *_mlp(model, block, n, keep))


def end_tensors(model: Model, batch: Number, tokens: Number, keep: Keep) -> tuple[Saved, ...]:
    """What is saved after the last layer: inputs of the norm and the table, scores of all words.

    Scores of words are kept in fp32, since the loss is computed from them.
    Ignores: pooler, classes, patches, a narrow table; the mask of a dropout before the layers.
    Raises: nothing.
    Source: Korthikanti et al. 2022, section 4.3.  Derived in: transformers, "Activations".
    """
    n = batch * tokens
    vector = n * (model.width * keep.element_bytes)
    found = [Saved("final norm's input", "ends", vector, "tokens")] if model.final_norm else []
    if model.unembeds:
        words = n * (model.vocab * bytes_per_element("fp32"))
        found.append(Saved("unembedding's input", "ends", vector, "tokens"))
        found.append(Saved("scores of words", "ends", words, "inner"))
    return tuple(found)


def _norms(model: Model, block: Block, n: Number, keep: Keep) -> Iterator[Saved]:
    """Each norm's input; what it gives is counted as the input of what follows."""
    count = model.norms_per_layer + block.cross
    size = n * (count * model.width * keep.element_bytes)
    yield Saved("norms' inputs", "norms", size, "tokens")


def _attention(model: Model, n: Number, keys: Number, keep: Keep) -> Iterator[Saved]:
    e, latent = keep.element_bytes, model.latent
    yield Saved("input", "attention", n * (model.width * e), "tokens")
    if latent:
        yield from _latent(model, latent, n, e)
        out = model.heads * latent.value_width
    else:
        out = model.heads * model.head_width
        narrow = model.kv_heads * model.head_width
        twice = 1 + (model.qk_norm != "none")  # before its norm, and after it
        yield Saved("queries", "attention", n * (twice * out * e), "heads")
        yield Saved("keys", "attention", n * (twice * narrow * e), "kv heads")
        yield Saved("values", "attention", n * (narrow * e), "kv heads")
    yield from _scores("attention", n * keys, model, n, keep)
    yield Saved("output's input", "attention", n * (out * e), "heads")
    if keep.dropout:
        yield Saved("mask of dropout", "attention", n * (model.width * MASK_BYTES), "tokens")


def _latent(model: Model, latent: LatentAttention, n: Number, e: float) -> Iterator[Saved]:
    """Latents before and after their norm, and queries, keys and values of all heads.

    The rotated part of the key lies beside the latent, and is kept with it.
    """
    key_width = model.heads * (latent.content_width + latent.rotary_width)
    latents = 2 * ((latent.query_rank or 0) + latent.kv_rank) + latent.rotary_width
    yield Saved("latents", "attention", n * (latents * e), "tokens")
    yield Saved("queries", "attention", n * (key_width * e), "heads")
    yield Saved("keys", "attention", n * (key_width * e), "heads")
    yield Saved("values", "attention", n * (model.heads * latent.value_width * e), "heads")


def _scores(part: str, met: Number, model: Model, n: Number, keep: Keep) -> Iterator[Saved]:
    """What is kept for each pair: the softmax, and with dropout a mask and what it leaves.

    A fused kernel keeps one number in fp32 for each query instead.
    """
    scores = met * float(model.heads)
    if keep.flash:
        rows = n * (model.heads * bytes_per_element("fp32"))
        yield Saved("log-sums of scores", part, rows, "heads")
        return
    e = keep.element_bytes
    yield Saved("softmax", part, scores * e, "heads", scores=True)
    if keep.dropout:
        yield Saved("mask of the softmax", part, scores * MASK_BYTES, "heads", scores=True)
        yield Saved("softmax after dropout", part, scores * e, "heads", scores=True)


def _cross(model: Model, n: Number, m: Number, source: Number, keep: Keep) -> Iterator[Saved]:
    """Attention to the source; the encoder's output, which all layers share, is not among it."""
    part, e = "cross attention", keep.element_bytes
    out, narrow = model.heads * model.head_width, model.kv_heads * model.head_width
    yield Saved("input", part, n * (model.width * e), "tokens")
    yield Saved("queries", part, n * (out * e), "heads")
    yield Saved("keys", part, m * (narrow * e), "kv heads")
    yield Saved("values", part, m * (narrow * e), "kv heads")
    yield from _scores(part, n * source, model, n, keep)
    yield Saved("output's input", part, n * (out * e), "heads")
    if keep.dropout:
        yield Saved("mask of dropout", part, n * (model.width * MASK_BYTES), "tokens")


def _mlp(model: Model, block: Block, n: Number, keep: Keep) -> Iterator[Saved]:
    """An MLP; with experts the token's copies for its experts, and what these give back."""
    e, experts = keep.element_bytes, model.experts if block.experts else None
    width, inner, inputs = model.width, model.mlp_width, 1
    if experts:
        inner = experts.active * experts.width + experts.shared_width
        inputs = experts.active + 1  # the router and a shared expert read the layer's own
        chosen = n * (experts.count * bytes_per_element("fp32") + experts.active * e)
        yield Saved("router's shares", "mlp", chosen, "tokens")
        yield Saved("experts' results", "mlp", n * (experts.active * width * e), "tokens")
    if model.norms_per_layer > 1 or experts:  # else attention's input is the MLP's, too
        yield Saved("input", "mlp", n * (inputs * width * e), "tokens")
    if model.mlp_matrices == PLAIN_MLP_MATRICES:
        yield Saved("activation's input", "mlp", n * (inner * e), "inner")
    else:
        yield Saved("gate before and after its activation", "mlp", n * (2 * inner * e), "inner")
        yield Saved("what the gate multiplies", "mlp", n * (inner * e), "inner")
    yield Saved("down's input", "mlp", n * (inner * e), "inner")
    if keep.dropout:
        yield Saved("mask of dropout", "mlp", n * (width * MASK_BYTES), "tokens")
