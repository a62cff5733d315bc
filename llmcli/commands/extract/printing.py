"""Data as it is printed: one value, or records as they come."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

from llmcli.commands.extract.options import ExtractOptions
from llmcli.commands.options import DeliveryOptions
from llmcli.extract import json_value
from llmcli.render import Outcome, to_json
from llmcli.streams import Streams


class Printer:
    """Takes the data; `shown` says that it is on stdout already. A label is printed bare."""

    def __init__(self, streams: Streams, options: ExtractOptions, output: DeliveryOptions, *, label: bool) -> None:
        self._streams = streams
        self._label = label
        self._key = options.key
        self._format = options.format or ("jsonl" if options.many else "json")
        self._many = options.many
        self._kept: list[Any] = []
        self._keep = output.json or output.output is not None or self._format == "json"
        self._keys: set[Any] = set()
        self._columns: list[str] = []
        self.shown = self._many and not self._keep
        self.count = 0

    def value(self, value: Any) -> None:
        """The one value of a document."""
        self.count = 1
        self._kept = [value]

    def record(self, record: Any) -> None:
        """The next of many; one whose key came before is left out."""
        if self._key is not None:
            key = json_value.identity(record.get(self._key)) if isinstance(record, dict) else None
            if key is not None and key in self._keys:
                return
            self._keys.add(key)
        self.count += 1
        if self._keep:
            self._kept.append(record)
        else:
            self._streams.write(self._line(record))

    def finished(self, outcome: Outcome) -> Outcome:
        """The outcome with the data in it, as text and as data. Of a failed value there is none."""
        whole = self._many or outcome.error is None
        data = (self._kept if self._many else next(iter(self._kept), None)) if whole else None
        reply = outcome.reply
        if reply is not None:
            text = self._text() if whole and self._kept else ""
            reply = replace(reply, text=text, extra_parts=(), reasoning="")
        return replace(outcome, reply=reply, data=data)

    def _text(self) -> str:
        if not self._many:
            value = self._kept[0]
            if not self._label:
                return self._json(value)
            sure = f"\t{'?' if value['confidence'] is None else value['confidence']}" if isinstance(value, dict) else ""
            return f"{value['label'] if sure else value}{sure}\n"
        if self._format == "json":
            return self._json(self._kept)
        return "".join(self._line(record) for record in self._kept)

    def _json(self, value: Any) -> str:
        """On one line, but indented for a person at a terminal."""
        if self._streams.stdout_is_tty:
            return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
        return to_json(value)

    def _line(self, record: Any) -> str:
        return self._csv(record) if self._format == "csv" else to_json(record)

    def _csv(self, record: Any) -> str:
        """A line of CSV, the first one with a head; values that are no scalars are JSON. Raises LlmcliError."""
        fields = record if isinstance(record, dict) else {"value": record}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self._columns:
            self._columns = list(fields)
            writer.writerow(self._columns)
        writer.writerow([_cell(fields.get(name)) for name in self._columns])
        return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
