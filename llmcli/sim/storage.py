"""What a running simulator keeps for its clients, in memory and no more than so much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

MOST_BYTES = 512 * 1024 * 1024
MOST_THINGS = 10_000


class Full(Exception):  # noqa: N818 - it is said to a client in the vendor's words
    """There is no room for more."""


class Storage:
    """How many bytes all that is kept takes; it is never more than `most_bytes`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._free = most_bytes

    def claim(self, size: int) -> bool:
        """Whether there was room for so many bytes more; they are taken then."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def release(self, size: int) -> None:
        self._free += size


class Sized(Protocol):
    """Something that has claimed so many bytes."""

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Shelf(Generic[T]):
    """Things of one kind by their ids, the oldest first."""

    def __init__(self, storage: Storage, most_things: int = MOST_THINGS) -> None:
        self._storage = storage
        self._most = most_things
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> None:
        """Keeps a thing. Raises Full, and claims nothing, if there is no room for it."""
        if len(self._things) >= self._most or not self._storage.claim(thing.size):
            raise Full
        self._things[name] = thing

    def get(self, name: str) -> T | None:
        return self._things.get(name)

    def remove(self, name: str) -> None:
        self._storage.release(self._things.pop(name).size)

    def newest_first(self) -> Mapping[str, T]:
        return dict(reversed(self._things.items()))
