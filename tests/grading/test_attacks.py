"""The attack suite graded as one class: nobody gains, loses, stops, reaches or leaks anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from coursework import course
from coursework.results import HandInResult, PartResult
from grading.attacks import ALL, CLASSES, NOTHING, TOPIC, Attack, naive, suite
from grading.attacks.scene import ROOT, active, hidden_inputs, scene
from grading.attacks.trial import Trial, hold, judged, table

ATTACKS = {attack.name: attack for attack in suite()}
HONEST = ("honest but unlucky", "right, written differently", "wrong by misconception")
POINTS = dict.fromkeys(ALL, 2.0)
every_attack = pytest.mark.parametrize("name", ATTACKS)


@pytest.fixture(scope="module")
def trial() -> Trial:
    with scene() as place:
        held = hold(place, list(ATTACKS.values()))
    print(table(held.rows, troubled=True))  # noqa: T201 shown where a test fails
    return held


def test_each_class_has_its_attacks_and_each_attack_a_name_and_a_sentence() -> None:
    assert len(ATTACKS) == len(suite()) >= 110
    counted = Counter(attack.group for attack in ATTACKS.values())
    assert set(counted) == set(CLASSES)
    assert min(counted.values()) >= 10
    students = [attack.student for attack in ATTACKS.values()]
    assert len(set(students)) == len(students)
    for attack in ATTACKS.values():
        assert re.fullmatch(r"[a-z0-9]+(-+[a-z0-9]+)*", attack.name), attack.name
        assert re.fullmatch(r"[A-Z].{10,}\.", attack.tries), attack.tries
        assert attack.keeps <= attack.earns <= ALL


def test_no_name_of_an_attack_is_part_of_another_students_path() -> None:
    """Files are traced to students by their names."""
    assert not {"victim", "roofline", "class"} & {a.student for a in ATTACKS.values()}


@pytest.mark.slow
@every_attack
def test_an_attack_gains_loses_stops_and_leaks_nothing(trial: Trial, name: str) -> None:
    (row,) = (row for row in trial.rows if row.attack.name == name)
    assert not row.troubles, f"{name}: {row.attack.tries} {'; '.join(row.troubles[:9])}"


@pytest.mark.slow
def test_the_table_has_a_line_for_each_attack_and_sums_to_zero(trial: Trial) -> None:
    lines = table(trial.rows).splitlines()
    for row in trial.rows:
        assert any(line.startswith(row.attack.name) for line in lines)
    assert lines[-1].split() == [str(len(ATTACKS)), "hand-ins", "0", "0", "0", "0"]


@pytest.mark.slow
def test_their_victim_is_graded_as_if_there_were_nobody_else(trial: Trial) -> None:
    assert trial.victim is not None
    assert {part.part for part in trial.victim.parts if part.passed} == ALL
    assert not trial.victim.notices


@pytest.mark.slow
def test_nothing_leaks_into_what_all_students_share(trial: Trial) -> None:
    assert trial.shared_leaks == []


@pytest.mark.slow
def test_nothing_outside_is_reached(trial: Trial) -> None:
    assert trial.heard == []
    assert trial.changed == []
    assert trial.planted == []


@pytest.mark.slow
def test_no_process_outlives_the_batch(trial: Trial) -> None:
    assert trial.left_over == []


# The control: the same hand-ins without any protection


@pytest.fixture(scope="module")
def unprotected() -> dict[str, set[str]]:
    """The parts whose checks pass when hand-ins share a process with the hidden tests."""
    chosen = [a for a in ATTACKS.values() if a.name in naive.WINNERS or _is_harmless(a)]
    with scene() as place:
        (place.root / "gradebook.db").write_bytes(b"SQLite format 3\0")
        names = {}
        for attack in chosen:
            desk = place.desk(attack.student)
            attack.hand_in(desk)
            names[str(desk.path)] = attack.name
        source = course.notebook(place.root, course.SOURCE, TOPIC)
        command = [sys.executable, "-m", "grading.attacks.naive", str(source), *names]
        paths = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=600
        )
    won: dict[str, list[str]] = json.loads(done.stdout)
    return {names[path]: set(parts) for path, parts in won.items()}


def _is_harmless(attack: Attack) -> bool:
    """Whether a hand-in may run unconfined, and stock grading must give what it is entitled to."""
    return attack.group in HONEST and attack.work is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(naive.WINNERS))
def test_without_protection_an_attack_gains(unprotected: Mapping[str, set[str]], name: str) -> None:
    assert unprotected[name] - ATTACKS[name].earns, f"{name} has become harmless"


@pytest.mark.slow
@pytest.mark.parametrize("name", [a.name for a in ATTACKS.values() if _is_harmless(a)])
def test_an_honest_entitlement_is_what_the_tests_themselves_say(
    unprotected: Mapping[str, set[str]], name: str
) -> None:
    assert unprotected[name] == ATTACKS[name].earns


# The judges are judged


def _graded(**points: float) -> HandInResult:
    parts = [PartResult(p, f"x-{p}", points.get(p, 0.0), 2.0, failed="no") for p in sorted(ALL)]
    return HandInResult(TOPIC, "s", tuple(parts))


def test_a_point_too_many_and_a_point_too_few_are_seen() -> None:
    attack = replace(ATTACKS["right"], earns=frozenset({"gemm_intensity"}))
    attack = replace(attack, keeps=attack.earns)
    fair = judged(attack, _graded(gemm_intensity=2.0), POINTS)
    assert fair.troubles == []
    greedy = judged(attack, _graded(gemm_intensity=3.0, stencil_intensity=2.0), POINTS)
    assert greedy.gained == 3.0
    assert "gained 3 points" in greedy.troubles[0]
    robbed = judged(attack, _graded(), POINTS)
    assert robbed.lost == 2.0
    assert "gemm_intensity: no" in robbed.troubles


def test_a_hand_in_that_was_never_graded_is_seen() -> None:
    attack = ATTACKS["right"]
    assert judged(attack, None, POINTS).troubles == ["it was never graded"]
    assert judged(replace(attack, refusable=True), None, POINTS).troubles == []
    unread = replace(ATTACKS["right"], earns=NOTHING, keeps=NOTHING, misconception="")
    assert judged(unread, _graded(), POINTS, ("a canary",)).troubles == ["a canary"]


def test_active_content_is_seen_and_quoted_content_is_not() -> None:
    assert active(b"<p>&lt;script&gt;stolen()&lt;/script&gt; <b>stolen</b></p>") == []
    for page in (
        b"<script>stolen()</script>",
        b"<img src=x onerror=stolen()>",
        b"<a href=' javascript:stolen()'>x</a>",
        b"<img src='http://127.0.0.1:9/stolen.png'>",
        b"<style>x{background:url(javascript:stolen())}</style>",
        b"<p style='x:stolen()'>",
    ):
        assert active(page), page


def test_the_scene_has_secrets_and_its_inputs_are_watched() -> None:
    with scene() as place:
        assert len(set(place.canaries.values())) == len(place.canaries)
        assert len(hidden_inputs()) > 50
        before = place.inputs()
        assert place.inputs() == before
        (place.outside / "open.txt").write_text("changed")
        Path(place.exercise.facts.victim).unlink()
        changed = {path for path in before if place.inputs().get(path) != before[path]}
        assert str(place.outside / "open.txt") in changed
        assert place.exercise.facts.victim in changed
        assert place.heard() == []
        place.ears[0].getsockname()
    assert not place.root.exists()
