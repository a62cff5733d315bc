"""Endpoints that take no prompt: what they are asked, what they answer, and which one a path and a method mean.

Nothing here knows HTTP libraries: `server.py` carries what these say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from llmcli.sim.checks import JsonObject

_OPEN = "{}"


@dataclass(frozen=True)
class Part:
    """A field of a form; `filename` is None for one that is no file."""

    name: str
    data: bytes
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True)
class Asked:
    """A request: `names` are what its path has where its route leaves it open, `size` is that of its JSON.

    `origin` is the start of URLs by which the client reaches the simulator.
    """

    names: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    origin: str = ""
    body: JsonObject = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    size: int = 0

    def one(self, name: str) -> str | None:
        """A parameter of the query."""
        return dict(self.query).get(name)

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may come more than once."""
        return [value for key, value in self.query if key == name]


@dataclass(frozen=True)
class Bytes:
    """An answer that is no JSON object."""

    data: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = JsonObject | Bytes


@dataclass(frozen=True)
class Route:
    """One endpoint: `{}` in its path stands for any one name. `answer` may raise ApiError.

    `counted` says whether limits and faults are for it, too.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: Callable[[Asked], Answer]
    takes: Literal["nothing", "json", "form"] = "nothing"
    most_bytes: int = 0
    counted: bool = True


class Routes:
    """All routes of one vendor."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_path: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            self._by_path.setdefault(tuple(route.path.split("/")), {})[route.method] = route

    def find(self, raw_path: str) -> tuple[Mapping[str, Route], tuple[str, ...]]:
        """The routes of a path by their methods, none if it has none, and the names in it."""
        found = [unquote(piece) for piece in raw_path.split("/")]
        for path, routes in self._by_path.items():
            if len(path) == len(found) and all(a == b or (a == _OPEN and b) for a, b in zip(path, found, strict=True)):
                return routes, tuple(b for a, b in zip(path, found, strict=True) if a == _OPEN)
        return {}, ()
