"""The framework of graded parts, on toy parts whose answers are obvious."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.calls import LostError, RaisedError, call, plain, same
from coursework.parts import SEED_VARIABLE, Case, Part, PartFailed, Verdict, case, part

MADE_OF_LUCK = 1234.5


def triple(x: Any) -> Any:
    """The reference: 3 x, for a number or an array."""
    if isinstance(x, str):
        raise ValueError(f"x={x} is not a number")
    return 3 * x


def toy() -> Part:
    """A part with one law, two misconceptions, a refused argument, and random cases."""

    @part(reference=triple)
    def three_times(rng: np.random.Generator) -> Iterator[Case]:
        yield case("zero", 0.0)
        yield case("a number", MADE_OF_LUCK)
        yield case("an array", np.array([1.0, 2.0]))
        yield case("a text", "seven", refuses="seven")
        for _ in range(3):
            yield case("a random number", rng.uniform(1, 2))

    @three_times.law("the sign follows the argument")
    def _(student: Callable[..., Any], rng: np.random.Generator) -> None:
        x = rng.uniform(10, 20)
        assert student(-x) == -student(x)

    @three_times.misconception("How often is three?")
    def doubles(x: Any) -> Any:
        return 2 * refuse_text(x)

    @three_times.misconception("Does the order matter?")
    def divides(x: Any) -> Any:
        return refuse_text(x) / 3

    @three_times.alternative
    def adds(x: Any) -> Any:
        return refuse_text(x) + x + x

    return three_times


def refuse_text(x: Any) -> Any:
    if isinstance(x, str):
        raise ValueError(f"cannot use {x}")
    return x


def complaint(student: Any, a_part: Part | None = None) -> str:
    """The message that a wrong student gets."""
    with pytest.raises(PartFailed) as caught:
        (a_part or toy()).check(student)
    return str(caught.value)


def test_right_answers_pass_however_they_are_written() -> None:
    for right in (triple, toy().alternatives[0], lambda x: 3.0 * np.asarray(refuse_text(x))):
        toy().check(right)


def test_a_misconception_earns_its_own_hint_and_no_other() -> None:
    for wrong in toy().misconceptions:
        message = complaint(wrong.function)
        assert message.endswith(f"\nHint: {wrong.hint}")
        assert message.count("Hint") == 1


def test_an_unknown_mistake_earns_no_hint() -> None:
    assert complaint(lambda x: refuse_text(x) * 7) == "triple gives a wrong answer for a number."


def test_a_hint_reaches_a_student_whose_function_also_raises() -> None:
    def doubles_numbers_alone(x: Any) -> float:
        return 2 * float(refuse_text(x))

    assert "How often is three?" in complaint(doubles_numbers_alone)


def test_no_hint_where_two_misconceptions_fit() -> None:
    ambiguous = toy()

    @ambiguous.misconception("This one fits as well.")
    def doubles_and_adds_to_arrays(x: Any) -> Any:
        return 2 * refuse_text(x) + (1 if np.ndim(x) else 0)

    def doubles_numbers_alone(x: Any) -> float:
        return 2 * float(refuse_text(x))

    assert "Hint" not in complaint(doubles_numbers_alone, ambiguous)


def test_no_hint_for_an_answer_that_is_right_wherever_it_does_not_raise() -> None:
    strict = toy()

    @strict.misconception("Only arrays are wrong here.")
    def adds_to_arrays(x: Any) -> Any:
        return 3 * refuse_text(x) + (1 if np.ndim(x) else 0)

    assert "Hint" not in complaint(lambda x: 3 * float(refuse_text(x)), strict)


def test_the_expected_value_is_never_told() -> None:
    mistakes: list[object] = [1, None, [1, 2], {}, np.ones(5), "text"]
    for returned in mistakes:
        message = complaint(lambda _, returned=returned: returned)
        assert str(3 * MADE_OF_LUCK) not in message
        assert str(MADE_OF_LUCK) not in message


class AlwaysEqual:
    """What a cheat might return."""

    def __eq__(self, other: object) -> bool:
        return True

    def __array__(self, *_: Any, **__: Any) -> Any:
        return np.array(0.0)

    def __float__(self) -> float:
        return 0.0

    __hash__ = None  # type: ignore[assignment]


class LooksLikeAnArray(np.ndarray[Any, Any]):
    """An array whose comparisons all hold."""

    def __eq__(self, other: object) -> Any:
        return np.array(True)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "returned None for zero. Does every path end in a return?"),
        ({"a": 1}, "returned a value of type dict for zero: that is not a number."),
        (AlwaysEqual(), "returned an object of some other type for zero: that is not a number."),
        ([AlwaysEqual()], "an object of some other type"),
        ([[1.0], [2.0, 3.0]], "a list whose rows differ in length"),
        (
            np.array([AlwaysEqual()], dtype=object),
            "an array that holds something else than numbers",
        ),
        (np.array([[0.0]]), "returned an array of numbers for zero; a number was asked for."),
        ("nought", "returned a text for zero; a number was asked for."),
        (False, "returned True or False for zero; a number was asked for."),
        (float("nan"), "gives a wrong answer for zero."),
    ],
)
def test_what_is_not_the_kind_of_value_asked_for_is_said(returned: object, told: str) -> None:
    assert told in complaint(lambda _: returned)


def test_nobody_is_asked_for_a_return_where_none_may_be_right() -> None:
    halves = Part(
        "half",
        lambda n: None if n % 2 else n // 2,
        lambda _: iter([case("an odd number", 1), case("an even number", 2)]),
    )
    with pytest.raises(PartFailed, match=r"^half returned None for an even number; a number"):
        halves.check(lambda _: None)


def test_an_array_type_of_the_students_own_is_compared_as_a_plain_array() -> None:
    assert "wrong answer" in complaint(
        lambda x: np.asarray(7 * np.asarray(refuse_text(x))).view(LooksLikeAnArray)
    )


def test_changing_an_argument_in_place_changes_nothing_for_others() -> None:
    def ruins_its_argument(x: Any) -> Any:
        result = 3 * refuse_text(x)
        if isinstance(x, np.ndarray):
            x[:] = 0
        return result

    toy().check(ruins_its_argument)


def test_changing_an_argument_in_place_does_not_cost_the_hint() -> None:
    def doubles_and_ruins(x: Any) -> Any:
        result = 2 * refuse_text(x)
        if isinstance(x, np.ndarray):
            x[:] = 0
        return result

    assert "How often is three?" in complaint(doubles_and_ruins)


def test_prints_and_warnings_are_kept_away(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(x: Any) -> Any:
        sys.stdout.write("debugging")
        sys.stderr.write("more of it")
        warnings.warn("old", stacklevel=1)
        np.log(np.zeros(2))
        return 3 * refuse_text(x)

    toy().check(noisy)
    assert capsys.readouterr() == ("", "")


def test_an_exception_is_named_without_its_message_which_could_carry_the_arguments() -> None:
    def raises(x: Any) -> Any:
        raise OSError(f"the dog ate {x}")

    assert complaint(raises) == "triple raised OSError for zero."


def test_the_name_of_a_students_own_exception_is_not_repeated() -> None:
    def raises(x: Any) -> Any:
        raise type(f"Got{x}", (ValueError,), {})

    assert complaint(raises) == "triple raised an exception of its own for zero."


def test_leaving_the_program_is_one_more_exception() -> None:
    assert "raised SystemExit for zero" in complaint(lambda _: sys.exit(3))


def test_an_exception_raised_elsewhere_is_named_with_its_line() -> None:
    def elsewhere(_: Any) -> Any:
        raise RaisedError("KeyError", "secret", 7)

    assert complaint(elsewhere) == "triple raised KeyError on line 7 of its cell for zero."


def test_a_function_that_gives_no_answer_is_not_called_again() -> None:
    calls = []

    def gone(x: Any) -> Any:
        calls.append(x)
        raise LostError("{name} is gone.")

    assert complaint(gone) == "triple is gone. That was for zero."
    assert len(calls) == 1


def test_an_unwritten_function_is_called_unwritten() -> None:
    def stub(_: Any) -> Any:
        raise NotImplementedError

    assert complaint(stub) == "triple is not written yet: it still raises NotImplementedError."


def test_an_argument_that_must_be_refused() -> None:
    wanted = "triple has to raise a ValueError whose message names the offending value for a text."
    for accepts in (lambda x: 3 * x, lambda x: x * 3 if isinstance(x, str) else 3 * x):
        assert complaint(accepts) == wanted

    def refuses_without_a_name(x: Any) -> Any:
        if isinstance(x, str):
            raise ValueError("no")
        return 3 * x

    assert complaint(refuses_without_a_name) == wanted


def test_a_law_catches_what_the_cases_do_not_reach() -> None:
    def right_from_zero_on(x: Any) -> Any:
        return 3 * x if np.all(np.asarray(refuse_text(x)) >= 0) else 0.0

    message = complaint(right_from_zero_on)
    assert message == (
        "triple breaks a rule that holds for every input: the sign follows the argument."
    )


def test_an_exception_under_a_law_is_named() -> None:
    def refuses_negatives(x: Any) -> Any:
        if np.any(np.asarray(refuse_text(x)) < 0):
            raise ArithmeticError("below zero")
        return 3 * x

    message = complaint(refuses_negatives)
    assert message.startswith("triple raised ArithmeticError.")
    assert message.endswith("while checking that the sign follows the argument.")


def test_something_else_than_a_function() -> None:
    assert complaint(3.0) == "triple is a number, not a function."


def test_a_reference_that_fails_is_the_authors_fault_not_the_students() -> None:
    broken = Part("broken", lambda: 1 / 0, lambda _: iter([case("nothing")]))
    with pytest.raises(RuntimeError, match="broken: the reference is at odds with nothing"):
        broken.check(lambda: 1)


def test_the_secret_of_the_course_moves_the_random_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(secret: str) -> list[object]:
        monkeypatch.setenv(SEED_VARIABLE, secret)
        return [c.args[0] for c in toy().draw() if c.kind == "a random number"]

    assert drawn("one") == drawn("one")
    assert not set(drawn("one")) & set(drawn("two"))
    monkeypatch.delenv(SEED_VARIABLE)
    assert [c.args[0] for c in toy().draw()][-3:] == drawn("")  # empty is as good as none


def test_a_notebook_shows_the_message_alone() -> None:
    shown = PartFailed(Verdict("f for zero", "one", hint="two"))._render_traceback_()
    assert shown == ["one", "Hint: two"]


numbers = st.one_of(st.integers(), st.floats(allow_nan=True, width=64))


@given(st.one_of(numbers, st.lists(st.floats(), min_size=1), st.booleans(), st.none(), st.text()))
def test_a_plain_value_is_the_same_as_itself(value: Any) -> None:
    assert same(plain(value), plain(value))
    assert call(lambda x: x, [value]).same_as(call(lambda x: x, [value]))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_lists_tuples_and_arrays_of_numbers_are_one_kind(values: list[float]) -> None:
    assert same(plain(values), plain(np.array(values)))
    assert same(plain(values), plain(tuple(values)))
    assert not same(plain(values), plain([v + 1 + abs(v) for v in values]))


def test_numbers_beyond_64_bits_are_compared_as_numbers() -> None:
    assert same(plain(2**80), plain(2.0**80))
    assert not same(plain(2**80), plain(2.0**81))
    assert "a whole number that no float can hold" in complaint(lambda _: 10**400)
