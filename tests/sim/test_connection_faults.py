"""Connections that hang or break, as clients meet them."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

import pytest

from .helpers import KEY, Sim, StartSim, ask, chat, respond

BODIES = {"/v1/messages": ask, "/v1/chat/completions": chat, "/v1/responses": respond}
PATHS = sorted(BODIES)
LONG = "sim:tokens=50"

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
every_api = pytest.mark.parametrize("path", PATHS)


def body_for(path: str, stream: bool = False) -> dict[str, Any]:
    return BODIES[path](LONG, stream=stream)


def open_request(sim: Sim, path: str, stream: bool) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=1)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "anthropic-version": "2026-10-21"}
    connection.request("POST", path, json.dumps(body_for(path, stream)), headers)
    return connection


@every_api
@both_ways
def test_hang_sends_nothing(start_sim: StartSim, path: str, stream: bool) -> None:
    """No status line comes, for as long as one waits."""
    connection = open_request(start_sim("hang"), path, stream)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


def test_a_client_that_gives_up_on_a_hanging_request_is_noticed(start_sim: StartSim) -> None:
    """The log line of a request that got no answer is written once the client is gone."""
    sim = start_sim("hang")
    open_request(sim, "/v1/messages", False).close()
    [entry] = sim.entries()
    assert (entry["status"], entry["fault"], entry["complete"]) == (None, "hang", False)


@every_api
@both_ways
def test_hang_midbody_stops_amid_the_body(start_sim: StartSim, path: str, stream: bool) -> None:
    """Headers and a part of the body come, then nothing more."""
    connection = open_request(start_sim("hang-midbody"), path, stream)
    response = connection.getresponse()
    assert response.status == 200
    assert response.read1(10)
    with pytest.raises(TimeoutError):
        response.read()
    connection.close()


@every_api
@both_ways
def test_drop_before_closes_without_a_byte(start_sim: StartSim, path: str, stream: bool) -> None:
    """The connection ends before a status line."""
    connection = open_request(start_sim("drop-before"), path, stream)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()


@every_api
@both_ways
def test_drop_midstream_resets(start_sim: StartSim, path: str, stream: bool) -> None:
    """A part of the body comes, then a TCP reset."""
    response = open_request(start_sim("drop-midstream"), path, stream).getresponse()
    assert response.status == 200
    assert response.read1(10)
    with pytest.raises(ConnectionResetError):
        response.read()


def test_reset_reaches_a_bare_socket(start_sim: StartSim) -> None:
    """The reset is a real RST, not a polite end of the stream."""
    sim = start_sim("drop-midstream")
    body = json.dumps(body_for("/v1/messages", stream=True)).encode()
    head = (
        f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nanthropic-version: 2026-10-21\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", sim.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        with pytest.raises(ConnectionResetError):
            while connection.recv(65536):
                pass
