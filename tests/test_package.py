"""The wheel that `pip install` gets: the package and its data, and nothing of the course."""

from __future__ import annotations

import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    target = tmp_path_factory.mktemp("dist")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(target), versions=["standard"])
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_package_its_types_and_its_data(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"hwmath"}
    source = ROOT / "src" / "hwmath"
    kept = {".py", ".toml", ".csv", ".typed"}
    expected = {
        f"hwmath/{path.relative_to(source).as_posix()}"
        for path in source.rglob("*")
        if path.suffix in kept or path.name == "py.typed"
    }
    assert names == expected


def test_the_package_requires_numpy_alone(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    metadata = message_from_bytes(wheel.read(name))
    always = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [line.split(">")[0].strip() for line in always] == ["numpy"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"


def test_the_version_is_said_once() -> None:
    import tomllib

    import hwmath

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == hwmath.__version__
    assert f"version: {project['version']}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
