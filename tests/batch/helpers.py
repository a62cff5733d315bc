"""What tests of more than one file need: inputs as rows, and a journal with one job in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from llmcli.batch.journal.entries import Begin, Finish, Loaded, PendingRow, Result
from llmcli.batch.journal.job import Job
from llmcli.batch.journal.journal import Journal
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.row import BadRow, Row
from llmcli.batch.rows.source import Source
from llmcli.batch.rows.template import Template
from llmcli.choices import RowFormat
from llmcli.messages import Request

from ..helpers import ROOT

# A process's peak counts what its parent was before `exec`: so a small one starts it.
_MEASURE = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE)
sys.stdout.buffer.write(done.stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""

BASE = Request(model="base", messages=(), max_tokens=100)


def json_lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def reader_of(
    data: bytes, template: str | None = None, *, kind: RowFormat = "auto", id_field: str | None = None
) -> RowReader:
    """The reader of an input that came through stdin."""
    return RowReader(
        Source.of_stream(BytesIO(data)),
        format=kind,
        template=Template(template) if template is not None else None,
        id_field=id_field,
    )


def read(
    data: bytes, template: str | None = None, *, kind: RowFormat = "auto", id_field: str | None = None
) -> list[Row | BadRow]:
    return list(reader_of(data, template, kind=kind, id_field=id_field).rows())


def good(rows: Iterable[Row | BadRow]) -> list[Row]:
    """The rows, none of which may be bad."""
    found = list(rows)
    assert [row for row in found if isinstance(row, BadRow)] == []
    return [row for row in found if isinstance(row, Row)]


def reason_of(row: object, template: str | None = None) -> str:
    """Why a single row of JSON Lines is bad."""
    [bad] = read(json_lines(row), template)
    assert isinstance(bad, BadRow)
    return bad.reason


def request_of(row: object, template: str | None = None) -> Request:
    """What a single row of JSON Lines asks for."""
    [found] = good(read(json_lines(row), template))
    return found.ask.request(BASE)


def prompts(*texts: str) -> bytes:
    return json_lines(*({"prompt": text} for text in texts))


def load(journal: Journal, data: bytes, *, options: dict[str, Any] | None = None, **how: Any) -> Loaded:
    """Load `data` as the job's input; its rows' ids are in the field `id` if the first row has one."""
    source = Source.of_stream(BytesIO(data))
    dedupe = how.pop("dedupe", True)
    template = how.pop("template", None)
    id_field = "id" if b'"id"' in data else None
    reading = {"prompt": template, "id_field": id_field}
    job = Job(options or {"model": "m"}, reading, "in.jsonl", source.digest, dedupe)
    reader = RowReader(source, id_field=id_field, template=Template(template) if template else None)
    return journal.load(job, reader.rows, **how)


def answer(journal: Journal, rows: Iterable[PendingRow], *, ok: bool = True, text: str | None = None) -> None:
    """Send and settle `rows`, with their ids as answers."""
    rows = list(rows)
    attempts = journal.record(begins=[Begin(row.row, 1, Decimal("0.5")) for row in rows])
    journal.record(
        finishes=[Finish(attempt, "ok" if ok else "rejected", Decimal("0.1"), 10, 20) for attempt in attempts],
        results=[Result(row.row, ok, json.dumps({"id": row.id, "text": text or row.id})) for row in rows],
    )


def run_all(journal: Journal) -> list[str]:
    """Answer everything that is pending; returns the ids that were sent."""
    sent = []
    while rows := journal.pending(3):
        answer(journal, rows)
        sent += [row.id for row in rows]
    return sent


def ids_and_texts(journal: Journal) -> list[tuple[str, str]]:
    return [(each.id, json.loads(each.line)["text"]) for each in journal.answers()]


def open_journal(folder: Path, **how: Any) -> Journal:
    return Journal.open(folder / "out.jsonl.journal", **how)


def measured(script: str, *args: str | Path) -> tuple[list[str], int]:
    """What a process with this script prints, in lines, and its peak memory in KiB."""
    command = [sys.executable, "-c", _MEASURE, script, *map(str, args)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=120, check=True)
    *lines, peak_kib = done.stdout.splitlines()
    return lines, int(peak_kib)
