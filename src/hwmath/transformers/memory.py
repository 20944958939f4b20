"""Bytes that a model needs to run: its weights, and the keys and values that it keeps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hwmath.models import parameters
from hwmath.models.model import Model
from hwmath.transformers.run import Formats
from hwmath.transformers.shapes import Block, counted_blocks
from hwmath.units import bytes_per_element
from hwmath.validate import Number, plain, whole


def weight_bytes(model: Model, formats: Formats | str = "bf16") -> float:
    """Bytes of all weights of a model, those of all experts and both tables of words among them.

    `formats` is a format of weights, or `Formats`.
    Formula: N b
    Ignores: scales of narrow formats, and that some tensors are often kept wider.
    Raises: ValueError for an unknown format.
    Source: Chen 2022, "capacity".  Derived in: transformers, "The cache".

    >>> from hwmath.models import model
    >>> weight_bytes(model("gpt-2"), "fp32")
    497759232.0
    """
    dtype = formats.weights if isinstance(formats, Formats) else formats
    return parameters(model) * bytes_per_element(dtype)


def kv_bytes_per_token(model: Model, dtype: str = "bf16") -> float:
    """Bytes that one more token adds to the cache, in all layers, while no window is full.

    Symbols: L = layers, k = kv heads, d = head width, b = bytes a number
    Formula: 2 L k d b, for a key and a value; latent attention L (kv_rank + rotary_width) b
    Ignores: blocks of an allocator, scales.  An encoder keeps nothing.
    Raises: ValueError for an unknown format.
    Source: Chen 2022, "kv cache"; Shazeer 2019, section 3; DeepSeek-AI 2024, section 2.1.
    Derived in: transformers, "The cache".

    >>> from hwmath.models import model
    >>> kv_bytes_per_token(model("llama-2-70b"))
    327680.0
    """
    element = bytes_per_element(dtype)
    decoding = sum(n for block, n in counted_blocks(model).items() if block.stack == "decoder")
    return decoding * kept_elements(model) * element


def kv_bytes(
    model: Model,
    batch: ArrayLike,
    tokens: ArrayLike,
    dtype: str = "bf16",
    *,
    source_tokens: ArrayLike = 0,
) -> Number:
    """Bytes of the cache of `batch` texts of `tokens` tokens each.

    A layer with a window keeps no more tokens than that.  Keys and values of an encoder-decoder's
    source are kept in each layer of the decoder, too.
    Formula: B L 2 k d min(t, window) b
    Ignores: blocks of an allocator, scales.
    Raises: ValueError for an unknown format, and for sizes that are not whole.
    Source: as `kv_bytes_per_token`.  Derived in: transformers, "The cache".

    >>> from hwmath.models import model
    >>> kv_bytes(model("llama-2-70b"), batch=1, tokens=4096)
    1342177280.0
    """
    texts, t = whole("batch", batch), whole("tokens", tokens, 0)
    s, element = whole("source_tokens", source_tokens, 0), bytes_per_element(dtype)
    elements: Number = 0.0
    for block, count in counted_blocks(model).items():
        kept = kept_tokens(block, t) * kept_elements(model)
        crossed = s * (2 * model.kv_heads * model.head_width) if block.cross else 0.0
        elements = elements + count * (kept + crossed)
    return plain(texts * elements * element)


def kept_elements(model: Model) -> float:
    """Numbers that one layer keeps of one token: a key and a value of each kv head, or a latent.

    Raises: nothing.
    Derived in: transformers, "The cache".
    """
    if model.latent:
        return float(model.latent.kv_rank + model.latent.rotary_width)
    return float(2 * model.kv_heads * model.head_width)


def kept_tokens(block: Block, tokens: Number) -> Number:
    """Tokens of a text of `tokens` that one layer keeps: all, its window, or (an encoder) none.

    Raises: nothing.
    Derived in: transformers, "The cache".
    """
    if block.stack == "encoder":
        return plain(np.zeros_like(tokens))
    return plain(tokens if block.window is None else np.minimum(tokens, float(block.window)))
