"""The layout that the design promises: floors, fences, sizes, and what start-up does not import."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .helpers import ROOT

PACKAGE = ROOT / "llmcli"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 250
MOST_LINES_OF_A_FUNCTION = 40

# From the ground up. A file imports from floors below its own, and from its own folder; `x/` is a whole folder.
FLOORS = (
    ("__init__", "errors", "choices", "table_names"),
    ("streams", "files", "durations", "messages", "images", "urls", "patterns", "signals", "surrogates"),
    ("config/", "tokens/", "redact/"),
    (
        "limits",
        "verdict",
        "retry",
        "pricing/",
        "ledger/",
        "periods",
        "render",
        "attachments",
        "prompt",
        "guard",
        "tools/",
    ),
    ("models", "sim/"),
    ("providers/",),
    ("budget",),
    ("purse", "vendor_count"),
    ("account", "redaction"),
    ("complete",),
    ("chat/", "extract/", "batch/"),
    ("app", "names"),
    ("exchange",),
    ("extractor", "jobs/"),
    ("library/",),
    ("commands/",),
    ("cli",),
    ("__main__",),
)

# Whose SDK or library may be imported where; nobody else may, not even inside a function.
FENCES = {
    "anthropic": ("llmcli.providers.anthropic",),
    "openai": ("llmcli.providers.openai_",),
    "aiohttp": ("llmcli.sim.", "llmcli.providers.pooled"),
    "rich": ("llmcli.batch.progress.bar",),
    "splintr": ("llmcli.tokens.vocabulary",),
    "matplotlib": ("llmcli.commands.cost.plot",),
}

STARTUP_BAN = ("anthropic", "openai", "httpx2", "rich", "splintr", "matplotlib")
HELP_BAN = (*STARTUP_BAN, "pydantic", "asyncio")


def module_of(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def unit_of(module: str) -> str:
    """The entry of FLOORS that `module` belongs to: its folder, or itself."""
    first = module.removeprefix("llmcli").lstrip(".").partition(".")[0] or "__init__"
    return f"{first}/" if (PACKAGE / first).is_dir() else first


def floor_of(unit: str) -> int:
    for number, units in enumerate(FLOORS):
        if unit in units:
            return number
    raise AssertionError(f"{unit} is on no floor: give it one in FLOORS")


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """The line and name of every module that `file` imports, also inside functions, but not for types only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            pending += node.orelse
            continue
        pending += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in _from(file, node))


def _from(file: Path, node: ast.ImportFrom) -> list[str]:
    """`from package import module` imports the module, `from module import name` the module alone."""
    base = node.module or ""
    if node.level:
        folder = module_of(file).split(".")
        up = node.level - (file.name == "__init__.py")
        base = ".".join([*folder[: len(folder) - up], *filter(None, [base])])
    path = ROOT / base.replace(".", "/")
    modules = [f"{base}.{alias.name}" for alias in node.names if is_module(path / alias.name)]
    return modules if len(modules) == len(node.names) else [base, *modules]


def is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_file_imports_only_from_floors_below_and_from_its_own_folder(file: Path) -> None:
    unit = unit_of(module_of(file))
    wrong = [
        f"line {line}: {name}"
        for line, name in imports_of(file)
        if name.partition(".")[0] == "llmcli" and unit_of(name) != unit and floor_of(unit_of(name)) >= floor_of(unit)
    ]
    assert wrong == []


@pytest.mark.parametrize("library", FENCES)
def test_a_library_is_imported_only_behind_its_fence(library: str) -> None:
    allowed = FENCES[library]
    importers = {module_of(file) for file in FILES for _, name in imports_of(file) if name.partition(".")[0] == library}
    assert {module for module in importers if not module.startswith(allowed or ("nobody",))} == set()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_files_and_functions_are_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    long = [
        f"{node.name}: {lines} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []
    assert len(text.splitlines()) <= MOST_LINES


def test_the_import_reader_sees_what_it_must(tmp_path: Path) -> None:
    """The other tests are worth what this reader sees."""
    file = tmp_path / "x.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import hidden\n"
        "else:\n    import shown\n"
        "from llmcli import errors, __version__\n"
        "def f():\n    from llmcli.config import keys\n    import a.b as c\n"
    )
    names = [name for _, name in imports_of(file) if name != "typing"]
    assert sorted(names) == ["a.b", "llmcli", "llmcli.config.keys", "llmcli.errors", "shown"]


def modules_imported_by(folder: Path, arguments: list[str]) -> set[str]:
    """The top-level modules in a process that has run `llmcli ARGUMENTS`, which must succeed."""
    script = (
        "import os, sys, json\n"
        "from llmcli import cli\n"
        "def leave(code):\n"
        "    top = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "    print(json.dumps([code, top]), file=sys.stderr, flush=True)\n"
        "    leave_now(0)\n"
        "leave_now, os._exit = os._exit, leave\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "cli.main()\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert (code, bool(done.stdout)) == (0, True)
    return set(modules)


@pytest.mark.parametrize(
    ("arguments", "banned"),
    [
        (["--help"], HELP_BAN),
        (["--version"], HELP_BAN),
        (["ask", "--help"], HELP_BAN),
        (["config", "--help"], HELP_BAN),
        (["count-tokens", "--help"], HELP_BAN),
        (["config", "show"], STARTUP_BAN),
        (["config", "path"], STARTUP_BAN),
        (["cost"], HELP_BAN),
        (["cost", "report"], HELP_BAN),
        (["cost", "log", "--help"], HELP_BAN),
        (["completion", "show", "--shell", "bash"], HELP_BAN),
        (["doctor", "--offline", "-m", "sim"], STARTUP_BAN),
    ],
    ids=" ".join,
)
def test_start_up_imports_no_sdk_no_http_library_and_no_rich(
    tmp_path: Path, arguments: list[str], banned: tuple[str, ...]
) -> None:
    assert modules_imported_by(tmp_path, arguments) & set(banned) == set()


def test_an_answer_from_the_simulator_imports_no_sdk(tmp_path: Path) -> None:
    modules = modules_imported_by(tmp_path, ["ask", "-n", "-m", "sim", "hi"])
    assert modules & {"anthropic", "openai", "httpx2", "aiohttp", "rich"} == set()
    assert "sqlite3" in modules
