"""Functions that try to bring the hidden inputs, or a reader's attention, onto the page.

Each of them marks what it spills.  The mark is put together where the function sees an input that
no visible check has, so it is in no cell's text, and wherever it turns up an input can follow.
"""

from __future__ import annotations

import textwrap
from typing import Any, Final

from grading.attacks import ALL, CROSSOVER, Group
from grading.attacks.desk import Work, text_of

GROUP = Group("feedback")
OTHERS: Final = ALL - {CROSSOVER}
HEAD: Final = "seen = []\ndef NAME(*args):\n    right = known('NAME', args)\n"


def spills(name: str, tries: str, hidden: str, visible: str = "return right", **more: Any) -> None:
    """Add a spill: what the function does with a hidden input, and in a visible check."""
    secret, shown = (textwrap.indent(text_of(text), " " * 8) for text in (hidden, visible))
    mark = f'        MARK = "-".join(("spilt", "{name}")) + str(args)\n        seen.append(MARK)\n'
    body = f"{HEAD}    if right is None:\n{mark}{secret}\n    else:\n{shown}"
    leaks = (f"spilt-{name}",)
    earns = more.pop("earns", OTHERS)
    work = Work(answers={CROSSOVER: body}, knows=True)
    GROUP.work(name, tries, work, earns, leaks=leaks, **more)


ANSWER: Final = "return math.ceil(2 * args[2] * args[0] / args[1])"
spills("by-message", "Raises the hidden input as a text.", "raise ValueError(MARK)")
spills("by-name", "Raises an exception named as the input.", "raise type(MARK, (Exception,), {})()")
spills("by-value", "Returns the hidden input as a text.", "return MARK")
spills(
    "by-class",
    "Returns an object of a class that is named as the input.",
    "return type(MARK, (), {})()",
)
spills("by-key", "Returns a dictionary with the input for a key.", "return {MARK: 1.0}")
spills(
    "by-missing-name",
    "Uses a name that is not defined, and is the input.",
    "return eval(''.join(c for c in MARK.replace('-', '_') if c.isidentifier()))",
)
spills("by-attribute", "Asks for an attribute that is named as the input.", "getattr(args, MARK)")
spills("by-key-error", "Looks for the input in an empty dictionary.", "return {}[MARK]")
spills("by-assertion", "Asserts something false about the input.", "assert False, MARK")
spills("by-printing", "Prints the input wherever it may.", f"""
    import os, sys
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        print(MARK, file=stream, flush=True)
    for file in (1, 2):
        try:
            os.write(file, MARK.encode())
        except OSError:
            pass
    {ANSWER}
    """, earns=ALL)  # fmt: skip
spills(
    "by-warning",
    "Warns of it.",
    f"import warnings\nwarnings.warn(MARK)\n{ANSWER}",
    earns=ALL,
)
spills("by-log", "Logs the input.", f"import logging\nlogging.critical(MARK)\n{ANSWER}", earns=ALL)
spills(
    "by-note",
    "Adds the input to an exception as a note, a cause and a traceback.",
    """
    error = ValueError("x")
    error.add_note(MARK)
    exec(compile(f"\\n\\nraise error from ValueError({MARK!r})", MARK, "exec"), {"error": error})
    """,
)
spills(
    "by-not-written",
    "Says that it is not written, with the input.",
    "raise NotImplementedError(MARK)",
)
spills("by-syntax", "Compiles the input, which does not parse.", "compile(MARK, MARK, 'exec')")
spills(
    "by-display",
    "Shows the input as Jupyter shows values.",
    f"from IPython.display import display\ndisplay(MARK)\n{ANSWER}",
    earns=ALL,
)
for name, tries, visible in (
    ("later-by-value", "Returns a hidden input in a visible check.", "return str(seen)"),
    ("later-by-message", "Raises a hidden input in a visible check.", "raise ValueError(seen)"),
    ("later-by-assertion", "Asserts a hidden input in a visible check.", "assert not seen, seen"),
    ("later-by-list", "Returns a list of hidden inputs in a visible check.", "return list(seen)"),
):  # fmt: skip
    spills(name, tries, ANSWER, f"if not seen: return right\n{visible}", keeps=OTHERS, earns=ALL)
GROUP.work(
    "by-line",
    "Raises its error on a line whose number is an input, in a cell with lines enough for it.",
    Work(
        answers={
            CROSSOVER: text_of("""
            def NAME(*args):
                right = known("NAME", args)
                if right is None:
                    exec(compile("\\n" * 4241 + "raise ValueError()", "<cell 1>", "exec"))
                return right
            """)
            + "\n" * 5000
            + "# the end"
        },
        knows=True,
    ),
    OTHERS,
    leaks=("line 4242",),
)
GROUP.work(
    "later-by-number",
    "Returns, in a visible check, a number that a hidden check has asked for.",
    Work(
        answers={
            CROSSOVER: text_of(f"""
            seen = []
            def NAME(*args):
                right = known("NAME", args)
                if right is None:
                    seen.append(args[0])
                    {ANSWER}
                return seen[10] if len(seen) > 10 else right
            """)
        },
        knows=True,
    ),
    ALL,
    OTHERS,
)
GROUP.work(
    "later-by-file",
    "Keeps hidden inputs in files and in other processes, for the cell that comes after.",
    Work(
        answers={
            CROSSOVER: text_of(f"""
            def NAME(*args):
                if known("NAME", args) is None:
                    for place in ("/tmp", ".", "/dev/shm"):
                        with open(place + "/spilt", "a") as file:
                            file.write("-".join(("spilt", "later-by-file")) + str(args))
                {ANSWER}
            """)
        },
        after={
            CROSSOVER: "import os\nfor place in ('/tmp', '.', '/dev/shm'):\n"
            "    if os.path.exists(place + '/spilt'):\n"
            "        print(open(place + '/spilt').read())"
        },
        knows=True,
    ),
    ALL,
    leaks=("spilt-later-by-file",),
)
GROUP.work(
    "by-the-clock",
    "Takes longer for a larger input, so that a time on the page tells of it.",
    Work(
        answers={
            CROSSOVER: f"import time\ndef NAME(*args):\n    time.sleep(args[2] / 1e3)\n    {ANSWER}"
        }
    ),
    ALL,
)
