"""The options that only `batch` has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from typer import Argument, Option

from llmcli.choices import OnUnknown, Order, ProgressStyle
from llmcli.commands.extract.options import AskingOptions, SchemaOptions
from llmcli.commands.options import Json, RowOptions

Input = Annotated[str | None, Argument(metavar="INPUT", help="JSONL, CSV, TSV, lines, gzip; - is stdin.")]


def _count(flag: str, text: str) -> Any:
    return Option(flag, min=1, metavar="N", help=text)


@dataclass(frozen=True)
class JobRowOptions(RowOptions):
    """How the input becomes the rows of a job."""

    id_field: Annotated[str | None, Option("--id-field", metavar="FIELD", help="The field that holds a row's id.")] = (
        None
    )
    skip_bad_rows: Annotated[bool, Option("--skip-bad-rows", help="Count rows that make no sense as failed.")] = False
    no_dedupe: Annotated[bool, Option("--no-dedupe", help="Send rows that ask the same one by one.")] = False


@dataclass(frozen=True)
class DataOptions(SchemaOptions, AskingOptions):
    """What each answer has to be, if it is to be data."""


@dataclass(frozen=True)
class ResultOptions:
    """What comes out, and where."""

    HEADING: ClassVar[str] = "Output"

    output: Annotated[Path | None, Option("-o", "--output", metavar="OUT", help="Write there; - is stdout.")] = None
    order: Annotated[Order, Option("--order", help="Which line comes first.")] = "input"
    with_input: Annotated[bool, Option("--with-input", help="Put the row into its line.")] = False
    progress: Annotated[ProgressStyle, Option("--progress", help="What to show on stderr.")] = "auto"
    dry_run: Annotated[bool, Option("--dry-run", help="Show tokens, dollars, time; send nothing.")] = False
    json: Json = False


@dataclass(frozen=True)
class JournalOptions:
    """How a job goes on where it was."""

    HEADING: ClassVar[str] = "Going on"

    journal: Annotated[
        Path | None, Option("--journal", metavar="FILE", help="Where the job is kept [OUT.journal].")
    ] = None
    fresh: Annotated[bool, Option("--fresh", help="Start over; keep the journal as .old.")] = False
    rerun_changed: Annotated[bool, Option("--rerun-changed", help="Redo what changed options would change.")] = False
    keep_failed: Annotated[bool, Option("--keep-failed", help="Leave what failed earlier as it is.")] = False
    on_unknown: Annotated[OnUnknown, Option("--on-unknown", help="Rows under way when killed.")] = "retry"


@dataclass(frozen=True)
class PaceOptions:
    """How fast, and when to stop."""

    HEADING: ClassVar[str] = "Pace"

    concurrency: Annotated[
        int | None, Option("-c", "--concurrency", min=1, metavar="N", help="Rows at once [adapts, from 4].")
    ] = None
    max_concurrency: Annotated[int, _count("--max-concurrency", "Most rows at once.")] = 256
    rpm: Annotated[int | None, _count("--rpm", "Most requests a minute.")] = None
    tpm: Annotated[int | None, _count("--tpm", "Most tokens a minute, in and out.")] = None
    max_failures: Annotated[
        str | None, Option("--max-failures", metavar="N|P%", help="Stop when more rows have failed.")
    ] = None
    drain_timeout: Annotated[
        str, Option("--drain-timeout", metavar="TIME", help="For rows under way after Ctrl-C.")
    ] = "60"
