"""What serving costs: time to the first token and a token, rates, memory, energy and money.

All times are lower bounds and all rates upper bounds, made of the steps of `step`.  Each function
takes a model (or a stack of them), a machine (or a stack) and arrays of sizes, which broadcast.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from hwmath.introduction.cramming import SECONDS_PER_HOUR
from hwmath.models.model import Model
from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.coefficients import Coefficients, along, coefficients, stack
from hwmath.transformers.loads import kv_shares
from hwmath.transformers.machines import Machine, machines_along, stack_machines
from hwmath.transformers.run import Formats
from hwmath.transformers.step import MIXED, Step, decode_step, prefill_step, step
from hwmath.transformers.training import energy_j
from hwmath.units import MEGA
from hwmath.validate import Number, non_negative, plain, positive, whole


def time_to_first_token_lower_bound_s(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Seconds until `batch` prompts of `tokens` tokens, read together, have their first token.

    Formula: the prefill step's lower bound.  Ignores: waiting in a queue, and as `step`.
    Raises: as `prefill_step`.
    Source: Sanger 2023, "Large batch sizes".  Derived in: transformers, "Prefill and decode".
    """
    return prefill_step(model, machine, batch, tokens, formats, assumptions).lower_bound_s


def time_per_token_lower_bound_s(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    context: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Seconds of one more token for each of `batch` texts of `context` tokens.

    Formula: the decode step's lower bound.  Ignores: as `step`.  Raises: as `decode_step`.
    Source: Chen 2022, "latency calculations".
    Derived in: transformers, "A step in four terms".
    """
    return decode_step(model, machine, batch, context, formats, assumptions).lower_bound_s


def request_lower_bound_s(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    tokens_in: ArrayLike,
    tokens_out: int,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Seconds from `batch` prompts of `tokens_in` tokens to answers of `tokens_out` tokens each.

    Formula: a prefill step and, at contexts that grow by one, tokens_out - 1 decode steps (one more
    unless the assumptions have `first_token_from_prefill`)
    Ignores: that other requests come and go.  Raises: ValueError for sizes that are not whole.
    Source: Shenoy and Kiely 2023.  Derived in: transformers, "Prefill and decode".
    """
    b, prompt = np.broadcast_arrays(whole("batch", batch), whole("tokens_in", tokens_in))
    steps = int(whole("tokens_out", tokens_out)) - assumptions.first_token_from_prefill
    first = np.asarray(prefill_step(model, machine, b, prompt, formats, assumptions).lower_bound_s)
    contexts = prompt + np.arange(steps).reshape(-1, *[1] * first.ndim)  # steps along a new axis
    later = decode_step(model, machine, b, contexts, formats, assumptions).lower_bound_s
    return plain(first + np.broadcast_to(later, (steps, *first.shape)).sum(axis=0))


def tokens_per_s_upper_bound(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    context: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Tokens a second that the machine makes for all texts together; a text gets one `batch`-th.

    Formula: B / T of the decode step.  Ignores: prefill in between.  Raises: as `decode_step`.
    Source: Sanger 2023, "Generating tokens".  Derived in: transformers, "The batch that pays".
    """
    one = decode_step(model, machine, batch, context, formats, assumptions)
    return plain(whole("batch", batch) / one.lower_bound_s)


def prompt_tokens_per_s_upper_bound(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Tokens of prompts that the machine reads a second, `batch` prompts of `tokens` at a time.

    Formula: B n / T of the prefill step.  Ignores: answers in between.  Raises: as `prefill_step`.
    Source: Sanger 2023, "Prompt processing".  Derived in: transformers, "The price of a token".
    """
    one = prefill_step(model, machine, batch, tokens, formats, assumptions)
    return plain(whole("batch", batch) * whole("tokens", tokens) / one.lower_bound_s)


def bytes_per_chip(
    model: Model | Coefficients,
    machine: Machine,
    batch: ArrayLike,
    tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Number:
    """Bytes that the fullest chip holds: its share of the weights, and of the caches of `batch`
    texts of `tokens` tokens.

    Formula: b W / N + b B K(tokens) / N', as in `step`
    Ignores: activations, buffers, what an allocator leaves unused.
    Raises: ValueError for sizes that are not whole.
    Source: Chen 2022, "capacity".  Derived in: transformers, "The cache".
    """
    m = coefficients(model) if isinstance(model, Model) else model
    b, t = whole("batch", batch, 0), whole("tokens", tokens, 0)
    kept = b * m.kept(t) * formats.kv_bytes
    shared = kept / kv_shares(m, machine.chips, assumptions)
    return plain(_weights_per_chip(m, machine, formats, assumptions) + shared)


def largest_batch(
    model: Model | Coefficients,
    machine: Machine,
    tokens: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
    reserve_bytes: ArrayLike = 0.0,
) -> Number:
    """The most texts of `tokens` tokens whose caches fit beside the weights; 0 where these do not.

    `reserve_bytes` of each chip are kept free.
    Formula: floor((capacity - reserve - b W / N) N' / (b K(tokens)))
    Ignores: as `bytes_per_chip`.
    Raises: ValueError for a machine without a capacity, and for tokens that are not whole.
    Source: Chen 2022, "capacity".  Derived in: transformers, "The cache".

    >>> from hwmath.chips import chip
    >>> from hwmath.models import model
    >>> from hwmath.transformers.machines import machine
    >>> eight = machine(chip("A100 80GB SXM"), chips=8)
    >>> largest_batch(model("llama-2-70b"), eight, tokens=4096)
    374.0
    """
    m = coefficients(model) if isinstance(model, Model) else model
    held = _weights_per_chip(m, machine, formats, assumptions)
    free = machine.known("capacity_bytes") - non_negative("reserve_bytes", reserve_bytes) - held
    one = m.kept(whole("tokens", tokens)) * formats.kv_bytes
    return plain(np.floor(np.maximum(free, 0.0) * kv_shares(m, machine.chips, assumptions) / one))


def usd_per_million_tokens(tokens_per_s: ArrayLike, usd_per_hour: ArrayLike) -> Number:
    """Dollars for a million tokens on a machine that costs `usd_per_hour` and makes so many.

    A lower bound where the rate is an upper bound.
    Formula: price a second / tokens a second, times a million
    Ignores: hours in which nobody asks.
    Raises: ValueError for a rate or price that is not above zero.
    Source: Sanger 2023.  Derived in: transformers, "The price of a token".

    >>> usd_per_million_tokens(tokens_per_s=1000.0, usd_per_hour=3.6)
    1.0
    """
    per_second = positive("usd_per_hour", usd_per_hour) / SECONDS_PER_HOUR
    return plain(per_second / positive("tokens_per_s", tokens_per_s) * MEGA)


def machine_energy_j(seconds: ArrayLike, machine: Machine, pue: ArrayLike = 1.0) -> Number:
    """Joule that a machine takes in a time, if its chips draw their rated power throughout.

    Assumed, not a bound: a chip that waits for memory draws less, and hosts draw more.
    Formula: N P T, times PUE for the building
    Raises: ValueError for a time that is not above zero, and for a machine without a power.
    Derived in: transformers, "The price of a token".

    >>> machine_energy_j(2.0, Machine("toy", 1e12, 1e12, power_w=300.0))
    600.0
    """
    return energy_j(seconds, machine.chips, machine.known("power_w"), pue)


def sweep(
    models: Iterable[Model],
    machines: Iterable[Machine],
    batch: ArrayLike,
    context: ArrayLike,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Step:
    """Decode steps of all models on all machines at all batches and contexts, in one call.

    The numbers of the step have the shape (models, machines, batches, contexts), or broadcast to
    it.
    Raises: as `decode_step`, and ValueError without a model or a machine.
    Derived in: transformers, "The batch that pays".
    """
    m = along(stack(models), axis=0, axes=4)
    place = machines_along(stack_machines(machines), axis=1, axes=4)
    b = np.reshape(whole("batch", batch), (-1, 1))
    return step(m, place, b, 1.0, np.reshape(context, -1), formats, assumptions)


def _weights_per_chip(
    m: Coefficients, machine: Machine, formats: Formats, assumptions: Assumptions
) -> Number:
    stored = m.stored if assumptions.parameters is None else assumptions.parameters
    return stored * formats.weight_bytes / machine.chips
