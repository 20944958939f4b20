"""`python -m coursework release`, `grade-sample` or `grade NOTEBOOK`, from the course's root."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from coursework import course, own_work, sample_class

DIED = "Python ended while the notebook ran. Is there an exit() in it, or too much memory used?"


def release(root: Path) -> int:
    """Regenerate the released notebooks and say which of them changed."""
    for path, changed in course.release(root):
        print(f"{path.relative_to(root)}: {'changed' if changed else 'as before'}")
    return 0


def grade_sample(root: Path) -> int:
    """Grade the sample class of every topic; 1 if a grade or a hint is not as planned."""
    surprises = 0
    for topic in course.topics(root):
        directory = root / "_build" / "sample_class" / topic
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        rows = []
        for row in sample_class.grade(root, topic, directory):
            rows.append(row)
            verdict = "; ".join(row.surprises) or "as planned"
            print(f"{topic}: {row.student}: {row.total:g} points, {verdict}", flush=True)
        print(f"\n{topic}\n{sample_class.table(rows)}")
        surprises += sum(bool(row.surprises) for row in rows)
        print(f"\n{len(rows)} hand-ins, {surprises} not as planned; all of it is in {directory}")
    return 1 if surprises else 0


def grade(root: Path, path: Path) -> int:
    """Grade one notebook and print what each part earned; 1 if it is no exercise."""
    if not path.is_file():
        print(f"{path}: there is no such file", file=sys.stderr)
        return 1
    try:
        rows = list(own_work.grade(root, path))
    except (OSError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    except RuntimeError as error:
        if "DeadKernelError" not in str(error):
            raise
        print(f"{path}: {DIED}", file=sys.stderr)
        return 1
    for row in rows:
        print(f"{row.points:g} of {row.cell.points:g}  {row.cell.part}")
        for line in row.message.splitlines():
            print(f"        {line}")
    print(f"{sum(r.points for r in rows):g} of {sum(r.cell.points for r in rows):g}  in all")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command named in `arguments`."""
    parser = argparse.ArgumentParser(prog="python -m coursework", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("release", help="regenerate the released notebooks")
    commands.add_parser("grade-sample", help="grade the sample class")
    one = commands.add_parser("grade", help="grade one notebook")
    one.add_argument("notebook", type=Path)
    chosen = parser.parse_args(arguments)
    root = Path.cwd()
    if not (root / course.SETTINGS).is_file():
        parser.error(f"there is no {course.SETTINGS} in {root}; run this from the course's root")
    if chosen.command == "grade":
        return grade(root, chosen.notebook)
    return {"release": release, "grade-sample": grade_sample}[chosen.command](root)


if __name__ == "__main__":
    sys.exit(main())
