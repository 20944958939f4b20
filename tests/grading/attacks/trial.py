"""The whole suite graded as one class, and what each attack gained, lost, stopped or leaked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coursework import classroom
from coursework.limits import Limits
from coursework.results import HandInResult
from coursework.sandbox import ladder
from coursework.store import NOT_GRADED, Store
from grading.attacks import ALL, CLASSES, TOPIC, Attack
from grading.attacks.scene import VICTIM, Scene, active, hidden_inputs, left_over

MB: Final = 10**6
SHORT: Final = Limits(
    cell_s=5.0,
    call_s=2.0,
    part_s=6.0,
    hand_in_s=25.0,
    memory_bytes=512 * MB,
    file_bytes=16 * MB,
)


def grade_all(root: Path, limits: Limits) -> dict[str, HandInResult]:
    """Grade everything that was handed in below `root` as one batch: the results by student."""
    classroom.grade(root, root, TOPIC, ladder.best(), classroom.Choice(workers=2), limits)
    return {result.student: result for result in Store(root).results(TOPIC)}


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one attack, against what its student is entitled to."""

    attack: Attack
    stopped: str
    gained: float
    lost: float
    leaks: tuple[str, ...]
    misread: str = ""
    complaints: tuple[str, ...] = ()

    @property
    def troubles(self) -> list[str]:
        """What is wrong, in words; nothing where all is as it has to be."""
        words = [self.stopped, self.misread, *self.leaks]
        words += [f"gained {self.gained:g} points that it is not entitled to"] * (self.gained > 0)
        words += [f"lost {self.lost:g} points that it is entitled to"] * (self.lost > 0)
        words += self.complaints
        return [word for word in words if word]


@dataclass(slots=True)
class Trial:
    """The rows, and what no single attack can be blamed for."""

    rows: list[Row] = field(default_factory=list)
    shared_leaks: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    planted: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    victim: HandInResult | None = None


def hold(scene: Scene, attacks: Sequence[Attack], limits: Limits = SHORT) -> Trial:
    """Hand all attacks in, grade them as one class, and look at everything afterwards."""
    for attack in attacks:
        attack.hand_in(scene.desk(attack.student))
    before = scene.inputs()
    with left_over() as processes:
        results = grade_all(scene.root, limits)
    after = scene.inputs()
    leaks = _leaks(scene, attacks)
    trial = Trial(heard=scene.heard(), planted=scene.planted(), victim=results.get(VICTIM))
    trial.left_over += processes
    trial.changed += [path for path in {**before, **after} if before.get(path) != after.get(path)]
    points = _points(scene)
    for attack in attacks:
        told = tuple(leaks.pop(attack.student, ()))
        trial.rows.append(judged(attack, results.get(attack.student), points, told))
    trial.shared_leaks += [leak for told in leaks.values() for leak in told]
    return trial


def judged(
    attack: Attack,
    result: HandInResult | None,
    points: Mapping[str, float],
    leaks: tuple[str, ...] = (),
) -> Row:
    """A result held against the entitlement; `points` are those of each part."""
    if result is None:
        stopped = "" if attack.refusable else "it was never graded"
        return Row(attack, stopped, 0.0, 0.0, leaks)
    given = {part.part: part for part in result.parts}
    ends = [notice.code for notice in result.notices if notice.code == NOT_GRADED]
    earned = {name: part.points for name, part in given.items()}
    due = {name: points[name] if name in attack.earns else 0.0 for name in given}
    gained = sum(max(0.0, earned[name] - due[name]) for name in given)
    lost = sum(max(0.0, points[name] - earned.get(name, 0.0)) for name in attack.keeps)
    (wrong,) = ALL - attack.earns if attack.misconception else ("",)
    seen = given[wrong].misconception if wrong in given else ""
    misread = "" if seen == attack.misconception else f"{wrong} was taken for {seen!r}"
    missed = [name for name in sorted(attack.keeps) if earned.get(name, 0.0) < points[name]]
    said = tuple(f"{name}: {given[name].failed}" for name in missed if name in given)
    return Row(attack, ", ".join(ends), gained, lost, leaks, misread, said)


def _points(scene: Scene) -> dict[str, float]:
    cells = (cell.metadata.get("nbgrader", {}) for cell in scene.exercise.released.cells)
    graded = [fields for fields in cells if fields.get("grade")]
    return {fields["grade_id"].split("-")[2]: float(fields["points"]) for fields in graded}


def _leaks(scene: Scene, attacks: Iterable[Attack]) -> dict[str, list[str]]:
    """What turned up in files that grading wrote, by the student whose file it is ("" for all)."""
    students = {attack.student for attack in attacks} | {VICTIM}
    secrets = {text: f"canary of the {name}" for name, text in scene.canaries.items()}
    secrets |= {text: f"hidden input {text}" for text in hidden_inputs()}
    secrets |= {text: f"{text} of {a.name}" for a in attacks for text in a.leaks}
    wanted = {text.encode(): what for text, what in secrets.items()}
    found: dict[str, list[str]] = {}
    for place, data in scene.written():
        owners = {*place.parts, place.stem, place.name.removesuffix(".html")} & students
        owner = min(owners, default="")
        told = [what for text, what in wanted.items() if text in data]
        if owner == VICTIM:
            told = [what for what in told if what != f"canary of the {VICTIM}"]
        told += [f"active content {tag}" for tag in active(data)] * (place.suffix == ".html")
        found.setdefault(owner, []).extend(f"{what} in {place}" for what in told)
    return found


def table(rows: Iterable[Row], *, troubled: bool = False) -> str:
    """The rows as text, and a line of sums for each class; with `troubled`, only bad rows."""
    rows = list(rows)
    lines = [f"{'attack':<42} {'gained':>6} {'lost':>6} {'stopped':>7} {'leaks':>5}  tries"]
    for group in CLASSES:
        inside = [row for row in rows if row.attack.group == group]
        lines += ["", *([group] if inside else [])]
        for row in inside:
            if row.troubles or not troubled:
                lines.append(_line(row.attack.name, [row], row.attack.tries))
        if inside:
            lines.append(_line(f"  {len(inside)} hand-ins in all", inside, ""))
    lines += ["", _line(f"{len(rows)} hand-ins", rows, "")]
    return "\n".join(line.rstrip() for line in lines)


def _line(name: str, rows: Sequence[Row], tries: str) -> str:
    gained, lost = sum(row.gained for row in rows), sum(row.lost for row in rows)
    stopped, leaks = sum(bool(row.stopped) for row in rows), sum(len(row.leaks) for row in rows)
    return f"{name:<42} {gained:6g} {lost:6g} {stopped:7} {leaks:5}  {tries}"
