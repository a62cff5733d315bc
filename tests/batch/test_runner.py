"""runner: what nobody foresaw ends the job and is told, instead of leaving it to wait for ever."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.batch.progress.reporters import Silent
from llmcli.batch.progress.snapshot import Snapshot
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from llmcli.jobs.job import Going, Job, Pace, Wanted
from llmcli.jobs.work import journal_at, opened
from llmcli.messages import Request
from llmcli.streams import Streams

from .helpers import prompts


class Broken(Silent):
    """A bug of ours, beside the rows."""

    def update(self, snapshot: Snapshot) -> None:
        raise ZeroDivisionError("nobody thought of that")


def test_a_bug_beside_the_rows_stops_the_job(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCLI_MODEL", "sim")
    app = App(Streams(BytesIO(), BytesIO(), BytesIO()))
    source = Source.of_stream(BytesIO(prompts(*map(str, range(300)))))
    job = Job.of(app, source, RowReader(source), {}, Request("", (), 99), (), Wanted())
    reporter = Broken(app.streams)
    with opened(app, job, Pace(concurrency=1), Going(), journal_at(isolated / "journal"), {}, reporter) as work:
        work.runner.sleep = lambda seconds: asyncio.sleep(0)
        app.run(work.run())
        reason = work.runner.reason
        assert reason is not None
        assert "unexpected ZeroDivisionError: nobody thought of that" in reason.line()
        assert work.runner.snapshot().settled < 300
    app.close()
    source.close()
