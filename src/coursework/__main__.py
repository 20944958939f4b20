"""`python -m coursework <command>`, from the course's root; `--help` lists the commands."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from coursework import classroom, course, export, own_work, sample_class
from coursework.grading import secret_fingerprint
from coursework.parts import PUBLIC_SEED, SEED_VARIABLE
from coursework.progress import Bar
from coursework.sandbox import ladder
from coursework.sandbox.bubblewrap import NoSandboxError
from coursework.sandbox.ladder import Rung
from coursework.store import Store


def release(root: Path, _: argparse.Namespace) -> int:
    """Regenerate the released notebooks and say which of them changed."""
    for path, changed in course.release(root):
        print(f"{path.relative_to(root)}: {'changed' if changed else 'as before'}")
    return 0


def grade_sample(root: Path, chosen: argparse.Namespace) -> int:
    """Grade the sample class of every topic; 1 if a grade or a hint is not as planned."""
    surprises = 0
    for topic in course.topics(root):
        directory = root / "_build" / "sample_class" / topic
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        with Bar(topic) as bar:
            rows = sample_class.grade(root, topic, directory, rung(chosen), bar)
        print(f"\n{topic}\n{sample_class.table(rows)}")
        for row in rows:
            for surprise in row.surprises:
                print(f"{row.student}: {surprise}")
        surprises += sum(bool(row.surprises) for row in rows)
        print(f"\n{len(rows)} hand-ins, {surprises} not as planned; all of it is in {directory}")
    return 1 if surprises else 0


def grade(root: Path, chosen: argparse.Namespace) -> int:
    """Grade one notebook and print what each part earned."""
    graded = own_work.grade(root, chosen.notebook, rung(chosen))
    for notice in graded.notices:
        print(f"* {notice.text}")
    for part in graded.parts:
        print(f"{part.points:g} of {part.max_points:g}  {part.part}")
        for line in part.message.splitlines():
            print(f"        {line}")
    parts = graded.parts
    print(f"{sum(p.points for p in parts):g} of {sum(p.max_points for p in parts):g}  in all")
    return 0


def grade_class(root: Path, chosen: argparse.Namespace) -> int:
    """Grade what a class handed in; 1 if a hand-in could not be graded."""
    known_topic(root, chosen.topic)
    secret = secret_fingerprint()
    which = f"your {SEED_VARIABLE} ({secret})" if secret != PUBLIC_SEED else "the public sources"
    print(f"Sandbox: {rung(chosen)}. Hidden cases are drawn from {which}.")
    choice = classroom.Choice(
        students=chosen.student,
        part=chosen.part,
        workers=chosen.workers,
        scheduler=chosen.scheduler,
        force=chosen.force,
        db_url=chosen.db,
    )
    with Bar(chosen.topic) as bar:
        done = classroom.grade(root, root, chosen.topic, rung(chosen), choice, progress=bar)
    print(f"{done.batch.graded} graded, {done.batch.unchanged} unchanged since the last time.")
    for folder in done.refused:
        print(f"not graded: {folder.student}: {folder.refused.text if folder.refused else ''}")
    for result in done.unread:
        why = " ".join(notice.text for notice in result.notices) or "no function could be called"
        print(f"zero points, look at it: {result.student}: {why}")
    for student, failure in done.batch.failures.items():
        print(f"not graded: {student}: {failure.reason}")
    for cause in dict.fromkeys(failure.cause for failure in done.batch.failures.values()):
        print(f"\n{cause.strip()}", file=sys.stderr)
    print(f"Class page: {root / 'feedback' / f'{chosen.topic}-class.html'}")
    return 1 if done.batch.failures else 0


def export_grades(root: Path, chosen: argparse.Namespace) -> int:
    """Write the grades of a topic for another system."""
    results = list(Store(root).results(known_topic(root, chosen.topic)))
    if not results:
        raise ValueError(f"nothing is graded yet for {chosen.topic!r}: grade-class comes first")
    names = {"column": chosen.column, "id_column": chosen.id_column}
    report = export.write(chosen.form, results, chosen.to, template=chosen.template, **names)
    print(report)
    return 0


def install_kernel(_: Path, __: argparse.Namespace) -> int:
    """Add the sandboxed kernel to this environment."""
    from coursework import provisioner

    print(f"Python 3 (sandboxed): {provisioner.install(Path(sys.prefix))}")
    return 0


def known_topic(root: Path, topic: str) -> str:
    """The topic, if there is one of this name.

    Raises: ValueError, with the topics that there are.
    """
    there = course.topics(root)
    if topic not in there:
        raise ValueError(f"{topic!r} is no topic; the topics are {', '.join(there)}")
    return topic


def count(text: str) -> int:
    """A number of workers.

    Raises: ValueError for what is none.
    """
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def rung(chosen: argparse.Namespace) -> Rung:
    """The sandbox to use.

    Raises: NoSandboxError where there is none and that was not accepted.
    """
    return "none" if chosen.no_sandbox else ladder.best()


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m coursework", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, words: str, run: object) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(run=run, no_sandbox=False)
        return added

    def graded(name: str, words: str, run: object) -> argparse.ArgumentParser:
        added = command(name, words, run)
        waiver = "run students' code unconfined; the grades say so"
        added.add_argument("--no-sandbox", action="store_true", help=waiver)
        return added

    command("release", "regenerate the released notebooks", release)
    graded("grade-sample", "grade the sample class", grade_sample)
    one = graded("grade", "grade one notebook", grade)
    one.add_argument("notebook", type=Path)
    many = graded("grade-class", "grade what a class handed in", grade_class)
    many.add_argument("topic")
    many.add_argument("--student", action="append", default=[], help="only this one; repeatable")
    many.add_argument("--part", default="", help="only this part, by its function's name")
    many.add_argument("--force", action="store_true", help="grade what has not changed, too")
    many.add_argument("--workers", type=count, help="processes on this machine (0: none but this)")
    many.add_argument("--scheduler", default="", help="the address of a Dask scheduler")
    many.add_argument("--db", default="", help="the gradebook, e.g. postgresql+psycopg://...")
    out = command("export", "write the grades for another system", export_grades)
    out.add_argument("topic")
    out.add_argument("--form", choices=sorted(export.FORMS), default="csv")
    out.add_argument("--template", type=Path, help="a file that the other system exported")
    out.add_argument("--column", default="", help="the template's column for the grades")
    out.add_argument("--id-column", default="", help="the template's column with students' ids")
    out.add_argument("--to", type=Path, required=True)
    command("install-kernel", "add a sandboxed kernel to Jupyter", install_kernel)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named in `arguments`."""
    chosen = parser().parse_args(arguments)
    root = Path.cwd()
    if not (root / course.SETTINGS).is_file():
        print(f"There is no {course.SETTINGS} in {root}; run this from the course's root.")
        return 2
    try:
        return int(chosen.run(root, chosen))
    except (ValueError, OSError, NoSandboxError, SQLAlchemyError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept; the same command does the rest.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
