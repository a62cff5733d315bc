"""function: a Python function as a tool; described from its hints and docstring, called in a process of its own."""

import json
from pathlib import Path

import pytest

from llmcli.messages import ToolResultPart
from llmcli.tools.spec import LocalTool

from .helpers import call, load_tool, module, result_of

RICH = '''
from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Optional

from pydantic import BaseModel, Field


class Place(BaseModel):
    """Where."""
    city: str
    country: str = "CH"


@dataclass
class Span:
    start: date
    days: int = 1


class Unit(enum.Enum):
    C = "c"
    F = "f"


async def forecast(
    place: Place,
    json: Span,
    unit: Unit = Unit.C,
    mode: Literal["short", "long"] = "short",
    *,
    limit: Annotated[int, Field(ge=1, description="from the hint")] = 3,
    note: Optional[str] = None,
    tags: frozenset[str] = frozenset(),
) -> dict:
    """The weather to come.

    Args:
        place: where it is
        limit: from the docstring
        mode: how much to say
    """
    print("printed")
    return {"place": place, "span": json, "unit": unit, "mode": mode, "limit": limit, "note": note, "tags": tags}
'''


def function(folder: Path, body: str, signature: str = "()") -> LocalTool:
    """The tool that a function of this signature and body is."""
    code = f'import asyncio, os, sys\ndef f{signature}:\n    "Does it."\n    {body}\n'
    return load_tool(f"{module(folder, code)}:f")


@pytest.fixture
def forecast(tmp_path: Path) -> LocalTool:
    return load_tool(f"{module(tmp_path, RICH)}:forecast")


def test_a_function_is_described_by_its_hints_and_docstring(forecast: LocalTool) -> None:
    schema = forecast.tool.input_schema
    of = schema["properties"]
    assert (forecast.tool.name, forecast.tool.description) == ("forecast", "The weather to come.")
    assert (schema["type"], schema["required"], schema["additionalProperties"]) == ("object", ["place", "json"], False)
    assert of["place"] == {"$ref": "#/$defs/Place", "description": "where it is"}
    assert of["mode"] == {
        "type": "string",
        "enum": ["short", "long"],
        "default": "short",
        "description": "how much to say",
    }
    assert of["limit"] == {"type": "integer", "minimum": 1, "default": 3, "description": "from the hint"}
    assert of["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert schema["$defs"]["Span"]["properties"]["start"] == {"type": "string", "format": "date"}
    assert schema["$defs"]["Unit"]["enum"] == ["c", "f"]


def test_a_call_gets_real_objects_and_gives_json_and_prints_nothing_into_it(forecast: LocalTool) -> None:
    span = {"start": "2026-01-02"}
    result = result_of(forecast, call("forecast", place={"city": "Zürich"}, json=span, tags=["x"], unit="f"))
    assert json.loads(result.content) == {
        "place": {"city": "Zürich", "country": "CH"},
        "span": {"start": "2026-01-02", "days": 1},
        "unit": "f",
        "mode": "short",
        "limit": 3,
        "note": None,
        "tags": ["x"],
    }
    assert not result.is_error


def test_arguments_that_do_not_fit_are_an_error_that_names_each(forecast: LocalTool) -> None:
    result = result_of(forecast, call("forecast", place={}, json={"start": "2026-01-02"}, limit=0, more=1))
    assert result.is_error
    assert "exit code 1" in result.content
    for fault in ("place.city: Field required", "limit: Input should be greater than", "more: Unexpected keyword"):
        assert fault in result.content
    assert "Traceback" not in result.content


@pytest.mark.parametrize(
    ("returned", "content"),
    [
        ("'Zürich\\n'", "Zürich\n"),
        ("''", ""),
        ("None", "null"),
        ("[1, 2.5, True]", "[1,2.5,true]"),
        ("float('nan')", '"NaN"'),
        ("'\\ud800'", "?"),
    ],
)
def test_a_str_is_the_result_as_it_is_and_everything_else_as_json(tmp_path: Path, returned: str, content: str) -> None:
    assert result_of(function(tmp_path, f"return {returned}")) == ToolResultPart("call_1", content)


@pytest.mark.parametrize(
    ("body", "last_words"),
    [
        ("raise ValueError('no such\\n city')", "ValueError: no such city"),
        ("raise ValueError", "ValueError"),
        ("sys.exit(0)", "SystemExit: 0"),
        ("return object()", "Unable to serialize unknown type"),
        ("os.write(2, b'noise\\n'); return 1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_function_raises_is_one_line_of_a_failed_call(tmp_path: Path, body: str, last_words: str) -> None:
    result = result_of(function(tmp_path, body))
    assert result.is_error
    assert result.content.startswith("the tool failed with exit code 1\n\nstderr:\n")
    assert last_words in result.content.splitlines()[-1]
    assert "Traceback" not in result.content


def test_whatever_a_function_prints_and_runs_stays_out_of_the_result(tmp_path: Path) -> None:
    body = "print('a'); os.system('echo b'); os.write(1, b'c'); sys.__stdout__.write('d'); return 'result'"
    assert result_of(function(tmp_path, body)).content == "result"


def test_a_function_finds_nothing_more_on_stdin(tmp_path: Path) -> None:
    assert result_of(function(tmp_path, "return repr(sys.stdin.read() + os.popen('cat').read())")).content == "''"


def test_a_module_may_import_its_neighbours_and_pickle_its_classes(tmp_path: Path) -> None:
    module(tmp_path, "ANSWER = '42'\n", "neighbour.py")
    body = "import neighbour, pickle; return pickle.loads(pickle.dumps(f)) is f and neighbour.ANSWER"
    assert result_of(function(tmp_path, body)).content == "42"


def test_a_module_may_be_called_like_one_of_the_standard_library(tmp_path: Path) -> None:
    code = 'import json\ndef f() -> str:\n    "Does it."\n    return json.dumps([1])\n'
    assert result_of(load_tool(f"{module(tmp_path, code, 'json.py')}:f")).content == "[1]"


def test_files_in_the_working_directory_are_not_imported_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cwd").mkdir()
    for name in ("json.py", "pydantic.py", "asyncio.py"):
        module(tmp_path / "cwd", "raise SystemExit('hijacked')", name)
    monkeypatch.chdir(tmp_path / "cwd")
    assert result_of(function(tmp_path, "return 'ok'")).content == "ok"


def test_a_decorated_function_is_described_as_what_it_wraps(tmp_path: Path) -> None:
    code = 'import functools\n@functools.cache\ndef f(x: int) -> int:\n    "Does it."\n    return x + 1\n'
    tool = load_tool(f"{module(tmp_path, code)}:f")
    assert tool.tool.input_schema["properties"] == {"x": {"type": "integer"}}
    assert result_of(tool, call(x="2")).content == "3"


def test_a_function_without_parameters_or_hints_is_a_tool_too(tmp_path: Path) -> None:
    assert function(tmp_path, "return 1").tool.input_schema["properties"] == {}
    assert function(tmp_path, "return x", "(x)").tool.input_schema["properties"] == {"x": {}}
