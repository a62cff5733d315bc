"""Plain HTTP and the real SDKs against a running simulator, and bodies that every vendor accepts."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic
    from openai import AsyncOpenAI, OpenAI

KEY = "test-key"
ANTHROPIC_VERSION = "2026-10-21"
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of asynchronous work."""
    return asyncio.run(work)


@dataclass(frozen=True)
class Answer:
    """What came back over plain HTTP; `json` fails if it is not JSON."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


@dataclass
class Sim:
    """A running simulator."""

    port: int
    log: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def anthropic(self, key: str = KEY) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(api_key=key, base_url=self.url, max_retries=0, timeout=10)

    def openai(self, key: str = KEY) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=key, base_url=f"{self.url}/v1", max_retries=0, timeout=10)

    def anthropic_sync(self, key: str = KEY) -> Anthropic:
        from anthropic import Anthropic

        return Anthropic(api_key=key, base_url=self.url, max_retries=0, timeout=10)

    def openai_sync(self, key: str = KEY) -> OpenAI:
        from openai import OpenAI

        return OpenAI(api_key=key, base_url=f"{self.url}/v1", max_retries=0, timeout=10)

    def upload(
        self, headers: Mapping[str, str | None] | None = None, **fields: bytes | tuple[str, bytes, str]
    ) -> Answer:
        """A form to /v1/files: its fields are texts, or files by name, bytes and type."""
        lines = []
        for name, value in fields.items():
            filename, data, media_type = value if isinstance(value, tuple) else (None, value, None)
            lines.append(f'--frontier\r\nContent-Disposition: form-data; name="{name}"'.encode())
            lines.append(f'; filename="{filename}"'.encode() if filename is not None else b"")
            lines.append(f"\r\nContent-Type: {media_type}".encode() if media_type else b"")
            lines.append(b"\r\n\r\n" + data + b"\r\n")
        sent = {"Content-Type": "multipart/form-data; boundary=frontier", **(headers or {})}
        return self.send("/v1/files", headers=sent, raw=b"".join(lines) + b"--frontier--\r\n")

    def send(
        self,
        path: str,
        body: object = None,
        headers: Mapping[str, str | None] | None = None,
        method: str | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request with headers that suit both vendors; None removes a header."""
        sent: dict[str, str | None] = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        if "messages" in path or "anthropic-version" in (headers or {}):
            sent["anthropic-version"] = ANTHROPIC_VERSION
        sent.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        try:
            connection.request(
                method or ("GET" if data is None else "POST"),
                path,
                data,
                {name: value for name, value in sent.items() if value is not None},
            )
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def entries(self, at_least: int = 1) -> list[dict[str, Any]]:
        """The lines of the log, once there are that many."""
        assert self.log is not None
        deadline = time.monotonic() + 5
        while True:
            lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
            if len(lines) >= at_least or time.monotonic() > deadline:
                return [json.loads(line) for line in lines]
            time.sleep(0.01)


def until(look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """What `look` finds, once it is enough."""
    deadline = time.monotonic() + 5
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return found


def ask(prompt: str = "hello", **more: Any) -> dict[str, Any]:
    """A valid body for Anthropic's Messages API."""
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
        **more,
    }


def chat(prompt: str = "hello", **more: Any) -> dict[str, Any]:
    """A valid body for OpenAI's Chat Completions API."""
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}], **more}


def respond(prompt: str = "hello", **more: Any) -> dict[str, Any]:
    """A valid body for OpenAI's Responses API."""
    return {"model": "gpt-4o", "input": prompt, **more}


StartSim = Callable[..., Sim]
