"""Work and traffic add and scale, keep their kinds apart, and refuse nonsense."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath.work import TRAFFIC_KINDS, Traffic, Work

amounts = st.floats(0, 1e15)
traffics = st.builds(Traffic, **dict.fromkeys(TRAFFIC_KINDS, amounts))


@given(traffics, traffics, st.floats(0, 1e3))
def test_traffic_adds_and_scales_kind_by_kind(a: Traffic, b: Traffic, times: float) -> None:
    for kind in TRAFFIC_KINDS:
        assert getattr(a + b, kind) == getattr(a, kind) + getattr(b, kind)
        assert getattr(times * a, kind) == getattr(a * times, kind) == getattr(a, kind) * times
    assert (a + b).memory_bytes == pytest.approx(a.memory_bytes + b.memory_bytes)


def test_the_link_is_not_memory_traffic() -> None:
    assert (
        Traffic(weights=1, act_in=2, act_out=4, kv_read=8, kv_write=16, link=32).memory_bytes == 31
    )


def test_work_keeps_units_apart() -> None:
    a = Work("a", {"matrix": 10.0}, Traffic(act_in=5))
    b = Work("b", {"vector": 1.0, "matrix": 2.0}, Traffic(act_out=5))
    assert dict((a + b).flop_by_unit) == {"matrix": 12.0, "vector": 1.0}
    assert (a + b).name == "a + b"
    assert (a + b).intensity_flop_per_byte == 1.3


@pytest.mark.parametrize(("flop", "moved", "intensity"), [(0, 0, 0), (0, 4, 0), (4, 0, math.inf)])
def test_the_ends_of_intensity(flop: float, moved: float, intensity: float) -> None:
    assert Work("x", {"vector": flop}, Traffic(act_in=moved)).intensity_flop_per_byte == intensity


def test_a_sweep_is_one_work() -> None:
    sweep = Work(
        "sweep", {"vector": np.array([1.0, 2.0, 3.0])}, Traffic(act_in=np.array([2.0, 2.0, 0.0]))
    )
    assert sweep.intensity_flop_per_byte.tolist() == [0.5, 1.0, math.inf]  # type: ignore[union-attr]


def test_an_array_scales_from_either_side() -> None:
    times = np.array([1.0, 2.0])
    one = Work("one", {"vector": 3.0}, Traffic(act_in=5.0))
    for many in (one * times, times * one):
        assert many.flop.tolist() == [3.0, 6.0]  # type: ignore[union-attr]
        assert many.traffic.act_in.tolist() == [5.0, 10.0]  # type: ignore[union-attr]
    assert (times * Traffic(link=1.0)).link.tolist() == [1.0, 2.0]


def test_bad_input_carries_the_value() -> None:
    with pytest.raises(ValueError, match="kv_read=-1 must be"):
        Traffic(kv_read=-1)
    with pytest.raises(ValueError, match="matrix flop=nan must be"):
        Work("x", {"matrix": math.nan})
    with pytest.raises(ValueError, match="unknown unit 'tensor'; "):
        Work("x", {"tensor": 1.0})
    with pytest.raises(TypeError):
        Traffic() + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Work("x", {}) + Traffic()  # type: ignore[operator]


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Traffic().weights = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        Work("x", {"vector": 1.0}).flop_by_unit["vector"] = 2.0  # type: ignore[index]
