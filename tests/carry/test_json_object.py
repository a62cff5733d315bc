"""`--json-object` asks each API for an object in its own way, and checks that one came."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ..contract.answers import stream_of, whole_of
from ..contract.bench import Bench, check_stderr, result_of
from ..contract.servers import http_answer
from ..contract.vendors import ANTHROPIC, RESPONSES, Vendor
from .servers import Listener, scripted


def test_object_comes_back(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    done = bench.run(command, vendor, 'Facts as JSON. sim:echo {"a": "b"}', "--json-object")
    check_stderr(done, ExitCode.OK)
    assert json.loads(done.out) == {"a": "b"}


def test_each_api_is_asked_in_its_own_way(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """OpenAI's APIs have a mode, and refuse it unless the word JSON is said; Anthropic's is told in words."""
    check_stderr(bench.run("ask", vendor, 'Facts. sim:echo {"a": 1}', "--json-object", "-s", "Be brief."), ExitCode.OK)
    [body] = tap.bodies
    assert "JSON object" in json.dumps(body)
    if vendor is RESPONSES:
        assert body["text"] == {"format": {"type": "json_object"}}
        assert body["instructions"] == "Be brief."
    elif vendor is ANTHROPIC:
        assert body["system"].startswith("Be brief.\n\n")
    else:
        assert body["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("text", ["not at all", '{"a": 1', "[1, 2]", '"text"', "", '{"a": 1} and more'])
def test_anything_else_is_exit_10(bench: Bench, vendor: Vendor, command: str, text: str) -> None:
    """Prose, half an object, an array: the envelope has what came, and the call is in the ledger as paid."""
    answer = stream_of(vendor, [text]) if command == "stream" else http_answer(200, whole_of(vendor, text))
    with scripted([answer]) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "json", "--json-object", "--json")
    assert done.code == ExitCode.INVALID_OUTPUT
    result = result_of(command, done)
    assert result["error"]["class"] == "invalid_output"
    assert result["text"] == text
    assert [row["status"] for row in bench.rows()] == ["invalid_output"]


def test_bad_object_prints_nothing_in_text_mode(bench: Bench, vendor: Vendor) -> None:
    """The next program must not read what is not JSON."""
    with scripted([http_answer(200, whole_of(vendor, "not at all"))]) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "json", "--json-object")
    assert "not JSON" in check_stderr(done, ExitCode.INVALID_OUTPUT)
    assert done.out == ""


def test_cut_object_is_truncated_first(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """An object that the token limit cut is exit 9, which says how to have all of it."""
    done = bench.run("ask", vendor, "json sim:tokens=500", "--json-object", "--max-tokens", "20")
    assert "--max-tokens" in check_stderr(done, ExitCode.TRUNCATED)


def test_chat_checks_it_too(bench: Bench, vendor: Vendor) -> None:
    with scripted([http_answer(200, whole_of(vendor, "not at all"))]) as server:
        bench.point(vendor, server.root)
        check_stderr(bench.run("chat", vendor, "json", "--json-object"), ExitCode.INVALID_OUTPUT)
