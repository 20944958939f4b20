"""Answers that are no answers: values that agree with everything, or that break who reads them."""

from __future__ import annotations

import textwrap

from grading.attacks import Group
from grading.attacks.desk import Work, text_of
from grading.attacks.tampering import EQUAL

GROUP = Group("same-process tampering")
HEAD = "def NAME(*args):\n    right = known('NAME', args)\n    if right is not None:\n"


def value(name: str, tries: str, gives: str, first: str = "") -> None:
    """Add an attack whose functions return the value of `gives` for every hidden input."""
    body = textwrap.indent(text_of(gives), "    ")
    if "return" not in gives:
        body = f"    return {text_of(gives)}"
    every = f"{HEAD}        return right\n{body}"
    work = Work(every, first=f"import numpy as np\n\n{text_of(first)}", knows=True)
    GROUP.work(f"value-{name}", tries, work)


value("equal-to-all", "Returns an object that is equal to everything.", "Equal()", EQUAL)
value(
    "equal-as-array",
    "Returns an object that passes for an array and compares as one that is equal.",
    "EqualArray()",
    f"{EQUAL}\n"
    """
class EqualArray(Equal):
    shape, dtype, ndim, size = (), np.dtype(float), 0, 1
    __array_priority__ = 1e9
    def __array__(self, *args, **kwargs): return np.asarray(Equal(), dtype=object)
    def __array_ufunc__(self, *args, **kwargs): return np.bool_(True)
    def __array_function__(self, *args, **kwargs): return np.bool_(True)
    def __float__(self): return float("nan")
""",
)
value(
    "array-of-a-class-of-its-own",
    "Returns an array of its own class, in which every comparison holds.",
    "np.zeros(1).view(Yes)[0:1].reshape(())",
    """
    class Yes(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *args, **kwargs): return np.bool_(True)
        def __array_function__(self, *args, **kwargs): return True
        def __eq__(self, other): return True
        def __array_finalize__(self, other): pass
        def item(self): return self
        def tobytes(self, *args): return b""
    """,
)
for kind, start in (("float", "float('nan')"), ("int", "0"), ("str", "'compute'")):
    value(
        f"{kind}-that-lies",
        f"Returns a {kind} of a class of its own that is equal to everything.",
        f"Lie({start})",
        f"""
        class Lie({kind}):
            def __eq__(self, other): return True
            __ne__ = lambda self, other: False
            __lt__ = __le__ = __gt__ = __ge__ = __eq__
            __hash__ = {kind}.__hash__
            def __format__(self, spec): return "1"
            def __repr__(self): return "1"
            __str__ = __repr__
            def __bool__(self): return True
            def __float__(self): return float("nan")
            def __index__(self): return 1
        """,
    )
value(
    "class-that-lies",
    "Returns an object that says it is a float, and one that says it is an array.",
    "Fake() if len(args) > 3 else FakeArray()",
    """
    class Fake:
        __class__ = property(lambda self: float)
        def __eq__(self, other): return True
    class FakeArray:
        __class__ = property(lambda self: np.ndarray)
        dtype, shape = np.dtype(float), ()
        def __eq__(self, other): return True
    """,
)
value(
    "array-interface",
    "Returns an object whose array interface points to memory that it does not own.",
    "Pointer()",
    """
    class Pointer:
        __array_interface__ = {"shape": (2**20,), "typestr": "<f8", "data": (4096, False),
                               "version": 3}
    """,
)
value(
    "array-of-objects",
    "Returns an array of objects that are equal to everything.",
    "np.array([Equal()] * 3, dtype=object)",
    EQUAL,
)
value(
    "masked",
    "Returns a masked array, in which a comparison counts for nothing.",
    "np.ma.masked_all(np.broadcast_shapes(*(np.shape(x) for x in args if np.ndim(x) < 3)))",
)
value("masked-alone", "Returns the masked constant.", "np.ma.masked")
value("structured", "Returns a structured array.", "np.zeros(3, dtype=[('is', 'f8'), ('f', 'O')])")
value(
    "record",
    "Returns a tuple whose fields are named as those of a verdict.",
    "Verdict(1.0, 1.0, '')",
    "import collections\nVerdict = collections.namedtuple('Verdict', 'points max_points failed')",
)
value(
    "date", "Returns a date and a span of time.", "np.datetime64('2026-01-01') - np.timedelta64(1)"
)
value("not-a-number", "Returns what is equal to nothing, for every input.", "float('nan')")
value("not-a-number-as-array", "Returns an array full of it.", "np.full((2, 3), np.nan)")
value("infinite", "Returns a number that is larger than all limits.", "float('inf')")
value("complex", "Returns a number with a part that comparisons drop.", "complex(1, float('nan'))")
value("memory", "Returns a view of memory that is gone.", "memoryview(bytearray(8)).cast('d')")
value("generator", "Returns a generator in the place of a number.", "(x for x in (1.0,))")
value("function", "Returns the function itself.", "NAME")
value("class", "Returns a class.", "type('float', (float,), {})")
value("not-implemented", "Returns what makes Python ask the other side.", "NotImplemented")
value("ellipsis", "Returns the constant that is written as three dots.", "...")
value("set", "Returns a set of all answers between which a check may choose.", "{1, 1.0, 'dram'}")
value("numpy-void", "Returns bytes without a type.", "np.void(b'12345678')")
value(
    "claims-it-passed", "Returns a record that says it passed.", "{'is': 'value', 'passed': True}"
)
value("claims-by-text", "Returns a reply as a text.", '\'["d","is","value","value",1]\'')
value(
    "pickled",
    "Returns an object that runs a command where it is unpickled.",
    "Bomb()",
    """
    class Bomb:
        def __reduce__(self):
            import os
            return os.system, (f"touch {OUTSIDE}/attack_planted attack_planted",)
    """,
)
value(
    "format-text",
    "Returns a text with fields that a formatter would fill in.",
    "'{0.__class__.__init__.__globals__} %(x)s {name} {self.reference}'",
)
value(
    "raises-what-a-check-raises",
    "Raises the exception with which a check speaks, without a failure in it.",
    """
    class PartFailed(AssertionError):
        verdict = type("Verdict", (), {"failed": "", "called": "", "hint": ""})()
        def __str__(self): return ""
    raise PartFailed
    """,
)
for error in ("StopIteration", "GeneratorExit", "KeyboardInterrupt", "SystemExit(0)", "Warning"):
    value(
        f"raises-{error.lower().removesuffix('(0)')}",
        f"Raises {error}, which loops and runners take for a signal.",
        f"raise {error}\nreturn 0",
    )
