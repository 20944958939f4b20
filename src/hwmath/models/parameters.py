"""Parameters of a model, counted from its shape to the last one.

A layer is matrices, their biases and its norms; tables stand at both ends.  Everything is a whole
number of Python, so that no digit is lost.
"""

from __future__ import annotations

from typing import Final

from hwmath.models.model import NORM_VECTORS, Model

PARTS: Final = (
    "embedding",
    "positions",
    "attention",
    "cross attention",
    "mlp",
    "experts",
    "norms",
    "unembedding",
    "head",
)


def parameters(model: Model) -> int:
    """Parameters of a model: all numbers that it stores; a table with two uses counts once.

    Formula: the sum of `parameters_by_part`.
    Ignores: buffers that are computed and not learned, such as masks and angles of rotation.
    Raises: nothing.
    Source: the definition of each architecture, named by the model's `source`.
    Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> parameters(model("gpt-2")), parameters(model("llama-2-7b"))
    (124439808, 6738415616)
    """
    return sum(parameters_by_part(model).values())


def active_parameters(model: Model) -> int:
    """Parameters that one token is multiplied with or looks up.

    Formula: all, less the experts that the router did not pick.  A table of embeddings counts
    whole, as in the counts that are printed for models with experts.
    Raises: nothing.
    Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> active_parameters(model("mixtral-8x7b"))
    12879925248
    """
    experts = model.experts
    if experts is None:
        return parameters(model)
    idle = experts.count - experts.active
    return parameters(model) - model.expert_layers * idle * _mlp(model, experts.width)


def parameters_by_part(model: Model) -> dict[str, int]:
    """Parameters by part, in the order of `PARTS`; all parts are there, also those with none.

    Biases belong to the part of their matrix, routers and shared experts to "experts"; "head" is
    what a model has at its end instead of a vocabulary.
    Raises: nothing.
    Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> parameters_by_part(model("gpt-2"))["embedding"]
    38597376
    """
    every_layer = model.layers + model.encoder_layers
    decoder_layers = model.layers if model.encoder_layers else 0
    plain_layers = every_layer - model.expert_layers
    counts = (
        _embedding(model),
        _positions(model),
        every_layer * _attention(model),
        decoder_layers * _attention(model),
        plain_layers * _mlp(model, model.mlp_width),
        model.expert_layers * _experts(model),
        _norms(model),
        _unembedding(model),
        _head(model),
    )
    return dict(zip(PARTS, counts, strict=True))


def weight_parameters(model: Model, *, active: bool = True) -> int:
    """Elements of the matrices that a token is multiplied with, of all layers and at the end.

    Formula: attention, MLPs (of experts the active ones, or all), routers and unembedding; without
    biases, norms and tables that are only looked up.  A tied table counts: it unembeds.
    Ignores: that in an encoder-decoder no token passes both stacks.
    Raises: nothing.
    Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> weight_parameters(model("gpt-2")) == 12 * 12 * 768**2 + 50257 * 768
    True
    """
    every_layer = model.layers + model.encoder_layers
    decoder_layers = model.layers if model.encoder_layers else 0
    total = (every_layer + decoder_layers) * attention_weights(model)
    total += (every_layer - model.expert_layers) * mlp_weights(model, model.mlp_width)
    if (experts := model.experts) is not None:
        routed = experts.active if active else experts.count
        each = routed * mlp_weights(model, experts.width) + router_weights(model)
        total += model.expert_layers * (each + mlp_weights(model, experts.shared_width))
    return total + unembedding_weights(model) + _widening(model) + _head_weights(model)


def attention_weights(model: Model) -> int:
    """Elements of the matrices of one layer's attention: queries, keys, values and output.

    Formula: d h (2 H + 2 K) for H query heads and K heads of keys and values of width h; with
    latent attention the factors of both compressions.
    Raises: nothing.  Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> attention_weights(model("llama-2-7b")) == 4 * 4096**2
    True
    """
    if (latent := model.latent) is None:
        return model.width * model.head_width * (2 * model.heads + 2 * model.kv_heads)
    key_width = latent.content_width + latent.rotary_width
    if latent.query_rank is None:
        queries = model.width * model.heads * key_width
    else:
        queries = latent.query_rank * (model.width + model.heads * key_width)
    down = model.width * (latent.kv_rank + latent.rotary_width)
    up = latent.kv_rank * model.heads * (latent.content_width + latent.value_width)
    return queries + down + up + model.heads * latent.value_width * model.width


def mlp_weights(model: Model, inner_width: int) -> int:
    """Elements of the two or three matrices of an MLP, or of one expert, of this inner width.

    Formula: 2 d F, or 3 d F where it is gated.
    Raises: nothing.  Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> mlp_weights(model("llama-2-7b"), 11008) == 3 * 4096 * 11008
    True
    """
    return model.mlp_matrices * model.width * inner_width


def router_weights(model: Model) -> int:
    """Elements of what picks and weighs the experts of one layer; 0 without experts.

    Formula: d E, and d more where the shared expert has a gate.
    Raises: nothing.  Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> router_weights(model("mixtral-8x7b")) == 4096 * 8
    True
    """
    if (experts := model.experts) is None:
        return 0
    return model.width * (experts.count + experts.shared_gate)


def unembedding_weights(model: Model) -> int:
    """Elements of the matrix that gives a score to each entry of the vocabulary, also if tied.

    Formula: V d, or 0 where no vocabulary comes out.
    Raises: nothing.  Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> unembedding_weights(model("gpt-2")) == 50257 * 768
    True
    """
    return model.vocab * (model.embedding_width or model.width) if model.unembeds else 0


def _stacks(model: Model) -> int:
    return 2 if model.encoder_layers else 1


def _widening(model: Model) -> int:
    """The matrices between a narrow table and the layers, one at each end."""
    return 2 * model.embedding_width * model.width


def _embedding(model: Model) -> int:
    tables = (model.vocab + model.token_types) * (model.embedding_width or model.width)
    patches = (model.patch_inputs + 2) * model.width if model.patch_inputs else 0
    return tables + _widening(model) + patches


def _positions(model: Model) -> int:
    tables = _stacks(model) * (model.positions * model.width + model.relative_buckets * model.heads)
    projections = model.distance_matrix * model.width * model.heads * model.head_width
    return tables + model.layers * projections


def _attention(model: Model) -> int:
    biases = 0
    if "qkv" in model.biases:
        biases += (model.heads + 2 * model.kv_heads) * model.head_width
    if "output" in model.biases:
        biases += model.width
    return attention_weights(model) + biases + model.sinks * model.heads


def _mlp(model: Model, inner_width: int) -> int:
    into = (model.mlp_matrices - 1) * inner_width + model.width if "mlp" in model.biases else 0
    return mlp_weights(model, inner_width) + into


def _experts(model: Model) -> int:
    """Parameters of one layer's experts, with the router."""
    if (experts := model.experts) is None:
        return 0
    shared = _mlp(model, experts.shared_width) if experts.shared_width else 0
    biases = experts.count if "router" in model.biases else 0
    routed = experts.count * _mlp(model, experts.width)
    return routed + shared + router_weights(model) + biases


def _norms(model: Model) -> int:
    vectors = NORM_VECTORS[model.norm]
    stacks = _stacks(model)
    whole = stacks * (model.embedding_norm + model.final_norm)
    whole += model.layers * (model.norms_per_layer + (stacks == 2))
    whole += model.encoder_layers * model.norms_per_layer
    inner = {
        "none": 0,
        "head": 2 * model.head_width,
        "width": (model.heads + model.kv_heads) * model.head_width,
    }[model.qk_norm]
    if (latent := model.latent) is not None:
        inner += (latent.query_rank or 0) + latent.kv_rank
    return vectors * whole * model.width + inner * (model.layers + model.encoder_layers)


def _unembedding(model: Model) -> int:
    if not model.unembeds:
        return 0
    biases = model.vocab if "unembedding" in model.biases else 0
    return (0 if model.tied else unembedding_weights(model)) + biases


def _head_weights(model: Model) -> int:
    return model.pooler * model.width**2 + model.classes * model.width


def _head(model: Model) -> int:
    return _head_weights(model) + model.pooler * model.width + model.classes
