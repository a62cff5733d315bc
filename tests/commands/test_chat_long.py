"""Long conversations: what is sent stays under the window, and a turn late takes as long as one early."""

from __future__ import annotations

import statistics
import time
from io import BytesIO
from pathlib import Path

from llmcli.app import App
from llmcli.chat.sessions import SessionFile, write
from llmcli.cli import run
from llmcli.errors import ExitCode
from llmcli.streams import Streams

from ..chat.helpers import conversation, lines_of

WINDOW_TOKENS = 800
# Processor time, which other tests on the same machine do not change much. A model takes a hundred times as long.
MOST_MORE_S = 0.02


class Watched(BytesIO):
    """Notes how much processor time had been used at each write."""

    def __init__(self) -> None:
        super().__init__()
        self.times_s: list[float] = []

    def write(self, data: object) -> int:
        self.times_s.append(time.process_time())
        return super().write(data)  # type: ignore[arg-type]

    def per_turn_s(self) -> list[float]:
        return [after - before for before, after in zip(self.times_s, self.times_s[1:], strict=False)]


def converse(turns: int, *arguments: str) -> Watched:
    """The answers of so many turns, each said in 40 tokens or so."""
    lines = "".join(f"sim:echo {number} {'so we talked on ' * 10}\n" for number in range(turns))
    out = Watched()
    app = App(Streams(BytesIO(lines.encode()), out, BytesIO()))
    command = ["chat", "-m", "sim", "--json", "--window-tokens", str(WINDOW_TOKENS), *arguments]
    assert run(command, app) is ExitCode.OK
    app.close()
    return out


def test_2000_turns_stay_under_the_window_and_take_the_same_time_each(isolated: Path) -> None:
    out = converse(2000)
    answers = lines_of(out.getvalue().decode())
    assert len(answers) == 2000
    sent = [answer["usage"]["input_tokens"] for answer in answers]
    assert max(sent) <= WINDOW_TOKENS
    assert min(sent[100:]) > WINDOW_TOKENS / 2, "what fits is sent"
    took_s = out.per_turn_s()
    assert statistics.median(took_s[-200:]) < statistics.median(took_s[100:300]) + MOST_MORE_S / 2


def test_a_turn_on_a_session_of_2000_turns_takes_hardly_longer_than_on_a_new_one(
    isolated: Path, state_dir: Path
) -> None:
    """Although the whole session is written after every turn."""
    early_s = statistics.median(converse(60, "--session", "new").per_turn_s())
    write(state_dir / "sessions" / "old.json", SessionFile(conversation(1940, length=200)))
    late_s = statistics.median(converse(60, "--session", "old").per_turn_s())
    assert late_s < early_s + MOST_MORE_S
