"""Transformers so small that every multiplication can be made one by one, and what is in each.

The layers are spelt out beside the shape, so that a count of them shares nothing with the package.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from hwmath.models import Experts, LatentAttention, Model, load_models


@dataclass(frozen=True)
class Layer:
    """One layer: inner widths of the MLPs that a token passes, the router's, and the window."""

    inner: tuple[int, ...]
    router: int = 0
    window: int | None = None


def shape(**changes: Any) -> Model:
    """A decoder of two layers with four heads of width 3; `changes` make another of it."""
    base = Model(
        key="tiny",
        name="Tiny",
        family="test",
        kind="decoder",
        year=2020,
        layers=2,
        width=10,
        heads=4,
        kv_heads=4,
        head_width=3,
        mlp_width=14,
        mlp_matrices=2,
        vocab=17,
        tied=True,
        context=32,
    )
    return dataclasses.replace(base, **changes)


LATENT = LatentAttention(query_rank=6, kv_rank=5, content_width=3, rotary_width=2, value_width=4)

TINY: dict[str, tuple[Model, tuple[Layer, ...]]] = {
    "plain": (shape(), (Layer((14,)), Layer((14,)))),
    "grouped, gated": (
        shape(kv_heads=2, mlp_matrices=3, tied=False),
        (Layer((14,)), Layer((14,))),
    ),
    "one kv head": (shape(kv_heads=1, layers=3), (Layer((14,)),) * 3),
    "windows": (
        shape(layers=4, window=3, global_every=2),
        (Layer((14,), window=3), Layer((14,)), Layer((14,), window=3), Layer((14,))),
    ),
    "all windows": (shape(window=2), (Layer((14,), window=2), Layer((14,), window=2))),
    "experts": (
        shape(experts=Experts(count=5, active=2, width=6), mlp_matrices=3),
        (Layer((6, 6), router=5), Layer((6, 6), router=5)),
    ),
    "some experts": (
        shape(
            layers=6,
            experts=Experts(count=8, active=3, width=4, shared_width=7, dense_layers=1, every=2),
        ),
        (
            Layer((14,)),
            Layer((14,)),
            Layer((4, 4, 4, 7), router=8),
            Layer((14,)),
            Layer((4, 4, 4, 7), router=8),
            Layer((14,)),
        ),
    ),
    "experts in every third layer after the first": (
        shape(layers=7, experts=Experts(count=3, active=1, width=5, dense_layers=1, every=3)),
        (
            Layer((14,)),
            Layer((14,)),
            Layer((14,)),
            Layer((5,), router=3),
            Layer((14,)),
            Layer((14,)),
            Layer((5,), router=3),
        ),
    ),
    "latent": (shape(latent=LATENT), (Layer((14,)), Layer((14,)))),
    "latent, whole queries": (
        shape(latent=dataclasses.replace(LATENT, query_rank=None)),
        (Layer((14,)), Layer((14,))),
    ),
}
"""Decoders."""


def one_of_each_kind() -> list[str]:
    """Keys of models that differ in kind, not in size alone: the first of each family and make."""
    found: dict[tuple[object, ...], str] = {}
    for key, m in load_models().items():
        made = (m.experts is None, m.latent is None, m.window is None, m.tied, m.norms_per_layer)
        found.setdefault((m.family, m.kind, *made), key)
    return list(found.values())
