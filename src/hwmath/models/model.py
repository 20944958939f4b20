"""The records of the model catalogue: the shape of a transformer, and what was printed of it.

`catalogue` reads them from the data file, `parameters` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["decoder", "encoder", "encoder-decoder"]
"""decoder: each position sees the ones before it; encoder: each sees all."""

KINDS: Final = ("decoder", "encoder", "encoder-decoder")

NORM_VECTORS: Final = {"layer": 2, "scale": 1, "none": 0}
"""Vectors that one norm stores: scale and shift, a scale alone (RMS norms), or nothing."""

QK_NORMS: Final = ("none", "head", "width")
"""Norms of queries and keys: one scale that all heads share, or one as wide as all of them."""

BIASES: Final = ("qkv", "output", "mlp", "router", "unembedding")
"""Matrices that may have a bias; "router" is also a number per expert that is only added."""

STATUSES: Final = ("datasheet", "reported", "unchecked")

COUNTED: Final = ("all", "active", "active without lookup", "without tables", "table twice")
"""What a printed count is of.

"active" has the experts of one token; "active without lookup" leaves the embedding out, too;
"without tables" is all but embedding and unembedding; "table twice" is of a file that stores a tied
table at both ends.
"""

PLAIN_MLP_MATRICES: Final = 2


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Keys and values as one compressed vector a token (multi-head latent attention).

    `query_rank` is None where queries are not compressed.  A head's query and key have a part
    without position (`content_width`) and a rotated one (`rotary_width`), whose key all heads
    share; its value has `value_width`.  The cache keeps `kv_rank + rotary_width` numbers a token.
    """

    kv_rank: int
    content_width: int
    rotary_width: int
    value_width: int
    query_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Experts:
    """An MLP in parts, of which a router picks some for each token.

    `count` experts of inner width `width`, `active` of them for a token, and one that every token
    takes, of inner width `shared_width` (0: none).  The first `dense_layers` layers have an
    ordinary MLP of the model's `mlp_width`, and after these only each `every`-th layer has experts.
    `shared_gate`: a vector weighs the shared one for each token.
    """

    count: int
    active: int
    width: int
    shared_width: int = 0
    dense_layers: int = 0
    every: int = 1
    shared_gate: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A number of parameters that somebody printed: of what, where, and how sure it is.

    `within` is how far the truth may be from it: 0 for a count to the last parameter, half a unit
    of the last printed digit for a rounded one.
    """

    value: int
    source: str
    status: str
    of: str = "all"
    within: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One transformer; widths are numbers of elements, not bytes.

    `layers` are those of the decoder, or of an encoder that stands alone; `encoder_layers` those
    of the encoder of an encoder-decoder.  `mlp_matrices` is 2 (plain) or 3 (gated).  `head_width`
    is one head's query, key and value (unless `latent`), and `heads * head_width` need not be
    `width`.  `tied`: one table embeds and unembeds.  `context` is the longest sequence it was made
    for; `window` the reach of its sliding layers, of which `global_every`-th ones see everything
    (0: none do).

    The rest is what an exact count needs.  `vocab` counts the stored rows, also those that only
    fill up.  `embedding_width` is that of the table where it is not `width` (0: it is); two
    matrices lead in and out.  `norm` says what a norm stores, `norms_per_layer` how many there are
    (a decoder that looks at an encoder has one more), `embedding_norm` and `final_norm` whether one
    stands before the first layer and after the last.  `biases` names the matrices that have one.
    `positions` and `token_types` are rows of learned tables (0: none), `relative_buckets` those of
    a table of distances, one for each stack.  With `distance_matrix` each layer has one more
    matrix, which turns distances into keys.  `unembeds` is false where no vocabulary comes out.
    A `pooler` is a square matrix at the end; `patch_inputs` numbers of an image make a token,
    besides one learned token; `classes` come out at the end.  `sinks`: a number per head beside
    the scores.  `source` and `status` are those of the shape.
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
    embedding_width: int = 0
    norm: str = "scale"
    norms_per_layer: int = 2
    embedding_norm: bool = False
    final_norm: bool = True
    qk_norm: str = "none"
    biases: tuple[str, ...] = ()
    positions: int = 0
    token_types: int = 0
    relative_buckets: int = 0
    distance_matrix: bool = False
    unembeds: bool = True
    pooler: bool = False
    patch_inputs: int = 0
    classes: int = 0
    sinks: bool = False
    source: str = ""
    status: str = ""
    note: str = ""
    counts: tuple[Count, ...] = ()

    @property
    def expert_layers(self) -> int:
        """Layers whose MLP is in parts."""
        if self.experts is None:
            return 0
        return (self.layers - self.experts.dense_layers) // self.experts.every

    @property
    def exact_count(self) -> int | None:
        """The printed number of all parameters, to the last one; None where nobody printed it."""
        exact = (c.value for c in self.counts if c.of == "all" and c.within == 0)
        return next(exact, None)
