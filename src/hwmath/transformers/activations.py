"""What a layer keeps for the backward pass, tensor by tensor, and what recomputation leaves of it.

Without dropout, with a gate, grouped heads or experts the terms change; with a plain MLP and
dropout they are those of Korthikanti et al. 2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from hwmath.models.model import PLAIN_MLP_MATRICES, Model
from hwmath.transformers.flop import RECOMPUTE, Recompute
from hwmath.transformers.saved import Keep, Saved, end_tensors, layer_tensors
from hwmath.transformers.shapes import counted_blocks
from hwmath.validate import Number, multiple, plain, unknown, whole


class Keeping(TypedDict, total=False):
    """How a layer is run and shared: the keywords of `activation_bytes_by_tensor`."""

    recompute: Recompute
    flash: bool
    tensor_parallel: ArrayLike
    sequence_parallel: bool
    dropout: bool | None
    ends: bool
    source: ArrayLike | None
    dtype: str


def activation_bytes(
    model: Model,
    batch: ArrayLike,
    sequence: ArrayLike,
    **how: Unpack[Keeping],
) -> Number:
    """Bytes that one chip keeps for the backward pass: the sum of `activation_bytes_by_tensor`.

    Symbols: s = sequence, b = batch, h = width, a = heads, L = layers, t = tensor_parallel
    Formula: L s b h (10 + 24/t + 5 a s / (h t)); selective L s b h (10 + 24/t); full 2 L s b h;
    with sequence_parallel the 10 and the 2 are divided by t, too; `how` as there
    Raises: as `activation_bytes_by_tensor`.
    Source: Korthikanti et al. 2022, table 2; Anthony et al. 2023, "Activations".
    Derived in: transformers, "Activations".

    >>> from hwmath.models import model
    >>> gpt3 = model("gpt-3-175b")
    >>> [activation_bytes(gpt3, 1, 2048, tensor_parallel=8, recompute=how) / 1e9
    ...  for how in ("none", "selective", "full")]
    [55.566139392, 31.406948352, 4.831838208]
    """
    by_tensor = activation_bytes_by_tensor(model, batch, sequence, **how)
    return sum(by_tensor.values(), start=0.0)


def activation_bytes_by_tensor(
    model: Model,
    batch: ArrayLike,
    sequence: ArrayLike,
    *,
    recompute: Recompute = "none",
    flash: bool = False,
    tensor_parallel: ArrayLike = 1,
    sequence_parallel: bool = False,
    dropout: bool | None = None,
    ends: bool = False,
    source: ArrayLike | None = None,
    dtype: str = "bf16",
) -> dict[str, Number]:
    """Bytes that one chip keeps for the backward pass, by tensor, of all layers together.

    `dropout` None: with a plain MLP, as in Korthikanti et al., and without for a gated one.
    `ends` adds what is kept after the last layer, above all scores of all words.  `source` is the
    length of an encoder-decoder's source (None: as long as `sequence`).
    Ignores: the one layer that is computed anew at a time (`layer_in_hand_bytes`); buffers.
    Raises: ValueError for sizes that are not whole, for an unknown `recompute` or format, and where
    tensor_parallel does not divide the heads.
    Source: as `activation_bytes`.  Derived in: transformers, "Activations".

    >>> from hwmath.models import model
    >>> saved = activation_bytes_by_tensor(model("llama-2-7b"), 1, 4096, flash=True)
    >>> max(saved, key=saved.get)
    'mlp: gate before and after its activation'
    """
    b, s = whole("batch", batch), whole("sequence", sequence)
    m = s if source is None else whole("source", source)
    keep = _keep(model, dropout, flash, dtype)
    shares = _shares(model, tensor_parallel, sequence_parallel)
    total: dict[str, Number] = {}
    if model.kind == "encoder-decoder":
        out = b * m * (model.width * keep.element_bytes)
        total["ends: encoder's output"] = plain(out / shares["tokens"])
    for block, count in counted_blocks(model).items():
        length = m if block.stack == "encoder" and model.kind == "encoder-decoder" else s
        into = b * length * (model.width * keep.element_bytes)
        for one in _kept(layer_tensors(model, block, b, s, m, keep), recompute, into):
            name = f"{one.part}: {one.name}"
            total[name] = plain(total.get(name, 0.0) + count * one.size_bytes / shares[one.split])
    for one in end_tensors(model, b, s, keep) if ends else ():
        total[f"{one.part}: {one.name}"] = plain(one.size_bytes / shares[one.split])
    return total


def layer_in_hand_bytes(
    model: Model,
    batch: ArrayLike,
    sequence: ArrayLike,
    *,
    flash: bool = False,
    tensor_parallel: ArrayLike = 1,
    sequence_parallel: bool = False,
    dropout: bool | None = None,
    dtype: str = "bf16",
) -> Number:
    """Bytes of one layer computed anew, the largest: full recomputation needs them one at a time.

    Its input, which is kept already, is in it once more.
    Raises: as `activation_bytes_by_tensor`.
    Source: Chen et al. 2016, section 4.  Derived in: transformers, "Activations".

    >>> from hwmath.models import model
    >>> layer_in_hand_bytes(model("gpt-2"), 1, 512) == 34 * 512 * 768 + 5 * 12 * 512**2
    True
    """
    b, s = whole("batch", batch), whole("sequence", sequence)
    keep = _keep(model, dropout, flash, dtype)
    shares = _shares(model, tensor_parallel, sequence_parallel)
    largest = np.asarray(0.0)
    for block in counted_blocks(model):
        tensors = layer_tensors(model, block, b, s, s, keep)
        size = sum((one.size_bytes / shares[one.split] for one in tensors), start=0.0)
        largest = np.maximum(largest, size)
    return plain(largest)


def _kept(
    tensors: tuple[Saved, ...], recompute: Recompute, layer_input_bytes: Number
) -> Iterator[Saved]:
    """Of a layer's tensors those that are not computed anew; with "full" its input alone."""
    if recompute not in RECOMPUTE:
        raise ValueError(unknown("recompute", recompute, RECOMPUTE))
    if recompute == "full":
        yield Saved("layers' inputs", "layers", layer_input_bytes, "tokens")
        return
    yield from (t for t in tensors if not (t.scores and recompute == "selective"))


def _keep(model: Model, dropout: bool | None, flash: bool, dtype: str) -> Keep:
    plain_mlp = model.mlp_matrices == PLAIN_MLP_MATRICES
    return Keep(plain_mlp if dropout is None else dropout, flash, dtype)


def _shares(model: Model, tensor_parallel: ArrayLike, sequence_parallel: bool) -> dict[str, Number]:
    """How many chips each kind of tensor is split over."""
    t = whole("tensor_parallel", tensor_parallel)
    multiple("heads", np.asarray(float(model.heads)), "tensor_parallel", t)
    return {
        "tokens": plain(t if sequence_parallel else np.ones_like(t)),
        "heads": plain(t),
        "kv heads": plain(np.minimum(t, float(model.kv_heads))),
        "inner": plain(t),
    }
