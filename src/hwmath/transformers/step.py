"""The time of one step of a model on a machine, as a lower bound in four terms.

A step is a prefill (the new tokens of a prompt) or a decode (one new token a text).  What it waits
for: weights that come out of memory, the cache of keys and values, FLOP, and other chips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.models.model import Model
from hwmath.transformers.assumptions import EXACT, Assumptions, Overlap
from hwmath.transformers.coefficients import Coefficients, coefficients
from hwmath.transformers.loads import attention_macs, communication_s, kv_shares, weight_load
from hwmath.transformers.machines import Machine
from hwmath.transformers.run import Formats
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, plain, whole

TERMS: Final = ("weights", "kv", "compute", "communication")
MIXED: Final = Formats()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Seconds of a step by what takes them; each a float or an array.

    `weights_s`, `kv_s`: reading weights, reading and writing the cache.  `linear_s`,
    `attention_s`: FLOP with weights, and of scores and values.  `communication_s`: between chips.
    Derived in: transformers, "A step in four terms".

    >>> Step(weights_s=8e-3, kv_s=2e-3, linear_s=1e-3, attention_s=3e-3).lower_bound_s
    0.011
    """

    weights_s: Number
    kv_s: Number
    linear_s: Number
    attention_s: Number
    communication_s: Number = 0.0
    overlap: Overlap = "kernels"

    @property
    def compute_s(self) -> Number:
        """Seconds of all FLOP."""
        return self.linear_s + self.attention_s

    @property
    def memory_s(self) -> Number:
        """Seconds of all traffic with memory."""
        return self.weights_s + self.kv_s

    def terms(self) -> dict[str, Number]:
        """Seconds of the four terms, each as if alone."""
        seconds = (self.weights_s, self.kv_s, self.compute_s, self.communication_s)
        return dict(zip(TERMS, seconds, strict=True))

    @property
    def lower_bound_s(self) -> Number:
        """Seconds of the step, of what overlaps the longest alone."""
        if self.overlap == "nothing":
            return self.memory_s + self.compute_s + self.communication_s
        if self.overlap == "everything":
            longest = np.maximum(self.memory_s, self.compute_s)
            return plain(np.maximum(longest, self.communication_s))
        linear = np.maximum(self.weights_s, self.linear_s)
        attention = np.maximum(self.kv_s, self.attention_s)
        return plain(linear + attention + self.communication_s)

    @property
    def binds(self) -> str | NDArray[np.str_]:
        """The term that binds: of the parts that wait for each other the longest, and its largest.

        The parts are work with weights, attention, and communication if kernels follow each other;
        memory, computing and communication if all overlap; the four terms if nothing does.
        """
        w, kv, c, link = self.terms().values()
        parts: list[Number]
        inside: list[ArrayLike]
        if self.overlap == "kernels":
            parts = [
                plain(np.maximum(w, self.linear_s)),
                plain(np.maximum(kv, self.attention_s)),
                link,
            ]
            inside = [_first(w, self.linear_s, 0, 2), _first(kv, self.attention_s, 1, 2), 3]
        elif self.overlap == "everything":
            parts, inside = [self.memory_s, c, link], [_first(w, kv, 0, 1), 2, 3]
        else:
            parts, inside = [w, kv, c, link], [0, 1, 2, 3]
        which = np.argmax(np.stack(np.broadcast_arrays(*parts)), axis=0)
        named = np.choose(which, [np.broadcast_to(i, which.shape) for i in inside])
        names = np.array(TERMS)[named]
        return str(names) if names.ndim == 0 else names


def _first(one: Number, other: Number, of_one: int, of_other: int) -> ArrayLike:
    """Which of two terms is the larger, by its place in `TERMS`."""
    return np.where(np.greater_equal(one, other), of_one, of_other)


def prefill_step(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Step:
    """The step that reads `batch` prompts of `tokens` tokens each, and gives the first word of all.

    Formula, ignored, raised: as `step`.
    Raises: ValueError for sizes that are not whole numbers of at least one.
    Source: Chen 2022; Sanger 2023; Shenoy and Kiely 2023.
    Derived in: transformers, "Prefill and decode".

    >>> from hwmath.chips import chip
    >>> from hwmath.models import model
    >>> from hwmath.transformers.machines import machine
    >>> a100s = machine(chip("A100 80GB SXM"), chips=2)
    >>> prefill_step(model("llama-2-70b"), a100s, batch=1, tokens=512).binds
    'compute'
    """
    return step(model, machine, batch, whole("tokens", tokens), 0.0, formats, assumptions)


def decode_step(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    context: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Step:
    """The step that makes one more token of each of `batch` texts of `context` tokens.

    Formula, ignored, raised: as `step`.
    Raises: ValueError for sizes that are not whole, a batch below one or a context below zero.
    Source: Chen 2022, "latency calculations"; Pope et al. 2022, section 2.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.chips import chip
    >>> from hwmath.models import model
    >>> from hwmath.transformers.machines import machine
    >>> a100s = machine(chip("A100 80GB SXM"), chips=2)
    >>> decode_step(model("llama-2-70b"), a100s, batch=[1, 256], context=4096).binds.tolist()
    ['weights', 'kv']
    """
    return step(model, machine, batch, 1.0, whole("context", context, 0), formats, assumptions)


def step(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    new_tokens: ArrayLike,
    cached_tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Step:
    """A step of `batch` texts that have `cached_tokens` and get `new_tokens` more, on tensor
    parallel chips: each has a share of every matrix.

    Symbols: B = batch, n = new, c = cached tokens, N = chips, W = weights read, K = elements of the
    cache, M = MACs a token, A = MACs of attention, b = bytes, β, π, λ = a chip's memory, peak, link
    Formula: weights b W / (N β); cache b B K(c + n) / (N' β), where N' is N, or fewer where chips
    hold copies; FLOP 2 (B n M + A) / (N π); communication 4 L B n w b (N - 1) / (N λ) and the
    latency of 4 L messages
    Ignores: activations in memory, norms, softmax, sampling, launches, and what a link costs
    beyond its rate; two all-reduces a layer, also where a model needs one.
    Raises: ValueError for sizes that are not whole, and for a model that is not a decoder; for a
    rounded count of parameters with experts.
    Derived in: transformers, "A step in four terms".
    """
    m = coefficients(model) if isinstance(model, Model) else model
    b, n = whole("batch", batch), whole("new_tokens", new_tokens)
    cached = whole("cached_tokens", cached_tokens, 0)
    chips = np.asarray(machine.chips)
    peak = chips * machine.flop_per_s * assumptions.compute_share
    memory = machine.bytes_per_s * assumptions.bandwidth_share
    macs, weights = weight_load(m, b, n, assumptions)
    attended: Number = attention_macs(m, b, n, cached, assumptions)
    kept = b * m.kept(cached + n) * formats.kv_bytes if assumptions.kv_traffic else 0.0
    return Step(
        weights_s=plain(weights * formats.weight_bytes / (chips * memory)),
        kv_s=plain(kept / (kv_shares(m, chips, assumptions) * memory)),
        linear_s=plain(FLOP_PER_MAC * macs / peak),
        attention_s=plain(FLOP_PER_MAC * attended / peak),
        communication_s=communication_s(m, machine, b * n, formats, assumptions),
        overlap=assumptions.overlap,
    )
