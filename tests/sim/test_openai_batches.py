"""OpenAI's Batch API: through the SDK, the lines of its files, and what it refuses."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from .helpers import Sim, StartSim, chat, respond, run, until

PATH = "/v1/batches"
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
OVER = ("completed", "failed", "expired", "cancelled")


def line(custom_id: str, url: str = CHAT, method: str = "POST", **more: Any) -> dict[str, Any]:
    body = respond(**more) if url == RESPONSES else chat(**more)
    return {"custom_id": custom_id, "method": method, "url": url, "body": body}


def uploaded(sim: Sim, *lines: object) -> str:
    data = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
    name: str = sim.upload(file=("in.jsonl", data, "application/jsonl"), purpose=b"batch").json["id"]
    return name


def create(sim: Sim, file_id: str, endpoint: str = CHAT, **more: Any) -> dict[str, Any]:
    answer = sim.send(PATH, {"input_file_id": file_id, "endpoint": endpoint, "completion_window": "24h", **more})
    assert answer.status == 200, answer.body
    batch: dict[str, Any] = answer.json
    return batch


def over(sim: Sim, batch: dict[str, Any]) -> dict[str, Any]:
    return until(lambda: sim.send(f"{PATH}/{batch['id']}").json, lambda found: found["status"] in OVER)


def rows(sim: Sim, file_id: str | None) -> dict[str, dict[str, Any]]:
    lines = sim.send(f"/v1/files/{file_id}/content").body.splitlines() if file_id else []
    return {found["custom_id"]: found for found in map(json.loads, lines)}


def test_a_batch_from_its_file_to_its_answers(sim: Sim) -> None:
    """Through the SDK: answers are in one file, errors in the other, and neither in the order of the rows."""
    with sim.openai_sync() as client:
        data = "\n".join(map(json.dumps, (line("a", prompt="sim:echo one"), line("b"), line("c", temperature=9))))
        given = client.files.create(file=("in.jsonl", data.encode()), purpose="batch")
        batch = client.batches.create(
            input_file_id=given.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"for": "test"},
            output_expires_after={"anchor": "created_at", "seconds": 3600},
        )  # fmt: skip
        assert (batch.status, batch.output_file_id, batch.metadata) == ("validating", None, {"for": "test"})
        batch = until(lambda: client.batches.retrieve(batch.id), lambda found: found.status in OVER)
        counts = batch.request_counts
        assert (batch.status, batch.model, batch.errors) == ("completed", "gpt-4o", None)
        assert counts is not None
        assert (counts.total, counts.completed, counts.failed) == (3, 2, 1)
        stamps = (batch.created_at, batch.in_progress_at, batch.finalizing_at, batch.completed_at)
        assert list(stamps) == sorted(filter(None, stamps))
        assert batch.output_file_id is not None
        output = client.files.retrieve(batch.output_file_id)
        assert (output.purpose, output.expires_at) == ("batch_output", output.created_at + 3600)
        lines = [json.loads(one) for one in client.files.content(output.id).text.splitlines()]
        assert [one["custom_id"] for one in lines] == ["b", "a"]
        body = lines[1]["response"]["body"]
        assert (lines[1]["error"], lines[1]["response"]["status_code"]) == (None, 200)
        assert body["choices"][0]["message"]["content"] == "one"
        assert batch.usage is not None
        assert batch.usage.output_tokens == sum(one["response"]["body"]["usage"]["completion_tokens"] for one in lines)
    [error] = rows(sim, batch.error_file_id).values()
    assert (error["custom_id"], error["error"], error["response"]["status_code"]) == ("c", None, 400)
    assert error["response"]["body"] == sim.send(CHAT, chat(temperature=9)).json


def test_a_batch_of_responses_in_the_list(start_sim: StartSim) -> None:
    """Through the asynchronous SDK, from the newest."""
    sim = start_sim()
    made = [create(sim, uploaded(sim, line("a", RESPONSES)), RESPONSES) for _ in range(3)]
    done = over(sim, made[-1])
    [found] = rows(sim, done["output_file_id"]).values()
    assert (found["response"]["body"]["object"], done["error_file_id"]) == ("response", None)

    async def work() -> list[str]:
        async with sim.openai() as client:
            return [batch.id async for batch in client.batches.list(limit=2)]

    assert run(work()) == [batch["id"] for batch in made[::-1]]
    assert sim.send(f"{PATH}?limit=101").error["code"] == "integer_above_max_value"
    assert sim.send(f"{PATH}?after=batch_x").error["message"] == "No batch found with id 'batch_x'."


def test_lines_that_are_wrong_fail_the_batch(sim: Sim) -> None:
    """Each with its number and what is wrong; no row is run."""
    bad: list[tuple[object, str, str | None]] = [
        (b"{bad", "invalid_json_line", None),
        (b"", "invalid_json_line", None),
        ({"method": "POST", "url": CHAT, "body": {}}, "missing_required_parameter", "custom_id"),
        ({"custom_id": "x", "url": CHAT, "body": {}}, "missing_required_parameter", "method"),
        ({"custom_id": "x", "method": "POST", "url": CHAT}, "missing_required_parameter", "body"),
        ({**line("x"), "custom_id": 5}, "invalid_type", "custom_id"),
        (line("x", method="GET"), "invalid_method", "method"),
        (line("x", RESPONSES), "invalid_url", "url"),
        (line("first"), "duplicate_custom_id", "custom_id"),
        (line("model", model="no-such"), "model_not_found", "body.model"),
        (line("other", model="gpt-4.1"), "mismatched_model", "body.model"),
        (line("streams", stream=True), "streaming_unsupported", "body.stream"),
        ({**line("bare"), "body": {}}, "invalid_request", "body.model"),
        ({**line("mute"), "body": {"model": "gpt-4o"}}, "invalid_request", "body.messages"),
    ]
    batch = over(sim, create(sim, uploaded(sim, line("first"), *(one for one, _, _ in bad))))
    assert (batch["status"], batch["in_progress_at"], batch["output_file_id"]) == ("failed", None, None)
    found = [(one["line"], one["code"], one["param"]) for one in batch["errors"]["data"]]
    assert found == [(number, code, param) for number, (_, code, param) in enumerate(bad, 2)]
    assert batch["errors"]["data"][0]["message"] == "This line is not parseable as valid JSON."


def test_input_files_that_are_none_fail_the_batch(sim: Sim) -> None:
    """As the vendor does, which creates the batch all the same."""
    text = sim.upload(file=("a.txt", b"x", "text/plain"), purpose=b"user_data").json["id"]
    for name, words in (("file-none", "Cannot find file file-none"), (text, "has the purpose 'user_data'")):
        batch = over(sim, create(sim, name))
        [problem] = batch["errors"]["data"]
        assert (batch["status"], problem["code"], problem["line"]) == ("failed", "invalid_request", None)
        assert words in problem["message"]
    late = sim.send(f"{PATH}/{batch['id']}/cancel", method="POST")
    assert (late.status, late.error["message"]) == (409, "Cannot cancel a batch with status 'failed'.")


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"input_file_id": None}, "invalid_type", "input_file_id"),
        ({"endpoint": "/v1/nope"}, "invalid_value", "endpoint"),
        ({"endpoint": "/v1/embeddings"}, "not_simulated", "endpoint"),
        ({"completion_window": "1h"}, "invalid_value", "completion_window"),
        ({"metadata": {"tags": ["x"]}}, "invalid_type", "metadata.tags"),
        ({"output_expires_after": {"anchor": "created_at", "seconds": 1}}, "integer_below_min_value",
         "output_expires_after.seconds"),
        ({"more": 1}, "unknown_parameter", "more"),
    ],
)  # fmt: skip
def test_what_creation_refuses(sim: Sim, changed: dict[str, Any], code: str, param: str) -> None:
    body = {"input_file_id": "file-x", "endpoint": CHAT, "completion_window": "24h", **changed}
    answer = sim.send(PATH, body)
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, code, param)


def test_the_states_follow_each_other_over_the_latency(start_sim: StartSim) -> None:
    """None is left out, none comes again, and the batch is over no sooner than one answer would be."""
    sim = start_sim(latency_s=0.4)
    started = time.monotonic()
    batch = create(sim, uploaded(sim, *(line(str(number)) for number in range(4))))
    seen = [batch["status"]]

    def look() -> dict[str, Any]:
        found: dict[str, Any] = sim.send(f"{PATH}/{batch['id']}").json
        seen.extend([found["status"]] if found["status"] != seen[-1] else [])
        return found

    batch = until(look, lambda found: found["status"] in OVER)
    assert time.monotonic() - started >= 0.4
    order = ("validating", "in_progress", "finalizing", "completed")
    assert seen == [status for status in order if status in seen]
    assert (seen[0], seen[-1]) == ("validating", "completed")
    assert None not in [batch[f"{status}_at"] for status in order[1:]]


def test_cancelling_keeps_what_was_answered(start_sim: StartSim) -> None:
    """What was not run is in the file of errors, and counts as neither; a batch may be cancelled twice."""
    sim = start_sim(latency_s=1.0)
    batch = create(sim, uploaded(sim, *(line(str(number)) for number in range(20))))
    until(sim.entries, lambda entries: any(entry["custom_id"] for entry in entries))
    cancelling = sim.send(f"{PATH}/{batch['id']}/cancel", method="POST").json
    assert (cancelling["status"], cancelling["cancelled_at"]) == ("cancelling", None)
    batch = over(sim, batch)
    counts = batch["request_counts"]
    assert (batch["status"], counts["total"], counts["failed"]) == ("cancelled", 20, 0)
    output, errors = rows(sim, batch["output_file_id"]), rows(sim, batch["error_file_id"])
    assert (len(output), len(errors)) == (counts["completed"], 20 - counts["completed"])
    assert 1 <= len(output) < 20
    assert errors["19"]["response"] is None
    assert errors["19"]["error"]["code"] == "batch_cancelled"
    assert sim.send(f"{PATH}/{batch['id']}/cancel", method="POST").json == batch


def test_wrong_methods_and_ids(sim: Sim) -> None:
    assert sim.send(f"{PATH}/batch_x").error["message"] == "No batch found with id 'batch_x'."
    assert sim.send(f"{PATH}/batch_x", method="DELETE").status == 405
    assert sim.send(f"{PATH}/batch_x/nope").error["message"] == f"Invalid URL (GET {PATH}/batch_x/nope)"
    assert sim.send(PATH, raw=b" " * (1024 * 1024 + 1)).status == 413
    assert sim.send(PATH, headers={"x-api-key": "k"}).json["object"] == "list"  # Anthropic has no such path
