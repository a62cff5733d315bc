"""A schema put within another, its references still leading where they did.

`#/$defs/X` is relative to the root of the document, which is no longer the user's schema. Its definitions therefore
move to the new root, and references to anything else of it (`#`, `#/properties/x`) get the new path. What is only data
(`const`, `enum`, `default`, `examples`) is left alone, and so is a part with an `$id` of its own, whose references are
relative to itself.
"""

from __future__ import annotations

from typing import Any

DEFINITIONS = ("$defs", "definitions")

_DATA = ("const", "enum", "default", "examples")
_SCHEMAS_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "dependencies", *DEFINITIONS)
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def embedded(schema: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What moves to the new root, and what stands there as its property `name`."""
    base = schema.get("$id", schema.get("id"))
    mover = _Mover(base if isinstance(base, str) else "", f"#/properties/{name}")
    root: dict[str, Any] = {"$schema": schema["$schema"]} if "$schema" in schema else {}
    inner: dict[str, Any] = {}
    for key, value in schema.items():
        if key in DEFINITIONS and isinstance(value, dict):
            root[key] = mover.by_name(value)
        elif key not in ("$schema", "$id") and not (key == "id" and value == base):
            inner[key] = mover.value_of(key, value)
    return root, inner


class _Mover:
    def __init__(self, base: str, path: str) -> None:
        self._base = base.rstrip("#")
        self._path = path

    def schema(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self.schema(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        own = schema.get("$id")
        if isinstance(own, str) and not own.startswith("#"):
            return schema
        return {key: self.value_of(key, value) for key, value in schema.items()}

    def value_of(self, key: str, value: Any) -> Any:
        """What stands under a keyword, with its references moved. Under an unknown one there may be schemas, too."""
        if key in _DATA:
            return value
        if key in _REFERENCES and isinstance(value, str):
            return self._reference(value)
        if key in _SCHEMAS_BY_NAME and isinstance(value, dict):
            return self.by_name(value)
        return self.schema(value)

    def by_name(self, schemas: dict[str, Any]) -> dict[str, Any]:
        return {name: self.schema(schema) for name, schema in schemas.items()}

    def _reference(self, reference: str) -> str:
        if self._base and reference.partition("#")[0] == self._base:
            reference = reference.removeprefix(self._base) or "#"
        if reference != "#" and not reference.startswith("#/"):
            return reference
        first, _, rest = reference[2:].partition("/")
        if first in DEFINITIONS and rest:
            return reference
        return self._path + reference[1:]
