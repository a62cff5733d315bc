"""Session files: what is one of this version goes on, what is not is exit 2, and in neither case is a turn lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from llmcli.chat import sessions
from llmcli.chat.conversation import Conversation, Summary, Totals, Turn
from llmcli.chat.sessions import SessionFile
from llmcli.commands.chat.sessions import _listed, _transcript
from llmcli.errors import ExitCode, UsageError
from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    OpaquePart,
    Request,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

from .. import mutate, trees
from ..campaign import Target
from ..program import Ended, Program, check, strict_json
from .rows import bodies_of

_WHOLE = 0.04
_WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
_CALL = ToolCallPart("t1", "weather", {"city": "Oslo", "deep": [1, None, {"a": 0.5}]})
_DOCUMENT = DocumentPart("c.pdf", "application/pdf", "JVBERi0=")
_IMAGE = ImagePart("a.png", "image/png", "iVBORw0KGgo=")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--show", "s"),
    ("--show", "s", "--json"),
    ("--list",),
    ("--list", "--json"),
    ("--session", "s", "-n", "-m", "sim", "hi"),
    ("--session", "s", "-n", "hi"),
    ("--session", "s", "-n", "-m", "sim", "--json", "--window-turns", "1", "--pin", "2", "hi"),
    ("--session", "s", "-n", "-m", "sim", "--window", "summarize", "--window-tokens", "20", "hi"),
    ("--session", "s", "-n", "-m", "sim", "--tool-result", "t1=fine"),
    ("--session", "s", "-m", "sim"),
    ("--rm", "s"),
)
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.AUTH, ExitCode.TRUNCATED)


@dataclass(frozen=True)
class Case:
    """A session file; `right` if it is one."""

    data: bytes
    right: bool
    command: tuple[str, ...] | None


class Sessions(Target):
    """Files in the state directory that conversations are kept in."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._file = program.state / "sessions" / "s.json"
        self._files = [sessions.as_data(each) for each in _sessions()]
        program.config.write_text('model = "sim"\n')

    def case(self, random: Random) -> Case:
        command = random.choice(_COMMANDS) if random.random() < _WHOLE else None
        session = random.choice(self._files)
        kind = random.random()
        if kind < 0.05:
            return Case(json.dumps(session).encode(), True, command)
        if kind < 0.75:
            return Case(trees.data(random, trees.changed(random, session, self._files)), False, command)
        others = [json.dumps(each).encode() for each in self._files]
        return Case(mutate.changed(random, json.dumps(session).encode(), others), False, command)

    def check(self, case: Case) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(case.data)
        if case.command is not None:
            self._run(case, case.command)
            return
        try:
            session = sessions.read(self._file)
        except UsageError as error:
            assert not case.right, error.line()
            assert error.line().isprintable()
            return
        self._use(session)

    def _use(self, session: SessionFile) -> None:
        """What commands do with a session, and that it is the same when it is written and read again."""
        json.dumps(sessions.as_data(session), allow_nan=False)
        conversation = session.conversation
        _transcript(session)
        _listed("s", session, as_json=True)
        conversation.total()
        conversation.latency_ms(0.9)
        messages = tuple(message for turn in conversation.turns for message in turn.messages())
        assert all(turn.tokens >= 0 for turn in conversation.turns)
        for body in bodies_of(Request("m", messages, 100, system=conversation.system)):
            json.dumps(body, allow_nan=False)
        sessions.write(self._file, session)
        again = sessions.read(self._file)
        assert again.conversation == conversation

    def _run(self, case: Case, command: tuple[str, ...]) -> None:
        before = self._turns()
        done = self._program.run("chat", *command, stdin=b"one\ntwo\n")
        check(done, _CODES, notes=True)
        if "--json" in command and done.code is ExitCode.OK:
            for line in done.out.decode().splitlines():
                strict_json(line)
        if "--rm" in command:
            assert done.code is not ExitCode.OK or not self._file.exists()
            return
        self._check_kept(case, command, done, before)

    def _check_kept(self, case: Case, command: tuple[str, ...], done: Ended, before: list[Any] | None) -> None:
        after = self._turns()
        if before is None or "--session" not in command:
            assert self._file.read_bytes() == case.data, "a file that was not read or not asked for has changed"
            assert "--session" not in command or done.code is not ExitCode.OK
            return
        assert after is not None, "the session cannot be read any more"
        kept = len(before) - ("--tool-result" in command)
        assert [turn.user for turn in after[:kept]] == [turn.user for turn in before[:kept]]
        if done.code is ExitCode.OK:
            assert len(after) > kept

    def _turns(self) -> list[Any] | None:
        try:
            return sessions.read(self._file).conversation.turns
        except UsageError:
            return None


def _sessions() -> list[SessionFile]:
    """One with a turn, one with everything, one that waits for a tool's result."""
    ask, answer = Message.of("user", "größe?"), Turn(Message.of("user", "hi"), "hello", "sim")
    parts = (TextPart("see", "a.txt"), _IMAGE, ImagePart("b", "image/*", url="https://x/b.png"))
    rich = Conversation(
        "Be brief.",
        "sim",
        [
            Turn(
                Message("user", (*parts, DocumentPart("c.pdf", "application/pdf", "JVBERi0="))),
                "seen",
                "sim",
                pinned=True,
            ),
            answer,
            Turn(ask, "42 cm", "claude-haiku-5-5"),
        ],
        Summary("They met.", 1),
        {"sim": Totals(3, 1, 100, 50, Decimal("0.0125"), 1), "claude-haiku-5-5": Totals(1)},
        [10, 20, 1500],
    )
    opaque = OpaquePart("anthropic", {"type": "thinking", "thinking": "hm", "signature": "c2ln"})
    called = Message("assistant", (opaque, TextPart("one moment"), _CALL))
    earlier = Message("assistant", (ToolCallPart("t0", "weather", {}),))
    result = Message("user", (ToolResultPart("t0", "rain", is_error=True),))
    waiting = Conversation(None, None, [answer, Turn(ask, "", "sim", open=(earlier, result, called))])
    return [SessionFile(each, created=_WHEN, updated=_WHEN) for each in (Conversation(turns=[answer]), rich, waiting)]
