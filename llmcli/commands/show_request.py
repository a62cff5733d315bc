"""`--print-request`: the exact provider request, shown instead of sent."""

from __future__ import annotations

import re
import shlex

from llmcli.app import App
from llmcli.messages import Request
from llmcli.models import Route
from llmcli.providers import create
from llmcli.providers.base import MASKED, PLACEHOLDER_KEY, Endpoint, WireRequest
from llmcli.render import to_json

# All but what tells about the SDK and the connection, or would change what curl prints.
_CURL_HEADERS = re.compile(r"(?!x-stainless|accept|user-agent|host$|connection$|content-length$)", re.I)
# What the SDKs make of the key. Others, which a checkout may have configured, are quoted: a shell obeys backquotes.
_KEY_HEADER = re.compile(rf"((?:authorization: Bearer |x-api-key: )){PLACEHOLDER_KEY}", re.I)
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie|password", re.I)


def show_request(app: App, route: Route, request: Request, form: str, *, stream: bool = False) -> None:
    """Print what would be sent, as `json` or as a `curl` command; needs no key."""
    from dataclasses import replace

    endpoint = app.endpoint(route.provider, with_key=False)
    provider = create(endpoint)
    wire = app.run(provider.wire_request(replace(request, model=route.model), stream=stream))
    app.streams.write(_as_curl(wire, endpoint) if form == "curl" else _as_json(wire, endpoint))


def _as_json(wire: WireRequest, endpoint: Endpoint) -> str:
    headers = {name: _masked(name, value, endpoint) for name, value in wire.headers.items()}
    return to_json({"method": wire.method, "url": wire.url, "headers": headers, "body": wire.body})


def _as_curl(wire: WireRequest, endpoint: Endpoint) -> str:
    """A command that runs as it is: the shell puts in the key from the environment, and nothing else."""
    parts = [f"curl -sS -X {wire.method} {shlex.quote(wire.url)}"]
    for name, value in wire.headers.items():
        if _CURL_HEADERS.match(name):
            is_key = _KEY_HEADER.fullmatch(f"{name}: {value}")
            header = f'"{is_key[1]}${{{endpoint.key_variable}}}"' if is_key else None
            parts.append(f"-H {header or shlex.quote(f'{name}: {_masked(name, value, endpoint)}')}")
    parts.append(f"--data-binary {shlex.quote(to_json(wire.body).strip())}")
    return " \\\n  ".join(parts) + "\n"


def _masked(name: str, value: str, endpoint: Endpoint) -> str:
    """A header's value, unless it is configured, or the header's name says that it is a secret."""
    if not _SECRET_HEADER.search(name):
        return endpoint.mask(value)
    return f"Bearer {MASKED}" if value.startswith("Bearer ") else MASKED
