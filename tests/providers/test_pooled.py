"""The client under batches: what goes through it arrives as through the general one."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Callable

import pytest

from llmcli.config.keys import Key
from llmcli.config.sources import Origin
from llmcli.errors import DisconnectedError, RejectedError
from llmcli.messages import ImagePart, Message, Reply, Request
from llmcli.providers import create
from llmcli.providers.anthropic import MOST_TOKENS_UNSTREAMED
from llmcli.providers.base import Endpoint, Wiring
from llmcli.providers.uploads import LEAST_CHARACTERS

from ..contract.answers import sse_answer, stream_of, whole_of
from ..contract.servers import RawServer, http_answer
from ..contract.vendors import ANTHROPIC, LOCAL, RESPONSES, Vendor
from ..helpers import SECRET, closed_port

VENDORS = [pytest.param(vendor, id=vendor.name) for vendor in (ANTHROPIC, LOCAL, RESPONSES)]


def asked(
    vendor: Vendor, root: str, request: Request, heard: Callable[[Callable[[], object]], None] | None = None
) -> Reply:
    """The answer at `root`, through a client for many requests."""

    async def ask() -> Reply:
        wiring = Wiring(pooled=True, heard=heard)
        kind = "anthropic" if vendor is ANTHROPIC else "openai"
        api = "responses" if vendor is RESPONSES else None
        key = Key(SECRET, "KEY", Origin("env"))
        endpoint = Endpoint(vendor.name, kind, root + vendor.base_path, key, "KEY", api=api, wiring=wiring)
        provider = create(endpoint)
        try:
            provider.prepare(request)
            return await provider.complete(request)
        finally:
            for client in wiring.clients:
                await client.aclose()

    return asyncio.run(ask())


def simple(max_tokens: int = 100) -> Request:
    return Request("m", (Message.of("user", "hi"),), max_tokens=max_tokens)


def answer(vendor: Vendor, text: str = "héllo") -> bytes:
    return http_answer(200, whole_of(vendor, text))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_request_arrives_whole_with_its_key_and_the_answer_comes_back(vendor: Vendor) -> None:
    with RawServer(answer(vendor)) as server:
        reply = asked(vendor, server.root, simple())
    [received] = server.received
    assert reply.text == "héllo"
    assert received.headers["authorization"] == f"Bearer {SECRET}"
    assert received.headers["content-type"] == "application/json"
    assert received.json["model"] == "m"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_large_attachment_arrives_whole(vendor: Vendor) -> None:
    """It is put into the body piece by piece as it is sent."""
    data = base64.b64encode(bytes(LEAST_CHARACTERS)).decode()
    picture = ImagePart("zero.png", "image/png", data)
    request = Request("m", (Message("user", (picture,)),), max_tokens=100)
    with RawServer(answer(vendor)) as server:
        assert asked(vendor, server.root, request).text == "héllo"
    [received] = server.received
    assert data in received.body.decode()
    json.loads(received.body)


def test_an_answer_of_unusual_length_is_streamed() -> None:
    with RawServer(stream_of(ANTHROPIC, ["one ", "two"])) as server:
        reply = asked(ANTHROPIC, server.root, simple(MOST_TOKENS_UNSTREAMED + 1))
    assert (reply.text, server.received[0].json["stream"]) == ("one two", True)


def test_a_compressed_answer_is_unpacked() -> None:
    body = gzip.compress(json.dumps(whole_of(ANTHROPIC, "packed")).encode())
    with RawServer(http_answer(200, body, {"content-encoding": "gzip"})) as server:
        assert asked(ANTHROPIC, server.root, simple()).text == "packed"


def test_a_redirect_is_not_followed() -> None:
    with RawServer(answer(ANTHROPIC)) as other:
        moved = http_answer(307, {}, {"location": f"{other.root}/v1/messages"})
        with RawServer(moved) as server, pytest.raises(RejectedError, match="redirect, which is not followed"):
            asked(ANTHROPIC, server.root, simple())
    assert other.received == []


def test_a_cookie_is_not_kept() -> None:
    with RawServer(http_answer(200, whole_of(ANTHROPIC, "a"), {"set-cookie": "a=b"})) as server:
        asked(ANTHROPIC, server.root, simple())
        asked(ANTHROPIC, server.root, simple())
    assert [("cookie" in each.headers) for each in server.received] == [False, False]


def test_only_headers_that_tell_of_limits_are_told() -> None:
    told: list[object] = []
    headers = {"Anthropic-RateLimit-Requests-Limit": "50", "x-other": "1"}
    with RawServer(http_answer(200, whole_of(ANTHROPIC, "a"), headers)) as server:
        asked(ANTHROPIC, server.root, simple(), lambda headers_of: told.append(headers_of()))
    assert told == [{"anthropic-ratelimit-requests-limit": "50"}]


def test_nobody_there() -> None:
    with pytest.raises(DisconnectedError, match="connection refused") as caught:
        asked(ANTHROPIC, f"http://127.0.0.1:{closed_port()}", simple())
    assert not caught.value.may_have_cost


WHOLE = answer(ANTHROPIC)
CUT_STREAM = sse_answer([b"event: message_start\ndata: "], {"content-length": "500"})


@pytest.mark.parametrize(
    ("sent", "most"),
    [
        pytest.param(WHOLE[: len(WHOLE) // 2], 100, id="amid an answer"),
        pytest.param(CUT_STREAM, MOST_TOKENS_UNSTREAMED + 1, id="amid a stream"),
        pytest.param(b"", 100, id="before an answer"),
    ],
)
def test_a_connection_that_breaks_may_have_cost(sent: bytes, most: int) -> None:
    with RawServer(sent) as server, pytest.raises(DisconnectedError) as caught:
        asked(ANTHROPIC, server.root, simple(most))
    assert caught.value.may_have_cost


def test_the_proxy_of_the_environment_is_used_but_for_hosts_that_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(answer(ANTHROPIC)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.root)
        monkeypatch.setenv("no_proxy", "")
        asked(ANTHROPIC, "http://model.invalid", simple())
        monkeypatch.setenv("no_proxy", "model.invalid")
        with pytest.raises(DisconnectedError):
            asked(ANTHROPIC, "http://model.invalid", simple())
    assert [each.path for each in proxy.received] == ["http://model.invalid/v1/messages"]
