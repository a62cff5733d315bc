"""streams: stdout is data, stderr is for people, secrets are on neither."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from llmcli.errors import ClosedPipeError, TimedOutError, UsageError, visible
from llmcli.streams import NOTICE_AFTER_S, Streams

from .helpers import SECRET


def streams(stdin: BinaryIO | None = None, **more: object) -> Streams:
    return Streams(stdin=stdin, stdout=BytesIO(), stderr=BytesIO(), **more)  # type: ignore[arg-type]


def out_of(run: Streams) -> str:
    return cast(BytesIO, run.stdout).getvalue().decode()


def err_of(run: Streams) -> str:
    return cast(BytesIO, run.stderr).getvalue().decode()


@contextmanager
def pipe() -> Iterator[tuple[BinaryIO, int]]:
    """The reading end as a file, the writing end as a descriptor that the test may close."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader:
        try:
            yield reader, writing
        finally:
            with suppress(OSError):  # the test may have closed it
                os.close(writing)


def test_in_a_pipe_bytes_pass_unchanged() -> None:
    run = streams()
    run.write("a\x1b[31m\r\u2028é\n")
    assert out_of(run) == "a\x1b[31m\r\u2028é\n"


def test_at_a_terminal_control_characters_are_shown_not_obeyed() -> None:
    run = streams(stdout_is_tty=True)
    run.write("a\x1b]0;title\x07\r\x9b\tb\n")
    assert out_of(run) == "a\\x1b]0;title\\x07\\x0d\\x9b\tb\n"


def test_raw_writes_control_characters_to_a_terminal() -> None:
    run = streams(stdout_is_tty=True, raw=True)
    run.write("\x1b[1m")
    assert out_of(run) == "\x1b[1m"


def test_what_is_no_unicode_is_written_as_a_question_mark() -> None:
    run = streams()
    run.write("a\udcffb")
    assert out_of(run) == "a?b"


def test_a_hidden_secret_is_masked_in_everything_said() -> None:
    run = streams(verbosity=2)
    run.hide(SECRET)
    run.hide(SECRET + "-longer")
    run.say(f"say {SECRET}-longer")
    run.note(f"note {SECRET}")
    run.detail(f"detail {SECRET}")
    run.block(f"block {SECRET}\n")
    assert err_of(run) == "say ***\nllmcli: note ***\nllmcli: detail ***\nblock ***\n"


def test_short_strings_are_no_secrets_since_masking_them_would_garble_messages() -> None:
    run = streams()
    run.hide("a")
    run.hide("")
    run.say("a fact")
    assert err_of(run) == "a fact\n"


@pytest.mark.parametrize(
    ("verbosity", "said"),
    [(-1, ["say"]), (0, ["say", "note"]), (1, ["say", "note", "detail"])],
)
def test_verbosity_decides_what_is_said(verbosity: int, said: list[str]) -> None:
    run = streams(verbosity=verbosity)
    run.say("say")
    run.note("note")
    run.detail("detail")
    assert [line.removeprefix("llmcli: ") for line in err_of(run).splitlines()] == said


def test_what_is_said_is_one_line_whatever_it_holds() -> None:
    run = streams()
    run.say("two\nlines\x1b[2J")
    assert err_of(run) == "two lines[2J\n"


def test_a_closed_stdout_is_a_closed_pipe() -> None:
    with pytest.raises(ClosedPipeError):
        Streams(None, None, None).write("x")


def test_a_pipe_that_nobody_reads_is_a_closed_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stdout:
        run = Streams(None, cast(BinaryIO, stdout), None)
        with pytest.raises(ClosedPipeError):
            run.write("x")
        with pytest.raises(ClosedPipeError):
            run.write("again")


class Narrow:
    """An unbuffered stream, as stdout is with PYTHONUNBUFFERED: it takes a little at a time, and no more than fits."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""

    def flush(self) -> None:
        pass

    def write(self, data: bytes | memoryview) -> int:
        piece = bytes(data)[: min(3, self.room - len(self.taken))]
        if not piece:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.taken += piece
        return len(piece)


def test_an_unbuffered_stdout_gets_all_of_it() -> None:
    stdout = Narrow(room=100)
    Streams(None, cast(BinaryIO, stdout), None).write("abcdefgh")
    assert stdout.taken == b"abcdefgh"


def test_an_unbuffered_stdout_that_is_full_amid_the_answer_is_an_error() -> None:
    with pytest.raises(UsageError, match="No space left"):
        Streams(None, cast(BinaryIO, Narrow(room=4)), None).write("abcdefgh")


def test_a_full_disk_is_an_error_that_says_so() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(UsageError, match="No space left"):
        Streams(None, cast(BinaryIO, full), None).write("x")


def test_a_closed_stderr_silences_without_failing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stderr:
        run = Streams(None, BytesIO(), cast(BinaryIO, stderr))
        run.say("nobody hears")
        run.say("nor this")
    Streams(None, None, None).say("nor that")


def test_a_closed_stdin_is_empty() -> None:
    assert Streams(None, None, None).read_stdin() == b""


@pytest.mark.parametrize("deadline", [None, 100.0])
def test_stdin_is_read_to_its_end(deadline: float | None) -> None:
    data = bytes(range(256)) * 1000
    assert streams(BytesIO(data), clock=lambda: 0.0).read_stdin(deadline) == data


@pytest.mark.parametrize("deadline", [None, 1e12])
def test_a_pipe_is_read_to_its_end(deadline: float | None) -> None:
    with pipe() as (reader, writing):
        os.write(writing, b"a" * 5000)
        os.close(writing)
        assert streams(reader).read_stdin(deadline) == b"a" * 5000


def test_a_slow_producer_is_waited_for_after_one_notice_that_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    with pipe() as (reader, writing):
        run = streams(reader)

        def not_yet(self: Streams, timeout_s: float) -> bool:
            waits.append(timeout_s)
            os.write(writing, b"late")
            os.close(writing)
            return False

        monkeypatch.setattr(Streams, "_readable", not_yet)
        assert run.read_stdin() == b"late"
        assert waits == [NOTICE_AFTER_S]
        assert err_of(run) == "llmcli: waiting for stdin; use -n if there is none to read\n"


def test_a_deadline_ends_the_wait_for_stdin() -> None:
    with pipe() as (reader, _):
        times = iter([0.0, 0.02, 0.04])
        run = streams(reader, clock=lambda: next(times, 0.04))
        with pytest.raises(TimedOutError, match="deadline"):
            run.read_stdin(deadline=0.03)


def test_a_stdin_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    """As after `0>file`, which opens stdin for writing only."""
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    with os.fdopen(descriptor, "rb") as stdin:
        for deadline in (None, 1e12):
            with pytest.raises(UsageError, match="cannot read stdin: Bad file descriptor"):
                streams(stdin).read_stdin(deadline)


def test_visible_keeps_newline_and_tab_only() -> None:
    every = "".join(map(chr, range(0xA0)))
    shown = visible(every)
    assert {ch for ch in shown if not ch.isprintable()} == {"\n", "\t"}
    assert "\\x00" in shown
    assert "\\x9f" in shown
