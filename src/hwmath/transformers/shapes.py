"""A transformer taken apart: its layers, and the matrices that a token is multiplied with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from hwmath.models.model import PLAIN_MLP_MATRICES, LatentAttention, Model

Stack = Literal["encoder", "decoder"]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer: the stack it stands in, its window (None: sees all), and what is special in it.

    `cross`: attends to the encoder's output, too.  `experts`: its MLP is split into experts.
    """

    stack: Stack
    window: int | None
    experts: bool
    cross: bool


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix that each of its tokens is multiplied with: `inputs` numbers become `outputs`."""

    name: str
    inputs: int
    outputs: int

    @property
    def elements(self) -> int:
        """Its weights, and the MACs of one token."""
        return self.inputs * self.outputs


@lru_cache(maxsize=512)
def blocks(model: Model) -> tuple[Block, ...]:
    """The layers of a model in their order; those of an encoder before a decoder come first.

    Layer i (from 0) sees everything if global_every divides i + 1, and has experts if it is not
    among the first dense_layers and `every` divides its number after these, from 1.
    Raises: nothing.
    Derived in: transformers, "What is in a transformer".

    >>> from hwmath.models.model import PLAIN_MLP_MATRICES, Model
    >>> tiny = Model("t", "Tiny", "test", "decoder", 2020, 4, 8, 2, 2, 4, 32, 2, 50, True, 64,
    ...              window=16, global_every=2)
    >>> [block.window for block in blocks(tiny)]
    [16, None, 16, None]
    """
    stack: Stack = "encoder" if model.kind == "encoder" else "decoder"
    cross = model.kind == "encoder-decoder"
    encoder = (Block("encoder", None, False, False),) * model.encoder_layers
    return encoder + tuple(
        Block(stack, _window(model, i), _has_experts(model, i), cross) for i in range(model.layers)
    )


@lru_cache(maxsize=512)
def counted_blocks(model: Model) -> Mapping[Block, int]:
    """The different layers of a model, and how many there are of each.

    Raises: nothing.
    Derived in: transformers, "What is in a transformer".
    """
    return MappingProxyType(Counter(blocks(model)))


def attention_matrices(model: Model, *, cross: bool = False) -> tuple[Linear, ...]:
    """The matrices of one layer's attention, in the order of their use.

    Latent attention has a narrow matrix before each wide one; cross attention is never latent.
    Raises: nothing.
    Derived in: transformers, "What is in a transformer".
    """
    if model.latent and not cross:
        return _latent_matrices(model, model.latent)
    wide, narrow = model.heads * model.head_width, model.kv_heads * model.head_width
    return (
        Linear("query", model.width, wide),
        Linear("key", model.width, narrow),
        Linear("value", model.width, narrow),
        Linear("output", wide, model.width),
    )


def _latent_matrices(model: Model, latent: LatentAttention) -> tuple[Linear, ...]:
    h, w = model.heads, model.width
    query_out = h * (latent.content_width + latent.rotary_width)
    query: tuple[Linear, ...] = (Linear("query", w, query_out),)
    if latent.query_rank is not None:
        query = (
            Linear("query down", w, latent.query_rank),
            Linear("query up", latent.query_rank, query_out),
        )
    return (
        *query,
        Linear("latent down", w, latent.kv_rank + latent.rotary_width),
        Linear("key up", latent.kv_rank, h * latent.content_width),
        Linear("value up", latent.kv_rank, h * latent.value_width),
        Linear("output", h * latent.value_width, w),
    )


def mlp_matrices(model: Model, inner: int) -> tuple[Linear, ...]:
    """The matrices of an MLP of inner width `inner`: two, or three with a gate.

    Raises: nothing.
    Derived in: transformers, "What is in a transformer".
    """
    into = ("up",) if model.mlp_matrices == PLAIN_MLP_MATRICES else ("gate", "up")
    return (
        *(Linear(name, model.width, inner) for name in into),
        Linear("down", inner, model.width),
    )


def inner_width(model: Model, block: Block) -> int:
    """Inner width of all the MLPs of a layer that one token goes through, together.

    Raises: nothing.
    Derived in: transformers, "What is in a transformer".
    """
    if not block.experts or model.experts is None:
        return model.mlp_width
    return model.experts.active * model.experts.width + model.experts.shared_width


def _window(model: Model, i: int) -> int | None:
    everything = model.global_every and (i + 1) % model.global_every == 0
    return None if everything else model.window


def _has_experts(model: Model, i: int) -> bool:
    found = model.experts
    if found is None or i < found.dense_layers:
        return False
    return (i - found.dense_layers + 1) % found.every == 0
