"""The prompt cache of a simulated vendor: which prefixes of prompts it has seen, and until when it remembers them.

A prompt is a chain of prefixes, each with a digest of all that comes before. Which prefixes are looked for and which
are remembered is the vendor's business; the arithmetic is the same.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_MOST_ENTRIES = 50_000


class Prefix(NamedTuple):
    """The prompt up to some point: how many tokens it is, and how long to remember it, if at all."""

    digest: bytes
    tokens: int
    ttl_s: float | None = None


@dataclass(frozen=True)
class CacheUse:
    """Tokens read from the cache and written to it; what is written for an hour or more is in `long_write`."""

    read: int = 0
    short_write: int = 0
    long_write: int = 0

    @property
    def write(self) -> int:
        return self.short_write + self.long_write


NOT_CACHED = CacheUse()
LONG_S = 3600.0


class PromptCache:
    """Remembers prefixes in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[bytes, tuple[float, float]] = {}  # until when, and how long each use makes it last

    def use(self, prefixes: Sequence[Prefix], lookback: int | None = None) -> CacheUse:
        """Reads the longest prefix known and remembers those that are to be.

        With `lookback`, only so many prefixes up to each that is to be remembered are looked for.
        """
        written = [number for number, prefix in enumerate(prefixes) if prefix.ttl_s is not None]
        if not written:
            return NOT_CACHED
        now = self._clock()
        read = 0
        for number in range(written[-1], -1, -1):
            near = lookback is None or any(number <= at < number + lookback for at in written)
            if near and self._known(prefixes[number].digest, now):
                read = prefixes[number].tokens
                break
        for number in written:
            self._remember(prefixes[number].digest, prefixes[number].ttl_s or 0.0, now)
        last = prefixes[written[-1]].tokens
        long = max((prefixes[at].tokens for at in written if (prefixes[at].ttl_s or 0) >= LONG_S), default=0)
        return CacheUse(read, max(0, last - max(read, long)), max(0, long - read))

    def _known(self, digest: bytes, now: float) -> bool:
        until, ttl_s = self._entries.get(digest, (now, 0.0))
        if until <= now:
            return False
        self._entries[digest] = (now + ttl_s, ttl_s)
        return True

    def _remember(self, digest: bytes, ttl_s: float, now: float) -> None:
        if len(self._entries) > _MOST_ENTRIES:
            self._entries = {known: entry for known, entry in self._entries.items() if entry[0] > now}
        until, before_s = self._entries.get(digest, (now, 0.0))
        longest_s = max(ttl_s, before_s) if until > now else ttl_s
        self._entries[digest] = (now + longest_s, longest_s)


def chain(start: str, links: Iterable[str]) -> Iterator[bytes]:
    """A digest for each link, of it and everything before."""
    digest = hashlib.sha256(start.encode())
    for link in links:
        digest.update(len(link).to_bytes(8, "big") + link.encode("utf-8", "surrogatepass"))
        yield digest.digest()
