"""The other files in the user's directories: approvals, what extract remembers, and the ledger.

Each may be damaged. What only saves time is then left out; without the ledger a call is made all the same, with one
warning; and what a command is for is told to be unreadable.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from llmcli.errors import ExitCode
from llmcli.extract.memory import MEMORY_FILE
from llmcli.ledger import LEDGER_FILE

from .. import mutate, trees
from ..campaign import Target
from ..program import Program, check, strict_json
from .journals import _CELLS

Kind = Literal["approvals", "memory", "ledger"]
_APPROVALS = "trusted.json"
_PROJECT = '[providers.anthropic]\nbase_url = "http://127.0.0.1:9"\n'
_ASK = ("ask", "-n", "-m", "sim", "--tag", "a=b", "hi")
_COMMANDS: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "approvals": (
        ("ask", "-n", "-m", "claude-haiku-5-5", "--print-request", "json", "hi"),
        ("config", "trust", "llmcli.toml"),
        ("config", "trust", "--revoke", "llmcli.toml"),
        ("config", "show"),
    ),
    "memory": (("extract", "-m", "sim", "-n", "--schema", "a int", "hi"),),
    "ledger": (
        _ASK,
        (*_ASK[:-1], "--max-cost", "1", "hi"),
        ("cost",),
        ("cost", "report"),
        ("cost", "report", "--json", "--by", "model,day"),
        ("cost", "log"),
        ("cost", "log", "--limit", "1"),
        ("cost", "prune", "--before", "2027-01-01", "--yes"),
        ("cost", "prices", "--json"),
    ),
}
_CODES: dict[Kind, tuple[ExitCode, ...]] = {
    "approvals": (ExitCode.OK, ExitCode.CONFIG, ExitCode.AUTH),
    "memory": (ExitCode.OK,),
    "ledger": (ExitCode.OK, ExitCode.USAGE, ExitCode.BUDGET),
}
_STATEMENTS = (
    "DROP TABLE attempts", "DROP TABLE charges", "DROP TABLE sums", "DELETE FROM attempts", "PRAGMA user_version = 0",
    "PRAGMA user_version = 1", "PRAGMA user_version = 2", "PRAGMA user_version = 99",
    "ALTER TABLE attempts DROP COLUMN pid",
    "ALTER TABLE attempts ADD COLUMN more", "CREATE TABLE x (a)", "UPDATE attempts SET status = 'sent', pid = 0",
    "UPDATE attempts SET status = 'sent', pid = 1", "UPDATE attempts SET time = 1e300",
    "UPDATE attempts SET tags = '{'",
    "CREATE TRIGGER t BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'no'); END", "PRAGMA journal_mode = DELETE",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A file as it is found, or what is done to the ledger; and what is run then."""

    kind: Kind
    data: bytes | None
    statements: tuple[tuple[str, tuple[Any, ...]], ...]
    command: tuple[str, ...]


class State(Target):
    """Files that the program keeps for itself."""

    def __init__(self, program: Program) -> None:
        self._program = program
        (program.work / "llmcli.toml").write_text(_PROJECT)
        for command in (_ASK, _ASK, ("config", "trust", "llmcli.toml"), _COMMANDS["memory"][0]):
            done = program.run(*command)
            assert done.code is ExitCode.OK, done.err
        self._files = {
            "approvals": program.config.with_name(_APPROVALS),
            "memory": program.state / MEMORY_FILE,
            "ledger": program.state / LEDGER_FILE,
        }
        self._right = {kind: file.read_bytes() if file.exists() else b"{}" for kind, file in self._files.items()}
        with closing(sqlite3.connect(self._files["ledger"])) as connection:
            names = connection.execute("SELECT name FROM pragma_table_info('attempts')").fetchall()
        self._columns = [name for (name,) in names]

    def case(self, random: Random) -> Case:
        kind: Kind = random.choices(("approvals", "memory", "ledger"), (2, 1, 5))[0]
        command = random.choice(_COMMANDS[kind])
        if kind != "ledger":
            if random.random() < 0.6:
                tree = trees.changed(random, json.loads(self._right[kind]) or {"a" * 64: "native"})
                return Case(kind, trees.data(random, tree), (), command)
            return Case(kind, mutate.changed(random, self._right[kind]), (), command)
        if random.random() < 0.5:
            return Case(kind, None, tuple(self._statement(random) for _ in range(random.choice((1, 1, 3)))), command)
        data = bytearray(self._right["ledger"])
        for _ in range(random.choice((1, 4, 50))):
            page = 4096 * random.randrange(len(data) // 4096)
            at = page + random.choice((random.randrange(120), random.randrange(4096), 4095 - random.randrange(600)))
            data[at] = random.choice((0, 1, 255, random.randrange(256)))
        return Case(kind, bytes(data) if random.random() < 0.8 else mutate.changed(random, bytes(data)), (), command)

    def _statement(self, random: Random) -> tuple[str, tuple[Any, ...]]:
        if random.random() < 0.4:
            return random.choice(_STATEMENTS), ()
        return f"UPDATE OR IGNORE attempts SET {random.choice(self._columns)} = ?", (random.choice(_CELLS),)

    def check(self, case: Case) -> None:
        self._prepare(case)
        env = {"ANTHROPIC_API_KEY": "sk-0123456789"} if case.kind == "approvals" else {}
        done = self._program.run(*case.command, env=env)
        check(done, _CODES[case.kind], notes=True)
        assert done.err.count(b"\n") <= 3, done.err
        if case.kind == "ledger" and case.command == _ASK:
            assert done.code is ExitCode.OK, done.err
        if "--json" in case.command and done.code is ExitCode.OK:
            for line in done.out.decode().splitlines():
                strict_json(line)

    def _prepare(self, case: Case) -> None:
        file = self._files[case.kind]
        for old in file.parent.glob(f"{file.name}*"):
            old.unlink(missing_ok=True)  # SQLite may just have deleted it
        file.write_bytes(self._right[case.kind] if case.data is None else case.data)
        if case.statements:
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                for sql, values in case.statements:
                    with suppress(sqlite3.Error):
                        connection.execute(sql, values)
