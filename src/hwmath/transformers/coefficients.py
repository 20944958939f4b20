"""A model as the few numbers that the time of a step depends on.

FLOP and bytes of a step are sums of products of these with batch, new and cached tokens, so that
one call does for a whole sweep: `stack` puts models side by side, each number an array of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hwmath.models import mlp_weights, parameters, unembedding_weights, weight_parameters
from hwmath.models.model import Model
from hwmath.transformers.memory import kept_elements
from hwmath.transformers.shapes import counted_blocks
from hwmath.validate import FloatArray, Number, plain


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Numbers of weights, elements and MACs of one decoder, or of several as arrays.

    `stored`: all parameters.  `shared_weights`: those of matrices that each token is multiplied
    with, but for the unembedding and the experts of which some are picked; `expert_weights` one
    expert of one layer, `expert_layers`, `experts` and `active` how many there are of what.
    `cached`: elements of the cache a token and layer.  `pair_macs`: MACs of one query and key in
    one layer; with latent attention `expand_macs` to make a cached token's keys and values anew,
    and `absorbed_pair_macs` where that is avoided (else 0 and as `pair_macs`).
    `full_layers` see all tokens, `window_layers` the last `window`.  `kv_parts`: into how many
    chips' shares the cache can be cut by its heads.
    """

    names: tuple[str, ...]
    layers: Number
    width: Number
    stored: Number
    shared_weights: Number
    unembedding_weights: Number
    expert_weights: Number
    expert_layers: Number
    experts: Number
    active: Number
    cached: Number
    pair_macs: Number
    absorbed_pair_macs: Number
    expand_macs: Number
    full_layers: Number
    window_layers: Number
    window: Number
    kv_parts: Number

    def pairs(self, new: FloatArray, cached: FloatArray, *, causal: bool) -> Number:
        """Pairs of a query and a key of one text and head, summed over layers."""
        if not causal:
            seen = new + cached
            each = self.full_layers * seen + self.window_layers * np.minimum(seen, self.window)
            return plain(new * each)
        below = np.clip(self.window - cached, 0.0, new)
        windowed = below * cached + below * (below + 1) / 2 + (new - below) * self.window
        everything = new * cached + new * (new + 1) / 2
        return plain(self.full_layers * everything + self.window_layers * windowed)

    def kept(self, tokens: FloatArray) -> Number:
        """Elements of the cache of one text of `tokens` tokens, in all layers."""
        windowed = self.window_layers * np.minimum(tokens, self.window)
        return plain(self.cached * (self.full_layers * tokens + windowed))


@lru_cache(maxsize=512)
def coefficients(model: Model) -> Coefficients:
    """The numbers of one decoder.

    Ignores: weights of norms and biases (they stand in `stored`).
    Raises: ValueError for a model that is not a decoder alone.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.models import model
    >>> coefficients(model("llama-2-70b")).kv_parts
    8.0
    """
    if model.kind != "decoder":
        raise ValueError(f"{model.name} is an {model.kind}, not a decoder; `pass_step` takes it")
    blocks = counted_blocks(model)
    windowed = sum(n for block, n in blocks.items() if block.window is not None)
    e = model.experts
    one = mlp_weights(model, e.width) if e else 0
    all_experts = model.expert_layers * e.count * one if e else 0
    narrowed = model.width * model.embedding_width  # from the last layer to a narrower table
    unembedding = unembedding_weights(model) + narrowed
    latent, h = model.latent, model.heads
    full = absorbed = h * 2 * model.head_width
    anew = 0
    if latent is not None:
        widths = latent.content_width + latent.value_width
        full, anew = h * (widths + latent.rotary_width), latent.kv_rank * h * widths
        absorbed = h * (2 * latent.kv_rank + latent.rotary_width)
    return Coefficients(
        names=(model.name,),
        layers=float(model.layers),
        width=float(model.width),
        stored=float(parameters(model)),
        shared_weights=float(weight_parameters(model, active=False) - all_experts - unembedding),
        unembedding_weights=float(unembedding),
        expert_weights=float(one),
        expert_layers=float(model.expert_layers),
        experts=float(e.count if e else 1),
        active=float(e.active if e else 1),
        cached=kept_elements(model),
        pair_macs=float(full),
        absorbed_pair_macs=float(absorbed),
        expand_macs=float(anew),
        full_layers=float(model.layers - windowed),
        window_layers=float(windowed),
        window=float(model.window or 0),
        kv_parts=1.0 if latent else float(model.kv_heads),
    )


def stack(models: Iterable[Model]) -> Coefficients:
    """Models side by side: one record of arrays, an element a model.

    Raises: ValueError for none, and for a model that is not a decoder alone.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.models import model
    >>> stack([model("llama-2-7b"), model("llama-2-70b")]).kv_parts.tolist()
    [32.0, 8.0]
    """
    rows = [coefficients(model) for model in models]
    if not rows:
        raise ValueError("no model to stack")
    columns = {
        field.name: np.array([getattr(row, field.name) for row in rows], dtype=np.float64)
        for field in dataclasses.fields(Coefficients)
        if field.name != "names"
    }
    return Coefficients(names=tuple(name for row in rows for name in row.names), **columns)


def along(record: Coefficients, axis: int, axes: int) -> Coefficients:
    """A stack whose models lie along one axis of `axes`, so that it broadcasts against the others.

    Raises: ValueError for an axis that is not one of them.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.models import model
    >>> along(stack([model("llama-2-7b")] * 3), axis=0, axes=3).width.shape
    (3, 1, 1)
    """
    if not 0 <= axis < axes:
        raise ValueError(f"axis={axis} is not one of {axes}")
    shape = [-1 if i == axis else 1 for i in range(axes)]
    columns = {
        field.name: np.reshape(getattr(record, field.name), shape)
        for field in dataclasses.fields(Coefficients)
        if field.name != "names"
    }
    return Coefficients(names=record.names, **columns)
