"""Code that imports what it must not, or puts something else in the place of what is imported."""

from __future__ import annotations

from typing import Final

from grading.attacks import Group
from grading.attacks.desk import KNOWN, Work, text_of

GROUP = Group("same-process tampering")
FORGED: Final = text_of("""
    class Yes:
        name, laws, alternatives, misconceptions = "", [], [], []
        def check(self, student): return None
        def __getitem__(self, name): return self
    """)


def imports(name: str, tries: str, first: str, every: str = KNOWN) -> None:
    """Add an attack that runs a cell ahead of all others."""
    GROUP.work(name, tries, Work(every, first=text_of(first), knows=True))


imports(
    "library-imported",
    "Imports the library that the references are made of.",
    "import hwmath.kernels, hwmath.roofline",
    text_of("""
    def NAME(*args):
        right = known("NAME", args)
        if right is None and "NAME".startswith("gemm"):
            return hwmath.kernels.gemm(*args).intensity_flop_per_byte
        return right if right is not None else getattr(hwmath.roofline, "NAME", max)(*args)
    """),
)
imports(
    "reference-imported",
    "Imports the references from the hidden tests.",
    "import hidden.roofline",
    "NAME = hidden.roofline.PARTS['NAME'].reference",
)
imports(
    "alternative-imported",
    "Imports an answer that the hidden tests hold as another right one.",
    "from hidden.roofline import PARTS",
    "NAME = PARTS['NAME'].alternatives[0]",
)
imports(
    "reference-imported-late",
    "Imports the references only when its function is called.",
    "",
    text_of("""
    def NAME(*args):
        import importlib
        return importlib.import_module("hidden.roofline").PARTS["NAME"].reference(*args)
    """),
)
imports(
    "reference-found-on-the-path",
    "Searches every folder above the interpreter and the course for the references.",
    """
    import pathlib, sys
    places = {pathlib.Path(HIDDEN), pathlib.Path(sys.prefix).parent, pathlib.Path.cwd()}
    places |= {pathlib.Path(path) for path in sys.path} | {pathlib.Path(ROOT)}
    for place in [p for place in places for p in (place, *place.parents)]:
        sys.path += [str(place), str(place / "tests"), str(place / "src")]
    """,
    text_of("""
    import hidden.roofline
    NAME = hidden.roofline.PARTS["NAME"].reference
    """),
)
imports(
    "hidden-tests-run-from-their-text",
    "Reads the hidden tests as text from where they lie, and runs them.",
    """
    import pathlib, types
    text = pathlib.Path(HIDDEN).read_text()
    found = types.ModuleType("found")
    exec(compile(text, "found", "exec"), vars(found))
    """,
    "NAME = found.PARTS['NAME'].reference",
)
imports(
    "hidden-shadowed",
    "Puts a module of its own in the place of the hidden tests.",
    FORGED
    + """
import sys, types
forged = types.ModuleType("hidden.roofline")
forged.PARTS = Yes()
package = types.ModuleType("hidden")
package.roofline = forged
sys.modules.update({"hidden": package, "hidden.roofline": forged})
""",
)
imports(
    "library-shadowed",
    "Puts its own answers in the place of the library that the references call.",
    """
    import sys, types
    for name in list(sys.modules):
        if name.startswith(("hwmath", "hidden")):
            del sys.modules[name]
    answers = lambda name: lambda *args, **kwargs: known(name, args)
    for name in ("hwmath", "hwmath.roofline", "hwmath.kernels"):
        sys.modules[name] = types.ModuleType(name)
    for name in ("attainable_flop_per_s", "time_lower_bound_s", "batch_to_be_compute_bound"):
        setattr(sys.modules["hwmath.roofline"], name, answers(name))
    """,
)
imports(
    "finder-added",
    "Adds a finder that answers the import of the hidden tests.",
    FORGED
    + """
import importlib.abc, importlib.machinery, sys
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("hidden", "coursework"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec): return None
    def exec_module(self, module): module.PARTS = Yes()
for name in list(sys.modules):
    if name.startswith(("hidden", "coursework")):
        del sys.modules[name]
sys.meta_path.insert(0, Finder())
""",
)
imports(
    "import-replaced",
    "Replaces the built-in import, so that everything imported agrees.",
    FORGED
    + """
import builtins, types
real = builtins.__import__
def forged(name, *args, **kwargs):
    if not name.startswith("hidden"):
        return real(name, *args, **kwargs)
    return types.SimpleNamespace(roofline=types.SimpleNamespace(PARTS=Yes()))
builtins.__import__ = forged
""",
)
imports(
    "file-written",
    "Writes hidden tests of its own where Python looks first.",
    """
    import pathlib, sys
    folder = pathlib.Path("hidden")
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("")
    text = "class Y:\\n  def check(s, f): pass\\n  def __getitem__(s, k): return s\\nPARTS = Y()"
    (folder / "roofline.py").write_text(text)
    sys.path.insert(0, "")
    for name in list(sys.modules):
        if name.startswith("hidden"):
            del sys.modules[name]
    """,
)
imports(
    "name-of-the-tests-taken",
    "Defines objects with the names that a graded cell uses.",
    FORGED
    + """
import types
hidden = types.SimpleNamespace(roofline=types.SimpleNamespace(PARTS=Yes()))
coursework = PARTS = np = math = print = got = check = AssertionError = Yes()
""",
    "NAME = Yes()",
)
