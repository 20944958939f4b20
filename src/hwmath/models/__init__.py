"""Models: the shapes of transformers, every one with its source, and their parameters.

The facts live in `data/models`, a file for each family; the head of `sources.toml` explains them.
"""

from hwmath.models.catalogue import ModelDataError, load_models, load_sources, model
from hwmath.models.model import (
    PLAIN_MLP_MATRICES,
    Count,
    Experts,
    LatentAttention,
    Model,
)
from hwmath.models.parameters import (
    PARTS,
    active_parameters,
    attention_weights,
    mlp_weights,
    parameters,
    parameters_by_part,
    router_weights,
    unembedding_weights,
    weight_parameters,
)
from hwmath.models.printed import counted_parameters, difference
from hwmath.source import Source

__all__ = [
    "PARTS",
    "PLAIN_MLP_MATRICES",
    "Count",
    "Experts",
    "LatentAttention",
    "Model",
    "ModelDataError",
    "Source",
    "active_parameters",
    "attention_weights",
    "counted_parameters",
    "difference",
    "load_models",
    "load_sources",
    "mlp_weights",
    "model",
    "parameters",
    "parameters_by_part",
    "router_weights",
    "unembedding_weights",
    "weight_parameters",
]
