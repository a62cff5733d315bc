"""Images and files in OpenAI's two APIs: what arrives, what it costs, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, chat, respond, run
from .pictures import data_url, gif, jpeg, pdf, png

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


def looking(sim: Sim, api: str, *parts: dict[str, Any], **more: Any) -> Any:
    """The answer to parts of the API's own shape."""
    if api == CHAT:
        content = [*parts, {"type": "text", "text": "look"}]
        return sim.send(CHAT, chat(messages=[{"role": "user", "content": content}], **more))
    content = [*parts, {"type": "input_text", "text": "look"}]
    return sim.send(RESPONSES, respond(input=[{"role": "user", "content": content}], **more))


def image(api: str, url: str, **more: Any) -> dict[str, Any]:
    if api == CHAT:
        return {"type": "image_url", "image_url": {"url": url, **more}}
    return {"type": "input_image", "image_url": url, **more}


def file(api: str, **more: Any) -> dict[str, Any]:
    return {"type": "file", "file": more} if api == CHAT else {"type": "input_file", **more}


def text_of(api: str, answer: Any) -> str:
    assert answer.status == 200, answer.body
    if api == CHAT:
        return str(answer.json["choices"][0]["message"]["content"])
    return str(answer.json["output"][0]["content"][0]["text"])


def input_tokens(api: str, answer: Any) -> int:
    return int(answer.json["usage"]["prompt_tokens" if api == CHAT else "input_tokens"])


def test_sdks_attachments_arrive(sim: Sim) -> None:
    """What the SDK sends to either API is described the same."""
    png_url, pdf_url = data_url(png(640, 480)), data_url(pdf(), "application/pdf")
    chat_parts: Any = [image(CHAT, png_url), file(CHAT, file_data=pdf_url, filename="a.pdf")]
    parts: Any = [
        image(RESPONSES, png_url, detail="auto"),
        file(RESPONSES, file_data=pdf_url, filename="a.pdf"),
    ]

    async def work() -> tuple[str | None, str]:
        async with sim.openai() as client:
            completion = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": chat_parts}]
            )
            response = await client.responses.create(model="gpt-4o", input=[{"role": "user", "content": parts}])
            return completion.choices[0].message.content, response.output_text

    for text in run(work()):
        assert text is not None
        assert text.endswith(f"1 image (640x480 PNG); 1 PDF ({len(pdf())} bytes)")


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_images_cost_by_size_and_detail(sim: Sim, api: str) -> None:
    """A square of 1024 is 765 tokens at gpt-4o, 85 at low detail; the counting endpoint agrees."""
    bare = input_tokens(api, looking(sim, api))
    url = data_url(png(1024, 1024))
    assert input_tokens(api, looking(sim, api, image(api, url))) - bare == 765
    assert input_tokens(api, looking(sim, api, image(api, url, detail="low"))) - bare == 85
    assert input_tokens(api, looking(sim, api, image(api, "https://x.com/a.png"))) - bare == 765
    if api == RESPONSES:
        content = [image(api, url), {"type": "input_text", "text": "look"}]
        counted = sim.send(f"{api}/input_tokens", {"model": "gpt-4o", "input": [{"role": "user", "content": content}]})
        assert counted.json["input_tokens"] - bare == 765


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        (data_url(pdf(), "application/pdf"), "invalid_value", "but got unsupported MIME type 'application/pdf'."),
        ("data:image/png;base64,a*b", "invalid_value", "but got an invalid base64-encoded value."),
        ("data:image/png,abc", "invalid_value", "but got an invalid base64-encoded value."),
        ("cat.png", "invalid_value", "Expected a valid URL, but got a value with an invalid format."),
        (data_url(b"nothing"), "invalid_image_format", "You uploaded an unsupported image."),
        (data_url(jpeg()), "invalid_image_format", "['png', 'jpeg', 'gif', 'webp']"),
    ],
)
def test_images_that_are_none_are_400(sim: Sim, api: str, url: str, code: str, message: str) -> None:
    """A data URL holds an image of its type in base64; anything else is a URL."""
    answer = looking(sim, api, image(api, url))
    assert (answer.status, answer.error["type"], answer.error["code"]) == (400, "invalid_request_error", code)
    assert message in answer.error["message"]
    if code == "invalid_value":
        where = "messages[0].content[0].image_url.url" if api == CHAT else "input[0].content[0].image_url"
        assert answer.error["param"] == where


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_files_that_are_none_are_400(sim: Sim, api: str) -> None:
    """A file is a data URL with a type and a name."""
    good = data_url(pdf(), "application/pdf")
    for more, param in (
        ({"file_data": "abc", "filename": "a.pdf"}, "file_data"),
        ({"file_data": data_url(png()), "filename": "a.png"}, "file_data"),
        ({"file_data": data_url(png(), "application/pdf"), "filename": "a.pdf"}, "file_data"),
        ({"file_data": good}, "file_id" if api == CHAT else "filename"),
        ({"filename": "a.pdf"}, "file_id"),
    ):
        answer = looking(sim, api, file(api, **more))
        assert (answer.status, answer.error["param"].rpartition(".")[2]) == (400, param)
    missing = looking(sim, api, file(api, file_id="file-1"))
    assert (missing.status, missing.error["message"]) == (404, "File with id 'file-1' not found.")


def test_parts_where_they_may_not_be(sim: Sim) -> None:
    """Only a user shows images; detail is one of four."""
    part = image(CHAT, data_url(gif(), "image/gif"))
    for role in ("system", "assistant", "developer"):
        messages = [{"role": role, "content": [part]}, {"role": "user", "content": "x"}]
        assert sim.send(CHAT, chat(messages=messages)).error["code"] == "invalid_value"
    assert looking(sim, CHAT, image(CHAT, "https://x.com/a", detail="huge")).error["code"] == "invalid_value"
    assert looking(sim, RESPONSES, {"type": "input_image"}).error["code"] == "missing_required_parameter"


def test_a_pdf_by_url_arrives(sim: Sim) -> None:
    """Responses takes a file's URL, Chat Completions does not."""
    text = text_of(RESPONSES, looking(sim, RESPONSES, file(RESPONSES, file_url="https://x.com/a.pdf")))
    assert "1 PDF (at https://x.com/a.pdf)" in text
    assert looking(sim, CHAT, file(CHAT, file_url="https://x.com/a.pdf")).error["code"] == "unknown_parameter"


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_too_many_images_are_400(sim: Sim, api: str) -> None:
    """500 images are fine, one more is not."""
    part = image(api, "https://x.com/a.png")
    assert looking(sim, api, *[part] * 500).status == 200
    assert looking(sim, api, *[part] * 501).error["code"] == "too_many_images"
