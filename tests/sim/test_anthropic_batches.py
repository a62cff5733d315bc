"""Anthropic's Message Batches API: through the SDK, and what it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from .helpers import Answer, Sim, StartSim, ask, run, until

PATH = "/v1/messages/batches"
USER_FACING = {"error_visibility": "user_facing"}


def row(custom_id: str, prompt: str = "hello", **more: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "params": ask(prompt, **more)}


def create(sim: Sim, *rows: dict[str, Any]) -> dict[str, Any]:
    answer = sim.send(PATH, {"requests": rows})
    assert answer.status == 200, answer.body
    batch: dict[str, Any] = answer.json
    return batch


def ended(sim: Sim, name: str) -> dict[str, Any]:
    return until(lambda: sim.send(f"{PATH}/{name}").json, lambda batch: batch["processing_status"] == "ended")


def results(sim: Sim, name: str) -> dict[str, dict[str, Any]]:
    lines = sim.send(f"{PATH}/{name}/results").body.splitlines()
    return {found["custom_id"]: found["result"] for found in map(json.loads, lines)}


def test_a_batch_from_its_creation_to_its_deletion(sim: Sim) -> None:
    """Through the SDK: rows are answered as /v1/messages would, at the batch tier, and in no promised order."""
    with sim.anthropic_sync() as client:
        requests: Any = [row("a", "sim:echo one"), row("b", "sim:echo two"), row("c", model="no-such")]
        batch = client.messages.batches.create(requests=requests)
        assert re.fullmatch("msgbatch_01[A-Za-z0-9]{22}", batch.id)
        assert (batch.processing_status, batch.request_counts.processing, batch.results_url) == ("in_progress", 3, None)
        batch = until(lambda: client.messages.batches.retrieve(batch.id), lambda found: found.ended_at is not None)
        counts = batch.request_counts
        assert (batch.processing_status, counts.succeeded, counts.errored, counts.processing) == ("ended", 2, 1, 0)
        assert (batch.expires_at - batch.created_at).total_seconds() == 86_400
        found = list(client.messages.batches.results(batch.id))
        assert [one.custom_id for one in found] == ["c", "b", "a"]
        error, second, first = (one.result for one in found)
        assert first.type == second.type == "succeeded"
        [text] = first.message.content
        assert (text.type == "text" and text.text, first.message.usage.service_tier) == ("one", "batch")
        direct = client.messages.create(**requests[0]["params"])
        assert first.message.usage.input_tokens == direct.usage.input_tokens
        assert direct.usage.service_tier == "standard"
        assert error.type == "errored"
        assert (error.error.error.type, error.error.error.message) == ("not_found_error", "model: no-such")
        assert client.beta.messages.batches.retrieve(batch.id).results_url == batch.results_url
        assert client.messages.batches.delete(batch.id).type == "message_batch_deleted"
    gone = sim.send(f"{PATH}/{batch.id}")
    assert (gone.status, gone.error["message"]) == (404, f"Message Batch {batch.id} not found.")


def test_the_list_is_paged_from_the_newest(start_sim: StartSim) -> None:
    """Through the asynchronous SDK, and backwards with `before_id`."""
    sim = start_sim()
    made = [create(sim, row("a"))["id"] for _ in range(5)]

    async def work() -> list[str]:
        async with sim.anthropic() as client:
            return [batch.id async for batch in client.messages.batches.list(limit=2)]

    newest_first = made[::-1]
    assert run(work()) == newest_first
    page = sim.send(f"{PATH}?limit=2&before_id={newest_first[3]}").json
    assert [batch["id"] for batch in page["data"]] == newest_first[1:3]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (newest_first[1], newest_first[2], True)
    for query in ("limit=0", "limit=1001", "after_id=msgbatch_x"):
        assert sim.send(f"{PATH}?{query}").status == 400


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ([], "requests: List should have at least 1 item(s) after validation, not 0"),
        ([{"params": {}}], "requests.0.custom_id: Field required"),
        ([row("a"), {"custom_id": "b"}], "requests.1.params: Field required"),
        ([row("a" * 65)], "requests.0.custom_id: String should have at most 64 characters"),
        ([row("a b")], "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"),
        ([{**row("a"), "more": 1}], "requests.0.more: Extra inputs are not permitted"),
        (
            [row("dup"), row("x"), row("dup")],
            "requests: custom_id's must be unique within a batch. Duplicate custom_id found: dup",
        ),
    ],
)
def test_what_creation_refuses(sim: Sim, requests: list[Any], message: str) -> None:
    """One wrong row refuses the whole batch; but what is in `params` is looked at later."""
    answer = sim.send(PATH, {"requests": requests})
    assert (answer.status, answer.error) == (400, {"type": "invalid_request_error", "message": message})


def test_rows_that_are_wrong_are_results(sim: Sim) -> None:
    """They cost nothing, and do not spoil the others."""
    batch = create(
        sim,
        row("streams", stream=True),
        row("empty", max_tokens=0),
        {"custom_id": "bare", "params": {"model": "claude-haiku-5-5", "max_tokens": 5}},
        row("sampling", temperature=2),
        row("good"),
    )
    assert ended(sim, batch["id"])["request_counts"] == {
        "processing": 0, "succeeded": 1, "errored": 4, "canceled": 0, "expired": 0,
    }  # fmt: skip
    found = results(sim, batch["id"])
    messages = {name: one["error"]["error"]["message"] for name, one in found.items() if one["type"] == "errored"}
    assert messages == {
        "streams": '"stream=True" is not supported in the Message Batches API',
        "empty": "max_tokens: must be greater than or equal to 1",
        "bare": "messages: Field required",
        "sampling": "temperature: Extra inputs are not permitted",
    }
    assert found["bare"]["error"]["error"]["details"] == USER_FACING


def test_cancelling_keeps_what_was_answered(start_sim: StartSim) -> None:
    """Of ten rows over a second those at the start are answered; the rest are canceled, and the batch ends at once."""
    sim = start_sim(latency_s=1.0)
    name = create(sim, *(row(str(number)) for number in range(10)))["id"]
    until(sim.entries, lambda entries: any(entry["custom_id"] for entry in entries))
    for path, method in ((f"{PATH}/{name}/results", "GET"), (f"{PATH}/{name}", "DELETE")):
        early = sim.send(path, method=method)
        assert (early.status, early.error["message"]) in (
            (404, f"Message Batch {name} has no available results."),
            (400, "In progress batches cannot be deleted. Consider canceling the batch instead."),
        )
    canceling = sim.send(f"{PATH}/{name}/cancel", method="POST").json
    assert (canceling["processing_status"], canceling["request_counts"]["processing"]) == ("canceling", 10)
    batch = ended(sim, name)
    assert batch["cancel_initiated_at"] == canceling["cancel_initiated_at"] is not None
    counts = batch["request_counts"]
    assert counts["succeeded"] >= 1
    assert counts["succeeded"] + counts["canceled"] == 10
    assert counts["canceled"] >= 1
    found = results(sim, name)
    assert found["9"] == {"type": "canceled"}
    assert found["0"]["type"] == "succeeded"
    again = sim.send(f"{PATH}/{name}/cancel", method="POST").json
    assert again == batch


def test_wrong_methods_paths_and_versions(sim: Sim) -> None:
    """They get the vendor's own body."""

    def told(answer: Answer) -> tuple[int, str]:
        return answer.status, answer.error["message"]

    assert told(sim.send(PATH, method="DELETE")) == (405, "Method Not Allowed")
    assert told(sim.send(f"{PATH}/x/nope")) == (404, "Not found")
    assert told(sim.send(f"{PATH}/x/results")) == (404, "Message Batch x not found.")
    assert told(sim.send(f"{PATH}/x/cancel", method="POST")) == (404, "Message Batch x not found.")
    missing = sim.send(PATH, {"requests": [row("a")]}, {"anthropic-version": None})
    assert told(missing) == (400, "anthropic-version: header is required")
    assert told(sim.send(PATH, raw=b"{")) == told(sim.send("/v1/messages", raw=b"{"))
