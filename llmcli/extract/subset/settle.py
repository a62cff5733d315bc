"""What is decided once all codecs are built: how absence is written, and which alternatives need a tag."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from llmcli.extract.subset.codec import Codec, resolved
from llmcli.extract.subset.dialect import Dialect
from llmcli.extract.subset.objects import Absence, Field, Object
from llmcli.extract.subset.overlap import Overlap, keys_of, kinds
from llmcli.extract.subset.unions import Union


def all_codecs(root: Codec) -> Iterator[Codec]:
    """Every codec below and at `root`, once, in the order in which the schema will be read."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        codec = resolved(pending.pop())
        if id(codec) not in seen:
            seen.add(id(codec))
            yield codec
            pending += reversed(list(codec.parts()))


def settle(root: Codec, dialect: Dialect, *, lists: bool) -> list[tuple[str, str]]:
    """Decide for all codecs below `root`; returns what is to be told of it, each with its place.

    Where more properties may be left out than the dialect allows, the others are null if absent, or with `lists` empty
    lists, which are no unions.
    """
    _settle_absence(root, dialect, lists=lists)
    _settle_tags(root)
    return [pair for codec in all_codecs(root) for pair in _told(codec)]


def _told(codec: Codec) -> Iterator[tuple[str, str]]:
    if isinstance(codec, Union):
        tags = [branch.tag for branch in codec.branches if branch.tag]
        yield from ((codec.where, f'an alternative that looks like another: {{"{tag}": …}}') for tag in tags)
    for field in codec.fields if isinstance(codec, Object) else ():
        match field.absence:
            case "null" if field.null_default:
                yield field.where, "absent and null are the same, as its default says: asked for as null"
            case "null":
                yield field.where, "optional: null if it is absent"
            case "marker":
                yield field.where, f'optional, and null is a value: {{"{field.marker}": true}} if it is absent'
            case "list":
                yield field.where, "optional: a list of one item, which is empty if it is absent"


def _settle_absence(root: Codec, dialect: Dialect, *, lists: bool) -> None:
    left = 0 if dialect.all_required else dialect.optionals
    for codec in all_codecs(root):
        for field in codec.fields if isinstance(codec, Object) else ():
            if field.absence == "never":
                continue
            if left is None or left > 0:
                left = None if left is None else left - 1
                field.absence = "omitted"
                continue
            field.absence = _absence(field, dialect, lists=lists)
            field.marker = _unused(field.codec)


def _absence(field: Field, dialect: Dialect, *, lists: bool) -> Absence:
    if "null" not in kinds(field.codec):
        field.null_default = False
        return "list" if lists else "null"
    if field.null_default:
        return "null"
    return "marker" if dialect.unions is None else "list"


def _unused(codec: Codec) -> str:
    """A name for the marker that no object there has."""
    taken = {each.key for part in _alternatives(codec) if isinstance(part, Object) for each in part.fields}
    return next(name for number in count() if (name := "absent" + "_" * number) not in taken)


def _alternatives(codec: Codec) -> Iterator[Codec]:
    seen: set[int] = set()
    pending = [codec]
    while pending:
        codec = resolved(pending.pop())
        if id(codec) not in seen:
            seen.add(id(codec))
            yield codec
            pending += list(codec.parts()) if isinstance(codec, Union) else []


def _settle_tags(root: Codec) -> None:
    """A tag changes how a union looks from outside, so look again after each round."""
    changed = True
    while changed:
        overlap = Overlap(all_codecs(root))
        unions = [codec for codec in all_codecs(root) if isinstance(codec, Union)]
        changed = sum(_add_tags(union, overlap) for union in unions) > 0


def _add_tags(union: Union, overlap: Overlap) -> bool:
    """Tag what may be mistaken for a branch before it; whether there was any."""
    plain: list[Codec] = []
    found = False
    taken = {key for part in _alternatives(union) for key in keys_of(part)}
    for number, branch in enumerate(union.branches, 1):
        if branch.tag:
            continue
        if all(overlap.agree(branch.codec, each) for each in plain):
            plain.append(branch.codec)
        else:
            names = (f"option_{number}" + "_" * more for more in count())
            branch.tag = next(name for name in names if name not in taken)
            found = True
    return found
