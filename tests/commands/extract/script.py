"""What a scripted server says, and `extract` against it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...carry.servers import Listener, scripted
from ...contract.answers import stream_of, whole_of
from ...contract.bench import Bench
from ...contract.servers import http_answer
from ...contract.vendors import ANTHROPIC, RESPONSES, Vendor
from ...helpers import Completed

PERSON = '{"type":"object","properties":{"name":{"type":"string","minLength":2},"age":{"type":"integer","minimum":0}},'
PERSON += '"required":["name"],"additionalProperties":false}'
WORDS = "Ada is 36."


def said(vendor: Vendor, value: object, stop: str | None = None) -> bytes:
    """A whole answer: a text as it is, anything else as JSON."""
    return http_answer(200, whole_of(vendor, value if isinstance(value, str) else json.dumps(value), stop=stop))


def streamed(vendor: Vendor, text: str, stop: str | None = None) -> bytes:
    """The same in pieces of a few characters."""
    return stream_of(vendor, [text[at : at + 7] for at in range(0, len(text), 7)], stop=stop)


def refused(vendor: Vendor, message: str = "unknown parameter", status: int = 400) -> bytes:
    """The vendor's error body."""
    if vendor is ANTHROPIC:
        return http_answer(status, {"type": "error", "error": {"type": "invalid_request_error", "message": message}})
    return http_answer(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})


@contextlib.contextmanager
def served(bench: Bench, vendor: Vendor, answers: Sequence[bytes]) -> Iterator[Listener]:
    """The vendor's requests get these answers, one after the other."""
    with scripted(answers) as listener:
        bench.point(vendor, listener.root)
        yield listener


def extract(bench: Bench, vendor: Vendor, *flags: str, schema: str = PERSON) -> Completed:
    return bench.run("extract", vendor, WORDS, "--schema", schema, *flags)


def mode_of(body: dict[str, Any]) -> str:
    """The way in which a request asks."""
    form = body.get("response_format") or body.get("text", {}).get("format") or {}
    if body.get("output_config", {}).get("format") or form.get("type") == "json_schema":
        return "native"
    if body.get("tools"):
        return "tool"
    return "json" if form.get("type") == "json_object" else "prompt"


def asked(vendor: Vendor, body: dict[str, Any]) -> str:
    """All text of the last message."""
    messages = body["input"] if vendor is RESPONSES else body["messages"]
    content = messages[-1]["content"]
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content)
