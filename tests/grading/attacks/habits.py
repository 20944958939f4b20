"""Honest students with habits that a grader may trip over."""

from __future__ import annotations

from typing import Final

from grading.attacks import ALL, ATTAINABLE, BATCH, CROSSOVER, GEMM, STENCIL, TIME, Group
from grading.attacks.desk import Work, text_of

GROUP = Group("honest but unlucky")


def habit(name: str, tries: str, body: str) -> None:
    """Add a student with right answers and a cell of their own in the middle."""
    GROUP.work(name, tries, Work(before={STENCIL: text_of(body)}), ALL)


def answers(name: str, tries: str, first: str = "", **by_part: str) -> None:
    """Add a student with some right answers of their own, and a cell ahead of all."""
    texts = {part: text_of(text) for part, text in by_part.items()}
    GROUP.work(name, tries, Work(answers=texts, first=text_of(first)), ALL)


habit("magic-plots", "Asks for plots in the notebook.", "%matplotlib inline\n%config InlineBackend")
habit(
    "plots",
    "Draws a roofline and shows it.",
    """
    import matplotlib.pyplot as plt
    x = np.logspace(-2, 3)
    plt.loglog(x, attainable_flop_per_s(x, 1e12, 1e11))
    plt.savefig("roofline.png")
    plt.show()
    """,
)
habit(
    "magic-timing", "Times its answer.", "%timeit -n1 -r1 gemm_intensity(8, 8, 8, 2)\n%time 1 + 1"
)
habit(
    "magic-cell",
    "Times a whole cell.",
    "%%time\nvalue = gemm_intensity(8, 8, 8, 2)",
)
habit(
    "magic-that-is-missing", "Loads an extension that is not there.", "%load_ext autoreload_missing"
)
habit("shell-command", "Lists its files.", "!ls\nfiles = !pwd\nprint(files)")
habit("help", "Asks for help.", "np.minimum?\nhelp(math.ceil)\n?math")
habit("pip", "Installs what is there already.", "!pip install --quiet --no-index numpy")
habit("await", "Awaits at the top of a cell.", "import asyncio\nawait asyncio.sleep(0.01)")
habit("large-table", "Keeps a large table.", "table = np.ones(40_000_000)")
habit("seeds", "Seeds every generator.", "import random\nrandom.seed(0)\nnp.random.seed(0)")
habit(
    "another-folder", "Changes its working folder.", "import os\nos.chdir('/')\nprint(os.getcwd())"
)
habit(
    "deep-recursion-allowed", "Allows deep recursion.", "import sys\nsys.setrecursionlimit(100_000)"
)
habit("quiet", "Silences all warnings.", "import warnings\nwarnings.filterwarnings('ignore')")
habit("strict", "Makes NumPy raise where it warns.", "np.seterr(all='raise')")
habit("printing", "Changes how NumPy prints.", "np.set_printoptions(precision=2, threshold=3)")
habit(
    "widgets",
    "Shows tables and formulas.",
    "from IPython.display import *\ndisplay(HTML('<b>x</b>'))",
)
habit(
    "cleared", "Clears its output, and resets its history.", "%clear\n%history\n%who\n%xdel missing"
)
habit("script", "Runs a script of another shell.", "%%bash\nls /tmp > files.txt\nwc -l files.txt")
habit("written-cell", "Writes a cell to a file and runs it.", "%%writefile mine.py\nprint('mine')")
habit("profiled-cell", "Profiles its own answer.", "%prun -q gemm_intensity(8, 8, 8, 2)")
habit("own-input", "Plays with the names of its cells.", "In = Out = _ = __ = 7")
habit(
    "annotated",
    "Uses types throughout.",
    "from typing import *\nx: Final[int] = 3\ny: 'np.ndarray' = 0",
)
answers(
    "helpers",
    "Puts what several answers share into a cell of its own.",
    """
    def seconds(amount, rate):
        return amount / rate
    RATIO = 2
    """,
    **{
        CROSSOVER: "def NAME(peak, rate, b):\n    return math.ceil(RATIO * b * peak / rate)",
        GEMM: "def NAME(m, n, k, b):\n    return seconds(RATIO * m * n * k, b * (m*n + m*k + n*k))",
    },
)
answers(
    "memo",
    "Keeps a table of what it was asked before.",
    "MEMO = {}\nCALLS = 0",
    **{
        STENCIL: """
        def NAME(neighbours, b, fill):
            global CALLS
            CALLS += 1
            key = neighbours, b, fill
            if key not in MEMO:
                MEMO[key] = (neighbours + 2) / ((3 if fill else 2) * b)
            return MEMO[key]
        """
    },
)
answers(
    "faster-if-it-can",
    "Compiles its answer where the compiler is there.",
    """
    try:
        from numba import njit
    except ImportError:
        njit = lambda function: function
    """,
    **{STENCIL: "@njit\nRIGHT"},
)
FILED: Final = """
    RIGHT
    filed = NAME
    def NAME(*args):
        import json, pathlib
        path = pathlib.Path("answer.json")
        path.write_text(json.dumps(filed(*args)))
        return json.loads(path.read_text())
    """
answers("files", "Writes its answer to a file and reads it again.", **{CROSSOVER: FILED})
answers(
    "temporary-files",
    "Uses a temporary file in every call.",
    **{
        BATCH: """
        RIGHT
        stored = NAME
        def NAME(*args):
            import pickle, tempfile
            with tempfile.TemporaryFile() as file:
                pickle.dump(stored(*args), file)
                file.seek(0)
                return pickle.load(file)
        """
    },
)
answers(
    "threads",
    "Computes in a pool of threads.",
    **{
        TIME: """
        from concurrent.futures import ThreadPoolExecutor
        def NAME(flop, moved, peak, rate, overlap):
            with ThreadPoolExecutor(2) as pool:
                one, two = pool.map(lambda pair: pair[0] / pair[1], [(flop, peak), (moved, rate)])
            return np.maximum(one, two) + (1 - overlap) * np.minimum(one, two)
        """
    },
)
answers(
    "processes",
    "Computes in a process of its own.",
    **{
        STENCIL: """
        import multiprocessing, operator
        def NAME(neighbours, b, fill):
            with multiprocessing.get_context("fork").Pool(1) as pool:
                return pool.apply(operator.truediv, (neighbours + 2, (3 if fill else 2) * b))
        """
    },
)
answers(
    "async",
    "Computes in a loop of events of its own.",
    **{
        STENCIL: """
        import asyncio
        async def slowly(neighbours, b, fill):
            await asyncio.sleep(0)
            return (neighbours + 2) / ((3 if fill else 2) * b)
        def NAME(*args):
            return asyncio.new_event_loop().run_until_complete(slowly(*args))
        """
    },
)
answers(
    "changes-its-arguments",
    "Changes the arrays and dictionaries that it is given.",
    **{
        ATTAINABLE: """
        def NAME(intensity, peak, rate):
            if isinstance(intensity, np.ndarray):
                intensity *= rate
                return np.minimum(intensity, peak)
            return np.minimum(intensity * rate, peak)
        """,
    },
)
answers(
    "plots-in-a-call",
    "Draws a figure in every call.",
    "import matplotlib.pyplot as plt",
    **{STENCIL: "RIGHT\ndrawn = NAME\ndef NAME(*args):\n    plt.figure()\n    return drawn(*args)"},
)
answers(
    "several-in-one-cell",
    "Defines two answers in one cell, and imports the second in its own.",
    **{GEMM: "RIGHT\ndef stencil_hidden(n, b, w):\n    return (n + 2) / ((3 if w else 2) * b)",
       STENCIL: "NAME = stencil_hidden"},
)  # fmt: skip
