"""Which attempts are meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """Attempts sent from `since` until just before `until`, in seconds since 1970, that fit all the rest.

    Of several models (as asked or as answered), providers, commands or statuses, any will do. A tag without a value
    is one that may have any.
    """

    since: float | None = None
    until: float | None = None
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()
    failed: bool = False

    def where(self) -> tuple[str, tuple[object, ...]]:
        """The selection as SQL, and the values for its question marks."""
        terms: list[str] = ["true"]
        values: list[object] = []
        for term, value in (("time >= ?", self.since), ("time < ?", self.until)):
            if value is not None:
                terms.append(term)
                values.append(value)
        for columns, names in (
            (("model", "model_resolved"), self.models),
            (("provider",), self.providers),
            (("command",), self.commands),
            (("status",), self.statuses),
        ):
            if names:
                marks = ", ".join("?" * len(names))
                terms.append("(" + " OR ".join(f"{column} IN ({marks})" for column in columns) + ")")
                values += names * len(columns)
        for key, wanted in self.tags:
            terms.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE key = ? AND value = coalesce(?, value))")
            values += [key, wanted]
        if self.failed:
            terms.append("status NOT IN ('ok', 'sent')")
        return " AND ".join(terms), tuple(values)
