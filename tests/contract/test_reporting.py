"""What is said of a run beside its answer: on stderr, as events, in the metadata channels; and about keys."""

from __future__ import annotations

import json

from llmcli.errors import ExitCode

from .bench import Bench, check_stderr, result_of
from .envelope import checked, results
from .faults import WHOLE
from .vendors import Vendor


def test_details_on_request(bench: Bench, vendor: Vendor, command: str) -> None:
    """With `-v` each retry is told on stderr; with `-vv` a traceback of the final error, without the key."""
    prompt = bench.prompt("<status-503>")
    done = bench.run(command, vendor, prompt, "-v")
    lines = done.err.splitlines()
    assert [line.partition(" failed")[0] for line in lines[:3]] == [f"llmcli: attempt {number}" for number in (1, 2, 3)]
    assert len(lines) == 4
    loud = bench.run_unchecked(command, vendor, prompt, "-vv")
    assert "Traceback" in loud.err
    bench.check_no_leak(loud.err.replace("Traceback", ""))


def test_a_stream_is_what_it_shows(bench: Bench, vendor: Vendor) -> None:
    """The deltas of `stream --json` put together are the text of its result, and begin with one `start`."""
    events = results(bench.run("stream", vendor, bench.prompt(f"sim:echo {WHOLE}"), "--json").out)
    assert events[0] == {"type": "start", "command": "stream", "provider": vendor.name, "model": vendor.model}
    deltas = events[1:-1]
    assert {event["type"] for event in deltas} == {"delta"}
    assert "".join(event["text"] for event in deltas) == events[-1]["text"] == WHOLE


def test_metadata_without_text(bench: Bench, vendor: Vendor, command: str) -> None:
    """`--meta-file` gets the envelope without text, of a failure too, while stdout stays plain."""
    file = bench.work / "meta.json"
    for words, code in ((f"sim:echo {WHOLE}", ExitCode.OK), ("<status-400>", ExitCode.REJECTED)):
        done = bench.run(command, vendor, bench.prompt(words), "--meta-file", str(file))
        check_stderr(done, code)
        assert done.out == (f"{WHOLE}\n" if code is ExitCode.OK else "")
        meta = checked(file.read_text(encoding="utf-8"), with_text=False)
        assert meta["ok"] == (code is ExitCode.OK)


def test_missing_key(bench: Bench, vendor: Vendor, command: str) -> None:
    """Without its key nothing is sent: exit 4, and the line names the variable and the way without a key."""
    done = bench.run(command, vendor, bench.prompt(), "--json", env={vendor.key_variable: ""})
    line = check_stderr(done, ExitCode.AUTH)
    assert vendor.key_variable in line
    assert "-m sim" in line
    assert result_of("ask", done)["attempts"] == 0
    assert bench.rows() == []


def test_wrong_key(bench: Bench, vendor: Vendor, command: str) -> None:
    """A key that the provider rejects is exit 4; the line names its variable, never its value."""
    key = "wrong-0123456789-key"
    done = bench.run(command, vendor, bench.prompt(), env={vendor.key_variable: key})
    line = check_stderr(done, ExitCode.AUTH)
    assert vendor.key_variable in line
    assert key not in done.err + json.dumps(bench.rows()) + json.dumps(bench.logged())
