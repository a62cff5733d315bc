"""What a job gives: OUT with a line for every settled row, OUT.failed.jsonl with the rows to try again, or stdout.

All of it is read back from the journal, so that order takes no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from llmcli.batch.journal.entries import Answer
from llmcli.batch.journal.files import translated
from llmcli.batch.journal.journal import Journal
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.run.lines import printed
from llmcli.choices import Order
from llmcli.errors import UsageError
from llmcli.files import replacing
from llmcli.render import to_json

WRITTEN_AT_ONCE = 256


def failed_path(out: Path) -> Path:
    """Where the rows that failed are put, as an input that can be run."""
    return out.with_name(f"{out.name}.failed.jsonl")


@dataclass
class Printer:
    """Turns settled rows into lines, in the order asked for. `with_input` adds the row to its line."""

    journal: Journal
    reader: RowReader
    order: Order = "input"
    with_input: bool = False

    def lines(self, answers: Iterator[Answer]) -> Iterator[str]:
        for answer in answers:
            source = self._source(answer) if self.with_input else None
            with translated(self.journal.path):
                line = printed(answer, source)
            yield line

    def settled(self) -> Iterator[str]:
        """The lines of all settled rows; those that are not settled are left out."""
        completed = self.order == "completion"
        return self.lines(self.journal.answers_as_completed() if completed else self.journal.answers(gaps=True))

    def failed(self) -> Iterator[str]:
        """The rows that failed, as they came, but for those that could not be read."""
        for answer in self.journal.answers(gaps=True):
            if not answer.ok and (source := self._source(answer)) is not None:
                yield to_json(source)

    def _source(self, answer: Answer) -> dict[str, object] | None:
        try:
            return dict(self.reader.again(answer.position, answer.span, answer.content).source)
        except UsageError:
            return None  # it never was a row, or the input has been changed since


def write_files(out: Path, printer: Printer) -> int:
    """Replace OUT, and OUT.failed.jsonl, which is there only if rows failed; returns how many these are."""
    with replacing(out) as file:
        file.writelines(line.encode("utf-8", "replace") for line in printer.settled())
    count = 0
    target = failed_path(out)
    rows = printer.failed()
    first = next(rows, None)
    if first is None:
        target.unlink(missing_ok=True)
        return 0
    with replacing(target) as file:
        file.write(first.encode("utf-8", "replace"))
        count = 1
        for line in rows:
            file.write(line.encode("utf-8", "replace"))
            count += 1
    return count


class Tail:
    """Writes lines to stdout as they become known: in the input's order up to the first row that is not settled."""

    def __init__(self, printer: Printer, write: Callable[[str], None]) -> None:
        self._printer = printer
        self._write = write
        self._after = -1

    def grow(self, *, last: bool = False) -> None:
        """Write what has been added; with `last` also what stands behind rows that are not settled."""
        journal = self._printer.journal
        if self._printer.order == "completion":
            self._all(journal.answers_as_completed(self._after), by_number=True)
        else:
            self._all(journal.answers(self._after, gaps=last), by_number=False)

    def _all(self, answers: Iterator[Answer], *, by_number: bool) -> None:
        waiting: list[str] = []
        for answer in answers:
            waiting += self._printer.lines(iter((answer,)))
            self._after = answer.number if by_number else answer.position
            if len(waiting) >= WRITTEN_AT_ONCE:
                self._write("".join(waiting))
                waiting = []
        if waiting:
            self._write("".join(waiting))
