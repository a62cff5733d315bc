"""Whether a JSON document is a JSON Schema that can be used here; every fault with its place, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcli.errors import UsageError
from llmcli.extract import pointer
from llmcli.extract.json_value import shown
from llmcli.extract.schema.keywords import Draft, Schema
from llmcli.extract.schema.references import References, UnresolvedError

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

# The validator gives up on schemas that are nested deeper than 255 levels, keywords included.
MOST_LEVELS = 250

_DRAFTS: dict[str, Draft] = {
    "json-schema.org/draft-07/schema": "7",
    "json-schema.org/draft/2020-12/schema": "2020-12",
}
_SCHEMA_URI = {
    "7": "http://json-schema.org/draft-07/schema#",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}


def fault(source: str, where: str, what: str, hint: str | None = None) -> UsageError:
    return UsageError(f"{source} is no usable JSON Schema: at {pointer.shown(where)}, {what}", hint=hint)


def draft_of(document: Any, source: str) -> Draft:
    """The draft that `$schema` names, 2020-12 without one. Raises UsageError for any other."""
    if not isinstance(document, dict) or "$schema" not in document:
        return "2020-12"
    name = document["$schema"]
    bare = name.partition("://")[2].rstrip("#") if isinstance(name, str) else None
    if bare not in _DRAFTS:
        raise fault(source, "/$schema", f"{shown(name)} is not supported", f"use {' or '.join(_SCHEMA_URI.values())}")
    return _DRAFTS[bare]


def checked(document: Any, source: str) -> tuple[Draft, References]:
    """The draft and the references of a schema that is one. Raises UsageError with the place of what is wrong."""
    if not isinstance(document, dict | bool):
        raise fault(source, "", f"{shown(document)} is neither an object nor true or false")
    _check_depth(document, source)
    draft = draft_of(document, source)
    _check_keywords(document, draft, source)
    try:
        references = References(document, draft, lambda schema, where: _check_keywords(schema, draft, source, where))
    except ValueError as error:  # urljoin of brackets and the like
        raise fault(source, "", f"an $id in it is none: {error}") from None
    _check_references(references, source)
    return draft, references


def _check_depth(document: Any, source: str) -> None:
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [each for value in level for each in _parts(value)]
        if not level:
            return
    raise fault(source, "", f"it is nested deeper than {MOST_LEVELS} levels")


def _parts(value: Any) -> list[Any]:
    parts = list(value.values()) if isinstance(value, dict) else value
    return [each for each in parts if isinstance(each, dict | list)] if isinstance(parts, list) else []


def _check_keywords(document: Schema, draft: Draft, source: str, at: str = "") -> None:
    """The document, or a part of it that is `at` that pointer, against the meta-schema of its draft."""
    import jsonschema_rs

    plain = {**document, "$schema": _SCHEMA_URI[draft]} if isinstance(document, dict) else document
    try:
        jsonschema_rs.meta.validate(plain)
    except jsonschema_rs.ValidationError as error:
        deepest = _deepest(error)
        where = at + pointer.of_path(deepest.instance_path)
        raise fault(source, where, _meta_fault(deepest.kind.name, deepest.instance)) from None
    except ValueError as error:
        raise fault(source, at, str(error)) from None


def _deepest(error: ValidationError) -> ValidationError:
    """Of a keyword that takes several forms, the fault inside of the one that was meant, if any came that far."""
    context = getattr(error.kind, "context", [])
    inner = [_deepest(each) for branch in context for each in branch]
    return max([error, *inner], key=lambda each: len(each.instance_path))


def _meta_fault(keyword: str, value: Any) -> str:
    match keyword:
        case "anyOf" | "type" | "enum" | "$ref":
            return f"{shown(value)} is not what this keyword takes"
        case "pattern" | "format":
            return f"{shown(value)} is not well-formed"
        case "minItems":
            return "the list is empty"
        case "uniqueItems":
            return "the list holds something twice"
        case _:
            return f"{shown(value)} is out of range"


def _check_references(references: References, source: str) -> None:
    for where in references.all_pointers():
        at = pointer.join(where, "$ref")
        try:
            references.target_of(where)
        except UnresolvedError as error:
            raise fault(source, at, str(error), "copy what it needs into its $defs") from None
        except ValueError as error:  # urljoin of brackets and the like
            raise fault(source, at, f"it is no reference: {error}") from None
    for where in references.all_pointers():
        if _returns(references, where):
            raise fault(source, pointer.join(where, "$ref"), "it leads back to itself without any value in between")


def _returns(references: References, start: str) -> bool:
    """Whether applying the schema at `start` to a value applies it to that same value again, by references."""
    if references.reference_of(start) is None:
        return False
    seen: set[str] = set()
    pending = in_place(references, start)
    while pending:
        where = pending.pop()
        if where == start:
            return True
        if where not in seen:
            seen.add(where)
            pending += in_place(references, where)
    return False


def in_place(references: References, where: str) -> list[str]:
    """The schemas that are applied to the same value as the one at `where`."""
    schema = references.schemas[where]
    if isinstance(schema, bool):
        return []
    target = references.target_of(where)
    found = [] if target is None else [target]
    if target is not None and references.draft == "7":
        return found  # which knows no keywords beside a $ref
    for key in ("allOf", "anyOf", "oneOf"):
        found += (pointer.join(where, key, number) for number in range(len(schema.get(key, ()))))
    found += (pointer.join(where, key) for key in ("not", "if", "then", "else") if key in schema)
    for key in ("dependentSchemas", "dependencies"):
        named = schema.get(key, {})
        found += (pointer.join(where, key, name) for name in named if isinstance(named[name], dict | bool))
    return [each for each in found if each in references.schemas]
