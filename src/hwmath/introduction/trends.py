"""Growth over the years: doubling times from a line through logarithms, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.validate import FloatArray, Number, fraction, plain, positive, whole

MONTHS_PER_YEAR: Final = 12
DEEP_LEARNING_YEAR: Final = 2010
LARGE_SCALE_YEAR: Final = 2015 + 8 / MONTHS_PER_YEAR
"""Where Sevilla et al. set the starts of two eras: 2010, and September 2015."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Exponential growth: log2(amount) = log2_at_start + doublings_per_year * (year - start)."""

    start_year: float
    log2_at_start: float
    doublings_per_year: float

    @property
    def doubling_months(self) -> float:
        """Months in which the amount doubles; negative where it shrinks."""
        return MONTHS_PER_YEAR / self.doublings_per_year

    def at(self, year: ArrayLike) -> Number:
        """The amount on the line in a year, or in years; infinite where no float can hold it."""
        since = np.asarray(year, dtype=np.float64) - self.start_year
        return plain(_doubled(self.log2_at_start + self.doublings_per_year * since))


def growth(years: ArrayLike, doubling_months: ArrayLike) -> Number:
    """Factor by which something grows in so many years.

    Symbols: t = years, T2 = doubling_months
    Formula: 2^(12 t / T2); infinite from 2^1024 on, which no float can hold
    Raises: ValueError unless both are finite and above zero.
    Source: the definition of a doubling time.  Derived in: introduction, "The race for compute".

    >>> growth(10, 24)
    32.0
    """
    months = MONTHS_PER_YEAR * positive("years", years)
    return plain(_doubled(months / positive("doubling_months", doubling_months)))


def oom_per_year(doubling_months: ArrayLike) -> Number:
    """Orders of magnitude, powers of ten, by which something grows in a year.

    Formula: 12 log10(2) / T2.  Raises: ValueError unless it is finite and above zero.
    Source: Sevilla et al. 2022, the table of eras prints both.
    Derived in: introduction, "The race for compute".

    >>> round(oom_per_year(5.7), 3)
    0.634
    """
    return plain(MONTHS_PER_YEAR * np.log10(2) / positive("doubling_months", doubling_months))


def doubling_months_between(years: ArrayLike, first: ArrayLike, last: ArrayLike) -> Number:
    """Doubling time of the growth from `first` to `last` within so many years.

    Formula: 12 t / log2(last / first); negative where it shrinks.
    Ignores: everything between the two ends.
    Raises: ValueError for a number not above zero, and where first and last are equal.
    Source: the definition of a doubling time.  Derived in: introduction, "The race for compute".

    >>> doubling_months_between(10, 1, 32)
    24.0
    """
    start, end = positive("first", first), positive("last", last)
    doublings = np.log2(end / start)
    if np.any(doublings == 0):
        raise ValueError(f"first={first!r} and last={last!r} are equal: nothing doubles")
    return plain(MONTHS_PER_YEAR * positive("years", years) / doublings)


def years_to_grow(factor: ArrayLike, doubling_months: ArrayLike) -> Number:
    """Years until something has grown by a factor.

    Formula: T2 log2(factor) / 12; negative for a factor below one: so long ago.
    Raises: as `growth`.  Source: the definition of a doubling time.
    Derived in: introduction, "The race for compute".

    >>> years_to_grow(32, 24)
    10.0
    """
    months = positive("doubling_months", doubling_months)
    return plain(months * np.log2(positive("factor", factor)) / MONTHS_PER_YEAR)


def fit_trend(years: ArrayLike, amounts: ArrayLike) -> Trend:
    """The straight line through log2 of the amounts, by least squares.

    Symbols: t = years, y = log2(amounts), bars are means
    Formula: slope = Σ (t - t̄)(y - ȳ) / Σ (t - t̄)²
    Ignores: errors of the dates, and that an estimate of compute may be off by a factor.
    Raises: ValueError for other than two lists of one length, fewer than two years that differ, or
    an amount not above zero.
    Source: Sevilla et al. 2022, log-linear fits.  Derived in: introduction, "The race for compute".

    >>> fit_trend([2010, 2012, 2014], [1, 4, 16]).doubling_months
    12.0
    """
    t, y = _years_and_logs(years, amounts)
    slope = _slopes(t, y)
    return Trend(float(t.mean()), float(y.mean()), float(slope))


def bootstrap_months(
    years: ArrayLike,
    amounts: ArrayLike,
    *,
    share: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Low end, median and high end of the doubling time over resampled points.

    Each resample draws as many points as there are, with replacement, and is fitted anew; the
    ends enclose `share` of the fits.  The same seed gives the same numbers.
    Ignores: resamples in which all points fall into one year, since no line goes through them.
    Raises: as `fit_trend`; ValueError for a share outside [0, 1] or no resample.
    Source: Sevilla et al. 2022 bootstrap their fits, too.
    Derived in: introduction, "The race for compute".

    >>> [round(months, 3) for months in bootstrap_months([2010, 2012, 2014], [1, 4, 16])]
    [12.0, 12.0, 12.0]
    """
    slopes, _, _ = _resampled(years, amounts, resamples, seed)
    first, last = _ends(share)
    low, median, high = np.quantile(MONTHS_PER_YEAR / slopes, [first, 0.5, last])
    return float(low), float(median), float(high)


def bootstrap_band(
    years: ArrayLike,
    amounts: ArrayLike,
    at: ArrayLike,
    *,
    share: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Low and high end of the amount on the resampled lines, in each of the years `at`.

    Resamples and ignores as `bootstrap_months`.  Raises: as there.
    Source: as there.  Derived in: introduction, "The race for compute".

    >>> low, high = bootstrap_band([2010, 2012, 2014], [1, 4, 16], [2011.0])
    >>> low.round(6).tolist(), high.round(6).tolist()
    ([2.0], [2.0])
    """
    slopes, middles, logs = _resampled(years, amounts, resamples, seed)
    where = np.asarray(at, dtype=np.float64)
    lines = logs[:, None] + slopes[:, None] * (where - middles[:, None])
    low, high = _doubled(np.quantile(lines, _ends(share), axis=0))
    return low, high


def stands_out(
    years: ArrayLike, amounts: ArrayLike, *, window_years: float = 1.0, deviations: float = 0.76
) -> NDArray[np.bool_]:
    """Which points lie so many standard deviations above those around them, in logarithms.

    Around a point are all that lie at most `window_years` before or after it, and itself.
    Raises: as `fit_trend`; ValueError for a window or deviations not above zero.
    Source: a rule of ours, of the kind by which Sevilla et al. 2022 tell large-scale systems.
    Derived in: introduction, "A second line".

    >>> stands_out([2010, 2010.2, 2010.4, 2010.6], [1, 2, 1, 500]).tolist()
    [False, False, False, True]
    """
    t, y = _years_and_logs(years, amounts)
    near = np.abs(t[:, None] - t) <= positive("window_years", window_years)
    around = near.sum(axis=1)
    mean = near @ y / around
    spread = np.sqrt(np.maximum(near @ y**2 / around - mean**2, 0))
    above: NDArray[np.bool_] = y - mean > positive("deviations", deviations) * spread
    return above


def _doubled(times: ArrayLike) -> FloatArray:
    """Two to so many times; infinite, without a warning, where no float can hold it."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp2(times))


def _years_and_logs(years: ArrayLike, amounts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    t, y = positive("years", years), np.log2(positive("amounts", amounts))
    if t.ndim != 1 or t.shape != y.shape:
        raise ValueError(f"years of shape {t.shape} and amounts of {y.shape} are no two lists")
    if len(np.unique(t)) < 2:
        raise ValueError(f"years={t.tolist()} do not differ: no line goes through one year")
    return t, y


def _slopes(t: FloatArray, y: FloatArray) -> FloatArray:
    """Least-squares slopes along the last axis."""
    from_mean = t - t.mean(axis=-1, keepdims=True)
    rise = np.sum(from_mean * y, axis=-1)
    return np.asarray(rise / np.sum(from_mean**2, axis=-1))


def _resampled(
    years: ArrayLike, amounts: ArrayLike, resamples: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of the line through each resample the slope, and a point on it: the means."""
    t, y = _years_and_logs(years, amounts)
    shape = (int(whole("resamples", resamples)), len(t))
    drawn = np.random.default_rng(seed).integers(len(t), size=shape)
    drawn = drawn[np.ptp(t[drawn], axis=-1) > 0]
    return _slopes(t[drawn], y[drawn]), t[drawn].mean(axis=-1), y[drawn].mean(axis=-1)


def _ends(share: float) -> tuple[float, float]:
    tail = (1 - float(fraction("share", share))) / 2
    return tail, 1 - tail
