"""Journals of batch jobs: damaged or written by somebody else, they are exit 2, and no result in them is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from llmcli.batch.journal import reading
from llmcli.batch.journal.files import translated
from llmcli.batch.journal.job import Job
from llmcli.batch.journal.journal import Journal
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from llmcli.batch.run.lines import printed
from llmcli.errors import ExitCode, UsageError

from .. import mutate
from ..campaign import Target
from ..program import Ended, Program, check, strict_json

_WHOLE = 0.03
_INPUT = "".join(
    json.dumps(row) + "\n"
    for row in (
        {"custom_id": "a", "prompt": "one"},
        *[{"prompt": "two"}] * 2,
        {"custom_id": "b", "prompt": "x", "model": "nobody/x"},
        {"prompt": ""},
        {"prompt": "größe"},
    )
)
_RUN = ("batch", "run", "in.jsonl", "-o", "out.jsonl", "-m", "sim", "--skip-bad-rows", "--progress", "none")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    _RUN,
    (*_RUN, "--rerun-changed", "--with-input"),
    (*_RUN, "--keep-failed", "--order", "completion"),
    (*_RUN, "--on-unknown", "skip", "--no-dedupe"),
    (*_RUN, "--fresh"),
    (*_RUN, "--dry-run"),
    ("batch", "status", "out.jsonl"),
    ("batch", "status", "out.jsonl", "--json"),
)
# A row names a model that nobody has, which ends a run.
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.PARTIAL, ExitCode.CONFIG)
_TABLES: dict[str, tuple[str, ...]] = {
    "manifest": ("name", "value"),
    "rows": ("id", "position", "line", "offset", "length", "content", "fingerprint", "bad", "state", "leader", "result",
             "skipped"),
    "results": ("number", "row", "line"),
    "attempts": ("row", "number", "started", "worst_usd", "outcome", "finished", "cost_usd", "input_tokens",
                 "output_tokens"),
}  # fmt: skip
_CELLS: tuple[Any, ...] = (
    None, 0, 1, -1, 2, 7, 2**31, 2**63 - 1, -(2**63), 0.5, 1e308, float("inf"), "", "x", "a", "one\ntwo", "\x00",
    "\x1b[31m", "é" * 1000, "\u2028", '{"name": "in.jsonl"}', '"x"', "1.5", "unknown", "ok", b"x" * 100,
    "NaN", "sNaN", "Infinity", "1e999999", "-5", "9" * 5000, "{}", "[]", "null", '{"id": 1}', '{"id": "a", "cost": {}}',
    '{"id": "a", "ok": true, "cost": {"prices": null}}', "[" * 3000, '{"a":' * 3000, b"", b"\x00" * 16, b"\xff\xfe",
)  # fmt: skip
_STATEMENTS = (
    "DROP TABLE attempts", "DROP TABLE results", "DROP TABLE rows", "DROP TABLE manifest", "DROP INDEX rows_by_id",
    "DELETE FROM manifest", "DELETE FROM rows", "DELETE FROM results", "DELETE FROM attempts",
    "UPDATE rows SET state = 0",
    "UPDATE rows SET state = 1, result = 99", "UPDATE rows SET leader = row", "UPDATE rows SET leader = 1",
    "UPDATE rows SET position = 0", "UPDATE rows SET position = NULL", "UPDATE rows SET result = NULL",
    "UPDATE attempts SET outcome = NULL", "UPDATE attempts SET cost_usd = 'x'", "UPDATE results SET line = 'x'",
    "ALTER TABLE rows DROP COLUMN skipped", "ALTER TABLE rows ADD COLUMN more TEXT", "ALTER TABLE results RENAME TO r",
    "PRAGMA user_version = 0", "PRAGMA user_version = 2", "PRAGMA application_id = 0", "PRAGMA journal_mode = DELETE",
    "PRAGMA encoding = 'UTF-16'", "CREATE TABLE other (a)", "CREATE VIEW v AS SELECT * FROM v2",
    "CREATE TRIGGER t AFTER INSERT ON results BEGIN DELETE FROM rows; END",
    "CREATE TRIGGER t BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'no'); END",
    "INSERT INTO results VALUES (9223372036854775807, 1, '{}')",
    "INSERT INTO attempts (attempt, row, number, started) VALUES (9223372036854775807, 1, 1, 0)",
    "INSERT INTO rows SELECT 99, 'z', 0, 1, 0, 5, x'00', x'00', NULL, 1, NULL, 1, 0",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is done to the journal of a job that was run: SQL, or to its bytes; and what comes then."""

    statements: tuple[tuple[str, tuple[Any, ...]], ...]
    data: bytes | None
    command: tuple[str, ...] | None

    @property
    def harms_lines(self) -> bool:
        """Whether the lines of the output may be others than were written, which nobody looks for."""
        return self.data is not None or any("line = " in sql for sql, _ in self.statements)


class Journals(Target):
    """OUT.journal, beside the output of a job."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._work = program.work
        self._journal = program.work / "out.jsonl.journal"
        (program.work / "in.jsonl").write_text(_INPUT)
        done = program.run(*_RUN)
        assert done.code is ExitCode.PARTIAL, done.err
        self._right = self._journal.read_bytes()
        self._out = (program.work / "out.jsonl").read_bytes()

    def case(self, random: Random) -> Case:
        command = random.choice(_COMMANDS) if random.random() < _WHOLE else None
        kind = random.random()
        if kind < 0.02:
            return Case((), None, command)
        if kind < 0.6:
            return Case(tuple(_statement(random) for _ in range(random.choice((1, 1, 2, 4)))), None, command)
        if kind < 0.7:
            return Case((), mutate.changed(random, self._right), command)
        data = bytearray(self._right)
        for _ in range(random.choice((1, 2, 8, 100))):
            # Most of the file is empty: what counts is in its head and at the ends of its pages.
            page = 4096 * random.randrange(len(data) // 4096)
            at = page + random.choice((random.randrange(120), random.randrange(4096), 4095 - random.randrange(600)))
            data[at] = random.choice((0, 1, 255, 127, random.randrange(256)))
        return Case((), bytes(data), command)

    def check(self, case: Case) -> None:
        self._prepare(case)
        before = _lines_in(self._journal)
        if case.command is not None:
            self._run(case, case.command)
        else:
            self._read(case)
        if case.command is None or "--fresh" not in case.command:
            after = _lines_in(self._journal)
            # What SQLite cannot read is not ours to keep; a trigger may have thrown away what it likes.
            hostile = any("TRIGGER" in sql for sql, _ in case.statements)
            assert case.data is not None or hostile or before <= (after or set()), "a result is lost"

    def _prepare(self, case: Case) -> None:
        for old in self._work.iterdir():
            if old.name != "in.jsonl":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        self._journal.write_bytes(self._right if case.data is None else case.data)
        (self._work / "out.jsonl").write_bytes(self._out)
        with closing(sqlite3.connect(self._journal, isolation_level=None)) as connection:
            for sql, values in case.statements:
                with suppress(sqlite3.Error):
                    connection.execute(sql, values)

    def _read(self, case: Case) -> None:
        try:
            status = reading.status(self._journal)
            assert status.spent_usd.is_finite()
        except UsageError as error:
            assert error.line().isprintable()
            assert case.data is not None or case.statements, error.line()
        with closing(Source.of_path(self._work / "in.jsonl")) as source:
            reader = RowReader(source)
            job = Job({"model": "sim"}, {}, source.name, source.digest)
            try:
                with Journal.open(self._journal) as journal:
                    journal.load(job, reader.rows, skip_bad=True, rerun_changed=True)
                    while journal.pending(2):
                        pass
                    for answers in (journal.answers(gaps=True), journal.answers(), journal.answers_as_completed()):
                        for answer in answers:
                            with translated(self._journal):
                                line = printed(answer, None)
                            assert line.endswith("}\n")
                            assert case.harms_lines or strict_json(line)
            except UsageError as error:
                assert error.line().isprintable()
                assert case.data is not None or case.statements, error.line()

    def _run(self, case: Case, command: tuple[str, ...]) -> None:
        done = self._program.run(*command)
        check(done, _CODES, notes=True)
        self._check_output(case, done, command)

    def _check_output(self, case: Case, done: Ended, command: tuple[str, ...]) -> None:
        out = self._work / "out.jsonl"
        if command[1] == "run" and "--dry-run" not in command:
            for line in out.read_text().splitlines():
                assert case.harms_lines or strict_json(line)
        elif "--json" in command:
            strict_json(done.out.decode())


def _statement(random: Random) -> tuple[str, tuple[Any, ...]]:
    if random.random() < 0.3:
        return random.choice(_STATEMENTS), ()
    table = random.choice(list(_TABLES))
    column = random.choice(_TABLES[table])
    where = (
        random.choice(("", " WHERE rowid = 1", " WHERE rowid % 2 = 0"))
        if table != "manifest"
        else random.choice(
            ("", " WHERE name = 'input'", " WHERE name = 'options'", " WHERE name = 'created'", " WHERE name = 'run'")
        )
    )
    return f"UPDATE OR IGNORE {table} SET {column} = ?{where}", (random.choice(_CELLS),)


def _lines_in(journal: Path) -> set[Any]:
    """The results that are in the journal, as far as they can be read."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            return {line for (line,) in connection.execute("SELECT line FROM results")}
    except (sqlite3.Error, UnicodeDecodeError):
        return set()
