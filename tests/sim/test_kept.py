"""What holds for all that a simulator keeps: keys, limits, faults, the log, and how much it is at most."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmcli.sim.faults import make_fault
from llmcli.sim.kept_files import Files, KeptFile
from llmcli.sim.storage import Full, Shelf, Storage

from .helpers import Sim, StartSim, ask, chat, until

BATCHES, FILES = "/v1/messages/batches", "/v1/files"
TEXT = ("a.txt", b"x", "text/plain")
ANTHROPIC: dict[str, str | None] = {"anthropic-version": "2026-10-21"}
CALLS: list[tuple[str, dict[str, str | None]]] = [
    (BATCHES, ANTHROPIC), (f"{BATCHES}/x", ANTHROPIC), (FILES, ANTHROPIC), (FILES, {}), ("/v1/batches", {}),
]  # fmt: skip


def kept(name: str, size: int, expires_at: float | None = None) -> KeptFile:
    return KeptFile(name, "a", "text/plain", bytes(size), 0.0, expires_at)


def messages_batch(sim: Sim, *prompts: str) -> dict[str, Any]:
    rows = [{"custom_id": str(number), "params": ask(prompt, max_tokens=1000)} for number, prompt in enumerate(prompts)]
    batch = sim.send(BATCHES, {"requests": rows}).json
    return until(lambda: sim.send(f"{BATCHES}/{batch['id']}").json, lambda found: found["ended_at"] is not None)


def chat_batch(sim: Sim, *prompts: str) -> dict[str, Any]:
    lines = [
        json.dumps({"custom_id": prompt[:9], "method": "POST", "url": "/v1/chat/completions", "body": chat(prompt)})
        for prompt in prompts
    ]
    given = sim.upload(file=("a.jsonl", "\n".join(lines).encode(), "x/y"), purpose=b"batch").json["id"]
    body = {"input_file_id": given, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    name = sim.send("/v1/batches", body).json["id"]
    over = ("completed", "expired", "failed")
    return until(lambda: sim.send(f"/v1/batches/{name}").json, lambda found: found["status"] in over)


def results(sim: Sim, batch: dict[str, Any]) -> dict[str, dict[str, Any]]:
    lines = sim.send(f"{BATCHES}/{batch['id']}/results").body.splitlines()
    return {found["custom_id"]: found["result"] for found in map(json.loads, lines)}


def test_keys_and_ids_of_requests(start_sim: StartSim) -> None:
    """Only the right key opens them, and every answer has its id."""
    sim = start_sim(api_key="right")
    for path, headers in CALLS:
        refused = sim.send(path, headers=headers)
        assert refused.status == 401
        answer = sim.send(path, headers={**headers, "Authorization": "Bearer right"})
        assert answer.status in (200, 404)
        assert "request-id" in answer.headers or "x-request-id" in answer.headers
    ids = [entry["request_id"] for entry in sim.entries(at_least=2 * len(CALLS))]
    assert len(set(ids)) == 2 * len(CALLS)


def test_the_rate_limit_counts_them(start_sim: StartSim) -> None:
    sim = start_sim(rate_limit_rpm=2)
    assert sim.send(FILES, headers=ANTHROPIC).headers["anthropic-ratelimit-requests-remaining"] == "1"
    assert sim.send("/v1/batches").status == 200
    assert sim.send(FILES, headers=ANTHROPIC).error["type"] == "rate_limit_error"
    limited = sim.send("/v1/batches")
    assert (limited.status, limited.error["code"]) == (429, "rate_limit_exceeded")
    assert limited.error["message"].startswith("Rate limit reached in organization")


def test_faults_strike_them(start_sim: StartSim) -> None:
    """One that strikes before the answer leaves nothing done, one amid the answer comes too late for that."""
    sim = start_sim("503,retry-after=7,times=1", "drop-before,times=1", "truncated-json,times=1", "max-tokens,after=1")
    refused = sim.upload(file=TEXT, purpose=b"user_data")
    assert (refused.status, refused.headers["retry-after"]) == (503, "7")
    with pytest.raises(ConnectionError):
        sim.upload(file=TEXT, purpose=b"user_data")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        _ = sim.upload(file=TEXT, purpose=b"user_data").json
    assert len(sim.send(FILES).json["data"]) == 1
    assert [entry["fault"] for entry in sim.entries(at_least=4)][-1] is None


def test_faults_strike_rows(start_sim: StartSim) -> None:
    """Each row is a request: one that hangs expires, a status is its error, and other answers end as they would."""
    faults = [("529", "first"), ("hang", "second"), ("max-tokens", "third"), ("drop-before", "fourth")]
    sim = start_sim(faults_from_file=tuple(make_fault(kind, {}, match=match) for kind, match in faults))
    batch = messages_batch(sim, "first", "second", "third", "fourth")
    assert {name: count for name, count in batch["request_counts"].items() if count} == {
        "succeeded": 2, "errored": 1, "expired": 1,
    }  # fmt: skip
    found = results(sim, batch)
    assert found["0"]["error"]["error"]["type"] == "overloaded_error"
    assert found["1"] == {"type": "expired"}
    assert found["2"]["message"]["stop_reason"] == "max_tokens"
    assert found["3"]["message"]["stop_reason"] == "end_turn"


def test_an_openai_batch_with_a_row_that_hangs_expires(start_sim: StartSim) -> None:
    """What was answered is in its output all the same, and a status is the error of its row."""
    sim = start_sim(faults_from_file=(make_fault("hang", {}, match="second"), make_fault("500", {}, match="third")))
    batch = chat_batch(sim, "first", "second", "third")
    assert (batch["status"], batch["request_counts"]) == ("expired", {"total": 3, "completed": 1, "failed": 1})
    errors = map(json.loads, sim.send(f"{FILES}/{batch['error_file_id']}/content").body.splitlines())
    expired, failed = sorted(errors, key=lambda found: str(found["custom_id"]))
    assert (expired["response"], expired["error"]["code"]) == (None, "batch_expired")
    assert (failed["response"]["status_code"], failed["response"]["body"]["error"]["type"]) == (500, "server_error")


def test_the_log_has_a_line_for_each_row(start_sim: StartSim) -> None:
    """With what it would be billed, and which batch it was in."""
    sim = start_sim()
    batch = messages_batch(sim, "sim:tokens=7", "hello")
    rows = [entry for entry in sim.entries(at_least=4) if entry["batch_id"]]
    assert [(entry["path"], entry["custom_id"], entry["status"]) for entry in rows] == [
        ("/v1/messages", "0", 200), ("/v1/messages", "1", 200),
    ]  # fmt: skip
    usage = results(sim, batch)["0"]["message"]["usage"]
    assert (rows[0]["input_tokens"], rows[0]["output_tokens"]) == (usage["input_tokens"], 7)
    assert rows[0]["batch_id"] == batch["id"]


def test_a_full_simulator_refuses_what_would_not_fit(start_sim: StartSim) -> None:
    """With the error that the SDK has a type for; and what a batch has no room for in its answers expires."""
    from anthropic.types import StorageQuotaExceededError

    sim = start_sim(most_kept_bytes=8000)
    with sim.anthropic_sync() as client, pytest.raises(StorageQuotaExceededError):
        client.files.upload(file=("a.txt", bytes(8000)))
    refused = sim.upload(file=("a.txt", bytes(8000), "text/plain"), purpose=b"user_data")
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    batch = messages_batch(sim, "sim:tokens=50", "sim:echo " + "x" * 3000, "sim:tokens=90")
    assert {name: count for name, count in batch["request_counts"].items() if count} == {"succeeded": 2, "expired": 1}
    assert results(sim, batch)["1"] == {"type": "expired"}
    assert sim.send(f"{BATCHES}/{batch['id']}", headers=ANTHROPIC, method="DELETE").status == 200
    with sim.anthropic_sync() as client:
        assert client.files.upload(file=("a.txt", bytes(6000))).size_bytes == 6000


@pytest.mark.parametrize(("size", "status"), [(2500, "completed"), (3600, "failed")])
def test_a_batch_without_room_for_its_files_fails(start_sim: StartSim, size: int, status: str) -> None:
    """Its lines take their room once: as long as they are no file, and then as one."""
    sim = start_sim(most_kept_bytes=59_000)
    batch = chat_batch(sim, "sim:echo " + "x" * size)
    assert batch["status"] == status
    if status == "failed":
        assert batch["errors"]["data"][0]["code"] == "storage_quota_exceeded"


def test_storage_is_never_more_than_it_may_be() -> None:
    """What is removed makes room again."""
    storage = Storage(4000)
    one, other = Shelf[KeptFile](storage), Shelf[KeptFile](storage, most_things=1)
    one.add("a", kept("a", 1000))
    with pytest.raises(Full):
        one.add("b", kept("b", 1000))
    other.add("c", kept("c", 100))
    with pytest.raises(Full):
        other.add("d", kept("d", 0))
    one.remove("a")
    one.add("b", kept("b", 1000))
    assert list(one.newest_first()) == ["b"]


def test_files_expire() -> None:
    now = 5.0
    files = Files(Storage(4000), clock=lambda: now)
    files.add("a", kept("a", 1000, expires_at=10.0))
    files.add("b", kept("b", 0))
    assert list(files.newest_first()) == ["b", "a"]
    now = 10.0
    assert files.get("a") is None
    assert list(files.newest_first()) == ["b"]
    files.add("c", kept("c", 1000))
