"""The benchmarks run, check their own results and print what they promise.  No time is judged.

They compile C.  Without a compiler these tests fail and say which command installs one.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hwmath.machine import describe
from hwmath.transformers.step import decode_step

FOLDER = Path(__file__).parent.parent / "benchmarks"
CPUS = describe().logical_cpus


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(FOLDER.parent / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, FOLDER / name, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def said(name: str, *arguments: str) -> str:
    done = script(name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_machine", FOLDER / "bench_machine.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_machine"] = module  # where dataclasses look for the module's names
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def programs(bench: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    compiled: tuple[dict[str, Path], bool] = bench.compile_all(tmp_path_factory.mktemp("c"))
    return compiled[0]


def run(*command: object) -> tuple[int, dict[str, Any]]:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("elements", [1, 7, 100_000])
def test_triad_in_c_checks_every_element(programs: dict[str, Path], elements: int) -> None:
    code, found = run(programs["triad"], elements, 3, 4096, 65536)
    assert (code, found["verified"], found["elements"]) == (0, True, elements)
    assert list(found["seconds"]) == ["read", "scale", "update", "add", "triad"]
    assert list(found["bytes_per_s"]) == ["4096", "65536"]
    measured = [*found["seconds"].values(), *found["bytes_per_s"].values()]
    assert all(value > 0 for value in measured)


def test_triad_in_c_notices_a_wrong_sum(bench: ModuleType, tmp_path: Path) -> None:
    source = (FOLDER / "triad.c").read_text(encoding="utf-8")
    wrong = source.replace("a[i] = b[i] + SCALAR * c[i];", "a[i] = b[i] - SCALAR * c[i];")
    assert wrong != source
    (tmp_path / "wrong.c").write_text(wrong, encoding="utf-8")
    program = bench.compile_c(str(tmp_path / "wrong.c"), tmp_path / "wrong")
    code, found = run(program, 1000, 1)
    assert (code, found["verified"]) == (1, False)
    with pytest.raises(SystemExit, match="exited with 1"):
        bench.run_c([program, "1000", "1"], 1)


@pytest.mark.parametrize("dtype", ["fp32", "fp64"])
def test_gemm_in_c_checks_its_product(
    bench: ModuleType, programs: dict[str, Path], dtype: str
) -> None:
    code, found = run(programs[dtype], bench.blas_library(), 2, 64, 129)
    assert (code, found["verified"]) == (0, True)
    assert found["gemm_flop_per_s"] > 0
    assert found["fma_flop_per_s"] > 0


def test_gemm_in_c_names_a_library_it_cannot_use(
    bench: ModuleType, programs: dict[str, Path]
) -> None:
    with pytest.raises(SystemExit, match=r"(?s)exited with 1:.*nowhere\.so"):
        bench.run_c([programs["fp32"], "nowhere.so", "1", "8"], 1)


def test_bytes_by_hand(bench: ModuleType) -> None:
    seconds = {"read": 1.0, "scale": 2.0, "update": 3.0, "add": 1.0, "triad": 2.0}
    found = bench.streams_in_c({"elements": 1000, "seconds": seconds})
    assert found == {"read": 8000, "scale": 8000, "update": 8000, "add": 24000, "triad": 12000}


def test_the_best_of_both_sides_counts(bench: ModuleType) -> None:
    row = bench.Row
    rows = [
        row("x", 2, "B/s", 1.0, 8.0),
        row("x", 1, "B/s", 5.0, 5.0),
        row("x", 2, "B/s", 3.0, 4.0),
    ]
    assert bench.best(rows) == [row("x", 1, "B/s", 5.0, 5.0), row("x", 2, "B/s", 3.0, 8.0)]
    assert bench.best(rows)[1].ratio == 3.0 / 8.0


@pytest.mark.slow
def test_the_machine_beside_c() -> None:
    found = json.loads(said("bench_machine.py", "--quick", "--json"))
    here = describe()
    assert here.cpu in found["sentence"]
    assert {row["threads"] for row in found["rows"]} == {1, CPUS}
    for threads in {1, CPUS}:
        rows = [row for row in found["rows"] if row["threads"] == threads]
        assert [row["quantity"].strip() for row in rows] == [
            "STREAM triad",
            *("read", "scale", "update", "add", "triad"),
            *(f"{cache.name} update" for cache in here.caches),
            *("fp32 matmul beside C gemm", "fp32 matmul beside C FMAs"),
            *("fp64 matmul beside C gemm", "fp64 matmul beside C FMAs"),
        ]
        for row in rows:
            assert row["ours"] > 0
            assert row["c"] > 0
            assert math.isfinite(row["ratio"])
            assert row["ratio"] == pytest.approx(row["ours"] / row["c"])


@pytest.mark.slow
def test_the_table_says_what_when_and_on_what() -> None:
    text = said("bench_machine.py", "--quick")
    lines = text.splitlines()
    assert lines[0].startswith("Measured 20")
    assert "ours / C" in text
    assert sum(line.startswith("STREAM triad  ") for line in lines) == len({1, CPUS})


def test_without_a_compiler_the_way_to_one_is_named(tmp_path: Path) -> None:
    done = script("bench_machine.py", "--quick", PATH=str(tmp_path), CC="")
    assert done.returncode == 1
    assert "apt-get install gcc" in done.stderr


def test_a_million_points() -> None:
    found = json.loads(said("bench_broadcast.py", "--quick", "--json"))
    assert found["points"] >= 20_000
    assert found["points"] % found["chips"] == 0
    assert found["loop_sampled_points"] == 500
    assert found["ratio"] == pytest.approx(found["loop_s"] / found["call_s"])
    assert found["call_points_per_s"] == pytest.approx(found["points"] / found["call_s"])
    assert all(math.isfinite(value) and value > 0 for value in found.values())
    text = said("bench_broadcast.py", "--quick")
    assert text.startswith("Measured 20")
    assert "one BLAS thread" in text


def test_decode_points() -> None:
    found = json.loads(said("bench_transformers.py", "--quick", "--json"))
    assert found["points"] >= 20_000
    assert found["points"] % (found["models"] * found["machines"]) == 0
    assert found["loop_sampled_points"] == 200
    assert found["ratio"] == pytest.approx(found["loop_s"] / found["call_s"])
    assert found["call_points_per_s"] == pytest.approx(found["points"] / found["call_s"])
    assert all(math.isfinite(value) and value > 0 for value in found.values())
    text = said("bench_transformers.py", "--quick")
    assert text.startswith("Measured 20")
    assert "models" in text
    assert "ratio:" in text


def test_decode_points_that_disagree_are_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop is the check of the call: with another model in it, nothing is printed."""
    spec = importlib.util.spec_from_file_location("bench_decode", FOLDER / "bench_transformers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(
        module, "decode_step", lambda m, place, b, c: decode_step(m, place, b + 1, c)
    )
    with pytest.raises(SystemExit, match="the call and the loop disagree"):
        module.compare(2000, 20, 1)
