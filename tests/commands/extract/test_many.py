"""extract --many: every record as soon as it is there, in order, and none lost because an answer was cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ...contract.bench import Bench, check_stderr
from ...contract.processes import started
from ...contract.vendors import ANTHROPIC, LOCAL, RESPONSES, Vendor
from .script import asked, extract, refused, said, served, streamed
from .test_one_value import CUT

PEOPLE: list[dict[str, object]] = [{"name": "Ada", "age": 36}, {"name": "Bo"}, {"name": "Cy", "age": 1}]


def records(*values: object) -> str:
    return json.dumps({"records": list(values)})


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def wire(vendor: Vendor, *people: dict[str, object]) -> str:
    """As the provider is asked to write them: in OpenAI's subset nothing may be left out."""
    full = people if vendor is ANTHROPIC else [{"name": None, "age": None, **each} for each in people]
    return records(*full)


def test_a_record_a_line(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, [streamed(vendor, wire(vendor, *PEOPLE))]):
        done = extract(bench, vendor, "--many")
    check_stderr(done, ExitCode.OK)
    assert lines(done.out) == PEOPLE


def test_no_records_are_an_answer(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, [streamed(vendor, records())]):
        done = extract(bench, vendor, "--many")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_brackets_of_the_words_around_the_records_are_no_records(bench: Bench) -> None:
    """A footnote is not asked for again, which would be paid for and give a record that the text does not have."""
    answer = f"{records(*PEOPLE[:2])}\n\n[3] See the second page."
    with served(bench, LOCAL, [streamed(LOCAL, answer)] * 2) as server:
        done = extract(bench, LOCAL, "--many", "--mode", "prompt")
    check_stderr(done, ExitCode.OK)
    assert (lines(done.out), len(server.bodies)) == (PEOPLE[:2], 1)


@pytest.mark.parametrize(
    ("form", "out"),
    [
        ("csv", "name,age\nAda,36\nBo,\n"),
        ("jsonl", '{"name": "Ada", "age": 36}\n{"name": "Bo"}\n'),
        ("json", '[{"name": "Ada", "age": 36}, {"name": "Bo"}]\n'),
    ],
)
def test_formats(bench: Bench, form: str, out: str) -> None:
    with served(bench, LOCAL, [streamed(LOCAL, wire(LOCAL, *PEOPLE[:2]))]):
        assert extract(bench, LOCAL, "--many", "--format", form).out == out


def test_the_envelope_has_all_of_them(bench: Bench) -> None:
    with served(bench, ANTHROPIC, [streamed(ANTHROPIC, wire(ANTHROPIC, *PEOPLE))]):
        assert extract(bench, ANTHROPIC, "--many", "--json").json["data"] == PEOPLE


def test_what_was_cut_is_gone_on_with(bench: Bench, vendor: Vendor) -> None:
    """The complete records are printed, and the rest is asked for by the last of them."""
    cut = wire(vendor, *PEOPLE)[: wire(vendor, *PEOPLE).index('"Cy"') + 2]
    answers = [streamed(vendor, cut, stop=CUT[vendor.name]), streamed(vendor, wire(vendor, PEOPLE[2]))]
    with served(bench, vendor, answers) as server:
        done = extract(bench, vendor, "--many")
    check_stderr(done, ExitCode.OK)
    assert lines(done.out) == PEOPLE
    assert '"Bo"' in asked(vendor, server.bodies[1])
    assert '"Ada"' not in asked(vendor, server.bodies[1])


@pytest.mark.parametrize("again", [PEOPLE, PEOPLE[1:], PEOPLE[2:]], ids=["from the start", "with the last", "right"])
def test_what_comes_twice_after_a_cut_is_printed_once(bench: Bench, again: list[dict[str, object]]) -> None:
    cut = wire(LOCAL, *PEOPLE)[: wire(LOCAL, *PEOPLE).index('"Cy"') + 2]
    with served(bench, LOCAL, [streamed(LOCAL, cut, stop="length"), streamed(LOCAL, wire(LOCAL, *again))]):
        assert lines(extract(bench, LOCAL, "--many").out) == PEOPLE


def test_a_stream_that_breaks_is_gone_on_with(bench: Bench) -> None:
    whole = streamed(LOCAL, wire(LOCAL, *PEOPLE))
    broken = whole[: whole.index(b"Cy")]
    with served(bench, LOCAL, [broken, streamed(LOCAL, wire(LOCAL, PEOPLE[2]))]):
        assert lines(extract(bench, LOCAL, "--many").out) == PEOPLE


def test_equal_records_are_all_kept(bench: Bench) -> None:
    with served(bench, LOCAL, [streamed(LOCAL, wire(LOCAL, *[PEOPLE[0]] * 3))]):
        assert lines(extract(bench, LOCAL, "--many").out) == [PEOPLE[0]] * 3


def test_a_key_tells_records_apart(bench: Bench) -> None:
    twice = [*PEOPLE, {"name": "Ada", "age": 99}]
    with served(bench, LOCAL, [streamed(LOCAL, wire(LOCAL, *twice))]):
        assert lines(extract(bench, LOCAL, "--many", "--key", "name").out) == PEOPLE


def test_not_one_record_fits_into_the_answer(bench: Bench) -> None:
    """More room is asked for once; then it is truncated."""
    cut = streamed(LOCAL, '{"records": [{"name": "Ad', stop="length")
    with served(bench, LOCAL, [cut, cut]) as server:
        done = extract(bench, LOCAL, "--many", "--max-tokens", "10")
    check_stderr(done, ExitCode.TRUNCATED)
    assert done.out == ""
    assert [body["max_tokens"] for body in server.bodies] == [10, 40]


def test_a_record_that_does_not_fit_is_asked_for_again_in_its_place(bench: Bench, vendor: Vendor) -> None:
    wrong = [PEOPLE[0], {"name": "Bo", "age": -1}, PEOPLE[2]]
    answers = [streamed(vendor, wire(vendor, *wrong)), said(vendor, json.loads(wire(vendor, PEOPLE[1])))]
    with served(bench, vendor, answers) as server:
        done = extract(bench, vendor, "--many")
    check_stderr(done, ExitCode.OK)
    assert lines(done.out) == PEOPLE
    repair = asked(vendor, server.bodies[1])
    assert "/age" in repair
    assert '"Cy"' not in repair


def test_a_record_that_stays_wrong_is_left_out_and_told(bench: Bench) -> None:
    """Exit 12: some of it is there."""
    wrong = wire(LOCAL, PEOPLE[0], {"name": "Bo", "age": -1}, PEOPLE[2])
    again = [said(LOCAL, json.loads(wire(LOCAL, {"name": "Bo", "age": -2})))] * 2
    with served(bench, LOCAL, [streamed(LOCAL, wrong), *again]):
        done = extract(bench, LOCAL, "--many", "--keep-invalid", "wrong.jsonl")
    assert "1 of 3 records" in check_stderr(done, ExitCode.PARTIAL)
    assert "/1/age" in done.err
    assert lines(done.out) == [PEOPLE[0], PEOPLE[2]]
    assert '"Bo"' in (bench.work / "wrong.jsonl").read_text()


def test_nothing_right_is_invalid_output(bench: Bench) -> None:
    wrong = said(LOCAL, json.loads(wire(LOCAL, {"name": "B"})))
    with served(bench, LOCAL, [streamed(LOCAL, wire(LOCAL, {"name": "B"})), wrong, wrong]):
        done = extract(bench, LOCAL, "--many")
    check_stderr(done, ExitCode.INVALID_OUTPUT)
    assert done.out == ""


def test_the_ladder_is_for_many_too(bench: Bench) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "record", "arguments": records(*PEOPLE)}}
    answers = [refused(LOCAL), _calling(call)]
    with served(bench, LOCAL, answers):
        assert lines(extract(bench, LOCAL, "--many").out) == PEOPLE


def _calling(call: Mapping[str, object]) -> bytes:
    from ...contract.answers import whole_of
    from ...contract.servers import http_answer

    answer = whole_of(LOCAL, "", stop="tool_calls")
    answer["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [call]}
    return http_answer(200, answer)


def test_records_are_printed_while_the_answer_streams(bench: Bench, isolated: object) -> None:
    """The first is on stdout before the second is written."""
    import threading

    from ...carry.servers import listening

    whole = streamed(RESPONSES, wire(RESPONSES, *PEOPLE))
    at = whole.index(b'\\"Bo')  # inside the JSON of an event, which is JSON itself
    go = threading.Event()

    def respond(_: object) -> object:
        yield whole[:at]
        assert go.wait(10)
        yield whole[at:]

    with listening(respond) as server:  # type: ignore[arg-type]
        bench.point(RESPONSES, server.root)
        with started("extract", "-n", "--many", "--schema", "name, age int?", "-m", RESPONSES.model, "x") as run:
            first = run.line()
            go.set()
            done = run.end()
    assert json.loads(first) == PEOPLE[0]
    assert lines(done.out) == PEOPLE
