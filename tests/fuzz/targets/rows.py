"""Rows of a batch: JSON Lines, CSV, TSV, lines, and both vendors' batch files, packed or not.

Each row can be sent, or there is a reason why not; whatever can be sent is JSON for all three APIs; and a row that is
read again is the same.
"""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, get_args

from llmcli.batch.journal.job import Fingerprints
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.row import BadRow, Row
from llmcli.batch.rows.source import Source
from llmcli.batch.rows.template import Template
from llmcli.choices import RowFormat
from llmcli.errors import ExitCode, UsageError, one_line
from llmcli.messages import Request
from llmcli.providers import anthropic_request, openai_chat_request, openai_responses_request

from ...batch.helpers import BASE
from ...batch.test_vendor_rows import HI, PDF, PNG, SCHEMA, anthropic, chat, responses
from .. import mutate, trees
from ..campaign import Target
from ..program import Program, check

_WHOLE = 0.015
_FORMATS: tuple[RowFormat, ...] = get_args(RowFormat)
_SUFFIXES = ("in.jsonl", "in.csv", "in.tsv", "in.txt", "in.jsonl.gz", "in")
_TEMPLATES = ("{prompt}", "Say {a.b} and {{x}}", "{messages.0.content}", "{line}", "{word}: {n}")
_IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "auto"}}
_FILE = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}, "title": "x"}
_CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
_ROWS: tuple[Any, ...] = (
    {"prompt": "hello"},
    {"prompt": "hello", "id": 1, "a": {"b": [1, "x"]}, "system": "Be brief.", "max_tokens": 9, "model": "sim"},
    {"custom_id": "r2", "prompt": "größe"},
    {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, _IMAGE]}]},
    chat(model="gpt-6-luna", temperature=0, seed=1, stop=["a"], reasoning_effort="low", n=1, user="u"),
    chat(messages=[*HI, {"role": "assistant", "content": None, "tool_calls": [_CALL]},
                   {"role": "tool", "tool_call_id": "c", "content": "ok"}], tools=[{"type": "function", "function": {
                       "name": "f", "description": "d", "parameters": SCHEMA}}], tool_choice="required"),
    chat(response_format={"type": "json_object"}, logprobs=True, metadata={"a": "b"}, stream=True),
    responses(instructions="s", max_output_tokens=5, reasoning={"effort": "low"}, text={"format": {"type": "text"}}),
    responses(input=[{"role": "user", "content": [{"type": "input_text", "text": "a"}]},
                     {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                     {"type": "function_call_output", "call_id": "c", "output": "ok"},
                     {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x"}]),
    anthropic(model="claude-haiku-5-5", max_tokens=5, system=[{"type": "text", "text": "s"}], top_k=3,
              metadata={"user_id": "u"},
              thinking={"type": "enabled", "budget_tokens": 1024}, stop_sequences=["x"], service_tier="auto"),
    anthropic(messages=[{"role": "user", "content": [_FILE, {"type": "text", "text": "x"}]},
                        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
                        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]}],
              tools=[{"name": "f", "description": "d", "input_schema": SCHEMA}], tool_choice={"type": "auto"}),
)  # fmt: skip
_TABLES = (
    b"word,n\nred,1\nblue,2\n",
    b'prompt,max_tokens,system\n"two\nlines",5,\n"a ""quote""",,be brief\n\n',
    b"custom_id,prompt\na,x\nb,y\n",
)
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.AUTH, ExitCode.PARTIAL)


@dataclass(frozen=True)
class Case:
    """An input, and how it is read."""

    data: bytes
    name: str
    format: RowFormat
    template: str | None
    id_field: str | None
    right: bool
    options: tuple[str, ...] | None


class Rows(Target):
    """What `batch` reads."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def case(self, random: Random) -> Case:
        tabular = random.random() < 0.25
        right = random.random() < 0.05 and not tabular
        data = self._table(random) if tabular else self._lines(random, right)
        kind: RowFormat = "jsonl" if right else random.choice(_FORMATS)
        if random.random() < 0.85 and not right:
            kind = random.choice(("csv", "csv", "tsv")) if tabular else "jsonl"
        template = random.choice(_TEMPLATES) if random.random() < (0.7 if tabular else 0.15) else None
        id_field = random.choice(("id", "custom_id", "a.b.1", "word", "")) if random.random() < 0.15 else None
        if right:
            template = id_field = None
        if random.random() < 0.05:
            data = gzip.compress(data)
            data = mutate.changed(random, data) if random.random() < 0.5 and not right else data
        options: tuple[str, ...] | None = None
        if random.random() < _WHOLE:
            choices = ("--skip-bad-rows", "--no-dedupe", "--with-input", "--dry-run", "--json")
            options = tuple(each for each in choices if random.random() < (0.7 if each == choices[0] else 0.3))
        return Case(data, random.choice(_SUFFIXES), kind, template, id_field, right, options)

    def _lines(self, random: Random, right: bool) -> bytes:
        rows = [random.choice(_ROWS) for _ in range(random.randint(1, 4))]
        if right:
            return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        others = [json.dumps(row).encode() for row in _ROWS[:6]]
        lines = []
        for row in rows:
            kind = random.random()
            if kind < 0.6:
                row = trees.changed(random, row, _ROWS)
            lines.append(trees.data(random, row))
            if kind > 0.9:
                lines[-1] = mutate.changed(random, lines[-1], others)
        return b"\n".join(lines)[:2_000_000]

    def _table(self, random: Random) -> bytes:
        data = random.choice(_TABLES)
        data = data.replace(b",", b"\t") if random.random() < 0.3 else data
        return mutate.changed(random, data, _TABLES)

    def check(self, case: Case) -> None:
        if case.options is not None:
            self._run(case, case.options)
            return
        try:
            source = Source.of_stream(BytesIO(case.data), case.name)
        except UsageError as error:
            assert error.line().isprintable()
            return
        try:
            template = None if case.template is None else Template(case.template)
            reader = RowReader(source, format=case.format, template=template, id_field=case.id_field)
            rows = list(reader.rows())
            for row in rows:
                self._row(reader, row)
        except UsageError as error:
            assert not case.right, error.line()
            assert error.line().isprintable()
            return
        finally:
            source.close()
        assert not case.right or not any(isinstance(row, BadRow) for row in rows), rows

    def _row(self, reader: RowReader, row: Row | BadRow) -> None:
        Fingerprints({}).of(row)
        if isinstance(row, BadRow):
            assert one_line(row.reason)
            assert len(row.reason) < 5000, f"{len(row.reason)} characters of reason: {row.reason[:100]!r}"
            return
        again = reader.again(row.number, row.span, row.content)
        assert (again.source, again.own_id, again.ask) == (row.source, row.own_id, row.ask)
        request = row.ask.request(BASE)
        for body in bodies_of(request):
            json.dumps(body, allow_nan=False, ensure_ascii=False).encode()

    def _run(self, case: Case, options: tuple[str, ...]) -> None:
        work = self._program.work
        for old in work.iterdir():
            old.unlink()
        (work / case.name).write_bytes(case.data)
        arguments = ["batch", "run", case.name, "-m", "sim", "--format", case.format, *options]
        arguments += [] if case.template is None else ["-p", case.template]
        arguments += [] if case.id_field is None else ["--id-field", case.id_field]
        done = self._program.run(*arguments, "-o", "out.jsonl", "--progress", "none")
        # Rows may name models of providers for which there is no key: they fail.
        check(done, _CODES, notes=True)
        if done.code is ExitCode.OK and "--dry-run" not in options:
            lines = (work / "out.jsonl").read_text().splitlines()
            found = [json.loads(line) for line in lines]
            assert len({line["id"] for line in found}) == len(found) > 0


def bodies_of(request: Request) -> list[Any]:
    """What the request comes to for each API that has it."""
    found: list[Any] = []
    with suppress(UsageError):
        openai_chat_request.check(request, openai=True)
        found.append(openai_chat_request.body(request, openai=True))
    with suppress(UsageError):
        openai_responses_request.check(request)
        found.append(openai_responses_request.body(request))
    with suppress(UsageError):
        anthropic_request.check(request)
        found.append(anthropic_request.body(request))
    return found
