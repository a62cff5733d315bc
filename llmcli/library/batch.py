"""Many prompts in, one result each."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from llmcli.choices import REPAIRS, Mode, Order
from llmcli.library.flow import Flow
from llmcli.library.options import File, Options

if TYPE_CHECKING:
    from typing import IO, Unpack

    from pydantic import BaseModel

    from llmcli.batch.run.runner import Runner
    from llmcli.extract.schema.user import UserSchema
    from llmcli.jobs.job import Job
    from llmcli.library.row import RowResult
    from llmcli.library.run import Run
    from llmcli.library.work import Work

Row = str | Mapping[str, Any]
Model = TypeVar("Model", bound="BaseModel")
T = TypeVar("T")

# How long rows under way may take once nobody reads on, but a journal keeps what they give.
DRAIN_S = 10.0


class BatchOptions(Options, total=False):
    """`prompt` is filled in with each row's fields. `journal` is where the job is kept, to go on there."""

    prompt: str | None
    journal: File | None
    fresh: bool
    id_field: str | None
    order: Order
    concurrency: int | None
    mode: Mode | None
    repair: int


class Batch(Flow["RowResult[T]", None], Generic[T]):
    """The rows' results. Rows that failed are among them; what ends the job early is raised after them.

    The job ends when this is closed: by `with`, by `close()`, or when nobody holds it any more. What is under way then
    gets a few seconds; what is finished is in the journal, if there is one.
    """

    def __init__(self, run: Run, job: Job, options: BatchOptions, made: Callable[[Any], T]) -> None:
        running: list[Runner] = []

        async def work(put: Callable[[RowResult[T]], None]) -> None:
            with closing(job.source):
                await run.closing(_run(run, job, options, made, put, running.append))

        def stop(work: Work[None]) -> None:
            from llmcli.errors import InterruptedRunError

            for runner in running:
                work.call(partial(runner.stop, InterruptedRunError()))
                work.wait(DRAIN_S)
            work.stop()

        super().__init__(work, stop)


@overload
def batch(
    rows: Iterable[Row],
    *,
    schema: type[Model],
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    **options: Unpack[BatchOptions],
) -> Batch[Model]: ...
@overload
def batch(
    rows: Iterable[Row],
    *,
    schema: str | PathLike[str] | Mapping[str, Any] | None = None,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    **options: Unpack[BatchOptions],
) -> Batch[Any]: ...
def batch(
    rows: Iterable[Row],
    *,
    schema: type[BaseModel] | str | PathLike[str] | Mapping[str, Any] | None = None,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    **options: Unpack[BatchOptions],
) -> Batch[Any]:
    """The results of all `rows`, as they come: texts, or what `llmcli batch` takes, such as {"prompt": …}.

    With `prompt`, such as "Positive? {text}", a row is its fields; a text is the field `line`. With `schema` the
    answers are data, as with `extract`. All rows are read first; then as many are sent at once as the provider allows,
    or `concurrency`. With `journal`, the same call again goes on where this one was. Raises LlmcliError.
    """
    from llmcli.library import slips
    from llmcli.library.data import instance_of, schema_of
    from llmcli.library.run import Run

    slips.one_of("order", options.get("order"), Order)
    slips.one_of("mode", options.get("mode"), Mode)
    slips.at_least(0, "repair", options.get("repair"))
    slips.at_least(1, "concurrency", options.get("concurrency"))
    run = Run.begin("batch", model, system, options, BatchOptions.__optional_keys__)
    job = _job(run, slips.several("rows", rows), files, options, None if schema is None else schema_of(schema))
    if job.route is not None:
        run.exchange.ready()  # a missing key is said at once
    return Batch(run, job, options, lambda value: instance_of(schema, value))


def _job(run: Run, rows: Iterable[Row], files: Sequence[File], options: BatchOptions, user: UserSchema | None) -> Job:
    """Raises UsageError."""
    from llmcli.batch.rows.reader import RowReader
    from llmcli.batch.rows.source import Source
    from llmcli.batch.rows.template import Template
    from llmcli.jobs.job import Job, Wanted, no_model

    prompt, id_field = options.get("prompt"), options.get("id_field")
    source = Source("the rows", _spooled(rows, "prompt" if prompt is None else "line"))
    template, no = None if prompt is None else Template(prompt), no_model(run.app)
    reader = RowReader(source, format="jsonl", template=template, id_field=id_field, no_model=no)
    wanted = Wanted(user, options.get("mode"), options.get("repair", REPAIRS))
    reading = {"prompt": prompt, "id_field": id_field}
    return Job.of(run.app, source, reader, reading, run.bare, tuple(run.parts(files)), wanted)


def _spooled(rows: Iterable[Row], field: str) -> IO[bytes]:
    """The rows as JSON lines in a file without a name: a job reads each more than once. Raises UsageError."""
    from llmcli.errors import UsageError

    spool = tempfile.TemporaryFile()  # noqa: SIM115 - it is there as long as the job is
    for number, row in enumerate(rows, 1):
        try:
            line = json.dumps({field: row} if isinstance(row, str) else row)
        except (TypeError, ValueError) as error:
            raise UsageError(f"row {number} is not JSON: {error}") from error
        spool.write(f"{line}\n".encode())
    spool.flush()
    return spool


async def _run(
    run: Run,
    job: Job,
    options: BatchOptions,
    made: Callable[[Any], T],
    put: Callable[[RowResult[T]], None],
    begun: Callable[[Runner], None],
) -> None:
    from llmcli.batch.progress.reporters import reporter_for
    from llmcli.batch.run.output import Printer, Tail
    from llmcli.jobs.job import Going, Pace
    from llmcli.jobs.work import journal_at, opened
    from llmcli.library.row import row_of

    def write(lines: str) -> None:
        for line in lines.split("\n")[:-1]:
            put(row_of(json.loads(line), made))

    path = options.get("journal")
    journal = journal_at(None if path is None else Path(path), fresh=options.get("fresh", False))
    pace = Pace(options.get("concurrency"), drain_s=0.0 if path is None else DRAIN_S)
    silent = reporter_for("none", run.app.streams, run.app.clock)
    with opened(run.app, job, pace, Going(), journal, run.tags, silent) as work:
        tail = Tail(Printer(work.runner.journal, job.reader, options.get("order", "input")), write)
        work.runner.tick = tail.grow
        begun(work.runner)
        await work.run()
        tail.grow(last=True)
    if work.runner.reason is not None:
        raise work.runner.reason from None  # as in answer_of
