"""Right solutions that look nothing like the author's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hidden.roofline import PARTS

from coursework.sample_class import source_of
from grading.attacks import ALL, ATTAINABLE, BATCH, BINDING, CROSSOVER, GEMM, STENCIL, TIME, Group
from grading.attacks.desk import RIGHT, Work, text_of

GROUP = Group("right, written differently")
NONE: Final[Mapping[str, str]] = {}

for n in range(max(len(part.alternatives) for part in PARTS.values())):
    GROUP.work(
        f"alternative-{n + 1}",
        "Answers every part in another of the ways that the course knows to be right.",
        Work(
            answers={
                name: source_of(part.alternatives[n], name)
                for name, part in PARTS.items()
                if n < len(part.alternatives)
            }
        ),
        ALL,
    )


def different(name: str, tries: str, answers: Mapping[str, str] = NONE, every: str = RIGHT) -> None:
    """Add a right solution, by some of its answers or by what is done with every right answer."""
    texts = {part: text_of(text) for part, text in answers.items()}
    GROUP.work(name, tries, Work(text_of(every), texts), ALL)


different(
    "lambdas",
    "Writes its answers as lambdas.",
    {
        ATTAINABLE: "NAME = lambda i, peak, rate: np.minimum(peak, i * rate)",
        GEMM: "NAME = lambda m, n, k, b: 2 / b / (1 / m + 1 / n + 1 / k)",
        STENCIL: "NAME = lambda n, b, w: (n + 2) / b / (3 if w else 2)",
        CROSSOVER: "NAME = lambda peak, rate, b: -int(-2 * b * peak // rate)",
    },
)
different(
    "partial",
    "Answers by functions with some of their arguments filled in.",
    every="""
    RIGHT
    import functools
    NAME = functools.partial(NAME)
    """,
)
different(
    "cached",
    "Caches its answers to numbers, and counts them.",
    dict.fromkeys((STENCIL, CROSSOVER, BATCH), "import functools\n@functools.cache\nRIGHT"),
)
different(
    "decorated",
    "Wraps every answer in a decorator that measures it.",
    every="""
    import functools, time
    def timed(function):
        @functools.wraps(function)
        def measured(*args, **kwargs):
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                measured.seconds = time.perf_counter() - start
        return measured
    @timed
    RIGHT
    """,
)
different(
    "instances",
    "Answers by objects that can be called.",
    every="""
    RIGHT
    class Answer:
        def __init__(self, function): self.function, self.calls = function, 0
        def __call__(self, *args):
            self.calls += 1
            return self.function(*args)
    NAME = Answer(NAME)
    """,
)
different(
    "methods",
    "Answers by a method of an object, by one of a class, and by a static one.",
    every="""
    RIGHT
    class Roof:
        answer = staticmethod(NAME)
        @classmethod
        def by_class(cls, *args): return cls.answer(*args)
        def by_object(self, *args): return self.by_class(*args)
    NAME = Roof().by_object
    """,
)
different(
    "vectorised",
    "Writes for single numbers and has NumPy loop over arrays.",
    {
        ATTAINABLE: """
        @np.vectorize
        def NAME(intensity, peak, rate):
            return min(peak, intensity * rate) if intensity else 0.0
        """,
        GEMM: "RIGHT\nNAME = np.vectorize(NAME, otypes=[float])",
        TIME: """
        def one(flop, moved, peak, rate, overlap):
            long, short = max(flop / peak, moved / rate), min(flop / peak, moved / rate)
            return long + short * (1.0 - overlap)
        NAME = np.vectorize(one, otypes=[float])
        """,
    },
)
different(
    "closures",
    "Answers by functions that a function makes.",
    every="""
    RIGHT
    def make(function):
        memory = []
        def answer(*args):
            memory.append(len(args))
            return function(*args)
        return answer
    NAME = make(NAME)
    """,
)
different(
    "kinds-of-numbers",
    "Returns NumPy's numbers, arrays without a dimension, lists and tuples.",
    {
        ATTAINABLE: "RIGHT\nfirst = NAME\ndef NAME(*a): return np.asarray(first(*a)).tolist()",
        GEMM: "RIGHT\nsecond = NAME\ndef NAME(*args): return np.asarray(second(*args))",
        STENCIL: "RIGHT\nthird = NAME\ndef NAME(*args): return np.float64(third(*args))",
        CROSSOVER: "RIGHT\nfourth = NAME\ndef NAME(*args): return np.float64(fourth(*args))",
    },
)
different(
    "text-of-numpy",
    "Picks its answer from an array of names, which NumPy gives as a text of its own kind.",
    {
        BINDING: """
        def NAME(flop, moved, peak, rates):
            names = np.array(["compute", *moved])
            seconds = [flop / peak, *(moved[name] / rates[name] for name in moved)]
            return names[np.argmax(seconds)]
        """,
    },
)
MATCHED: Final = """
    def NAME(flop: float, moved: dict[str, float], peak: float, rates: dict[str, float]) -> str:
        match sorted([(moved[k] / rates[k], k) for k in moved], reverse=True):
            case [(seconds, level), *_] if seconds > flop / peak:
                return level
            case _:
                return "compute"
    """
different(
    "modern",
    "Uses types, patterns, the walrus and positional arguments.",
    {
        BINDING: MATCHED,
        BATCH: """
        def NAME(d_in: int, d_out: int, b: float, peak: float, rate: float, /) -> int | None:
            if (room := 2 * d_in * d_out - (ridge := peak / rate) * b * (d_in + d_out)) <= 0:
                return None
            return math.ceil(ridge * b * d_in * d_out / room)
        """,
    },
)
different(
    "recursive",
    "Looks for its answers by bisection and by recursion.",
    {
        CROSSOVER: """
        def NAME(peak, rate, b, low=0, high=1):
            if high * rate < 2 * b * peak:
                return NAME(peak, rate, b, high, 2 * high)
            if high - low <= 1:
                return high
            middle = (low + high) // 2
            late = middle * rate < 2 * b * peak
            return NAME(peak, rate, b, *((middle, high) if late else (low, middle)))
        """,
    },
)
different(
    "classes-and-data",
    "Keeps its machine in a data class and its levels in a table.",
    {
        BINDING: """
        from dataclasses import dataclass, field
        @dataclass(order=True)
        class Level:
            seconds: float
            first: bool
            name: str = field(compare=False)
        def NAME(flop, moved, peak, rates):
            levels = [Level(flop / peak, True, "compute")]
            levels += [Level(moved[name] / rates[name], False, name) for name in moved]
            return max(levels).name
        """,
    },
)
different(
    "text-of-its-own",
    "Names things in its own language, and documents them at length.",
    {
        TIME: """
        def NAME(flop, größe, spitze, rate, überlappung):
            'Untere Schranke: max(t₁, t₂) + (1 − α)·min(t₁, t₂).  时间'
            τ = flop / spitze, größe / rate
            return np.maximum(*τ) + (1 - überlappung) * np.minimum(*τ)
        """,
    },
)
