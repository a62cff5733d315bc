"""Whether the endpoints answer, to a question that costs nothing, and whether our clock agrees with theirs."""

from __future__ import annotations

import asyncio
import email.utils
import sys
import time
from collections.abc import Sequence
from shlex import quote

from llmcli.app import App
from llmcli.commands.doctor.check import Check, Checks, ok, trouble, warn
from llmcli.errors import AuthError, LlmcliError, RateLimitedError, RejectedError, UnavailableError
from llmcli.providers import create
from llmcli.providers.base import Endpoint, Reached

WITHIN_S = 5.0
# Servers give whole seconds, and answers take their time.
MOST_SKEW_S = 30.0
_SET_CLOCK = "sudo sntp -sS time.apple.com" if sys.platform == "darwin" else "sudo timedatectl set-ntp true"

Seen = tuple[Reached | LlmcliError | None, float]
"""How an endpoint answered, and when by our clock."""


def checks(app: App, endpoints: Sequence[tuple[Endpoint, bool]]) -> Checks:
    """`endpoints` with whether they have to answer."""
    seen = app.run(_all([endpoint for endpoint, _ in endpoints]))
    for (endpoint, needed), (reached, _) in zip(endpoints, seen, strict=True):
        if reached is not None:
            yield _endpoint(endpoint, reached, needed=needed)
    for (endpoint, _), (reached, when) in zip(endpoints, seen, strict=True):
        if isinstance(reached, Reached) and (skew_s := _skew_s(reached, when)) is not None:
            yield _clock(skew_s, endpoint)
            return


async def _all(endpoints: Sequence[Endpoint]) -> list[Seen]:
    return await asyncio.gather(*map(_reach, endpoints))


async def _reach(endpoint: Endpoint) -> Seen:
    try:
        reached: Reached | LlmcliError | None = await create(endpoint).reach(WITHIN_S)
    except LlmcliError as error:
        reached = error
    when = time.time()
    for client in endpoint.wiring.clients:
        await client.aclose()
    return reached, when


def _endpoint(endpoint: Endpoint, reached: Reached | LlmcliError, *, needed: bool) -> Check:
    name, url = f"endpoint {endpoint.name}", endpoint.base_url
    if isinstance(reached, LlmcliError):
        return trouble(name, reached, f"curl -sSI {quote(url)}", serious=needed)
    error, took = reached.error, f"{url} answers within {reached.seconds:.2f} s"
    if error is None:
        return ok(name, took if endpoint.key is None else f"{took} and takes the key")
    if isinstance(error, AuthError) and endpoint.key is None:
        return ok(name, f"{took}; a key was not sent")
    if isinstance(error, AuthError):
        return trouble(name, error, f"export {endpoint.key_variable}=…", serious=needed)
    if isinstance(error, RateLimitedError):
        return warn(name, error.message, "llmcli cost report --since 1h --by model")
    if isinstance(error, RejectedError) and error.status == 404:
        return warn(name, f"{url} answers, but has no list of models", "llmcli config show --origin | grep base_url")
    other = None if isinstance(error, UnavailableError) else "llmcli config show --origin | grep base_url"
    return trouble(name, error, other, serious=needed)


def _skew_s(reached: Reached, when: float) -> float | None:
    """By how much our clock is ahead of theirs."""
    try:
        theirs = email.utils.parsedate_to_datetime(reached.date or "").timestamp()
    except (ValueError, OverflowError):
        return None
    return when - reached.seconds / 2 - theirs


def _clock(skew_s: float, endpoint: Endpoint) -> Check:
    if abs(skew_s) <= MOST_SKEW_S:
        return ok("clock", f"agrees with {endpoint.name} to {max(1, round(abs(skew_s)))} s")
    words = f"{abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} {endpoint.name}'s"
    return warn("clock", f"{words}: days of budgets and waits go by it", _SET_CLOCK)
