"""A bad value is refused with its name, its value and, in an array, its place."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from hwmath import validate


@pytest.mark.parametrize("bad", [0, -1.5, math.nan, math.inf])
def test_positive_refuses(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"rate={bad:g} must be finite and above zero"):
        validate.positive("rate", bad)


@pytest.mark.parametrize("bad", [-1e-300, math.nan, -math.inf])
def test_non_negative_refuses(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"flop={bad:g} must be finite and not negative"):
        validate.non_negative("flop", bad)


@pytest.mark.parametrize("bad", [1.01, -0.01, math.nan])
def test_fraction_refuses(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"overlap={bad:g} must lie between 0 and 1"):
        validate.fraction("overlap", bad)


@pytest.mark.parametrize("bad", [0, 1.5, math.nan, math.inf])
def test_whole_refuses(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"n={bad:g} must be a whole number of at least 1"):
        validate.whole("n", bad)


def test_the_place_in_an_array_is_named() -> None:
    with pytest.raises(ValueError, match=r"n\[1, 0\]=-3 must be finite"):
        validate.positive("n", [[1.0, 2.0], [-3.0, -4.0]])


@pytest.mark.parametrize("check", [validate.positive, validate.non_negative, validate.whole])
@pytest.mark.parametrize("bad", ["12", None, object(), [1, "two"], [[1], [1, 2]], True, 1j])
def test_what_is_no_number_is_a_type_error(check: Callable[..., object], bad: object) -> None:
    with pytest.raises(TypeError, match=r"n=.* is not a number"):
        check("n", bad)


def test_good_values_pass_unchanged() -> None:
    assert validate.non_negative("x", 0) == 0.0
    assert validate.whole("x", [1, 2]).tolist() == [1.0, 2.0]
    assert validate.positive("x", 2**70) == 2.0**70
    assert isinstance(validate.plain(np.float32(2)), float)


def test_unknown_names_offer_the_nearest() -> None:
    message = validate.unknown("chip", "H100", ["h100-sxm5", "t4", "v100"])
    assert message.startswith("unknown chip 'H100'; nearest: ")
    assert "h100-sxm5" in message
    assert validate.unknown("chip", "zzz", ["b", "a"]) == "unknown chip 'zzz'; known: a, b"


def test_the_first_pair_without_a_whole_quotient_is_named() -> None:
    validate.multiple("heads", np.array([8.0, 6.0]), "kv_heads", np.array(2.0))
    with pytest.raises(ValueError, match=r"heads=6 is not a multiple of kv_heads=4"):
        validate.multiple("heads", np.array([8.0, 6.0, 5.0]), "kv_heads", np.array(4.0))
    with pytest.raises(ValueError, match=r"width=10 is not a multiple of heads=4"):
        validate.multiple("width", np.array(10.0), "heads", np.array([[5.0], [4.0]]))
