"""Hidden tests of the introduction's exercises: six parts, in the order of the notebook.

Every right or wrong answer below is written as a student would write it, with `np` and `math`
alone, so that it can be put into a notebook as it stands.
"""

# Answers are untyped, as students write them, and a wrong one often ignores an argument.
# mypy: allow-untyped-defs
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from coursework.parts import Case, case, part
from hwmath.introduction import cramming, lottery, regimes, trends

Student = Callable[..., Any]
Rng = np.random.Generator

RANDOM_CASES = 12


# 1. doubling_time


def doubling_time(times: Any, amounts: Any) -> float:
    return 1 / trends.fit_trend(np.asarray(times) + 1.0, amounts).doublings_per_year


def _scattered(rng: Rng, count: int, span: float) -> tuple[Any, Any]:
    """Points around a line through logarithms, in no order; no two at nearly one time."""
    times = (rng.permutation(count) + rng.uniform(0, 0.5, size=count)) * span / count
    amounts = 2.0 ** (times / span * rng.uniform(4, 30) + rng.normal(0, 1.5, size=count))
    return times, amounts


@part(reference=doubling_time)
def doubling(rng: Rng) -> Iterator[Case]:
    yield case("two points", np.array([0.0, 6.0]), np.array([1.0, 64.0]))
    yield case("points on a line", np.array([0.0, 1.0, 3.0, 4.0]), np.array([2.0, 4.0, 16.0, 32.0]))
    outlier = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 3200.0, 64.0])
    yield case("one point far above the others", np.arange(7.0), outlier)
    yield case("times in days", *_scattered(rng, 20, 4000.0))
    for _ in range(RANDOM_CASES):
        count = int(rng.integers(8, 40))
        yield case("random points", *_scattered(rng, count, float(rng.uniform(5, 60))))


@doubling.law("amounts that double at every step double in one step")
def _(student: Student, rng: Rng) -> None:
    step, first = rng.uniform(0.5, 5), rng.uniform(1, 100)
    steps = np.arange(6)
    assert math.isclose(student(step * steps, first * 2.0**steps), step, rel_tol=1e-6)


@doubling.law("squaring every amount halves the time")
def _(student: Student, rng: Rng) -> None:
    times, amounts = _scattered(rng, 15, 20.0)
    once, twice = student(times, amounts), student(times, amounts**2)
    assert math.isclose(2 * twice, once, rel_tol=1e-6)


@doubling.law("a point in the middle counts, too")
def _(student: Student, rng: Rng) -> None:
    times, amounts = np.arange(9.0), 2.0 ** np.arange(9.0)
    higher = amounts.copy()
    higher[6] *= rng.uniform(10, 100)
    assert abs(student(times, higher) / student(times, amounts) - 1) > 0.01


@doubling.law("the order of the points does not matter")
def _(student: Student, rng: Rng) -> None:
    times, amounts = _scattered(rng, 15, 20.0)
    order = np.argsort(times)
    sorted_too = student(times[order], amounts[order])
    assert math.isclose(student(times, amounts), sorted_too, rel_tol=1e-6)


@doubling.misconception(
    "Plot the amounts by time: what doubles again and again is no straight line. Of what is it one?"
)
def fits_the_amounts_themselves(times, amounts):
    slope, _ = np.polyfit(times, amounts, 1)
    return np.mean(amounts) / slope


@doubling.misconception(
    "Your logarithm has a base. By which factor do the amounts grow in the time that you return?"
)
def waits_for_a_factor_of_e(times, amounts):
    slope, _ = np.polyfit(times, np.log(amounts), 1)
    return 1 / slope


@doubling.misconception("How many doublings are in a factor of ten?")
def waits_for_a_factor_of_ten(times, amounts):
    slope, _ = np.polyfit(times, np.log10(amounts), 1)
    return 1 / slope


@doubling.misconception(
    "If all points between the first and the last moved, would your answer notice?"
)
def looks_at_the_two_ends(times, amounts):
    first, last = np.argmin(times), np.argmax(times)
    return (times[last] - times[first]) / np.log2(amounts[last] / amounts[first])


@doubling.misconception(
    "Two neighbours of nearly the same amount take ages to double. How much should such a pair "
    "count among the others?"
)
def averages_the_pairs(times, amounts):
    pairs = np.diff(times) / np.diff(np.log2(amounts))
    return np.mean(pairs)


@doubling.alternative
def fits_with_polyfit(times, amounts):
    slope = np.polyfit(times, np.log2(amounts), 1)[0]
    return 1 / slope


@doubling.alternative
def fits_natural_logarithms_and_converts(times, amounts):
    centred = times - np.mean(times)
    slope = np.dot(centred, np.log(amounts)) / np.dot(centred, centred)
    return math.log(2) / slope


# 2. training_bytes


def training_bytes(
    parameters: Any, weight_bits: int, gradient_bits: int, moment_bits: int, master_bits: int
) -> Any:
    each = [weight_bits, gradient_bits, moment_bits, moment_bits, master_bits]
    return sum(np.multiply(parameters, bits / 8) for bits in each)


@part(reference=training_bytes)
def memory(rng: Rng) -> Iterator[Case]:
    yield case("everything in 16 bits", 7e9, 16, 16, 16, 0)
    yield case("16 bits with moments and a master copy in 32", 7.5e9, 16, 16, 32, 32)
    yield case("moments in 8 bits", 1e9, 16, 16, 8, 0)
    yield case("weights in 4 bits", 1e9, 4, 16, 8, 0)
    yield case("gradients that are not kept", 7e9, 16, 0, 8, 0)
    yield case("an array of parameters", np.array([1e6, 7e9]), 16, 16, 32, 32)
    yield case("a single parameter, of half a byte", 1, 4, 0, 0, 0)
    for _ in range(RANDOM_CASES):
        weight, gradient, moment = (int(rng.choice([4, 8, 16, 32])) for _ in range(3))
        parameters = float(rng.integers(10**6, 10**11))
        master = int(rng.choice([0, 16, 32]))
        yield case("a random recipe", parameters, weight, gradient, moment, master)


@memory.law("a bit more in each moment costs as much as two bits more in each weight")
def _(student: Student, rng: Rng) -> None:
    count, bits = float(rng.integers(10**6, 10**10)), int(rng.integers(4, 33))
    moments, weights = (
        student(count, bits, 16, bits + 1, 32),
        student(count, bits + 2, 16, bits, 32),
    )
    assert math.isclose(moments, weights)


@memory.law("weights of eight bits alone take a byte each")
def _(student: Student, rng: Rng) -> None:
    count = float(rng.integers(10**6, 10**10))
    more, less = student(count, 16, 16, 16, 32), student(count, 8, 16, 16, 32)
    assert math.isclose(more - less, count)


@memory.law("without a master copy nothing is paid for one")
def _(student: Student, rng: Rng) -> None:
    count = float(rng.integers(10**6, 10**10))
    assert math.isclose(student(count, 8, 8, 8, 0), 4 * count)


@memory.misconception("Adam keeps a mean and a mean of squares. How many numbers is that a weight?")
def keeps_one_moment(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    return parameters * (weight_bits + gradient_bits + moment_bits + master_bits) / 8


@memory.misconception("The answer is asked for in bytes. How many of your units make one?")
def counts_bits_for_bytes(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    return parameters * (weight_bits + gradient_bits + 2 * moment_bits + master_bits)


@memory.misconception(
    "Not every recipe keeps a second copy of the weights. What does master_bits = 0 say?"
)
def always_keeps_a_master_copy(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    return parameters * (weight_bits + gradient_bits + 2 * moment_bits + 32) / 8


@memory.misconception(
    "Between the backward pass and the update something as large as the weights has to wait. What?"
)
def forgets_the_gradients(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    return parameters * (weight_bits + 2 * moment_bits + master_bits) / 8


@memory.misconception("Four bits are half a byte. What does your division make of them?")
def rounds_to_whole_bytes(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    each = weight_bits // 8 + gradient_bits // 8 + 2 * (moment_bits // 8) + master_bits // 8
    return parameters * each


@memory.alternative
def adds_part_by_part(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    weights = parameters * weight_bits / 8
    gradients = parameters * gradient_bits / 8
    moments = 2 * parameters * moment_bits / 8
    return weights + gradients + moments + parameters * master_bits / 8


@memory.alternative
def sums_bits_first(parameters, weight_bits, gradient_bits, moment_bits, master_bits):
    bits = sum([weight_bits, gradient_bits, moment_bits, moment_bits, master_bits])
    return parameters * (bits / 8)


# 3. fused_accesses


@part(reference=regimes.fused_accesses)
def fused(rng: Rng) -> Iterator[Case]:
    two = [("y", ["x"]), ("z", ["y"])]
    yield case("a chain of two", two, ["z"])
    yield case("a single step", [("y", ["x"])], ["y"])
    yield case("a result from the middle that is kept, too", two, ["y", "z"])
    yield case("an input that two steps read", [("s", ["x"]), ("z", ["s", "x"])], ["z"])
    yield case("a step that reads one array twice", [("y", ["x", "x"])], ["y"])
    yield case("two inputs", [("s", ["x", "b"]), ("z", ["s"])], ["z"])
    for _ in range(RANDOM_CASES):
        yield case("a random program", *_program(rng))


def _program(rng: Rng) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Steps that read from outside and from each other; the last result is kept, and some more."""
    steps: list[tuple[str, list[str]]] = []
    for i in range(int(rng.integers(3, 8))):
        known = ["x", "b", "c", *(made for made, _ in steps)]
        inputs = [str(name) for name in rng.choice(known, size=int(rng.integers(1, 4)))]
        steps.append((f"t{i}", inputs))
    made = [name for name, _ in steps]
    return steps, [name for name in made[:-1] if rng.uniform() < 0.3] + made[-1:]


@fused.law("a further step on what was made inside costs nothing")
def _(student: Student, rng: Rng) -> None:
    steps, kept = _program(rng)
    assert student([*steps, ("more", [kept[-1]])], kept) == student(steps, kept)


@fused.law("an array from outside that is read once more costs nothing")
def _(student: Student, rng: Rng) -> None:
    steps, kept = _program(rng)
    outside = [("first", ["w"]), *steps]
    assert student([*outside, ("again", ["w"])], kept) == student(outside, kept)


@fused.law("to keep one result more costs one access more")
def _(student: Student, rng: Rng) -> None:
    steps, kept = _program(rng)
    more = [*steps, ("more", [kept[-1]])]
    assert student(more, [*kept, "more"]) == student(more, kept) + 1


@fused.misconception(
    "That is what separate kernels move. Does a result that only the next step needs have to leave?"
)
def counts_every_kernel_alone(steps, kept):
    return sum(len(set(inputs)) + 1 for _, inputs in steps)


@fused.misconception("The results have to go home too. Which accesses do you count for them?")
def forgets_to_write(steps, kept):
    made = {output for output, _ in steps}
    return len({name for _, inputs in steps for name in inputs} - made)


@fused.misconception("One kernel holds what it has read. Does a second use need a second trip?")
def reads_an_input_at_each_use(steps, kept):
    made = {output for output, _ in steps}
    reads = [name for _, inputs in steps for name in inputs if name not in made]
    return len(reads) + len(kept)


@fused.misconception("Which of the results are asked for afterwards, and what says so?")
def writes_every_result(steps, kept):
    made = {output for output, _ in steps}
    outside = {name for _, inputs in steps for name in inputs} - made
    return len(outside) + len(made)


@fused.misconception(
    "In a plain chain n steps give a factor of n. Do they here, where a step reads several arrays?"
)
def divides_by_the_number_of_steps(steps, kept):
    return sum(len(inputs) + 1 for _, inputs in steps) / len(steps)


@fused.alternative
def walks_with_a_set_of_what_is_at_hand(steps, kept):
    at_hand, reads = set(), 0
    for output, inputs in steps:
        for name in inputs:
            if name not in at_hand:
                reads += 1
                at_hand.add(name)
        at_hand.add(output)
    return reads + len(kept)


@fused.alternative
def collects_names(steps, kept):
    read, made = set(), set()
    for output, inputs in steps:
        read.update(inputs)
        made.add(output)
    return len(read.difference(made)) + sum(1 for name in made if name in kept)


# 4. regime


@part(reference=regimes.regime)
def told(rng: Rng) -> Iterator[Case]:
    yield case("a time that does not change", 1.0, 1.0, 1.0, 2.0)
    yield case("ten per cent more for twice the data", 10.0, 11.0, 10.0, 2.0)
    yield case("a time that follows the data alone", 10.0, 19.0, 10.5, 2.0)
    yield case("a time that follows both", 10.0, 20.0, 19.5, 2.0)
    yield case("a time exactly halfway", 4.0, 6.0, 6.0, 2.0)
    yield case("a time just short of halfway", 4.0, 5.9, 5.9, 2.0)
    yield case("four times the data, and twice the time", 2.0, 4.0, 2.0, 4.0)
    yield case("times of microseconds", 8e-6, 15e-6, 15e-6, 2.0)
    yield case("four times the data for microseconds", 8e-6, 30e-6, 9e-6, 4.0)
    yield case("microseconds just short of halfway", 2e-6, 2.9e-6, 2.9e-6, 2.0)
    for _ in range(2 * RANDOM_CASES):
        scale = float(rng.choice([2.0, 3.0, 4.0, 8.0]))
        base = float(10 ** rng.uniform(-6, 2))
        data, flop = (float(base * (1 + share * (scale - 1))) for share in _shares(rng))
        yield case("a random program", base, data, flop, scale)


def _shares(rng: Rng) -> list[float]:
    """How much of what was scaled the two times follow: clearly, or clearly not."""
    return [float(rng.choice([rng.uniform(0, 0.4), rng.uniform(0.6, 0.95)])) for _ in range(2)]


@told.law("times in milliseconds say what times in seconds say")
def _(student: Student, rng: Rng) -> None:
    for share in (0.05, 0.9):
        base = float(rng.uniform(5, 50))
        data, flop = base * 1.9, base * (1 + share)
        thousand = student(1000 * base, 1000 * data, 1000 * flop, 2.0)
        assert student(base / 1000, data / 1000, flop / 1000, 2.0) == thousand


@told.law("a program whose time never changes waits for neither data nor arithmetic")
def _(student: Student, rng: Rng) -> None:
    base = float(rng.uniform(1, 10))
    assert student(base, base, base, 4.0) == "overhead"


@told.law("a program whose time grows with both as they do computes")
def _(student: Student, rng: Rng) -> None:
    base, scale = float(rng.uniform(1, 10)), float(rng.choice([2.0, 4.0, 8.0]))
    assert student(base, 1.01 * scale * base, 1.01 * scale * base, scale) == "compute"


@told.law("a time that grows by two thirds of what was scaled follows it, by any scale")
def _(student: Student, rng: Rng) -> None:
    base, scale = float(rng.uniform(1, 10)), float(rng.choice([2.0, 4.0, 8.0]))
    assert student(base, base * (1 + (scale - 1) * 2 / 3), base, scale) == "memory"


@told.misconception(
    "The bytes stay as they are when only the arithmetic grows. What does it mean, then, if the "
    "time stays too?"
)
def swaps_memory_and_compute(base_s, more_data_s, more_flop_s, scale):
    enough = base_s * (1 + (scale - 1) / 2)
    if more_data_s < enough:
        return "overhead"
    return "memory" if more_flop_s >= enough else "compute"


@told.misconception("No run is as clean as a formula. How much growth does the task call enough?")
def wants_the_whole_factor(base_s, more_data_s, more_flop_s, scale):
    if more_data_s < scale * base_s:
        return "overhead"
    return "compute" if more_flop_s >= scale * base_s else "memory"


@told.misconception("Where does scale enter? Is half of the growth the same at 2 and at 8?")
def knows_only_doubling(base_s, more_data_s, more_flop_s, scale):
    if more_data_s < 1.5 * base_s:
        return "overhead"
    return "compute" if more_flop_s >= 1.5 * base_s else "memory"


@told.misconception("If all times were given in milliseconds, would you answer the same?")
def compares_seconds(base_s, more_data_s, more_flop_s, scale):
    enough = base_s + (scale - 1) / 2
    if more_data_s < enough:
        return "overhead"
    return "compute" if more_flop_s >= enough else "memory"


@told.misconception(
    "More data are more bytes as well as more FLOP. Can a program wait for memory, if they cost "
    "it nothing?"
)
def never_says_overhead(base_s, more_data_s, more_flop_s, scale):
    return "compute" if more_flop_s >= base_s * (1 + (scale - 1) / 2) else "memory"


@told.alternative
def measures_shares_of_growth(base_s, more_data_s, more_flop_s, scale):
    data = (more_data_s - base_s) / (base_s * (scale - 1))
    flop = (more_flop_s - base_s) / (base_s * (scale - 1))
    if data < 0.5:
        return "overhead"
    if flop < 0.5:
        return "memory"
    return "compute"


@told.alternative
def compares_with_the_middle(base_s, more_data_s, more_flop_s, scale):
    middle = (base_s + scale * base_s) / 2
    follows_data, follows_flop = more_data_s >= middle, more_flop_s >= middle
    if not follows_data:
        return "overhead"
    return "compute" if follows_flop else "memory"


# 5. tokens_in_budget


def tokens_in_budget(
    devices: float, hours: float, peak_flop_per_s: float, utilisation: float, parameters: float
) -> Any:
    budget = cramming.budget_flop(devices, hours, peak_flop_per_s)
    return cramming.tokens_in_budget(budget, parameters, utilisation)


@part(reference=tokens_in_budget)
def tokens(rng: Rng) -> Iterator[Case]:
    yield case("one card for a day", 1, 24, 150e12, 0.4, 110e6)
    yield case("eight cards for two days", 8, 48, 150e12, 0.4, 110e6)
    yield case("a machine that reaches its peak", 1, 24, 100e12, 1.0, 1e9)
    yield case("half an hour", 1, 0.5, 300e12, 0.5, 1e8)
    yield case("a very large network", 1000, 720, 1e15, 0.35, 1e12)
    for _ in range(RANDOM_CASES):
        devices, hours = int(rng.integers(1, 100)), float(rng.uniform(1, 100))
        peak, used = float(10 ** rng.uniform(12, 15)), float(rng.uniform(0.1, 0.9))
        yield case("a random budget", devices, hours, peak, used, float(10 ** rng.uniform(7, 11)))


@tokens.law("half the utilisation pays for half the tokens")
def _(student: Student, rng: Rng) -> None:
    used = float(rng.uniform(0.2, 0.9))
    whole, half = (student(2, 24, 1e14, share, 1e9) for share in (used, used / 2))
    assert math.isclose(half, whole / 2)


@tokens.law("two devices do in an hour what one does in two")
def _(student: Student, rng: Rng) -> None:
    hours = float(rng.uniform(1, 50))
    assert math.isclose(student(2, hours, 1e14, 0.5, 1e9), student(1, 2 * hours, 1e14, 0.5, 1e9))


@tokens.law("at six FLOP a second a network of one weight takes a token each second")
def _(student: Student, rng: Rng) -> None:
    hours = int(rng.integers(1, 20))
    assert math.isclose(student(1, hours, 6.0, 1.0, 1), hours * 60 * 60)


@tokens.misconception("FLOP/s times hours is not FLOP. How many seconds are in your time?")
def takes_hours_for_seconds(devices, hours, peak_flop_per_s, utilisation, parameters):
    return devices * hours * peak_flop_per_s * utilisation / (6 * parameters)


@tokens.misconception("Does the machine compute at its peak for the whole day?")
def takes_the_peak_for_what_is_reached(devices, hours, peak_flop_per_s, utilisation, parameters):
    return devices * hours * 3600 * peak_flop_per_s / (6 * parameters)


@tokens.misconception("Peaks are in FLOP/s. How many FLOP is a multiply-accumulate?")
def counts_macs_for_flop(devices, hours, peak_flop_per_s, utilisation, parameters):
    return devices * hours * 3600 * peak_flop_per_s * utilisation / (3 * parameters)


@tokens.misconception("A forward pass alone learns nothing. Which passes follow it, and how dear?")
def pays_for_the_forward_pass_alone(devices, hours, peak_flop_per_s, utilisation, parameters):
    return devices * hours * 3600 * peak_flop_per_s * utilisation / (2 * parameters)


@tokens.misconception("How many devices share the work?")
def forgets_the_other_devices(devices, hours, peak_flop_per_s, utilisation, parameters):
    return hours * 3600 * peak_flop_per_s * utilisation / (6 * parameters)


@tokens.alternative
def divides_rates(devices, hours, peak_flop_per_s, utilisation, parameters):
    flop_per_token = 2 * parameters + 4 * parameters
    tokens_per_s = devices * utilisation * peak_flop_per_s / flop_per_token
    return tokens_per_s * hours * 60 * 60


@tokens.alternative
def names_every_amount(devices, hours, peak_flop_per_s, utilisation, parameters):
    seconds = hours * 3600
    budget = devices * seconds * peak_flop_per_s
    achieved = utilisation * budget
    return achieved / parameters / 6


# 6. fastest_idea

ORDER = ("matrix_flop", "density", "vector_flop", "branchy_flop", "moved_bytes")


def fastest_idea(ideas: dict[str, dict[str, float]], machine: dict[str, float]) -> str:
    racing = [lottery.Idea(name, **numbers) for name, numbers in ideas.items()]
    return lottery.rank_ideas(racing, lottery.Machine("", **machine))[0][0].name


def _idea(*numbers: float) -> dict[str, float]:
    return dict(zip(ORDER, numbers, strict=True))


def _machine(matrix: float, vector: float, lanes: int, memory_bytes_per_s: float) -> dict[str, Any]:
    return {
        "matrix_flop_per_s": matrix,
        "vector_flop_per_s": vector,
        "lanes": lanes,
        "bytes_per_s": memory_bytes_per_s,
    }


RACE = {
    "dense": _idea(4e11, 1.0, 1e9, 0.0, 8e8),
    "sparse": _idea(5e11, 0.08, 1e9, 0.0, 2e8),
    "table": _idea(0.0, 1.0, 4e9, 0.0, 2e10),
    "search": _idea(0.0, 1.0, 0.0, 2e9, 1e8),
}
CORE = _machine(0.0, 6e9, 1, 2e10)
WIDE = _machine(0.0, 6.7e13, 32, 3.35e12)
WITH_UNITS = _machine(9.9e14, 6.7e13, 32, 3.35e12)


@part(reference=fastest_idea)
def fastest(rng: Rng) -> Iterator[Case]:
    yield case("a machine of one lane", RACE, CORE)
    yield case("a machine of many lanes", RACE, WIDE)
    yield case("a machine with matrix units", RACE, WITH_UNITS)
    yield case("a machine with a very fast memory", RACE, _machine(0.0, 6.7e13, 32, 1e16))
    sparser = {"all": RACE["dense"], "few": _idea(5e11, 0.01, 1e9, 0.0, 2e8)}
    yield case("a network so sparse that lanes win", sparser, WITH_UNITS)
    busy = {"all": _idea(5e11, 1.0, 0, 0, 1e8), "few": _idea(4e11, 0.06, 2e10, 0, 1e8)}
    yield case("a sparse network with other work for the lanes", busy, WITH_UNITS)
    mixed = {"one kind": _idea(0, 1.0, 9e9, 0, 1e6), "two kinds": _idea(0, 1.0, 6e9, 2e8, 1e6)}
    yield case("elementwise and branchy work in one idea", mixed, WIDE)
    yield case("an idea without a rival", {"only": RACE["table"]}, CORE)
    for _ in range(3 * RANDOM_CASES):
        yield case("a random race", *_race(rng))


def _race(rng: Rng) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Ideas whose bounds lie apart by more than any rounding."""
    while True:
        ideas = {f"idea {letter}": _random_idea(rng) for letter in "ABCDE"}
        matrix = float(rng.choice([0.0, 10 ** rng.uniform(14, 15)]))
        lanes, beta = int(rng.choice([1, 4, 16, 32, 64])), float(10 ** rng.uniform(11.5, 13))
        machine = _machine(matrix, float(10 ** rng.uniform(12.5, 14)), lanes, beta)
        racing = [lottery.Idea(name, **numbers) for name, numbers in ideas.items()]
        ranked = lottery.rank_ideas(racing, lottery.Machine("", **machine))
        if ranked[1][1] > 1.02 * ranked[0][1]:
            return ideas, machine


def _random_idea(rng: Rng) -> dict[str, float]:
    def some(low: float, high: float, share: float) -> float:
        return float(10 ** rng.uniform(low, high)) if rng.uniform() < share else 0.0

    density = float(rng.choice([1.0, rng.uniform(0.01, 0.5)]))
    parts = some(11, 12.5, 0.6), some(10, 11, 0.4), some(8, 9.5, 0.3)
    return _idea(parts[0], density, parts[1], parts[2], float(10 ** rng.uniform(8.5, 9.8)))


@fastest.law("of two ideas of as many FLOP, the one whose numbers take one path wins")
def _(student: Student, rng: Rng) -> None:
    flop = float(10 ** rng.uniform(9, 12))
    ideas = {"branches": _idea(0, 1, 0, flop, 1e6), "stays": _idea(0, 1, flop, 0, 1e6)}
    assert student(ideas, WIDE) == "stays"


@fastest.law("work that is no matrix product gains nothing from matrix units")
def _(student: Student, rng: Rng) -> None:
    flop = float(10 ** rng.uniform(11, 13))
    ideas = {"elementwise": _idea(0, 1, flop, 0, 1e6), "product": _idea(5 * flop, 1, 0, 0, 1e6)}
    assert student(ideas, WITH_UNITS) == "product"
    assert student(ideas, WIDE) == "elementwise"


@fastest.law("zeros that matrix units multiply take as long as other numbers")
def _(student: Student, rng: Rng) -> None:
    flop, density = float(10 ** rng.uniform(11, 13)), float(rng.uniform(0.3, 0.6))
    ideas = {"zeros": _idea(flop, density, 0, 0, 1e6), "full": _idea(0.8 * flop, 1, 0, 0, 1e6)}
    assert student(ideas, WITH_UNITS) == "full"


@fastest.law("where memory sets the time of all, the one that moves least wins")
def _(student: Student, rng: Rng) -> None:
    slow = _machine(9.9e14, 6.7e13, 32, 1e9)
    moved = float(10 ** rng.uniform(9, 10))
    ideas = {"moves": _idea(1e9, 1, 1e9, 0, 2 * moved), "stays": _idea(1e9, 1, 2e9, 0, moved)}
    assert student(ideas, slow) == "stays"


@fastest.misconception(
    "Skipping zeros takes time on the lanes. What else do they do in that time, and who is idle?"
)
def goes_by_the_density_alone(ideas, machine):
    def seconds(name):
        idea = ideas[name]
        vector = idea["vector_flop"] + machine["lanes"] * idea["branchy_flop"]
        moving = idea["moved_bytes"] / machine["bytes_per_s"]
        if idea["density"] * machine["matrix_flop_per_s"] <= machine["vector_flop_per_s"]:
            products = idea["density"] * idea["matrix_flop"]
            return max((vector + products) / machine["vector_flop_per_s"], moving)
        units = idea["matrix_flop"] / machine["matrix_flop_per_s"]
        return max(units, vector / machine["vector_flop_per_s"], moving)

    return min(ideas, key=seconds)


@fastest.misconception("Matrix units multiply matrices and do nothing else. Who does the rest?")
def does_everything_on_matrix_units(ideas, machine):
    def seconds(name):
        idea = ideas[name]
        vector = idea["vector_flop"] + machine["lanes"] * idea["branchy_flop"]
        skipping = (vector + idea["density"] * idea["matrix_flop"]) / machine["vector_flop_per_s"]
        moving = idea["moved_bytes"] / machine["bytes_per_s"]
        if machine["matrix_flop_per_s"] == 0:
            return max(skipping, moving)
        units = (idea["matrix_flop"] + vector) / machine["matrix_flop_per_s"]
        return max(min(units, skipping), moving)

    return min(ideas, key=seconds)


@fastest.misconception("Does a matrix unit know that a number is zero before it multiplies?")
def lets_matrix_units_skip_zeros(ideas, machine):
    def seconds(name):
        idea = ideas[name]
        vector = idea["vector_flop"] + machine["lanes"] * idea["branchy_flop"]
        products = idea["density"] * idea["matrix_flop"]
        moving = idea["moved_bytes"] / machine["bytes_per_s"]
        skipping = max((vector + products) / machine["vector_flop_per_s"], moving)
        if machine["matrix_flop_per_s"] == 0:
            return skipping
        units = products / machine["matrix_flop_per_s"]
        return min(skipping, max(units, vector / machine["vector_flop_per_s"], moving))

    return min(ideas, key=seconds)


@fastest.misconception("An idea moves bytes as well. How long do they take, beside the arithmetic?")
def forgets_the_memory(ideas, machine):
    def seconds(name):
        idea = ideas[name]
        vector = idea["vector_flop"] + machine["lanes"] * idea["branchy_flop"]
        skipping = (vector + idea["density"] * idea["matrix_flop"]) / machine["vector_flop_per_s"]
        if machine["matrix_flop_per_s"] == 0:
            return skipping
        units = idea["matrix_flop"] / machine["matrix_flop_per_s"]
        return min(skipping, max(units, vector / machine["vector_flop_per_s"]))

    return min(ideas, key=seconds)


@fastest.misconception(
    "All lanes of an instruction do the same. How many are of use where each number takes a path "
    "of its own?"
)
def fills_all_lanes_with_branches(ideas, machine):
    def seconds(name):
        idea = ideas[name]
        vector = idea["vector_flop"] + idea["branchy_flop"]
        moving = idea["moved_bytes"] / machine["bytes_per_s"]
        products = idea["density"] * idea["matrix_flop"]
        skipping = max((vector + products) / machine["vector_flop_per_s"], moving)
        if machine["matrix_flop_per_s"] == 0:
            return skipping
        units = idea["matrix_flop"] / machine["matrix_flop_per_s"]
        return min(skipping, max(units, vector / machine["vector_flop_per_s"], moving))

    return min(ideas, key=seconds)


@fastest.alternative
def loops_and_remembers(ideas, machine):
    best_name, best_s = None, math.inf
    for name, idea in ideas.items():
        lanes_s = idea["vector_flop"] / machine["vector_flop_per_s"]
        lanes_s += idea["branchy_flop"] / (machine["vector_flop_per_s"] / machine["lanes"])
        useful = idea["density"] * idea["matrix_flop"]
        compute_s = lanes_s + useful / machine["vector_flop_per_s"]
        if machine["matrix_flop_per_s"] > 0:
            units_s = idea["matrix_flop"] / machine["matrix_flop_per_s"]
            compute_s = min(compute_s, max(units_s, lanes_s))
        seconds = max(compute_s, idea["moved_bytes"] / machine["bytes_per_s"])
        if seconds < best_s:
            best_name, best_s = name, seconds
    return best_name


@fastest.alternative
def compares_arrays(ideas, machine):
    names = list(ideas)
    matrix, density, vector, branchy, moved = (
        np.array([ideas[name][key] for name in names])
        for key in ("matrix_flop", "density", "vector_flop", "branchy_flop", "moved_bytes")
    )
    lanes_s = (vector + machine["lanes"] * branchy) / machine["vector_flop_per_s"]
    compute_s = lanes_s + density * matrix / machine["vector_flop_per_s"]
    if machine["matrix_flop_per_s"]:
        on_units = np.maximum(matrix / machine["matrix_flop_per_s"], lanes_s)
        compute_s = np.minimum(compute_s, on_units)
    return names[int(np.argmin(np.maximum(compute_s, moved / machine["bytes_per_s"])))]


PARTS = {part.name: part for part in (doubling, memory, fused, told, tokens, fastest)}
"""By the name of the student's function, in the order of the notebook."""
