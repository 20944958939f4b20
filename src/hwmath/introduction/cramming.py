"""A budget of compute: what a machine can do in a day at its peak, and what a share of it buys."""

from __future__ import annotations

from typing import Final

from numpy.typing import ArrayLike

from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, fraction, plain, positive

SECONDS_PER_HOUR: Final = 3600
PASSES: Final = 3
"""Forward once, and backward as much again for the inputs and for the weights."""


def budget_flop(devices: ArrayLike, hours: ArrayLike, peak_flop_per_s: ArrayLike) -> Number:
    """FLOP of so many devices in so many hours at their peak: an upper bound, not an achievement.

    Formula: devices * 3600 * hours * peak
    Ignores: everything that keeps a device from its peak.
    Raises: ValueError unless all are finite and above zero.
    Source: Geiping and Goldstein 2022, Table 1.  Derived in: introduction, "One day on one card".

    >>> budget_flop(1, 24, 100e12) / 1e18
    8.64
    """
    seconds = SECONDS_PER_HOUR * positive("hours", hours)
    peak = positive("peak_flop_per_s", peak_flop_per_s)
    return plain(positive("devices", devices) * seconds * peak)


def training_flop(parameters: ArrayLike, tokens: ArrayLike) -> Number:
    """FLOP to train a network of dense layers on so many tokens.

    Symbols: N = parameters
    Formula: 6 N tokens: one MAC a weight and token, in three passes
    Ignores: attention over the sequence, and everything that is no matrix product.
    Raises: ValueError unless both are finite and above zero.
    Source: Bahdanau 2022, "The FLOPs calculus".  Derived in: introduction, "One day on one card".

    >>> training_flop(1e9, 1e9) / 1e18
    6.0
    """
    count = positive("parameters", parameters) * positive("tokens", tokens)
    return plain(PASSES * FLOP_PER_MAC * count)


def tokens_in_budget(
    budget_flop: ArrayLike, parameters: ArrayLike, utilisation: ArrayLike
) -> Number:
    """Tokens that a budget at peak can be trained on, when only a share of it is reached.

    Symbols: C = budget_flop, u = utilisation
    Formula: tokens = u C / (6 N)
    Raises: ValueError for a budget, parameters or a utilisation not above zero, or one above 1.
    Source and ignored: as `training_flop`.  Derived in: introduction, "One day on one card".

    >>> tokens_in_budget(12e18, 1e9, 0.5)
    1000000000.0
    """
    reached = positive("utilisation", fraction("utilisation", utilisation))
    return plain(reached * positive("budget_flop", budget_flop) / training_flop(parameters, 1))
