"""How many tokens a request is, as its provider counts: within the time of an attempt, again if that may help."""

from __future__ import annotations

import asyncio

from llmcli.limits import Limit
from llmcli.messages import Request
from llmcli.providers.base import Provider
from llmcli.retry import OnRetry, RetryPolicy


async def counted(
    provider: Provider, name: str, request: Request, limit: Limit, policy: RetryPolicy, on_retry: OnRetry
) -> int | None:
    """None if the provider called `name` does not count. Raises what goes wrong."""

    async def attempt(_: int) -> int | None:
        try:
            async with asyncio.timeout(limit.seconds):
                return await provider.count_tokens(request)
        except TimeoutError as error:
            raise limit.error(name) from error

    return await policy.run(attempt, on_retry)
