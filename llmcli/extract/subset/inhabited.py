"""Which codecs have no value at all, because each value would have to hold another one of its own kind."""

from __future__ import annotations

from llmcli.extract.subset.codec import Codec, Impossible, resolved
from llmcli.extract.subset.lists import Tuple
from llmcli.extract.subset.objects import Object
from llmcli.extract.subset.settle import all_codecs
from llmcli.extract.subset.unions import Union


def empty_codecs(root: Codec) -> set[int]:
    """The ids of all codecs at and below `root` that have no finite value."""
    codecs = list(all_codecs(root))
    full: set[int] = set()
    changed = True
    while changed:
        found = {id(each) for each in codecs if id(each) not in full and _has_value(each, full)}
        full |= found
        changed = bool(found)
    return {id(each) for each in codecs} - full


def _has_value(codec: Codec, full: set[int]) -> bool:
    """Whether it has one, given those that are known to."""
    match codec:
        case Impossible():
            return False
        case Union():
            return any(id(resolved(each.codec)) in full for each in codec.branches)
        case Object():
            return all(id(resolved(each.codec)) in full for each in codec.fields if each.absence == "never")
        case Tuple():
            return id(codec.items) in full
        case _:  # lists may be empty
            return not codec_needs_items(codec) or all(id(resolved(part)) in full for part in codec.parts())


def codec_needs_items(codec: Codec) -> bool:
    return bool(getattr(codec, "keywords", {}).get("minItems"))
