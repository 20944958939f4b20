"""One run of a model over a batch: how many tokens are new, how many are kept from before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hwmath.models.model import Model
from hwmath.units import bytes_per_element
from hwmath.validate import Number, plain, whole


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """`batch` texts, of each of which `new_tokens` are computed; sizes may be arrays, for a sweep.

    `cached_tokens` were computed before: of each, keys and values are kept, and new tokens attend
    to them and to each other.  `source_tokens` is the length of what the encoder of an
    encoder-decoder reads; it runs in the pass that has nothing cached.
    Raises: ValueError unless sizes are whole; batch and new_tokens at least one.
    Derived in: transformers, "Two ways to run".

    >>> Pass(batch=2, new_tokens=1, cached_tokens=[0, 99]).keys.tolist()
    [1.0, 100.0]
    """

    batch: Number
    new_tokens: Number
    cached_tokens: Number = 0.0
    source_tokens: Number = 0.0

    def __post_init__(self) -> None:
        for name, least in (
            ("batch", 1),
            ("new_tokens", 1),
            ("cached_tokens", 0),
            ("source_tokens", 0),
        ):
            object.__setattr__(self, name, plain(whole(name, getattr(self, name), least)))

    @property
    def keys(self) -> Number:
        """Tokens of a text that the last new token can see, itself among them."""
        return self.cached_tokens + self.new_tokens

    @property
    def tokens(self) -> Number:
        """New tokens of the whole batch."""
        return self.batch * self.new_tokens

    @property
    def encoded_tokens(self) -> Number:
        """Source tokens of the whole batch, in the pass that has nothing cached; later none."""
        first = np.asarray(self.cached_tokens) == 0
        return plain(np.asarray(self.batch * self.source_tokens) * first)


def prefill(batch: ArrayLike, tokens: ArrayLike, source_tokens: ArrayLike = 0) -> Pass:
    """The pass that reads a prompt: all its tokens at once, with nothing cached.

    Raises: as `Pass`.
    Derived in: transformers, "Two ways to run".

    >>> prefill(batch=4, tokens=512).tokens
    2048.0
    """
    return Pass(whole("batch", batch), whole("tokens", tokens), 0.0, _source(source_tokens))


def decode(batch: ArrayLike, context: ArrayLike, source_tokens: ArrayLike = 0) -> Pass:
    """The pass that makes one more token of each text, when `context` tokens are cached.

    The new token attends to context + 1 keys: the cached ones and its own.
    Raises: as `Pass`.
    Derived in: transformers, "Two ways to run".

    >>> decode(batch=4, context=512).keys
    513.0
    """
    cached = whole("context", context, 0)
    return Pass(whole("batch", batch), 1.0, plain(cached), _source(source_tokens))


def _source(source_tokens: ArrayLike) -> Number:
    return plain(whole("source_tokens", source_tokens, 0))


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats of the numbers that a pass moves: weights, activations, cached keys and values.

    Raises: ValueError for a format that is not in `hwmath.units.DTYPE_BITS`.
    Derived in: transformers, "Two ways to run".

    >>> Formats(weights="int4").weight_bytes, Formats().kv_bytes
    (0.5, 2.0)
    """

    weights: str = "bf16"
    activations: str = "bf16"
    kv: str = "bf16"

    def __post_init__(self) -> None:
        for dtype in (self.weights, self.activations, self.kv):
            bytes_per_element(dtype)

    @property
    def weight_bytes(self) -> float:
        """Bytes of one weight."""
        return bytes_per_element(self.weights)

    @property
    def activation_bytes(self) -> float:
        """Bytes of one activation."""
        return bytes_per_element(self.activations)

    @property
    def kv_bytes(self) -> float:
        """Bytes of one number of the cache."""
        return bytes_per_element(self.kv)


def check(model: Model, run: Pass) -> None:
    """ValueError where a model cannot run so: a source without an encoder for it, or the reverse.

    Raises: also where an encoder that stands alone is to attend to cached tokens.
    Derived in: transformers, "Two ways to run".
    """
    source = np.asarray(run.source_tokens)
    if model.kind == "encoder-decoder" and np.any(source == 0):
        raise ValueError(f"{model.name} reads a source: source_tokens={source!r} lacks it")
    if model.kind != "encoder-decoder" and np.any(source > 0):
        raise ValueError(f"{model.name} has no encoder beside a decoder: source_tokens={source!r}")
    if model.kind == "encoder" and np.any(np.asarray(run.cached_tokens) > 0):
        raise ValueError(f"{model.name} sees all tokens at once: cached_tokens must be 0")
