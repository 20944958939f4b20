"""Functions whose value or exception is too large, too deep or too odd to bring home."""

from __future__ import annotations

from grading.attacks import Group
from grading.attacks.liveness import answer, call

GROUP = Group("liveness")

for name, tries, gives in (
    ("bytes", "Returns ten gigabytes of bytes.", "return b'x' * 10**10"),
    ("text", "Returns a text of a gigabyte.", "return 'x' * 10**9"),
    ("array", "Returns an array of eighty gigabytes that takes none.", "return np.zeros(10**10)"),
    ("view", "Returns one number as 10^15.", "return np.broadcast_to(0.0, (10**9, 10**6))"),
    ("list", "Returns a list of a hundred million numbers.", "return [0.0] * 10**8"),
    ("lists", "Returns a list that holds one list often.", "return [[0.0] * 10**4] * 10**4"),
    ("number", "Returns a number of a hundred million digits.", "return 1 << 4 * 10**8"),
    ("negative-zero-strides", "Returns an array that runs backwards over itself.",
     "return np.lib.stride_tricks.as_strided(np.zeros(9), (10**8,), (0,))"),
    ("huge-dimension", "Returns an array of sixty dimensions.", "return np.zeros((1,) * 60)"),
    ("empty-huge", "Returns an empty array of a huge shape.", "return np.zeros((0, 2**40, 2**20))"),
    ("itself", "Returns a list that holds itself.", "x = []\nx.append(x)\nreturn x"),
    ("itself-by-name", "Returns a dictionary that holds itself.", "x = {}\nx['x'] = x\nreturn x"),
    ("ladder", "Returns forty lists that each hold the next one twice.",
     "x = [0.0]\nfor _ in range(40):\n    x = [x, x]\nreturn x"),
    ("keys", "Returns a dictionary of a million keys.", "return dict.fromkeys(range(10**6))"),
    ("count", "Returns what counts for ever.", "import itertools\nreturn itertools.count()"),
    ("half-characters", "Returns a text that no file can hold.", "return '\\ud800' * 3"),
    ("nul", "Returns a text with NUL characters.", "return '\\0\\r\\n\\x1b[2J' * 9"),
):  # fmt: skip
    call(GROUP, f"returns-{name}", tries, gives)

for name, tries, body in (
    ("long", "Raises an exception with a text of a gigabyte.", "raise ValueError('x' * 10**9)"),
    ("large", "Raises an exception that holds a huge list.", "raise ValueError([0] * 10**8)"),
    (
        "mute",
        "Raises an exception whose text raises.",
        """
        class Mute(Exception):
            def __str__(self):
                raise Mute
            __repr__ = __format__ = __str__
        raise Mute
        """,
    ),
    (
        "named",
        "Raises an exception with a name of a million letters.",
        "raise type('E' * 10**6, (Exception,), {})('x')",
    ),
    (
        "nameless",
        "Raises an exception whose class answers nothing.",
        """
        class Mute(type):
            def __getattribute__(cls, name):
                raise SystemExit
        class Nameless(Exception, metaclass=Mute):
            pass
        raise Nameless
        """,
    ),
    (
        "chained",
        "Raises an exception with a hundred thousand causes, the last of which is the first.",
        """
        first = last = ValueError()
        for _ in range(10**5):
            error = ValueError()
            error.__cause__ = last
            last = error
        first.__cause__ = last
        raise last
        """,
    ),
    (
        "grouped",
        "Raises groups of exceptions that hold groups.",
        """
        group = ValueError()
        for _ in range(2000):
            group = ExceptionGroup("x", [group, group])
        raise group
        """,
    ),
    ("basic", "Raises an exception below all that is usually caught.", "raise BaseException('x')"),
    ("out-of-memory", "Says that there is no memory.", "raise MemoryError"),
    ("interrupted", "Says that somebody pressed a key.", "raise KeyboardInterrupt"),
):
    call(GROUP, f"raises-{name}-in-a-call", tries, body)
    answer(
        GROUP,
        f"raises-{name}-in-a-cell",
        tries.replace(".", ", in a cell."),
        body,
    )
