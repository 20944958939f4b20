"""nbgrader's settings: `nbgrader generate_assignment roofline --force` and the rest, from here.

The hidden tests and the reference package are put on the path, so that graded cells can import
them where an author runs the source notebooks.  Set COURSE_SECRET in the environment to draw
other random cases than those that anybody can draw from the public sources.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PATHS = [str(ROOT / "src"), str(ROOT / "tests")]
sys.path[:0] = [path for path in PATHS if path not in sys.path]


def put_first(variable: str, *paths: str, usual: str = "") -> None:
    """Put paths at the head of a variable like PATH, once."""
    known = filter(None, os.environ.get(variable, usual).split(os.pathsep))
    os.environ[variable] = os.pathsep.join(dict.fromkeys((*paths, *known)))


put_first("PYTHONPATH", *PATHS)
put_first("PATH", str(Path(sys.executable).parent), usual=os.defpath)  # nbgrader calls alembic

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "parallelism-and-hardware"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# Hand-ins are taken in before nbgrader reads them, and run in a sandbox beside the hidden tests.
c.Autograde.exporter_class = "coursework.nbgrader_hooks.IntakeExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "coursework.nbgrader_hooks.SandboxedExecute",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Limits on one hand-in; the names and their usual values are in src/coursework/limits.py.
c.SandboxedExecute.limits = {}

# What a student gets back: the message of a failed check, and nothing of the hidden tests.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "coursework.feedback.MessagesOnly",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.sanitize.SanitizeHTML",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.SanitizeHTML.enabled = True
