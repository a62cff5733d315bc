"""Many prompts in, one result line each, resumable."""

from __future__ import annotations

from dataclasses import replace

from typer import Context

from llmcli.commands.batch.options import (
    DataOptions,
    Input,
    JobRowOptions,
    JournalOptions,
    PaceOptions,
    ResultOptions,
)
from llmcli.commands.begin import begin
from llmcli.commands.options import CallOptions, ContentOptions, GeneralOptions, ModelOptions


def run(
    context: Context,
    rows: JobRowOptions,
    data: DataOptions,
    content: ContentOptions,
    model: ModelOptions,
    call: CallOptions,
    result: ResultOptions,
    journal: JournalOptions,
    pace: PaceOptions,
    general: GeneralOptions,
    source: Input = None,
) -> None:
    """Many prompts in, one result line each, resumable."""
    app = begin(context, general, content, model, call)
    app.command = "batch"
    app.deliver_failure = lambda outcome: None  # every line of stdout is a row's
    from llmcli.commands.batch.job import journal_of, output_of, pace_of, read

    out, limits = output_of(result), pace_of(pace)
    journal = replace(journal, journal=journal_of(journal, out))
    job = read(app, source, rows, data, content, model, out, journal.journal)
    if result.dry_run:
        from llmcli.commands.batch.dry_run import dry_run

        dry_run(app, job, limits, as_json=result.json)
        return
    from llmcli.commands.batch.work import work

    work(app, job, limits, out, call, result, journal)
