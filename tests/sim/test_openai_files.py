"""OpenAI's Files API: through the SDK, in prompts, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Answer, Sim, StartSim, chat, respond, run
from .pictures import data_url, png

PATH = "/v1/files"
LINES = ("a.jsonl", b'{"a": 1}\n', "application/jsonl")
TEXT = ("a.txt", b"some words", "text/plain")


def _expiry(seconds: bytes) -> dict[str, bytes]:
    return {"expires_after[anchor]": b"created_at", "expires_after[seconds]": seconds}


def test_a_file_from_its_upload_to_its_deletion(sim: Sim) -> None:
    """Through the SDK."""
    with sim.openai_sync() as client:
        expiry: Any = {"anchor": "created_at", "seconds": 3600}
        kept = client.files.create(file=("a.jsonl", b'{"a": 1}\n'), purpose="batch", expires_after=expiry)
        assert (kept.filename, kept.purpose, kept.bytes, kept.status) == ("a.jsonl", "batch", 9, "processed")
        assert kept.expires_at == kept.created_at + 3600
        assert kept.id.startswith("file-")
        assert client.files.retrieve(kept.id) == kept
        assert client.files.content(kept.id).content == b'{"a": 1}\n'
        assert client.files.delete(kept.id).deleted is True
    gone = sim.send(f"{PATH}/{kept.id}")
    assert (gone.status, gone.error["message"], gone.error["param"]) == (404, f"No such File object: {kept.id}", "id")


def test_lists_of_files(start_sim: StartSim) -> None:
    """From the newest or from the oldest, page by page, of one purpose or of all."""
    sim = start_sim()

    async def work() -> tuple[list[str], list[str], list[str]]:
        async with sim.openai() as client:
            made = [(await client.files.create(file=(f"{n}.txt", b"x"), purpose="user_data")).id for n in range(4)]
            await client.files.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
            down = [kept.id async for kept in client.files.list(limit=3, purpose="user_data")]
            up = [kept.id async for kept in client.files.list(limit=2, order="asc")]
            return made, down, up

    made, down, up = run(work())
    assert down == made[::-1]
    assert up[:4] == made
    assert len(up) == 5


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=0", 400, "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."),
        ("limit=x", 400, "Invalid type for 'limit': expected an integer, but got a string instead."),
        ("order=up", 400, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
        ("after=file-x", 404, "No such File object: file-x"),
    ],
)
def test_pages_that_cannot_be(sim: Sim, query: str, status: int, message: str) -> None:
    answer = sim.send(f"{PATH}?{query}")
    assert (answer.status, answer.error["message"]) == (status, message)


@pytest.mark.parametrize(
    ("fields", "message", "param"),
    [
        ({"purpose": b"batch"}, "'file' is a required property", "file"),
        ({"file": b"no file", "purpose": b"user_data"}, "'file' is a required property", "file"),
        ({"file": TEXT}, "'purpose' is a required property", "purpose"),
        (
            {"file": TEXT, "purpose": b"x"},
            "'x' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
            "purpose",
        ),
        ({"file": TEXT, "purpose": b"batch"}, "Invalid file format for Batch API. Must be .jsonl", None),
        (
            {"file": ("a.jsonl", b"{bad\n{}", "x/y"), "purpose": b"batch"},
            "Invalid file format for Batch API. Must be .jsonl",
            None,
        ),
        (
            {"file": LINES, "purpose": b"batch", "more": b"x"},
            "Additional properties are not allowed ('more' was unexpected)",
            "more",
        ),
        (
            {"file": LINES, "purpose": b"batch", **_expiry(b"1")},
            "Invalid 'expires_after.seconds': integer below minimum value. Expected a value >= 3600, but got 1"
            " instead.",
            "expires_after.seconds",
        ),
        (
            {"file": LINES, "purpose": b"batch", "expires_after[seconds]": b"3600"},
            "Missing required parameter: 'expires_after.anchor'.",
            "expires_after.anchor",
        ),
    ],
)  # fmt: skip
def test_uploads_that_are_refused(sim: Sim, fields: dict[str, Any], message: str, param: str | None) -> None:
    answer = sim.upload(**fields)
    assert (answer.status, answer.error["message"], answer.error["param"]) == (400, message, param)


def test_bodies_that_are_no_forms(sim: Sim) -> None:
    assert sim.send(PATH, {}).error["code"] == "unsupported_content_type"
    broken = sim.send(PATH, headers={"Content-Type": "multipart/form-data; boundary=b"}, raw=b"x")
    assert (broken.status, broken.error["message"]) == (400, "Could not parse multipart form.")


def test_not_all_files_may_be_read_back(sim: Sim) -> None:
    """Those for models may not."""
    name = sim.upload(file=TEXT, purpose=b"user_data").json["id"]
    answer = sim.send(f"{PATH}/{name}/content")
    assert (answer.status, answer.error["message"]) == (400, "Not allowed to download files of purpose: user_data")


def test_files_in_prompts(sim: Sim) -> None:
    """Both APIs read an uploaded file as if it had been sent, and Responses an image, too."""

    def told(path: str, part: dict[str, Any]) -> Answer:
        if path == "/v1/responses":
            return sim.send(path, respond(input=[{"role": "user", "content": [part]}]))
        return sim.send(path, chat("", messages=[{"role": "user", "content": [part]}]))

    name = sim.upload(file=TEXT, purpose=b"user_data").json["id"]
    by_id = told("/v1/responses", {"type": "input_file", "file_id": name}).json
    sent = told("/v1/responses", {"type": "input_file", "filename": "a.txt", "file_data": data_url(TEXT[1], TEXT[2])})
    assert by_id["usage"] == sent.json["usage"]
    in_chat = told("/v1/chat/completions", {"type": "file", "file": {"file_id": name}}).json
    assert "1 document (10 bytes of text/plain)" in in_chat["choices"][0]["message"]["content"]
    picture = sim.upload(file=("a.png", png(40, 30), "image/png"), purpose=b"vision").json["id"]
    seen = told("/v1/responses", {"type": "input_image", "file_id": picture}).json
    assert "1 image (40x30 PNG)" in seen["output"][-1]["content"][0]["text"]
    none = told("/v1/responses", {"type": "input_image", "file_id": name})
    assert (none.status, none.error["param"]) == (400, "input[0].content[0].file_id")
