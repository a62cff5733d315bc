"""A prompt as OpenAI's cache sees it: tokens in a row, from the tools to the last message.

From developers.openai.com/api/docs/guides/prompt-caching (2026): from 1,024 tokens, in steps of 128, and at explicit
breakpoints exactly. Newer models really have one implicit breakpoint near the latest message, in no steps.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from llmcli.sim import tokens
from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.models import OpenAIModel
from llmcli.sim.promptcache import Prefix

_LEAST = 1024
_STEP = 128
_TTL_S = {"in_memory": 600.0, "30m": 1800.0, "12h": 43_200.0, "24h": 86_400.0}


class _Segment(NamedTuple):
    text: str
    tokens: int
    overhead: int
    ttl: str | None


class Prompt:
    """The prompt of one request, added to piece by piece."""

    def __init__(self, body: JsonObject) -> None:
        self._options = body.get("prompt_cache_options") or {}
        self._retention = body.get("prompt_cache_retention")
        self._key = body.get("prompt_cache_key") or ""
        self._segments: list[_Segment] = []
        self._overhead = tokens.REQUEST_OVERHEAD

    def turn(self, overhead: int = tokens.TURN_OVERHEAD) -> None:
        """Something begins that the vendor wraps in tokens of its own."""
        self._overhead += overhead

    def add(self, text: str, count: int | None = None, marked: JsonObject | None = None) -> None:
        """More of the prompt. `count` is for what is no text: `text` then tells it from others."""
        mark = (marked or {}).get("prompt_cache_breakpoint")
        ttl = mark.get("ttl") or self._options.get("ttl", "30m") if mark else None
        self._segments.append(_Segment(text, -1 if count is None else count, self._overhead, ttl))
        self._overhead = 0

    @property
    def tokens(self) -> int:
        counts = (tokens.count(one.text) if one.tokens < 0 else one.tokens for one in self._segments)
        return self._overhead + sum(counts) + sum(one.overhead for one in self._segments)

    def prefixes(self, model: OpenAIModel, total: int) -> tuple[Prefix, ...]:
        """What the cache is asked for and remembers; nothing of a short prompt. `total` is its tokens."""
        implicit = self._options.get("mode", "implicit") == "implicit"
        if total < _LEAST or not (implicit or any(one.ttl for one in self._segments)):
            return ()
        default = "30m" if model.caches_explicitly else "in_memory"
        usual = _TTL_S[self._options.get("ttl") or self._retention or default]
        digest = hashlib.sha256(f"{model.id}\0{self._key}\0".encode())
        found: list[Prefix] = []
        at = 0
        for segment in self._segments:
            pieces = self._pieces(segment)
            while taken := list(itertools.islice(pieces, _STEP - at % _STEP)):
                digest.update("\0".join([*taken, ""]).encode("utf-8", "surrogatepass"))
                at += len(taken)
                if implicit and at % _STEP == 0 and at >= _LEAST:
                    found.append(Prefix(digest.digest(), at, usual))
            if segment.ttl and at >= _LEAST:
                found.append(Prefix(digest.digest(), at, _TTL_S[segment.ttl]))
        return tuple(found)

    def _pieces(self, segment: _Segment) -> Iterator[str]:
        if segment.tokens < 0:
            own = tokens.split(segment.text)
        else:  # an attachment, which may be large: what stands for its tokens is its digest
            digest = hashlib.sha256(segment.text.encode("utf-8", "surrogatepass")).hexdigest()
            own = itertools.repeat(digest, segment.tokens)
        return itertools.chain(itertools.repeat("", segment.overhead), own)
