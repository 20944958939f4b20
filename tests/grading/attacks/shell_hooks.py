"""Code that changes how cells are run: hooks and transformers of IPython, and of Python itself."""

from __future__ import annotations

from grading.attacks import Group
from grading.attacks.desk import KNOWN, Work, text_of

GROUP = Group("same-process tampering")


def hooks(name: str, tries: str, first: str, every: str = KNOWN) -> None:
    """Add an attack that runs a cell ahead of all others."""
    GROUP.work(name, tries, Work(every, first=text_of(first), knows=True))


hooks(
    "asserts-transformed",
    "Has IPython drop every assert and every call of a check from the code that follows.",
    """
    import ast
    class Dropped(ast.NodeTransformer):
        def visit_Assert(self, node): return ast.Pass()
        def visit_Expr(self, node):
            return ast.Pass() if "check(" in ast.unparse(node) else node
    get_ipython().ast_transformers.append(Dropped())
    """,
)
hooks(
    "cells-rewritten",
    "Has IPython replace the text of every cell that has a check in it.",
    """
    def rewritten(lines):
        return ["pass\\n"] if any("assert" in line or "check(" in line for line in lines) else lines
    get_ipython().input_transformers_cleanup.append(rewritten)
    get_ipython().input_transformers_post.append(rewritten)
    """,
)
hooks(
    "run-cell-replaced",
    "Replaces the function that runs a cell by one that reports success.",
    """
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
    def fine(self, *args, **kwargs):
        return ExecutionResult(None)
    InteractiveShell.run_cell = fine
    """,
)
hooks(
    "run-code-replaced",
    "Replaces the function that runs compiled code by one that does nothing.",
    """
    from IPython.core.interactiveshell import InteractiveShell
    async def fine(self, code, result=None, **kwargs):
        return False
    InteractiveShell.run_code = fine
    """,
)
hooks(
    "result-forged",
    "Makes every result of a cell one without an error.",
    """
    from IPython.core.interactiveshell import ExecutionResult
    ExecutionResult.success = property(lambda self: True)
    ExecutionResult.error_in_exec = property(lambda self: None, lambda self, value: None)
    ExecutionResult.error_before_exec = property(lambda self: None, lambda self, value: None)
    ExecutionResult.raise_error = lambda self: None
    """,
)
hooks(
    "hook-before-each-cell",
    "Replaces the check from a hook that runs ahead of every cell.",
    """
    def before(info=None):
        import sys
        parts = sys.modules.get("coursework.parts")
        if parts is not None:
            parts.Part.check = lambda self, student: None
    import contextlib
    with contextlib.suppress(ImportError):
        import coursework.parts
    get_ipython().events.register("pre_run_cell", before)
    get_ipython().events.register("pre_execute", before)
    """,
)
hooks(
    "hook-on-compile",
    "Replaces the built-in compile and exec that cells pass through.",
    """
    import builtins, IPython.core.compilerop as op
    real = builtins.compile
    def shortened(source, *args, **kwargs):
        if isinstance(source, str) and "check(" in source:
            source = "pass"
        return real(source, *args, **kwargs)
    builtins.compile = op.compile = shortened
    op.CachingCompiler.ast_parse = lambda self, source, *args, **kwargs: real(
        "pass" if "check(" in source else source, "x", "exec", 1024)
    """,
)
hooks(
    "hook-on-audit",
    "Adds an audit hook that stops the hidden tests from being imported.",
    """
    import sys
    def hook(event, args):
        if event == "import" and str(args[0]).startswith(("hidden", "coursework")):
            raise SystemExit(0)
    sys.addaudithook(hook)
    """,
)
hooks(
    "names-that-watch",
    "Replaces the notebook's names by a dictionary that answers every look-up.",
    """
    class Names(dict):
        def __missing__(self, name):
            return lambda *args, **kwargs: True
        def get(self, name, default=None):
            return self[name]
        def __contains__(self, name):
            return True
    get_ipython().user_ns = Names(get_ipython().user_ns)
    get_ipython().user_module.__getattr__ = lambda name: lambda *args: True
    """,
)
hooks(
    "exit-code-zero",
    "Ends Python with exit code 0 whenever a hidden input comes in.",
    "import os",
    text_of("""
    def NAME(*args):
        right = known("NAME", args)
        if right is None:
            os._exit(0)
        return right
    """),
)
hooks(
    "printed-success",
    "Prints what a grader might look for in the output.",
    """
    import json, sys
    claim = {"part": "NAME", "points": 4.0, "max_points": 4.0, "failed": "", "passed": True}
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        for line in (json.dumps(claim), "All hidden checks pass.", "ok", "OK (tests=1)"):
            print(line, file=stream, flush=True)
    """,
)
hooks(
    "kernel-reply-forged",
    "Sends the reply of a good cell in the kernel's name.",
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    def forged(*args, **kwargs):
        return content
    if kernel is not None:
        kernel.do_execute = forged
        to = kernel._parent_ident
        kernel.session.send(kernel.shell_stream, "execute_reply", content, ident=to)
    shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = forged
    shell.display_pub.publish = forged
    """,
)
