"""Requests to the simulator, over a real socket: an answer, or the vendor's own error; never 500, never a dead line."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import threading
from dataclasses import dataclass
from random import Random
from typing import Any

from llmcli.sim.server import ServerOptions, serve

from ...extract.test_compile_corpus import CORPUS
from ...sim.helpers import ANTHROPIC_VERSION, KEY, ask, chat, respond
from .. import mutate, trees
from ..campaign import Target
from ..program import Program, strict_json

_TIMEOUT_S = 30.0
_MESSAGES, _CHAT, _RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
_MESSAGE_BATCHES, _BATCHES, _FILES = "/v1/messages/batches", "/v1/batches", "/v1/files"
_COUNTING = {_MESSAGES: "/v1/messages/count_tokens", _RESPONSES: "/v1/responses/input_tokens"}
_CALL = 'sim:call=weather{"city":"Oslo"} sim:say=hm'
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_SCHEMA = {**_CITY, "additionalProperties": False}
_CACHED = {"type": "ephemeral"}
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_TOOL = {"name": "weather", "description": "Today's weather", "input_schema": _SCHEMA, "strict": True}
_FUNCTION = {"name": "weather", "description": "Today's weather", "parameters": _SCHEMA}
_FORMAT = {"type": "json_schema", "schema": _SCHEMA}
_IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _PNG}}
_BODIES: dict[str, tuple[Any, ...]] = {
    _MESSAGES: (
        ask("hello", system="Be brief.", stop_sequences=["x"], metadata={"user_id": "u"}, service_tier="auto"),
        ask(_CALL, tools=[_TOOL], tool_choice={"type": "auto"}, stream=True),
        ask("hello", messages=[
            {"role": "user", "content": [_IMAGE, {"type": "text", "text": "x", "cache_control": _CACHED}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "weather", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]},
        ], tools=[_TOOL]),
        ask("hello", output_config={"format": _FORMAT, "effort": "low"}, thinking={"type": "adaptive"}),
        ask("hello", model="claude-sonnet-4-5", thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000),
    ),
    _CHAT: (
        chat("hello", max_completion_tokens=50, temperature=0.5, top_p=1, stop=["x"], seed=1, n=1, user="u"),
        chat(_CALL, tools=[{"type": "function", "function": _FUNCTION}], tool_choice="auto", stream=True,
             stream_options={"include_usage": True}),
        chat("hello", response_format={"type": "json_schema", "json_schema": {"name": "a", "strict": True,
             "schema": _SCHEMA}}),
        chat("hello", messages=[
            {"role": "developer", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {
                "url": f"data:image/png;base64,{_PNG}", "detail": "low"}}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {
                "name": "weather", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "ok"},
        ]),
        chat("json", response_format={"type": "json_object"}),
        chat("hello", model="gpt-6-luna", reasoning_effort="high"),
    ),
    _RESPONSES: (
        respond("hello", instructions="s", max_output_tokens=50, temperature=0.5, store=False, metadata={"a": "b"}),
        respond(_CALL, tools=[{"type": "function", "strict": True, **_FUNCTION}], tool_choice="auto", stream=True),
        respond("hello", text={"format": {"name": "a", "strict": True, **_FORMAT}}),
        respond("hello", model="gpt-6-luna", input=[
            {"role": "user", "content": [{"type": "input_text", "text": "x"}, {"type": "input_image",
                "image_url": f"data:image/png;base64,{_PNG}", "detail": "auto"}]},
            {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "ok"},
        ], include=["reasoning.encrypted_content"], reasoning={"effort": "high", "summary": "auto"}),
    ),
    _MESSAGE_BATCHES: (
        {"requests": [{"custom_id": "a", "params": ask("hello")}, {"custom_id": "b", "params": {"model": "x"}}]},
    ),
    _BATCHES: (
        {"input_file_id": "file-1", "endpoint": _CHAT, "completion_window": "24h", "metadata": {"a": "b"},
         "output_expires_after": {"anchor": "created_at", "seconds": 3600}},
    ),
}  # fmt: skip
_FORM = (
    b"".join(
        b'--f\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % field
        for field in (
            (b"purpose", b"batch"),
            (b"expires_after[anchor]", b"created_at"),
            (b"expires_after[seconds]", b"3600"),
            (b'file"; filename="a.jsonl', b'{"custom_id": "a"}'),
        )
    )
    + b"--f--\r\n"
)
_IS_FORM: dict[str, str | None] = {"Content-Type": "multipart/form-data; boundary=f"}
_SCHEMAS = [each.values[0]["schema"] for each in CORPUS]  # type: ignore[index]
_HEADERS: tuple[dict[str, str | None], ...] = (
    {"Content-Type": "application/json; charset=utf-16"}, {"Content-Type": "text/plain"}, {"Content-Type": None},
    {"Content-Encoding": "gzip"}, {"Content-Encoding": "br"}, {"Content-Encoding": "x"}, {"Authorization": None},
    {"Authorization": "Basic x"}, {"x-api-key": "k"}, {"anthropic-version": "2023-06-01"}, {"anthropic-version": "x"},
    {"anthropic-version": None}, {"anthropic-beta": "x,y"}, {"Accept": "text/event-stream"}, {"OpenAI-Beta": "a"},
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request; `right` if it is one that is answered."""

    path: str
    data: bytes
    headers: dict[str, str | None]
    right: bool


class Sim(Target):
    """A simulator in a thread, and a connection to it that is kept as long as it says."""

    def __init__(self, program: Program) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._port = 0
        self._task = self._loop.create_task(serve(ServerOptions(), self._announce))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(_TIMEOUT_S)
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)

    def _serve(self) -> None:
        self._loop.run_until_complete(asyncio.wait([self._task]))
        self._loop.close()

    def _announce(self, port: int) -> None:
        self._port = port
        self._ready.set()

    def close(self) -> None:
        self._connection.close()
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(_TIMEOUT_S)

    def case(self, random: Random) -> Case:
        api = random.choice(list(_BODIES))
        body = random.choice(_BODIES[api])
        path = _COUNTING[api] if api in _COUNTING and random.random() < 0.15 else api
        kind = random.random()
        if kind < 0.05:
            # Batches are kept, and after a long time there may be no room for more.
            return Case(api, json.dumps(body).encode(), {}, not api.endswith("/batches"))
        if kind > 0.95:
            version = {"anthropic-version": ANTHROPIC_VERSION} if random.random() < 0.5 else {}
            return Case(_FILES, mutate.changed(random, _FORM), {**_IS_FORM, **version}, False)
        if kind < 0.8:
            others = (*_BODIES[api], random.choice(_SCHEMAS))
            data = trees.data(random, trees.changed(random, body, others))[:4_000_000]
        else:
            data = mutate.changed(random, json.dumps(body).encode())
        headers: dict[str, str | None] = random.choice(_HEADERS) if random.random() < 0.08 else {}
        if headers.get("Content-Encoding") == "gzip" and random.random() < 0.7:
            data = gzip.compress(data)
        return Case(path, data, headers, False)

    def check(self, case: Case) -> None:
        sent: dict[str, str | None] = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        if case.path.startswith(_MESSAGES):
            sent["anthropic-version"] = ANTHROPIC_VERSION
        given = {name: value for name, value in (sent | case.headers).items() if value is not None}
        try:
            self._connection.request("POST", case.path, case.data, given)
            response = self._connection.getresponse()
            answer = response.read()
        except Exception:
            self._connection.close()  # the next case gets another
            raise
        said = answer[:500]
        assert response.status == 200 or 400 <= response.status < 500, f"{response.status}: {said!r}"
        if case.right:
            assert response.status == 200, said
        kind = response.headers.get_content_type()
        if response.status != 200:
            _check_error(case, answer)
        elif kind == "text/event-stream":
            _check_stream(case, answer.decode())
        else:
            strict_json(answer.decode())


def _check_error(case: Case, answer: bytes) -> None:
    """The vendor's own form of an error; an encoding that HTTP does not know is refused before anybody is asked."""
    if case.headers.get("Content-Encoding") in ("br", "x"):
        return
    found = strict_json(answer.decode())
    error = found["error"]
    assert isinstance(error["message"], str)
    assert error["message"]
    if case.path.startswith(_MESSAGES) or (case.path == _FILES and "anthropic-version" in case.headers):
        assert found["type"] == "error"
        assert error["type"].endswith("_error")
    else:
        assert {"type", "param", "code"} <= error.keys()


def _check_stream(case: Case, text: str) -> None:
    assert text.endswith("\n\n")
    events = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    if events[-1] == "[DONE]":
        events.pop()
    last = [strict_json(event) for event in events][-1]
    assert isinstance(last, dict)
    if case.path == _MESSAGES:
        assert last == {"type": "message_stop"}
    if case.path == _RESPONSES:
        assert last["type"] in ("response.completed", "response.incomplete")
