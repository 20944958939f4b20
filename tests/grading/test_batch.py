"""A class graded in parallel: everybody once, nobody at another's cost, nothing lost."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from distributed.security import Security

from coursework import cluster, course
from coursework.batch import Report, grade_class
from coursework.gradebook import Records
from coursework.results import HandInResult
from coursework.store import NOT_GRADED, GradedHandIn, Store
from grading import fake_grader
from grading.fake_grader import Task, times_graded
from grading.own_cluster import own_cluster

ROOT = Path(__file__).resolve().parents[2]
TOPIC = course.topics(ROOT)[0]
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook with the exercise and no student."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    Records(ROOT, TOPIC, f"sqlite:///{path}").close()
    return path


class Class:
    """A course directory, and what was written for it."""

    def __init__(self, directory: Path, registered: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        self.log.touch()
        self.store = Store(directory)
        self.written: Counter[str] = Counter()
        shutil.copy(registered, self.gradebook)

    @property
    def gradebook(self) -> Path:
        return self.directory / "gradebook.db"

    def records(self) -> Records:
        return Records(ROOT, TOPIC, f"sqlite:///{self.gradebook}")

    def task(self, student: str, trick: str = "", **options: Any) -> Task:
        cells = tuple((c.part, c.grade_id, c.points) for c in graded_cells())
        task = {"digest": "first", "notebook": NOTEBOOK, "log": self.log, "cells": cells, **options}
        return Task(topic=TOPIC, student=student, trick=trick, **task)

    def tasks(self, count: int, trick: str = "") -> list[Task]:
        return [self.task(f"student-{n}", trick) for n in range(count)]

    def grade(self, jobs: Iterator[Task] | Sequence[Task], workers: int = 2, **how: Any) -> Report:
        with self.records() as records:
            write = records.write

            def counted(hand_ins: Sequence[GradedHandIn]) -> None:
                write(hand_ins)
                self.written.update(graded.result.student for graded in hand_ins)

            records.write = counted  # type: ignore[method-assign]
            return grade_class(jobs, fake_grader.grade, self.store, records, workers=workers, **how)

    def scores(self) -> dict[str, dict[str, float | None]]:
        with self.records() as records:
            return records.scores()

    def result(self, student: str) -> HandInResult:
        found = self.store.load(TOPIC, student)
        assert found is not None
        return found


@pytest.fixture
def room(tmp_path: Path, registered: Path) -> Class:
    return Class(tmp_path, registered)


def graded_cells() -> list[course.Graded]:
    return course.graded_cells(course.read(course.notebook(ROOT, course.RELEASE, TOPIC)), TOPIC)


FULL = {cell.grade_id: cell.points for cell in graded_cells()}
NOTHING = dict.fromkeys(FULL, 0.0)


@pytest.mark.slow
def test_everybody_is_graded_once_by_other_processes_and_kept_everywhere(room: Class) -> None:
    told: list[tuple[int, int]] = []
    report = room.grade(room.tasks(12), progress=lambda done, total: told.append((done, total)))
    students = {f"student-{n}" for n in range(12)}
    assert (report.graded, report.unchanged, report.failures) == (12, 0, {})
    assert times_graded(room.log) == room.written == Counter(students)
    assert os.getpid() not in fake_grader.workers(room.log)
    assert room.scores() == dict.fromkeys(students, FULL)
    assert [result.student for result in room.store.results(TOPIC)] == sorted(students)
    assert all(room.store.notebook(TOPIC, s).read_text() == NOTEBOOK for s in students)
    assert told == [(n, 12) for n in [*range(1, 13), 12]]


@pytest.mark.slow
def test_only_what_has_changed_is_graded_again(room: Class) -> None:
    room.grade(room.tasks(3), workers=0)
    assert room.grade(room.tasks(3)).unchanged == 3
    assert times_graded(room.log).total() == 3
    changed = [*room.tasks(2), room.task("student-2", digest="second", share=0.5)]
    report = room.grade(changed, workers=0)
    assert (report.graded, report.unchanged) == (1, 2)
    assert times_graded(room.log)["student-2"] == 2
    assert room.result("student-2").points == sum(FULL.values()) / 2
    assert room.grade(changed, workers=0, force=True).graded == 3
    room.store.notebook(TOPIC, "student-0").unlink()
    room.store.record(TOPIC, "student-1").write_text("half a rec")
    assert room.grade(changed, workers=0).graded == 2


@pytest.mark.slow
def test_a_gradebook_that_was_lost_is_written_again_without_grading(room: Class) -> None:
    room.grade(room.tasks(3), workers=0)
    before = room.scores()
    room.gradebook.unlink()
    assert room.grade(room.tasks(3), workers=0).unchanged == 3
    assert room.scores() == before
    assert times_graded(room.log).total() == 3


def test_in_this_process_without_workers(room: Class) -> None:
    tasks = [*room.tasks(2), room.task("raising", "raise"), room.task("exiting", "exit")]
    report = room.grade(tasks, workers=0)
    assert report.graded == 2
    assert set(report.failures) == {"raising", "exiting"}
    assert set(fake_grader.workers(room.log)) == {os.getpid()}


@pytest.mark.slow
def test_no_hand_in_stops_the_batch_or_costs_another_student_anything(room: Class) -> None:
    tricks = ["raise", "exit", "die", "hang", "another student", "interrupt"]
    honest = room.tasks(12)
    strange = [room.task(trick, trick) for trick in tricks]
    strange += [
        room.task("greedy", share=1.01),
        room.task("negative", share=-1.0),
        room.task("not-a-number", share=float("nan")),
        room.task("lacking", cells=strange[0].cells[1:]),
        room.task("inventive", cells=(*strange[0].cells, ("more", f"{TOPIC}-99-more", 1.0))),
        room.task("victim", share=0.5),
        room.task("../../over/there"),
        room.task("x" * 200),
    ]
    mixed = [task for pair in zip(strange, honest, strict=False) for task in pair]
    mixed += [*honest[len(strange) :], *strange[len(honest) :]]
    report = room.grade(mixed, deadline_s=3.0)
    fine = {task.student for task in honest} | {"interrupt"}
    scores = room.scores()
    assert {s for s, points in scores.items() if points == FULL} == fine
    assert scores["victim"] == {grade_id: points / 2 for grade_id, points in FULL.items()}
    assert set(report.failures) == {task.student for task in strange} - {"interrupt", "victim"}
    assert report.graded == len(fine) + 1
    assert fake_grader.HIDDEN in report.failures["raise"].cause
    assert "died" in report.failures["die"].cause
    failed = set(report.failures) - {"../../over/there", "x" * 200}
    for student in failed:
        result = room.result(student)
        assert (result.points, result.digest) == (0.0, "")
        assert result.max_points == sum(FULL.values())
        assert [notice.code for notice in result.notices] == [NOT_GRADED]
        assert not any(part.passed for part in result.parts)
        assert fake_grader.HIDDEN not in result.to_json()
        assert set(scores[student].values()) == {None}
    assert set(room.written.values()) == {1}
    again = room.grade([room.task(student) for student in scores], workers=0)
    assert (again.graded, again.unchanged) == (len(failed), len(fine) + 1)


@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing_and_nothing_is_written_twice(room: Class) -> None:
    tasks = room.tasks(16, "take time")
    tasks[3] = room.task("student-3", "die once")
    report = room.grade(tasks)
    assert (report.graded, report.failures) == (16, {})
    assert room.scores() == {task.student: FULL for task in tasks}
    assert room.written == Counter(task.student for task in tasks)
    graded = times_graded(room.log)
    assert graded["student-3"] == 2
    assert max(graded.values()) == 2
    assert graded.total() <= len(tasks) + 2 * cluster.AHEAD


@pytest.mark.slow
def test_a_worker_killed_from_outside_loses_nothing(room: Class) -> None:
    killed: list[int] = []

    def kill_one(done: int, _total: int) -> None:
        if done == 4:
            killed.append(fake_grader.workers(room.log)[-1])
            os.kill(killed[0], signal.SIGKILL)

    report = room.grade(room.tasks(24, "take time"), progress=kill_one)
    assert (report.graded, report.failures) == (24, {})
    assert len(killed) == 1
    assert room.written == Counter(f"student-{n}" for n in range(24))
    assert max(times_graded(room.log).values()) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupt_keeps_what_was_graded_and_the_rest_is_graded_next(
    room: Class, workers: int
) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.grade(room.tasks(20, "take time"), workers=workers, progress=interrupt)
    kept = {result.student for result in room.store.results(TOPIC)}
    assert len(kept) == 5
    assert room.scores() == dict.fromkeys(kept, FULL)
    report = room.grade(room.tasks(20), workers=0)
    assert (report.graded, report.unchanged) == (15, 5)
    assert room.written == Counter(f"student-{n}" for n in range(20))
    graded = times_graded(room.log)
    assert {graded[student] for student in kept} == {1}


@pytest.mark.slow
def test_jobs_are_drawn_as_workers_become_free(room: Class) -> None:
    drawn, ahead = 0, []

    def jobs() -> Iterator[Task]:
        nonlocal drawn
        for task in room.tasks(60):
            drawn += 1
            yield task

    room.grade(jobs(), progress=lambda done, _total: ahead.append(drawn - done))
    assert drawn == 60
    assert max(ahead) <= 2 * cluster.AHEAD


@pytest.mark.slow
def test_on_a_cluster_of_ones_own(room: Class) -> None:
    tasks = [*room.tasks(6), room.task("die", "die")]
    with own_cluster() as own:
        report = room.grade(tasks, scheduler=own.scheduler_address)
        assert report.graded == 6
        assert list(report.failures) == ["die"]
        with Client(own) as client:
            assert client.submit(abs, -1).result() == 1


def test_workers_listen_on_the_loopback_and_to_nobody_else() -> None:
    with cluster._client(1, "") as client:
        info = client.scheduler_info()
        address = info["address"]
        assert all(a.startswith("tls://127.0.0.1:") for a in (address, *info["workers"]))
        for security in (None, Security.temporary()):
            plain = address if security else address.replace("tls://", "tcp://")
            with pytest.raises((OSError, TimeoutError)):
                Client(plain, security=security, timeout=2, set_as_default=False)


def test_one_part_is_graded_among_the_others(room: Class) -> None:
    part, grade_id, most = room.task("anna").cells[1]
    room.grade([room.task("anna", share=0.5), room.task("bert", share=0.5)], workers=0)
    report = room.grade([room.task("anna", part=part)], workers=0)
    assert report.graded == 1
    halves = {grade_id: points / 2 for grade_id, points in FULL.items()}
    assert room.scores() == {"anna": {**halves, grade_id: most}, "bert": halves}
    anna = room.result("anna")
    assert {p.grade_id: p.points for p in anna.parts} == {**halves, grade_id: most}
    assert [p.grade_id for p in anna.parts] == list(FULL)
    assert anna.digest == "first"
    assert room.grade([room.task("anna")], workers=0).unchanged == 1


def test_one_part_of_other_tests_leaves_the_whole_to_be_graded_again(room: Class) -> None:
    part = room.task("anna").cells[0][0]
    room.grade([room.task("anna")], workers=0)
    room.grade([room.task("anna", part=part, digest="second", share=0.0)], workers=0)
    assert room.result("anna").digest == ""
    assert room.grade([room.task("anna", digest="second")], workers=0).graded == 1


def test_one_part_of_a_student_without_a_result_is_graded_with_all_others(room: Class) -> None:
    part = room.task("anna").cells[0][0]
    room.grade([room.task("anna", part=part)], workers=0)
    assert {p.grade_id: p.points for p in room.result("anna").parts} == FULL


@pytest.mark.slow
def test_what_no_worker_can_do_is_an_error_and_no_grade(room: Class) -> None:
    class Elsewhere:
        def __call__(self, task: Task) -> GradedHandIn:
            return fake_grader.grade(task)

        def __reduce__(self) -> tuple[Any, ...]:
            return importlib.import_module, ("nowhere_at_all",)

    with room.records() as records, pytest.raises(RuntimeError, match="deserialization"):
        grade_class(room.tasks(3), Elsewhere(), room.store, records, workers=1)
    assert room.scores() == {}
    assert list(room.store.results(TOPIC)) == []
