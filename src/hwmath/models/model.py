"""The records of the model catalogue: the shape of a transformer, and what was printed of it.

`catalogue` reads them from the data file, `parameters` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["decoder", "encoder", "encoder-decoder"]
"""decoder: each position sees the ones before it; encoder: each sees all."""

PLAIN_MLP_MATRICES: Final = 2
GATED_MLP_MATRICES: Final = 3


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Keys and values as one compressed vector a token (multi-head latent attention).

    `query_rank` is None where queries are not compressed.  A head's query and key have a part
    without position (`content_width`) and a rotated one (`rotary_width`), whose key all heads
    share; its value has `value_width`.  The cache keeps `kv_rank + rotary_width` numbers a token.
    """

    query_rank: int | None
    kv_rank: int
    content_width: int
    rotary_width: int
    value_width: int


@dataclass(frozen=True, slots=True)
class Experts:
    """An MLP in parts, of which a router picks some for each token.

    `count` experts of inner width `width`, `active` of them for a token, and one that every token
    takes, of inner width `shared_width` (0: none).  The first `dense_layers` layers have an
    ordinary MLP of the model's `mlp_width`, and after these only each `every`-th layer has experts.
    """

    count: int
    active: int
    width: int
    shared_width: int = 0
    dense_layers: int = 0
    every: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """One transformer; widths are numbers of elements, not bytes.

    `layers` are those of the decoder, or of an encoder that stands alone; `encoder_layers` those
    of the encoder of an encoder-decoder.  `mlp_matrices` is 2 (plain) or 3 (gated).  `head_width`
    is one head's query, key and value (unless `latent`), and `heads * head_width` need not be
    `width`.  `tied`: one table embeds and unembeds.  `context` is the longest sequence it was made
    for; `window` the reach of its sliding layers, of which `global_every`-th ones see everything
    (0: none do).
    """

    key: str
    name: str
    family: str
    kind: Kind
    year: int
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    mlp_width: int
    mlp_matrices: int
    vocab: int
    tied: bool
    context: int
    encoder_layers: int = 0
    window: int | None = None
    global_every: int = 0
    latent: LatentAttention | None = None
    experts: Experts | None = None
