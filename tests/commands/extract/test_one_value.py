"""extract: data that fits the schema, or nothing on stdout and an exit code that says why; with every provider."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ...contract.answers import whole_of
from ...contract.bench import Bench, check_stderr
from ...contract.servers import http_answer
from ...contract.vendors import ANTHROPIC, LOCAL, OPENAI, RESPONSES, Vendor
from .script import asked, extract, mode_of, refused, said, served

ADA = {"name": "Ada", "age": 36}
CUT = {"anthropic": "max_tokens", "openai": "length", "local": "length", "responses": "max_output_tokens"}


def test_a_value_that_fits_is_printed(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, [said(vendor, ADA)]) as server:
        done = extract(bench, vendor)
    check_stderr(done, ExitCode.OK)
    assert done.json == ADA
    assert done.out.count("\n") == 1
    assert [mode_of(body) for body in server.bodies] == ["native"]
    assert "json_schema" in json.dumps(server.bodies[0])


def test_null_for_what_may_be_left_out_becomes_absent(bench: Bench) -> None:
    """OpenAI's subset knows no optional property, the user's schema knows no null."""
    with served(bench, RESPONSES, [said(RESPONSES, {"name": "Ada", "age": None})]):
        done = extract(bench, RESPONSES)
    check_stderr(done, ExitCode.OK)
    assert done.json == {"name": "Ada"}


def test_validation_is_against_the_schema_of_the_user(bench: Bench, vendor: Vendor) -> None:
    """What the provider does not enforce is refused here: stdout is empty, stderr has the pointers."""
    wrong = {"name": "A", "age": -3}
    with served(bench, vendor, [said(vendor, wrong)] * 3) as server:
        done = extract(bench, vendor, "--keep-invalid", "last.json")
    line = check_stderr(done, ExitCode.INVALID_OUTPUT)
    assert done.out == ""
    assert "/name: " in line
    assert "/age: " in line
    assert len(server.bodies) == 3
    assert json.loads((bench.work / "last.json").read_text()) == wrong


def test_a_repair_carries_what_was_wrong_and_not_the_answer(bench: Bench, vendor: Vendor) -> None:
    answers = [{"name": "Ada", "age": -3}, {"name": "Ada", "age": -4}, ADA]
    with served(bench, vendor, [said(vendor, value) for value in answers]) as server:
        done = extract(bench, vendor)
    assert (done.code, done.json) == (0, ADA)
    first, second, third = (asked(vendor, body) for body in server.bodies)
    assert "/age" not in first
    assert "/age" in second
    assert len(third) == len(second)
    assert json.dumps(answers[1]) not in third
    assert [len(body.get("messages", body.get("input", []))) for body in server.bodies] == [
        len(server.bodies[0].get("messages", server.bodies[0].get("input", [])))
    ] * 3


def test_no_repair_is_made_that_was_not_allowed(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, [said(vendor, {"name": "A"})]) as server:
        check_stderr(extract(bench, vendor, "--repair", "0"), ExitCode.INVALID_OUTPUT)
    assert len(server.bodies) == 1


def test_all_attempts_are_counted(bench: Bench, vendor: Vendor) -> None:
    """In the envelope and in the ledger."""
    with served(bench, vendor, [said(vendor, {"name": "A"}), said(vendor, ADA)]):
        done = extract(bench, vendor, "--json")
    envelope = done.json
    assert (envelope["ok"], envelope["command"], envelope["data"], "text" in envelope) == (True, "extract", ADA, False)
    assert (envelope["attempts"], envelope["usage"]["input_tokens"], envelope["usage"]["output_tokens"]) == (2, 4, 2)
    assert [row["status"] for row in bench.rows()] == ["ok", "ok"]


def test_a_failure_is_an_envelope_too(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, [said(vendor, {"name": "A"})] * 3):
        done = extract(bench, vendor, "--json")
    check_stderr(done, ExitCode.INVALID_OUTPUT)
    assert (done.json["ok"], done.json["data"], done.json["error"]["class"]) == (False, None, "invalid_output")
    assert done.json["attempts"] == 3


def test_prose_and_fences_around_it_do_no_harm(bench: Bench) -> None:
    text = f"Here it is:\n\n```json\n{json.dumps(ADA)}\n```\nAnything else?"
    with served(bench, LOCAL, [said(LOCAL, text)]):
        assert extract(bench, LOCAL).json == ADA


@pytest.mark.parametrize("vendor_", [LOCAL, OPENAI, ANTHROPIC, RESPONSES], ids=lambda each: each.name)
def test_down_the_ladder_where_the_endpoint_refuses(bench: Bench, vendor_: Vendor) -> None:
    """Each way that is answered with 400 is given up for the next; the last one works anywhere."""
    modes = ["native", "tool", "prompt"] if vendor_ is ANTHROPIC else ["native", "tool", "json", "prompt"]
    answers = [refused(vendor_)] * (len(modes) - 1) + [said(vendor_, ADA)]
    with served(bench, vendor_, answers) as server:
        done = extract(bench, vendor_)
    check_stderr(done, ExitCode.OK)
    assert done.json == ADA
    assert [mode_of(body) for body in server.bodies] == modes


def test_what_worked_is_remembered(bench: Bench) -> None:
    """For this endpoint, model and schema; another schema begins at the top."""
    with served(bench, LOCAL, [refused(LOCAL), refused(LOCAL), said(LOCAL, ADA), said(LOCAL, ADA)]) as server:
        extract(bench, LOCAL)
        done = extract(bench, LOCAL, "-v")
        assert "asked by mode json" in done.err
    assert [mode_of(body) for body in server.bodies] == ["native", "tool", "json", "json"]
    with served(bench, LOCAL, [said(LOCAL, {"x": 1})]) as server:
        extract(bench, LOCAL, schema="x int")
    assert [mode_of(body) for body in server.bodies] == ["native"]


def test_a_server_that_does_not_do_what_it_is_asked(bench: Bench) -> None:
    """It answers in prose as if nothing had been asked: the ladder goes on until one way works."""
    with served(bench, LOCAL, [said(LOCAL, "Ada, 36")] * 3 + [said(LOCAL, ADA)]) as server:
        done = extract(bench, LOCAL)
    assert (done.code, done.json) == (0, ADA)
    assert [mode_of(body) for body in server.bodies] == ["native", "tool", "json", "prompt"]


@pytest.mark.parametrize("mode", ["native", "tool", "json", "prompt"])
def test_a_mode_can_be_forced(bench: Bench, vendor: Vendor, mode: str) -> None:
    """And is kept to: what does not work then fails."""
    with served(bench, vendor, [refused(vendor)]) as server:
        check_stderr(extract(bench, vendor, "--mode", mode), ExitCode.REJECTED)
    assert len(server.bodies) == 1
    wanted = "prompt" if vendor is ANTHROPIC and mode == "json" else mode
    assert mode_of(server.bodies[0]) == wanted


def test_an_answer_that_was_cut_gets_more_room_once(bench: Bench, vendor: Vendor) -> None:
    cut = said(vendor, '{"name": "A', stop=CUT[vendor.name])
    with served(bench, vendor, [cut, said(vendor, ADA)]) as server:
        done = extract(bench, vendor, "--max-tokens", "100")
    assert (done.code, done.json) == (0, ADA)
    names = ("max_tokens", "max_output_tokens", "max_completion_tokens")
    assert [next(body[name] for name in names if name in body) for body in server.bodies] == [100, 400]
    with served(bench, vendor, [cut, cut]):
        done = extract(bench, vendor, "--max-tokens", "100", schema="other")
    check_stderr(done, ExitCode.TRUNCATED)
    assert done.out == ""


def test_a_refusal_is_not_repaired(bench: Bench) -> None:
    with served(bench, ANTHROPIC, [said(ANTHROPIC, "I cannot do that.", stop="refusal")]) as server:
        done = extract(bench, ANTHROPIC)
    check_stderr(done, ExitCode.REFUSED)
    assert (done.out, len(server.bodies)) == ("", 1)


def test_a_fallback_is_asked_in_its_own_way(bench: Bench) -> None:
    """The schema is compiled anew for the other vendor."""
    with (
        served(bench, RESPONSES, [b"HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"]),
        served(bench, ANTHROPIC, [said(ANTHROPIC, ADA)]) as second,
    ):
        done = extract(bench, RESPONSES, "--retries", "0", "--fallback", ANTHROPIC.model, "--json")
    assert (done.code, done.json["provider"], done.json["data"]) == (0, "anthropic", ADA)
    assert second.bodies[0]["output_config"]["format"]["schema"]["required"] == ["name"]


@pytest.mark.parametrize(
    ("flags", "answer", "out"),
    [
        (("--choice", "good, bad"), "good", "good\n"),
        (("--choices", "a,b,c"), ["a", "c"], '["a", "c"]\n'),
    ],
)
def test_classification_prints_labels(
    bench: Bench, vendor: Vendor, flags: tuple[str, ...], answer: object, out: str
) -> None:
    with served(bench, vendor, [said(vendor, {"value": answer})]):
        done = bench.run("extract", vendor, "Nice!", *flags)
    assert (done.code, done.out) == (0, out)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "there is no schema"),
        (("--schema", "a", "--choice", "x,y"), "--schema and --choice at once"),
        (("--choice", "only"), "not two labels"),
        (("--schema", '{"type": "objekt"}'), "at /type"),
        (("--schema", '{"$ref": "http://127.0.0.1/x.json"}'), "$ref"),
        (("--schema", "a", "--key", "a"), "--key without --many"),
    ],
)
def test_what_cannot_be_asked_is_said_before_any_call(
    bench: Bench, vendor: Vendor, flags: tuple[str, ...], words: str
) -> None:
    with served(bench, vendor, []) as server:
        done = bench.run("extract", vendor, "text", *flags)
    assert words in check_stderr(done, ExitCode.USAGE)
    assert server.received == []


def test_output_is_written_only_on_success(bench: Bench) -> None:
    file = bench.work / "ada.json"
    file.write_text("before")
    with served(bench, LOCAL, [said(LOCAL, {"name": "A"})] * 3):
        extract(bench, LOCAL, "-o", str(file))
    assert file.read_text() == "before"
    with served(bench, LOCAL, [said(LOCAL, ADA)]):
        done = extract(bench, LOCAL, "-o", str(file))
    assert (done.out, json.loads(file.read_text())) == ("", ADA)


def test_what_is_redacted_comes_back(bench: Bench) -> None:
    """The model sees a placeholder; the data has the original, quotes and all."""
    with served(bench, LOCAL, [said(LOCAL, {"name": "<EMAIL_1>"})]) as server:
        done = bench.run("extract", LOCAL, "Write to ada@example.org", "--schema", "name", "--redact", "email")
    assert b"ada@example.org" not in server.everything()
    placeholder = asked(LOCAL, server.bodies[0]).split()[-1]
    with served(bench, LOCAL, [said(LOCAL, {"name": placeholder})]):
        done = bench.run("extract", LOCAL, "Write to ada@example.org", "--schema", "name", "--redact", "email")
    assert done.json == {"name": "ada@example.org"}


@pytest.mark.parametrize("vendor_", [LOCAL, RESPONSES], ids=lambda each: each.name)
def test_confidence_is_the_probability_of_the_label(bench: Bench, vendor_: Vendor) -> None:
    """Of its tokens together; not of the braces around it."""
    tokens = [('{"value":"', -3.0), ("go", -0.1), ("od", -0.2), ('"}', -4.0)]
    listed = [{"token": token, "logprob": logprob, "bytes": None} for token, logprob in tokens]
    answer = whole_of(vendor_, "".join(token for token, _ in tokens))
    if vendor_ is RESPONSES:
        answer["output"][0]["content"][0]["logprobs"] = listed
    else:
        answer["choices"][0]["logprobs"] = {"content": listed}
    with served(bench, vendor_, [http_answer(200, answer)] * 2) as server:
        done = bench.run("extract", vendor_, "Nice!", "--choice", "good,bad", "--confidence")
        full = bench.run("extract", vendor_, "Nice!", "--choice", "good,bad", "--confidence", "--json")
    assert (done.code, done.out) == (0, "good\t0.7408\n")  # e to the power of -0.3
    assert full.json["data"] == {"label": "good", "confidence": 0.7408}
    assert "logprobs" in json.dumps(server.bodies[0])


@pytest.mark.parametrize("vendor_", [ANTHROPIC, LOCAL], ids=lambda each: each.name)
def test_no_confidence_is_said_not_made_up(bench: Bench, vendor_: Vendor) -> None:
    with served(bench, vendor_, [said(vendor_, {"value": "good"})]):
        done = bench.run("extract", vendor_, "Nice!", "--choice", "good,bad", "--confidence")
    assert (done.code, done.out) == (0, "good\t?\n")
    assert "tells no probabilities" in done.err


def test_a_model_that_refuses_probabilities_is_asked_without(bench: Bench) -> None:
    with served(bench, LOCAL, [refused(LOCAL, "logprobs are not supported"), said(LOCAL, {"value": "bad"})]) as server:
        done = bench.run("extract", LOCAL, "Nice!", "--choice", "good,bad", "--confidence")
    assert done.out == "bad\t?\n"
    assert ["logprobs" in body for body in server.bodies] == [True, False]
    assert [mode_of(body) for body in server.bodies] == ["native", "native"]


def test_a_forced_mode_that_cannot_hold_the_schema_is_said_before_any_call(bench: Bench, vendor: Vendor) -> None:
    with served(bench, vendor, []) as server:
        done = extract(bench, vendor, "--mode", "native", schema='{"type": "string", "enum": []}')
        shown = extract(bench, vendor, "--mode", "native", "--check-schema", schema='{"type": "string", "enum": []}')
    assert "--mode native cannot hold the schema" in check_stderr(done, ExitCode.USAGE)
    check_stderr(shown, ExitCode.USAGE)
    assert server.received == []


def test_what_works_is_remembered_of_the_model_that_was_asked(bench: Bench) -> None:
    """A fallback that had to step down says nothing of the first model."""
    down = b"HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    flags = ("--retries", "0", "--fallback", LOCAL.model)
    with (
        served(bench, ANTHROPIC, [down, said(ANTHROPIC, ADA)]) as first,
        served(bench, LOCAL, [refused(LOCAL), said(LOCAL, ADA)]),
    ):
        assert extract(bench, ANTHROPIC, *flags).json == ADA
        assert extract(bench, ANTHROPIC, *flags).json == ADA
    assert [mode_of(body) for body in first.bodies] == ["native", "native"]
