"""The prompt cache by itself: what it remembers, and for how long."""

from __future__ import annotations

from llmcli.sim.anthropic.caching import LOOKBACK
from llmcli.sim.promptcache import CacheUse, Prefix, PromptCache


def test_entries_live_as_long_as_they_are_used() -> None:
    """Every use starts the time again; after it there is nothing left."""
    now = 0.0
    cache = PromptCache(clock=lambda: now)
    prompt = [Prefix(b"a", 100, 300.0)]
    assert cache.use(prompt) == CacheUse(short_write=100)
    for _ in range(3):
        now += 299.0
        assert cache.use(prompt) == CacheUse(read=100)
    now += 300.0
    assert cache.use(prompt) == CacheUse(short_write=100)


def test_reading_a_part_keeps_it_alive() -> None:
    """A prefix that a longer prompt reads lives on, though that prompt does not mark it."""
    now = 0.0
    cache = PromptCache(clock=lambda: now)
    short = Prefix(b"a", 100, 300.0)
    cache.use([short])
    for number in range(3):
        now += 299.0
        longer = [short._replace(ttl_s=None), Prefix(bytes([number]), 200, 300.0)]
        assert cache.use(longer) == CacheUse(read=100, short_write=100)


def test_only_so_many_blocks_are_looked_back() -> None:
    """A mark finds what was written at most 20 blocks before it."""
    cache = PromptCache()

    def prompt(blocks: int) -> list[Prefix]:
        prefixes = [Prefix(bytes([number]), 1000 + number) for number in range(blocks)]
        return [*prefixes[:-1], prefixes[-1]._replace(ttl_s=300.0)]

    cache.use(prompt(1), LOOKBACK)
    assert cache.use(prompt(20), LOOKBACK).read == 1000
    cache = PromptCache()
    cache.use(prompt(1), LOOKBACK)
    assert cache.use(prompt(21), LOOKBACK).read == 0
