"""One student for each named misconception: wrong in one part, right in all others."""

from __future__ import annotations

from hidden.roofline import PARTS

from coursework.sample_class import source_of
from grading.attacks import ALL, Group
from grading.attacks.desk import Work

GROUP = Group("wrong by misconception")

for part in PARTS.values():
    for wrong in part.misconceptions:
        GROUP.work(
            f"{part.name}--{wrong.name}".replace("_", "-"),
            f"Holds a misconception in one part: {wrong.name.replace('_', ' ')}.",
            Work(answers={part.name: source_of(wrong.function, part.name)}),
            ALL - {part.name},
            misconception=wrong.name,
        )
