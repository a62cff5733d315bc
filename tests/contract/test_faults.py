"""The same fault gives the same exit code, error class and retry decision with every provider."""

from __future__ import annotations

import pytest

from llmcli.errors import ExitCode

from ..helpers import Completed, closed_port
from .bench import Bench, check_stderr, result_of
from .faults import ALL, CASES, STATUSES, WHOLE, WISHES, Case
from .servers import Sim
from .vendors import Vendor

both_forms = pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])


def _runs() -> list[object]:
    """Every case with every command it is for; as text too, if it is not just another status."""
    return [
        pytest.param(command, case, form == "json", id=f"{command}-{case.name}-{form}")
        for case in CASES
        for command in ("ask", "stream", "chat")
        for form in (("json",) if command == "chat" else ("json", "text"))
        if case.only in (None, "stream" if command == "stream" else "ask")
        and (form == "json" or case not in (*STATUSES, *WISHES))
    ]


@pytest.mark.parametrize(("command", "case", "as_json"), _runs())
def test_fault(bench: Bench, sim: Sim, vendor: Vendor, command: str, case: Case, as_json: bool) -> None:
    """Exit code, one line on stderr, stdout, attempts and ledger are as the table says."""
    prompt = bench.prompt(f"{case.word} sim:echo {WHOLE}")
    done = bench.run(command, vendor, prompt, *case.flags, *(["--json"] if as_json else []))
    assert case.says in check_stderr(done, case.code)
    assert len(sim.entries(bench.mark, case.attempts)) == case.attempts
    check_books(bench, case)
    if as_json:
        check_result(done, command, vendor, case)
    else:
        assert done.out == _as_text(command, case)


def _as_text(command: str, case: Case) -> str:
    """What stdout gets: what a stream showed stays; of whole answers those that are complete or truncated."""
    shown = command == "stream" or case.code in (ExitCode.OK, ExitCode.TRUNCATED)
    return f"{case.text}\n" if case.text and shown else ""


def check_result(done: Completed, command: str, vendor: Vendor, case: Case) -> None:
    """The envelope says what the table says."""
    result = result_of(command, done)
    assert (result["command"], result["provider"], result["model"]) == (command, vendor.name, vendor.model)
    assert (result["attempts"], result["text"], result["stop_reason"]) == (case.attempts, case.text, case.stop)
    error = result["error"]
    if case.code is ExitCode.OK:
        assert error is None
    else:
        assert error is not None
        assert (error["class"], error["status"]) == (case.code.name.lower(), case.status)
        assert error["message"] in done.err
    if case.text is not None:
        assert result["cost"]["basis"] == _basis(vendor, case)


def _basis(vendor: Vendor, case: Case) -> str:
    """Whether the cost is known: the provider counts at the end of an answer, before that we do."""
    if not vendor.priced or case.name == "no-usage" or not case.text:
        return "unknown"
    return "estimated" if case.stop == "incomplete" else "measured"


def check_books(bench: Bench, case: Case) -> None:
    """Every attempt has one row in the ledger and one line in the usage log, with the status of its end."""
    status = "ok" if case.code is ExitCode.OK else case.code.name.lower()
    rows = bench.rows()
    assert [row["attempt"] for row in rows] == list(range(1, case.attempts + 1))
    assert {row["status"] for row in rows} == {status}
    assert {row["http_status"] for row in rows} == {case.status}
    assert len({row["call_id"] for row in rows}) == 1
    assert [(row["attempt"], row["status"]) for row in bench.logged()] == [
        (row["attempt"], row["status"]) for row in rows
    ]


@both_forms
def test_refused_connection(bench: Bench, vendor: Vendor, command: str, as_json: bool) -> None:
    """A port on which nobody listens is tried again, then exit 6; the line names the address."""
    address = f"http://127.0.0.1:{closed_port()}"
    bench.point(vendor, address)
    check_unreachable(bench, vendor, command, as_json, address)


@both_forms
def test_unknown_host(bench: Bench, vendor: Vendor, command: str, as_json: bool) -> None:
    """A host name that nobody has is tried again, then exit 6; the line names it."""
    bench.point(vendor, "http://nobody.invalid:1")
    check_unreachable(bench, vendor, command, as_json, "nobody.invalid")


def check_unreachable(bench: Bench, vendor: Vendor, command: str, as_json: bool, address: str) -> None:
    case = Case("unreachable", {}, ExitCode.UNAVAILABLE, ALL)
    done = bench.run(command, vendor, bench.prompt(), *(["--json"] if as_json else []))
    assert address in check_stderr(done, case.code)
    check_books(bench, case)
    if as_json:
        check_result(done, command, vendor, case)
    else:
        assert done.out == ""
