"""spec: what a `--tool` file may hold, and what is wrong with one that may not."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import UsageError
from llmcli.messages import Tool
from llmcli.tools.spec import LocalTool, load_tools

from ..helpers import ROOT
from .helpers import load_tool

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: dict[str, Any] = {"name": "weather", "description": "Today's weather", "input_schema": SCHEMA}
TOML = """
name = "weather"
description = "Today's weather"
input_schema = { type = "object", properties = { city = { type = "string" } }, required = ["city"] }
"""


def written(folder: Path, content: Any, name: str = "tool.json") -> str:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def test_json_and_toml_give_the_same_tool(tmp_path: Path) -> None:
    expected = LocalTool(Tool("weather", "Today's weather", SCHEMA), None)
    assert load_tool(written(tmp_path, WEATHER)) == expected
    assert load_tool(written(tmp_path, TOML, "tool.toml")) == expected


def test_a_file_may_hold_many_tools_in_either_format(tmp_path: Path) -> None:
    table = '[[tool]]\nname = "{}"\ndescription = "d"\ninput_schema.type = "object"\n'
    array = written(tmp_path, [{**WEATHER, "name": "a"}, {**WEATHER, "name": "b"}])
    tables = written(tmp_path, table.format("c") + table.format("d"), "tools.toml")
    assert [each.tool.name for each in load_tools([array, tables])] == ["a", "b", "c", "d"]


def test_a_pipe_is_read_as_whatever_it_holds(tmp_path: Path) -> None:
    for content in (json.dumps(WEATHER), TOML):
        pipe = tmp_path / f"pipe{len(content)}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(content,))
        writer.start()
        assert load_tool(str(pipe)).tool.name == "weather"
        writer.join()


def test_an_object_schema_without_properties_gets_none_for_openai_refuses_it(tmp_path: Path) -> None:
    loaded = load_tool(written(tmp_path, {**WEATHER, "input_schema": {"type": "object"}}))
    assert loaded.tool.input_schema == {"type": "object", "properties": {}}


def test_a_relative_program_is_looked_for_next_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    file = written(tmp_path / "sub", {**WEATHER, "command": ["bin/tool.sh", "data/x"]})
    monkeypatch.chdir(tmp_path)
    expected = (str(tmp_path / "sub" / "bin" / "tool.sh"), "data/x")
    assert load_tool(file).command == expected
    assert load_tool("sub/tool.json").command == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("jq -r '.a b'", ("jq", "-r", ".a b")),
        (["jq", "$HOME; rm -rf *"], ("jq", "$HOME; rm -rf *")),
        (["/bin/cat"], ("/bin/cat",)),
        (["tool", ""], ("tool", "")),
    ],
)
def test_a_command_is_words_and_never_for_a_shell(tmp_path: Path, command: Any, expected: tuple[str, ...]) -> None:
    assert load_tool(written(tmp_path, {**WEATHER, "command": command})).command == expected


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in WEATHER.items() if name != key}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"is not JSON \(.*line 1"),
        ("3", "is no tool"),
        ("{}", "holds no tool"),
        ("[]", "holds no tool"),
        ("[" * 100_000, "is not JSON"),
        ([WEATHER, 3], "tool 2 is no tool"),
        ([WEATHER, without("name")], 'tool 2: "name" is missing'),
        (without("description"), '"description" is missing'),
        (without("input_schema"), '"input_schema" is missing: the keys are name, description, input_schema, command'),
        ({**WEATHER, "parameters": {}}, 'unknown key "parameters": the keys are name'),
        ({**WEATHER, "name": "a b"}, '"name" is "a b": use 1 to 64'),
        ({**WEATHER, "name": "weather\n"}, '"name" is'),
        ({**WEATHER, "name": ""}, '"name" is ""'),
        ({**WEATHER, "name": "n" * 65}, '"name" is "nnn'),
        ({**WEATHER, "name": "größe"}, '"name" is "größe"'),
        ({**WEATHER, "name": None}, '"name" is null'),
        ({**WEATHER, "description": ["d"]}, r'"description" is \["d"\]'),
        ({**WEATHER, "description": " "}, '"description" is " "'),
        ({**WEATHER, "command": []}, r'"command" is \[\]: write a list'),
        ({**WEATHER, "command": ""}, '"command" is ""'),
        ({**WEATHER, "command": ["", "x"]}, r'"command" is \["", "x"\]'),
        ({**WEATHER, "command": ["x", 3]}, r'"command" is \["x", 3\]'),
        ({**WEATHER, "command": "echo 'x"}, '"command" cannot be split: No closing quotation'),
        ({**WEATHER, "command": ["x", "a\0b"]}, '"command" has a NUL byte'),
        ({**WEATHER, "command": ["x", "\ud800"]}, '"command" is not UTF-8'),
    ],
)
def test_a_bad_file_is_told_with_its_name_its_key_and_what_is_expected(
    tmp_path: Path, content: Any, message: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(UsageError) as caught:
        load_tools([file])
    assert caught.value.line().startswith(file)
    assert re.search(message, caught.value.line())


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("object", "it is not an object"),
        ({"properties": {}}, 'its "type" is not "object"'),
        ({"type": "array"}, 'its "type" is not "object"'),
        ({"type": ["object", "null"]}, 'its "type" is not "object"'),
        ({"type": "object", "properties": []}, '"properties" is not an object'),
        ({"type": "object", "properties": {"a": "string"}}, '"properties.a" is not a schema'),
        (
            {"type": "object", "properties": {"a": {"type": "strng"}}},
            '"properties.a.type" is "strng", not one of array',
        ),
        ({"type": "object", "properties": {"a": {"items": {"type": "x"}}}}, '"properties.a.items.type" is "x"'),
        ({"type": "object", "anyOf": [{}, {"type": "x"}]}, r'"anyOf\[1\].type" is "x"'),
        ({"type": "object", "required": "a"}, '"required" is not a list'),
        ({"type": "object", "x": float("nan")}, "NaN"),
    ],
)
def test_a_schema_that_no_provider_takes_is_found_here(tmp_path: Path, schema: Any, message: str) -> None:
    file = written(tmp_path, {**WEATHER, "input_schema": schema})
    with pytest.raises(UsageError, match=f'"input_schema" is no JSON Schema of an object: .*{message}'):
        load_tool(file)


def test_a_date_in_toml_is_not_json(tmp_path: Path) -> None:
    text = TOML.replace('type = "string"', 'type = "string", default = 2026-01-01')
    with pytest.raises(UsageError, match="a date or time in it is not JSON"):
        load_tool(written(tmp_path, text, "tool.toml"))


def test_a_schema_may_use_everything_that_json_schema_has(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"], "enum": ["x", None]},
            "b": {"type": "array", "items": {"$ref": "#/$defs/c"}},
            "type": True,  # a parameter of that name, not the keyword
        },
        "$defs": {"c": {"anyOf": [{"type": "integer"}, False]}},
        "additionalProperties": False,
    }
    assert load_tool(written(tmp_path, {**WEATHER, "input_schema": schema})).tool.input_schema == schema


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"name": "\xe9"}')
    for spec, message in [
        (str(tmp_path / "no.json"), "cannot read .*no.json: No such file"),
        (str(tmp_path), "cannot read .*: Is a directory"),
        ("a\0b.json", "cannot read 'a.x00b.json'"),
        ("~nobody-of-that-name/x.json", "cannot read ~nobody"),
        (str(tmp_path / "latin.json"), "is not UTF-8 text: byte 10 "),
    ]:
        with pytest.raises(UsageError, match=message):
            load_tools([spec])


def test_a_file_that_is_neither_json_nor_toml_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not JSON \(.*\) and not TOML \(.*\)"):
        load_tool(written(tmp_path, "hello", "tool.txt"))


def test_two_tools_of_one_name_are_refused_and_both_files_named(tmp_path: Path) -> None:
    one, two = written(tmp_path, WEATHER, "one.json"), written(tmp_path, WEATHER, "two.json")
    with pytest.raises(UsageError, match=r'two tools are called "weather", in .*one\.json and .*two\.json'):
        load_tools([one, two])
    with pytest.raises(UsageError, match=r'two tools are called "weather", in .*both\.json$'):
        load_tools([written(tmp_path, [WEATHER, WEATHER], "both.json")])


def test_reading_specs_imports_neither_pydantic_nor_asyncio(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom llmcli.tools.spec import load_tools\nload_tools(sys.argv[1:])\n"
        "print(sorted({'pydantic', 'asyncio', 'subprocess'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", script, written(tmp_path, WEATHER)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=60)
    assert done.stdout == "[]\n", done.stderr
