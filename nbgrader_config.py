"""nbgrader's settings: `nbgrader generate_assignment roofline --force` and the rest, from here.

The hidden tests and the reference package are put on the path of every kernel, so that a graded
cell can import them.  Set COURSE_SECRET in the environment to draw other random cases than
those that anybody can draw from the public sources.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PATHS = [str(ROOT / "src"), str(ROOT / "tests")]
sys.path[:0] = [path for path in PATHS if path not in sys.path]


def put_first(variable: str, *paths: str) -> None:
    """Put paths at the head of a variable like PATH, once."""
    known = filter(None, os.environ.get(variable, "").split(os.pathsep))
    os.environ[variable] = os.pathsep.join(dict.fromkeys((*paths, *known)))


put_first("PYTHONPATH", *PATHS)
put_first("PATH", str(Path(sys.executable).parent))  # nbgrader calls alembic by its name

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "parallelism-and-hardware"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# A cell that never ends is stopped; the cells after it still run and keep their points.
LIMIT_S = 30
STOPPED = (
    f"This cell ran for {LIMIT_S} seconds and was stopped. Does every loop in it come to an end?"
)
c.Execute.timeout = LIMIT_S
c.Execute.interrupt_on_timeout = True
c.Execute.error_on_timeout = {"ename": "Stopped", "evalue": STOPPED, "traceback": [STOPPED]}
c.Execute.extra_arguments = ["--IPKernelApp.log_level=40"]

# A copied cell becomes an ordinary one, a deleted check comes back: neither stops the batch.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "coursework.hand_ins.PlainCopies",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.OverwriteCells.add_missing_cells = True

# A warning or a line on stderr costs no points.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\s\S]*"

# What a student gets back: the message of a failed check, and nothing of the hidden tests.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "coursework.feedback.MessagesOnly",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.sanitize.SanitizeHTML",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.SanitizeHTML.enabled = True
