"""Hand-ins a minute: stock nbgrader beside this course's grading, on the same hand-ins in one run.

`bench_grading.py` grades the sample class twice over with both and prints the ratio.
`bench_grading.py --scale 2000` grades ever larger classes with this course's grading alone, and
prints how time and memory grow.  Nothing in the checkout is touched.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from coursework import classroom, course, sample_class
from coursework.jobs import SUBMITTED
from coursework.sandbox import ladder

ROOT = Path(__file__).resolve().parents[1]
STOCK = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
"""


def classroom_of(directory: Path, topic: str, count: int) -> int:
    """Fill a course directory with `count` hand-ins: the sample class, as often as needed."""
    students = [hand_in.student for hand_in in sample_class.hand_in(ROOT, topic, directory)]
    place = directory / SUBMITTED
    for number in range(len(students), count):
        like = students[number % len(students)]
        shutil.copytree(place / like, place / f"{like}-{number // len(students)}")
    for student in students[count:]:
        shutil.rmtree(place / student)
    return len(list(place.iterdir()))


def stock(directory: Path, topic: str) -> float:
    """Seconds that nbgrader's own `autograde` takes for the hand-ins in a directory."""
    shutil.copytree(ROOT / course.SOURCE, directory / course.SOURCE)
    (directory / course.SETTINGS).write_text(STOCK)
    paths = os.pathsep.join(str(ROOT / name) for name in ("src", "tests"))
    environment = os.environ | {
        "PYTHONPATH": paths,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    nbgrader = [sys.executable, "-m", "nbgrader"]
    for step in ("generate_assignment", "autograde"):
        began = time.perf_counter()
        done = subprocess.run(
            [*nbgrader, step, topic],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"nbgrader {step} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def ours(directory: Path, topic: str) -> float:
    """Seconds that this course's grading takes, with the pages for students and instructor."""
    began = time.perf_counter()
    done = classroom.grade(ROOT, directory, topic, ladder.best())
    if done.batch.failures or done.refused:
        raise RuntimeError(f"not graded: {done.batch.failures} {done.refused}")
    return time.perf_counter() - began


def compare(topic: str, count: int) -> None:
    """Both on the same hand-ins."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("stock", "ours"):
            classroom_of(Path(scratch, name), topic, count)
        stock_s = stock(Path(scratch, "stock"), topic)
        ours_s = ours(Path(scratch, "ours"), topic)
    for name, seconds in (("stock nbgrader", stock_s), ("this course", ours_s)):
        rate = 60 * count / seconds
        print(f"{name:>15}: {count} hand-ins in {seconds:6.1f} s, {rate:7.1f} a minute")
    print(f"{'ratio':>15}: {stock_s / ours_s:.1f}")


def scale(topic: str, most: int) -> None:
    """This course's grading on ever larger classes."""
    print("hand-ins  seconds  ms each  peak MB: coordinator  its largest worker")
    for count in (most // 8, most // 4, most // 2, most):
        with tempfile.TemporaryDirectory() as scratch:
            classroom_of(Path(scratch), topic, count)
            seconds = ours(Path(scratch), topic)
        peaks = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        own_mb, worker_mb = (resource.getrusage(who).ru_maxrss * 1024 / 1e6 for who in peaks)
        each_ms = 1000 * seconds / count
        print(
            f"{count:8d}  {seconds:7.1f}  {each_ms:7.1f}  {own_mb:20.0f}  {worker_mb:18.0f}",
            flush=True,
        )


def main() -> None:
    """Run what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hand-ins", type=int, default=86)
    asked.add_argument("--scale", type=int, default=0)
    chosen = asked.parse_args()
    topic = course.topics(ROOT)[0]
    if chosen.scale:
        scale(topic, chosen.scale)
    else:
        compare(topic, chosen.hand_ins)


if __name__ == "__main__":
    main()
