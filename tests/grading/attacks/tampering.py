"""Code that changes what a check runs on, or looks into it, in the process that they share.

No student here has a right answer.  They know the answers to the visible checks, and the rest
has to come from the process.
"""

from __future__ import annotations

from typing import Final

from grading.attacks import Group
from grading.attacks.desk import KNOWN, Work, text_of

GROUP = Group("same-process tampering")
EQUAL: Final = text_of("""
    class Equal:
        def __call__(self, *args, **kwargs): return self
        def __getattr__(self, name): return self
        def __eq__(self, other): return True
        __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
        def __bool__(self): return True
        __hash__ = object.__hash__
    """)


def tampers(name: str, tries: str, first: str, every: str = KNOWN) -> None:
    """Add an attack that runs a cell ahead of all others."""
    GROUP.work(name, tries, Work(every, first=text_of(first), knows=True))


tampers("only-the-visible", "Returns the answers to the visible checks, and nothing else.", "")
tampers(
    "check-replaced",
    "Replaces the hidden check by a function that passes everything.",
    """
    import coursework.parts
    coursework.parts.Part.check = lambda self, student: None
    """,
)
tampers(
    "check-recoded",
    "Exchanges the compiled code of the hidden check, which leaves all names as they are.",
    """
    import coursework.parts
    coursework.parts.Part.check.__code__ = (lambda self, student: None).__code__
    """,
)
tampers(
    "complaint-replaced",
    "Takes away the complaints of the hidden check, and its laws.",
    """
    import coursework.parts
    coursework.parts.Part._complaint = lambda *args: ""
    coursework.parts.Part._try = lambda *args: None
    """,
)
tampers(
    "comparison-replaced",
    "Makes every outcome of a call equal to every other, and drops the laws.",
    """
    import coursework.calls, coursework.parts, hidden.roofline
    coursework.calls.Outcome.same_as = lambda self, other: True
    for part in hidden.roofline.PARTS.values():
        part.laws.clear()
    """,
)
tampers(
    "reference-replaced",
    "Makes its own answer the reference, and drops the laws.",
    """
    import hidden.roofline
    for part in hidden.roofline.PARTS.values():
        part.laws.clear()
        part.reference = lambda *args, name=part.name: known(name, args)
        part.keys.clear()
    """,
)
tampers(
    "cases-replaced",
    "Replaces the hidden cases by none, and drops the laws.",
    """
    import hidden.roofline
    for part in hidden.roofline.PARTS.values():
        part.laws.clear()
        part.cases = lambda rng: iter(())
        part.keys.clear()
    """,
)
tampers(
    "numpy-replaced",
    "Replaces the comparisons of NumPy and math by ones that always agree.",
    """
    import math, numpy
    for module in (numpy, math):
        for name in ("all", "any", "isclose", "allclose", "array_equal"):
            if hasattr(module, name):
                setattr(module, name, lambda *args, **kwargs: True)
    """,
    "def NAME(*args):\n    right = known('NAME', args)\n    return 1.0 if right is None else right",
)
tampers(
    "zip-replaced",
    "Replaces the built-ins that a check loops and compares with.",
    """
    import builtins
    import hidden.roofline
    builtins.zip = lambda *args, **kwargs: iter(())
    builtins.all = builtins.any = builtins.isinstance = lambda *args: True
    hidden.roofline.Part = None
    for part in hidden.roofline.PARTS.values():
        part.laws.clear()
    """,
)
tampers(
    "asserts-that-pass",
    "Makes every exception of a check one that Jupyter takes for the end of a good cell.",
    """
    import builtins
    import coursework.parts
    class Fine(BaseException): pass
    builtins.AssertionError = coursework.parts.PartFailed = Fine
    get_ipython().showtraceback = lambda *args, **kwargs: None
    get_ipython().set_custom_exc((BaseException,), lambda *args, **kwargs: None)
    """,
)
tampers(
    "traced",
    "Traces the hidden check and jumps over its complaints and its laws.",
    """
    import inspect, sys
    def lines(frame, text):
        source, start = inspect.getsourcelines(frame.f_code)
        return [start + n for n, line in enumerate(source) if line.strip() == text]
    def tracer(frame, event, arg):
        wanted = {"_complaint": 'return ""', "_try": "return"}.get(frame.f_code.co_name)
        if wanted and event == "line" and frame.f_lineno not in lines(frame, wanted):
            try:
                frame.f_lineno = lines(frame, wanted)[0]
            except (ValueError, IndexError):
                pass
        return tracer
    sys.settrace(tracer)
    """,
)
tampers(
    "profiled",
    "Profiles every call, to read the reference's answers as they return.",
    """
    import sys
    returned = {}
    def watch(frame, event, arg):
        if event == "return" and frame.f_code.co_filename.endswith(("roofline.py", "kernels.py")):
            returned[frame.f_code.co_name] = arg
    sys.setprofile(watch)
    """,
    "def NAME(*args):\n    return returned.get('NAME', known('NAME', args))",
)
tampers(
    "frames-walked",
    "Walks up the frames from inside its function, to the check and its reference.",
    "import sys",
    text_of("""
    def NAME(*args):
        frame = sys._getframe()
        while frame is not None:
            checker = frame.f_locals.get("self")
            if hasattr(checker, "reference"):
                return checker.reference(*args)
            frame = frame.f_back
        return known("NAME", args)
    """),
)
tampers(
    "traceback-walked",
    "Raises, to walk the frames of the traceback up to the check.",
    "",
    text_of("""
    def NAME(*args):
        try:
            raise ValueError
        except ValueError as error:
            frame = error.__traceback__.tb_frame
        seen = [frame.f_locals]
        while frame := frame.f_back:
            seen += [frame.f_locals, frame.f_globals]
        for names in seen:
            for value in list(names.values()):
                if getattr(value, "name", "") == "NAME" and hasattr(value, "reference"):
                    return value.reference(*args)
        return known("NAME", args)
    """),
)
tampers(
    "memory-searched",
    "Asks the garbage collector for the reference.",
    "import gc",
    text_of("""
    found = []
    def NAME(*args):
        for thing in found or gc.get_objects():
            if type(thing).__name__ == "Part" and thing.name == "NAME":
                found[:] = [thing]
                return thing.reference(*args)
        return known("NAME", args)
    """),
)
tampers(
    "subclasses-searched",
    "Climbs from a plain object to every class, and from a class to the check's module.",
    "import sys",
    text_of("""
    def NAME(*args):
        for cls in object.__subclasses__():
            if cls.__module__.startswith(("coursework", "hidden", "hwmath")):
                return sys.modules["hidden.roofline"].PARTS["NAME"].reference(*args)
        return known("NAME", args)
    """),
)
tampers(
    "inputs-changed",
    "Empties every array that it is given, so that a law compares zero with zero.",
    "import copy\ncopy.deepcopy = lambda value, memo=None: value",
    text_of("""
    def NAME(*args):
        right = known("NAME", args)
        for value in args:
            if hasattr(value, "fill") and right is None:
                value.setflags(write=True)
                value.fill(0)
        return value * 0 if right is None else right
    """),
)
tampers(
    "secret-changed",
    "Sets the course's secret to none, and knows all answers of the public cases.",
    "import os\nos.environ['COURSE_SECRET'] = ''\nKNOWN = PUBLIC",
)
tampers(
    "public-cases",
    "Knows all answers to the cases that anybody can draw from the public sources.",
    "KNOWN = PUBLIC",
)
tampers(
    "everything-replaced",
    "Replaces every function of every module that is no part of Python by one that agrees.",
    f"""
{EQUAL}
    """
    + """
import sys
import hidden.roofline
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in ("coursework", "hidden", "hwmath", "guest"):
        for key, value in list(vars(module).items()):
            if callable(value) and not key.startswith("__"):
                setattr(module, key, Equal())
hidden.roofline.PARTS = dict.fromkeys(hidden.roofline.PARTS, Equal())
    """,
)
