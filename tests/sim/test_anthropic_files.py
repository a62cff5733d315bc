"""Anthropic's Files API: through the SDK, in messages, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import KEY, Sim, StartSim, ask, run
from .pictures import png

PATH = "/v1/files"
VERSION: dict[str, str | None] = {"anthropic-version": "2026-10-21"}
TEXT = ("a.txt", b"some words", "text/plain")


def test_a_file_from_its_upload_to_its_deletion(sim: Sim) -> None:
    """Through the SDK, with its typed error for what may not be downloaded; the client of the beta is no other."""
    from anthropic.types import FileNotDownloadableError

    with sim.anthropic_sync() as client:
        kept = client.files.upload(file=("folder/plan.txt", b"some words", "text/plain"), expires_in_seconds=3600)
        assert (kept.filename, kept.mime_type, kept.size_bytes, kept.type) == ("plan.txt", "text/plain", 10, "file")
        assert kept.expires_at is not None
        assert (kept.expires_at - kept.created_at).total_seconds() == 3600
        assert (kept.id[:9], kept.downloadable) == ("file_011C", False)
        assert client.files.retrieve_metadata(kept.id) == kept
        assert client.beta.files.retrieve_metadata(kept.id).filename == "plan.txt"
        with pytest.raises(FileNotDownloadableError):
            client.files.download(kept.id)
        assert client.files.delete(kept.id).type == "file_deleted"
    gone = sim.send(f"{PATH}/{kept.id}", headers=VERSION)
    assert (gone.status, gone.error) == (404, {"type": "not_found_error", "message": f"File not found: {kept.id}"})


def test_lists_of_files(start_sim: StartSim) -> None:
    """From the newest, page by page, even while they are deleted; by ids; and as in the beta, if that is asked for."""
    sim = start_sim()

    async def work() -> tuple[list[str], list[str], list[str]]:
        async with sim.anthropic() as client:
            made = [(await client.beta.files.upload(file=(f"{number}.txt", b"x"))).id for number in range(5)]
            some = await client.files.list(ids=[made[0], "file_none", made[2]])
            listed = []
            async for kept in client.files.list(limit=2):
                listed.append(kept.id)
                await client.files.delete(kept.id)
            return made, [kept.id for kept in some.data], listed

    made, some, listed = run(work())
    assert some == [made[2], made[0]]
    assert listed == made[::-1]
    first = sim.upload(VERSION, file=TEXT).json["id"]
    second = sim.upload(VERSION, file=TEXT).json["id"]
    beta = {**VERSION, "anthropic-beta": "files-api-2025-04-14"}
    page = sim.send(f"{PATH}?limit=1&after_id={second}", headers=beta).json
    assert ([kept["id"] for kept in page["data"]], page["has_more"], page["last_id"]) == ([first], False, first)


@pytest.mark.parametrize("query", ["limit=0", "page=page_x", "page=page_%ff", "ids[]=a&limit=2", "ids[]=a&page=b"])
def test_pages_that_cannot_be(sim: Sim, query: str) -> None:
    assert sim.send(f"{PATH}?{query}", headers=VERSION).error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "file: Field required"),
        ({"file": TEXT, "purpose": b"x"}, "purpose: Extra inputs are not permitted"),
        (
            {"file": TEXT, "expires_in_seconds": b"3599"},
            "expires_in_seconds: Input should be greater than or equal to 3600",
        ),
        (
            {"file": TEXT, "expires_in_seconds": b"1h"},
            "expires_in_seconds: Input should be a valid integer, unable to parse string as an integer",
        ),
        ({"file": ("a?.txt", b"", "text/plain")}, "file: Invalid filename."),
        ({"file": ("a" * 256, b"", "text/plain")}, "file: Invalid filename."),
    ],
)
def test_uploads_that_are_refused(sim: Sim, fields: dict[str, Any], message: str) -> None:
    answer = sim.upload(VERSION, **fields)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert answer.error["message"].startswith(message)


def test_names_and_types_that_are_not_said(sim: Sim) -> None:
    """The type is told by the name, and a name by the type."""
    assert sim.upload(VERSION, file=("", b"x", "image/png")).json["filename"] == "unnamed.png"
    assert sim.upload(VERSION, file=("a.pdf", b"x", "application/octet-stream")).json["mime_type"] == "application/pdf"


def test_bodies_that_are_no_forms(sim: Sim) -> None:
    """Neither another type, nor a form without an end or a boundary."""
    headers = {**VERSION, "Content-Type": "application/json"}
    assert sim.send(PATH, {}, headers).error["message"].startswith('content-type: must be "multipart/form-data"')
    for content_type, raw in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nno end'),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' * 3),
    ):
        answer = sim.send(PATH, headers={**VERSION, "Content-Type": content_type}, raw=raw)
        assert (answer.status, answer.error["type"]) == (400, "invalid_request_error"), raw
    assert sim.send(PATH, headers={"x-api-key": KEY}).error["message"] == "anthropic-version: header is required"


def test_files_in_messages(sim: Sim) -> None:
    """An image, a PDF and a text are what they would be if they were sent; others fit no block."""

    def told(kind: str, source: dict[str, Any]) -> Any:
        return sim.send("/v1/messages", ask("", messages=[{"role": "user", "content": [{"type": kind, "source": source},
            {"type": "text", "text": "what is it?"}]}]))  # fmt: skip

    def uploaded(name: str, data: bytes, media_type: str) -> dict[str, Any]:
        return {"type": "file", "file_id": sim.upload(VERSION, file=(name, data, media_type)).json["id"]}

    picture = told("image", uploaded("a.png", png(40, 30), "image/png"))
    assert "1 image (40x30 PNG)" in picture.json["content"][0]["text"]
    words = told("document", uploaded(*TEXT))
    inline = told("document", {"type": "text", "media_type": "text/plain", "data": "some words"})
    assert words.json["usage"]["input_tokens"] == inline.json["usage"]["input_tokens"]
    pdf = told("document", uploaded("a.pdf", b"%PDF-1.4\n/Type /Page\n", "application/pdf"))
    assert "1 PDF (21 bytes)" in pdf.json["content"][0]["text"]
    for kind, source, message in (
        ("image", uploaded(*TEXT), "is of type text/plain, but this block takes image/"),
        ("image", uploaded("a.png", b"no picture", "image/png"), "Could not process image"),
        ("document", uploaded("a.txt", b"\xff", "text/plain"), "The file is not valid UTF-8 text."),
        ("document", uploaded("a.csv", b"a,b", "text/csv"), "is of type text/csv"),
    ):
        answer = told(kind, source)
        assert answer.status == 400
        assert message in answer.error["message"]
