"""The JSON envelope, version 1, checked field by field as the design page has it (2.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from llmcli.errors import ExitCode
from llmcli.messages import StopReason

_USD = re.compile(r"\d+(\.\d+)?")
_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
_CLASSES = {code.name.lower() for code in ExitCode} - {"ok"}
_BASES = ("measured", "estimated", "unknown")
_TRUNCATED = {"max_tokens", "context_window", "incomplete", "unknown"}

TEXT_OR_NULL = (str, type(None))
COUNT_OR_NULL = (int, type(None))
NUMBER_OR_NULL = (int, float, type(None))

# name -> types of its value
_FIELDS: dict[str, tuple[type, ...]] = {
    "type": (str,),
    "schema_version": (int,),
    "ok": (bool,),
    "command": (str,),
    "provider": TEXT_OR_NULL,
    "model": TEXT_OR_NULL,
    "model_resolved": TEXT_OR_NULL,
    "text": TEXT_OR_NULL,
    "stop_reason": TEXT_OR_NULL,
    "truncated": (bool,),
    "usage": (dict,),
    "cost": (dict,),
    "request_id": TEXT_OR_NULL,
    "attempts": (int,),
    "latency_ms": COUNT_OR_NULL,
    "ttft_ms": COUNT_OR_NULL,
    "tokens_per_second": NUMBER_OR_NULL,
    "error": (dict, type(None)),
}
# What was added later: fields are never taken away or changed, so that these may be there or not.
_ADDED: dict[str, tuple[type, ...]] = {"reasoning": TEXT_OR_NULL, "tool_calls": (list, type(None))}
_COST = {"usd": TEXT_OR_NULL, "basis": (str,), "prices": TEXT_OR_NULL}
_ERROR = {
    "class": (str,),
    "message": (str,),
    "status": COUNT_OR_NULL,
    "retryable": (bool,),
    "retry_after_s": NUMBER_OR_NULL,
    "hint": TEXT_OR_NULL,
}


def checked(line: str, *, with_text: bool = True) -> dict[str, Any]:
    """The envelope in `line`, which must be one line of JSON and right in every field."""
    assert line.endswith("\n")
    assert line.count("\n") == 1
    found: dict[str, Any] = json.loads(line)
    fields = {name: kinds for name, kinds in _FIELDS.items() if with_text or name != "text"}
    _check_types(found, fields, _ADDED)
    assert found["type"] == "result"
    assert found["schema_version"] == 1
    assert found["ok"] == (found["error"] is None)
    assert found["stop_reason"] in {None, *(reason.value for reason in StopReason)}
    assert found["truncated"] == (found["stop_reason"] in _TRUNCATED)
    _check_types(found["usage"], dict.fromkeys(_TOKENS, COUNT_OR_NULL))
    assert all(count is None or count >= 0 for count in found["usage"].values())
    _check_cost(found["cost"])
    if found["error"] is not None:
        _check_error(found["error"])
    return found


def results(lines: str) -> list[dict[str, Any]]:
    """The events of `stream --json`; the last one, and no other, must be the envelope."""
    split = lines.splitlines(keepends=True)
    events = [json.loads(line) for line in split]
    assert [event["type"] for event in events].count("result") == 1
    return [*events[:-1], checked(split[-1])]


def _check_types(
    found: dict[str, Any], fields: Mapping[str, tuple[type, ...]], added: Mapping[str, tuple[type, ...]] | None = None
) -> None:
    missing, unknown = fields.keys() - found.keys(), found.keys() - fields.keys() - (added or {}).keys()
    assert not missing, f"missing: {missing}"
    assert not unknown, f"not in the table of fields: {unknown}"
    for name, value in found.items():
        # A bool is an int for Python, but not for those who read the JSON.
        assert type(value) in {**fields, **(added or {})}[name], f"{name} is {value!r}"


def _check_cost(cost: dict[str, Any]) -> None:
    _check_types(cost, _COST)
    assert cost["basis"] in _BASES
    assert (cost["usd"] is None) == (cost["basis"] == "unknown") == (cost["prices"] is None)
    assert cost["usd"] is None or _USD.fullmatch(cost["usd"])


def _check_error(error: dict[str, Any]) -> None:
    _check_types(error, _ERROR)
    assert error["class"] in _CLASSES
    assert error["message"]
    assert error["message"].isprintable()
    assert error["hint"] is None or error["hint"].isprintable()
    assert error["retry_after_s"] is None or error["retry_after_s"] >= 0
