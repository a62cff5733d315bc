"""Which schema of a document a `$ref` means: by pointer, by anchor, or by an `$id` in the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from llmcli.extract import pointer
from llmcli.extract.schema.keywords import Draft, Schema, inner_schemas

# What an `$id` and a `$ref` are relative to in a document that does not name itself.
_NOWHERE = "http://document.invalid/"  # of a scheme that urljoin knows


class UnresolvedError(Exception):
    """A reference that leads out of the document, or to nothing in it; the message says which."""


class References:
    """Every schema of `document` by its pointer, and where its references lead.

    `admit` is given each schema that only a reference makes one, with its pointer; it raises for what is none.
    """

    def __init__(self, document: Schema, draft: Draft, admit: Callable[[Schema, str], None]) -> None:
        self.draft = draft
        self._admit = admit
        self._document = document
        self.schemas: dict[str, Schema] = {}
        self._bases: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._index("", document, _NOWHERE)

    def _index(self, where: str, schema: Schema, base: str) -> None:
        pending: list[tuple[str, Schema, str]] = [(where, schema, base)]
        while pending:
            where, schema, base = pending.pop()
            if where in self.schemas:
                continue
            base = self._name(where, schema, base)
            self.schemas[where] = schema
            self._bases[where] = base
            inner = list(inner_schemas(schema, where, self.draft))
            pending += ((each_where, each, base) for each_where, each in reversed(inner))

    def _name(self, where: str, schema: Schema, base: str) -> str:
        """Note the names that `schema` gives itself; returns what is relative to it."""
        if not where:
            self._names[base] = ""
        if isinstance(schema, bool) or (self.draft == "7" and "$ref" in schema):
            return base
        given = schema.get("$id")
        if isinstance(given, str):
            name, fragment = urldefrag(urljoin(base, given))
            if name != base:
                self._names.setdefault(name, where)
                base = name
            if fragment and self.draft == "7":
                self._names.setdefault(f"{base}#{fragment}", where)
        for key in ("$anchor", "$dynamicAnchor") if self.draft != "7" else ():
            if isinstance(schema.get(key), str):
                self._names.setdefault(f"{base}#{schema[key]}", where)
        return base

    def reference_of(self, where: str) -> str | None:
        """The text of the reference in the schema at `where`, if it has one."""
        schema = self.schemas[where]
        if isinstance(schema, bool):
            return None
        found = schema.get("$ref")
        if found is None and self.draft != "7":
            found = schema.get("$dynamicRef")
        return found if isinstance(found, str) else None

    def target_of(self, where: str) -> str | None:
        """The pointer that the reference of the schema at `where` leads to, if it has one. Raises UnresolvedError."""
        reference = self.reference_of(where)
        if reference is None:
            return None
        name, fragment = urldefrag(urljoin(self._bases[where], reference))
        fragment = unquote(fragment)
        if name not in self._names:
            raise UnresolvedError(f'"{reference}" leads out of the document')
        if fragment and not fragment.startswith("/"):
            try:
                return self._names[f"{name}#{fragment}"]
            except KeyError:
                raise UnresolvedError(f'"{reference}" leads nowhere: nothing here is called "{fragment}"') from None
        return self._at(self._names[name] + fragment, reference, self._names[name], name)

    def _at(self, target: str, reference: str, start: str, base: str) -> str:
        """`target`, known as a schema from now on even if no keyword of the draft holds it."""
        target = pointer.of_path(pointer.split(target))
        if target in self.schemas:
            return target
        try:
            found: Any = pointer.look_up(self._document, target)
        except LookupError:
            raise UnresolvedError(f'"{reference}" leads nowhere: there is no {target[len(start) :]}') from None
        if not isinstance(found, dict | bool):
            raise UnresolvedError(f'"{reference}" leads to something that is no schema')
        self._admit(found, target)
        self._index(target, found, base)
        return target

    def all_pointers(self) -> Iterator[str]:
        """Every schema there is, also those that become known while references are followed."""
        done = 0
        while done < len(self.schemas):
            pointers = list(self.schemas)[done:]
            done += len(pointers)
            yield from pointers
