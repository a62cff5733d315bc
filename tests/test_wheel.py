"""What is installed: built once, as it would be published."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest

import llmcli

from .helpers import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHARED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"].get("shared-data", {})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    [path] = built.glob("*.whl")
    return zipfile.ZipFile(path)


def info(wheel: zipfile.ZipFile, name: str) -> str:
    """A file of the wheel's own directory of facts."""
    return wheel.read(f"llmcli-{llmcli.__version__}.dist-info/{name}").decode()


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_string(info(wheel, "METADATA"))


def package_files() -> set[str]:
    """Everything in the package, but for what Python makes of it."""
    files = (file for file in (ROOT / "llmcli").rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(ROOT).as_posix() for file in files}


def shared_files() -> set[str]:
    """Where the files that programs other than Python look for are put, such as man pages."""
    found = set()
    for source, target in SHARED.items():
        place = ROOT / source
        files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
        assert files, f"there is nothing at {source}"
        found |= {(Path(target) / file.relative_to(place)).as_posix() for file in files}
    return found


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    facts, data = f"llmcli-{llmcli.__version__}.dist-info/", f"llmcli-{llmcli.__version__}.data/data/"
    names = {name for name in wheel.namelist() if not name.startswith(facts)}
    assert {name for name in names if not name.startswith(data)} == package_files()
    assert {name.removeprefix(data) for name in names if name.startswith(data)} == shared_files()
    assert "llmcli/py.typed" in names


def test_the_metadata_is_true(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("llmcli", llmcli.__version__)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata.get_all("Project-URL") is None, "there is no page to name"
    classifiers = metadata.get_all("Classifier", [])
    assert {"Typing :: Typed", "Programming Language :: Python :: 3.13"} <= set(classifiers)
    assert not [each for each in classifiers if each.startswith("License ::")], "the expression says it"
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["project"]["optional-dependencies"])


def test_the_command_is_installed(wheel: zipfile.ZipFile) -> None:
    assert info(wheel, "entry_points.txt").split() == ["[console_scripts]", "llmcli", "=", "llmcli.__main__:main"]


def test_the_source_distribution_builds_the_same(built: Path) -> None:
    """It has all that the wheel is made of, and the tests."""
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert package_files() <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/conftest.py"} <= names
    assert all(any(name == each or name.startswith(f"{each}/") for name in names) for each in SHARED)
