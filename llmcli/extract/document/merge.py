"""The records of a document from the records of its chunks: in document order, those seen twice only once.

Two records are of one place in the document, so that one of them goes, in these cases only.

1. Both have the same key, if records have one: wherever they are. The first stays, or a fuller copy of it that comes
   before it is settled.
2. They come from neighbouring chunks, both have spans, and the spans overlap; and they are copies.
3. The same, with spans that lie both within the overlap of the chunks but apart: if the text at the two spans differs
   (one record, quoted differently). Where it is the same the record stands there twice, and both stay.
4. They come from neighbouring chunks that overlap, one of them has no span, and they are in a run: the last records of
   the one chunk are copies of the first of the other, in order. Each pair of the run is one record.

Copies are records that are equal, or where one only lacks values that the other has (it was cut by the edge of its
chunk): then the fuller stays. In cases 3 and 4 this counts only for the last record of the one chunk and the first of
the other. Each record is a copy of at most one other, so that what is twice in the overlap stays twice. Records of
one chunk are never copies of each other, but by their key.

Document order is that of the spans; a record without one stays behind the record before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from llmcli.extract.document.chunks import Chunk

Span = tuple[int, int]
Key = Callable[[Any], Hashable]


@dataclass(frozen=True)
class Found:
    """A record of a chunk, as data; `span` is where in the source it was read, if that is known."""

    record: Any
    span: Span | None = None


@dataclass
class _Held:
    found: Found
    place: int
    chunk: int
    key: Hashable = None
    first: bool = False  # of its chunk
    last: bool = False
    identity: str = field(init=False)

    def __post_init__(self) -> None:
        self.identity = _canonical(self.found.record)


class Merger:
    """Takes chunk by chunk, in order: a record comes out once no later chunk can be at its place.

    A key is remembered for as long as the merger lives, a record only until it has come out.
    """

    def __init__(self, key: Key | None = None) -> None:
        self._key = key
        self._held: list[_Held] = []
        self._by_key: dict[Hashable, _Held | None] = {}  # None once the record has come out

    def add(self, chunk: Chunk, records: Iterable[Found]) -> list[Found]:
        """Take in the next chunk; a chunk that failed is left out. Gives the records that are settled by it."""
        new = self._without_known_keys(_hold(chunk, records, self._key))
        earlier = [held for held in self._held if held.chunk == chunk.number - 1]
        if chunk.start < chunk.own_start:
            paired = _pair_by_span(earlier, new, chunk)
            paired |= _pair_by_run(earlier, new, paired)
            for at, kept in paired.items():
                self._join(kept, new[at])
            new = [held for at, held in enumerate(new) if at not in paired]
        settled = [held for held in self._held if held.place < chunk.start]
        self._held = [held for held in self._held if held.place >= chunk.start] + new
        self._held.sort(key=lambda held: held.place)
        return self._out(settled)

    def finish(self) -> list[Found]:
        settled, self._held = self._held, []
        return self._out(settled)

    def _join(self, kept: _Held, copy: _Held) -> None:
        """One record instead of two copies."""
        if kept.identity != copy.identity and _is_poorer(kept.found.record, copy.found.record):
            _replace(kept, copy)
        if copy.key is not None:
            kept.key = copy.key
            self._by_key[copy.key] = kept

    def _out(self, settled: list[_Held]) -> list[Found]:
        for held in settled:
            if held.key is not None:
                self._by_key[held.key] = None
        return [held.found for held in settled]

    def _without_known_keys(self, new: list[_Held]) -> list[_Held]:
        fresh = []
        for held in new:
            if held.key is None or held.key not in self._by_key:
                fresh.append(held)
                if held.key is not None:
                    self._by_key[held.key] = held
                continue
            known = self._by_key[held.key]
            if known is not None and _is_poorer(known.found.record, held.found.record):
                _replace(known, held)
        return fresh


def _hold(chunk: Chunk, records: Iterable[Found], key: Key | None) -> list[_Held]:
    """The records with their places: a record without a span has that of the record before it."""
    held: list[_Held] = []
    place = chunk.start
    for found in records:
        place = found.span[0] if found.span else place
        held.append(_Held(found, place, chunk.number, key(found.record) if key else None))
    if held:
        held[0].first = held[-1].last = True
    return held


def _pair_by_span(earlier: list[_Held], new: list[_Held], chunk: Chunk) -> dict[int, _Held]:
    """Of which earlier record each of `new` is a copy."""
    left = [held for held in earlier if held.found.span and held.found.span[1] > chunk.start]
    paired: dict[int, _Held] = {}
    for are_one in (_equal_at_one_place, _copies_at_one_place, _apart_in_overlap):
        for at, held in enumerate(new):
            if at in paired or not held.found.span:
                continue
            copy = next((other for other in left if are_one(other, held, chunk)), None)
            if copy is not None:
                left.remove(copy)
                paired[at] = copy
    return paired


def _equal_at_one_place(one: _Held, other: _Held, _: Chunk) -> bool:
    return _overlap(one, other) and one.identity == other.identity


def _copies_at_one_place(one: _Held, other: _Held, _: Chunk) -> bool:
    return _overlap(one, other) and (
        _is_poorer(one.found.record, other.found.record) or _is_poorer(other.found.record, one.found.record)
    )


def _overlap(one: _Held, other: _Held) -> bool:
    first, second = one.found.span or (0, 0), other.found.span or (0, 0)
    return max(first[0], second[0]) < min(first[1], second[1])


def _apart_in_overlap(one: _Held, other: _Held, chunk: Chunk) -> bool:
    first, second = one.found.span or (0, 0), other.found.span or (0, 0)
    low, high = chunk.overlap
    within = low <= first[0] and first[1] <= high and low <= second[0] and second[1] <= high
    return within and _quoted(chunk, first) != _quoted(chunk, second) and _are_copies_at_the_seam(one, other)


def _quoted(chunk: Chunk, span: Span) -> str:
    return " ".join(chunk.source[span[0] : span[1]].casefold().split())


def _pair_by_run(earlier: list[_Held], new: list[_Held], paired: dict[int, _Held]) -> dict[int, _Held]:
    """The same by the longest run of copies, for records without spans."""
    if all(held.found.span for held in [*earlier, *new]):
        return {}
    for length in range(min(len(earlier), len(new)), 0, -1):
        run = dict(enumerate(earlier[-length:]))
        if all(paired.get(at) is one or _may_be_one(one, new[at]) for at, one in run.items()):
            return run
    return {}


def _may_be_one(one: _Held, other: _Held) -> bool:
    return not (one.found.span and other.found.span) and _are_copies_at_the_seam(one, other)


def _are_copies_at_the_seam(one: _Held, other: _Held) -> bool:
    return (
        one.identity == other.identity
        or (one.last and _is_poorer(one.found.record, other.found.record))
        or (other.first and _is_poorer(other.found.record, one.found.record))
    )


def _replace(kept: _Held, fuller: _Held) -> None:
    """Let the fuller record stand in the place of its poorer copy."""
    kept.found, kept.identity = fuller.found, fuller.identity


def _is_poorer(one: Any, other: Any) -> bool:
    """Whether `one` only lacks values of `other`: at least half of those of `other` are there, all of them equal."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    mine, theirs = _values(one), _values(other)
    return 2 * len(mine) >= len(theirs) > len(mine) > 0 and all(theirs.get(name) == mine[name] for name in mine)


def _values(record: dict[str, Any]) -> dict[str, str]:
    return {name: _canonical(value) for name, value in record.items() if value not in (None, "", [], {})}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
