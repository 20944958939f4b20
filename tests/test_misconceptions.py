"""Every topic's hidden tests: right answers pass, each misconception fails with its own hint."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from coursework import course
from coursework.calls import Outcome, call
from coursework.parts import SEED_VARIABLE, Law, Misconception, Part, PartFailed, part

ROOT = Path(__file__).resolve().parents[1]
PARTS = [
    pytest.param(topic, part, id=f"{topic}-{part.name}")
    for topic in course.topics(ROOT)
    for part in course.hidden_parts(ROOT, topic).values()
]
SECRETS = [
    "",
    "secret 0",
    *(pytest.param(f"secret {n}", marks=pytest.mark.slow) for n in range(1, 20)),
]


@pytest.fixture(params=SECRETS)
def secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A course's secret, set for one test."""
    monkeypatch.setenv(SEED_VARIABLE, request.param)
    return str(request.param)


def authors_answer(topic: str, part: Part) -> Callable[..., object]:
    """The solution in the source notebook."""
    nb = course.read(course.notebook(ROOT, course.SOURCE, topic))
    names: dict[str, Callable[..., object]] = {}
    setup = next(cell.source for cell in nb.cells if cell.cell_type == "code")
    exec(setup + "\n" + course.solution_cells(nb, topic)[part.name].source, names)  # noqa: S102
    return names[part.name]


def functions(part: Part) -> Iterator[Callable[..., object]]:
    yield from (wrong.function for wrong in part.misconceptions)
    yield from part.alternatives


@pytest.mark.parametrize(("topic", "part"), PARTS)
@pytest.mark.usefixtures("secret")
def test_right_answers_pass_and_each_misconception_earns_its_own_hint(
    topic: str, part: Part
) -> None:
    for right in (part.reference, authors_answer(topic, part), *part.alternatives):
        part.check(right)
    for wrong in part.misconceptions:
        with pytest.raises(PartFailed) as failure:
            part.check(wrong.function)
        assert str(failure.value).endswith(f"\nHint: {wrong.hint}"), wrong.name


@pytest.mark.parametrize(("topic", "part"), PARTS)
@pytest.mark.usefixtures("secret")
def test_misconceptions_differ_from_the_reference_and_from_each_other(
    topic: str,  # noqa: ARG001
    part: Part,
) -> None:
    every = {wrong.name: wrong.function for wrong in part.misconceptions}
    every["the reference"] = part.reference
    cases = part.draw()
    outcomes = {name: [call(f, case.args) for case in cases] for name, f in every.items()}
    for one, other in combinations(outcomes, 2):
        assert not _all_same(outcomes[one], outcomes[other]), f"{one} gives what {other} gives"


def _all_same(left: list[Outcome], right: list[Outcome]) -> bool:
    return all(a.same_as(b) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize(("topic", "part"), PARTS)
def test_no_law_is_idle(topic: str, part: Part) -> None:  # noqa: ARG001
    assert part.laws
    for law in part.laws:
        rejected = [wrong.name for wrong in part.misconceptions if _rejects(part, law, wrong)]
        assert rejected, f"every misconception of {part.name} obeys: {law.words}"


def _rejects(whole: Part, law: Law, wrong: Misconception) -> bool:
    """Whether a wrong answer breaks this law, were there no cases."""
    alone = part(whole.reference)(lambda _: iter(()))
    alone.laws.append(law)
    try:
        alone.check(wrong.function)
    except PartFailed:
        return True
    return False


@pytest.mark.parametrize(("topic", "part"), PARTS)
def test_there_are_enough_of_each_and_hints_are_questions(topic: str, part: Part) -> None:  # noqa: ARG001
    assert 2 <= len(part.misconceptions) <= 5
    assert len(part.alternatives) >= 2
    assert len(part.laws) >= 2
    hints = [wrong.hint for wrong in part.misconceptions]
    assert len(set(hints)) == len(hints)
    for hint in hints:
        assert "?" in hint
        assert "\n" not in hint
    kinds = [case.kind for case in part.draw()]
    assert "random" not in kinds[0], "edges come first"
    assert any("random" in kind for kind in kinds)


@pytest.mark.parametrize(("topic", "part"), PARTS)
def test_answers_can_be_put_into_a_notebook_as_they_stand(topic: str, part: Part) -> None:
    """They take the arguments of the notebook's function and use NumPy and `math` alone."""
    wanted = list(inspect.signature(authors_answer(topic, part)).parameters)
    for function in functions(part):
        assert list(inspect.signature(function).parameters) == wanted
        names = inspect.getclosurevars(function)
        used = {*names.globals, *names.nonlocals}
        assert used <= {"np", "math"}, f"{function.__name__} needs {used}"
