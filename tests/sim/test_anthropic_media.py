"""Images and documents in Anthropic's Messages API: what arrives, what it costs, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, ask, run
from .pictures import b64, gif, jpeg, pdf, png, webp

PATH = "/v1/messages"
TEXT = {"type": "text", "text": "look"}


def image(data: bytes, media_type: str = "image/png", **more: Any) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": b64(data)}, **more}


def document(**source: Any) -> dict[str, Any]:
    return {"type": "document", "source": source}


def looking_at(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ask(messages=[{"role": "user", "content": [*blocks, TEXT]}], **more)


def text_of(sim: Sim, *blocks: dict[str, Any], **more: Any) -> str:
    answer = sim.send(PATH, looking_at(*blocks, max_tokens=500, **more))
    assert answer.status == 200, answer.body
    return str(answer.json["content"][0]["text"])


def test_sdk_sends_every_format(sim: Sim) -> None:
    """The SDK's images arrive as what they are, with their size."""
    content: Any = [
        image(png(640, 480)),
        image(jpeg(320, 200), "image/jpeg"),
        image(gif(3, 2), "image/gif"),
        image(webp(800, 600), "image/webp"),
        {"type": "image", "source": {"type": "url", "url": "https://example.com/cat.png"}},
        TEXT,
    ]

    async def work() -> Any:
        async with sim.anthropic() as client:
            return await client.messages.create(
                model="claude-haiku-5-5", max_tokens=500, messages=[{"role": "user", "content": content}]
            )

    text = run(work()).content[0].text
    assert "5 images (640x480 PNG, 320x200 JPEG, 3x2 GIF, 800x600 WebP, at https://example.com/cat.png)" in text


def test_documents_arrive(sim: Sim) -> None:
    """PDFs by their bytes or their URL, plain text, and text in blocks."""
    text = text_of(
        sim,
        document(type="base64", media_type="application/pdf", data=b64(pdf())),
        document(type="url", url="https://example.com/a.pdf"),
        document(type="text", media_type="text/plain", data="words"),
        document(type="content", content=[{"type": "text", "text": "inner"}, image(png(2, 2))]),
        {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "found"}]},
    )
    assert f"2 PDFs ({len(pdf())} bytes, at https://example.com/a.pdf)" in text
    assert "1 document (5 bytes of text/plain)" in text
    assert "1 image (2x2 PNG)" in text


def test_usage_and_counting_agree_on_images(sim: Sim) -> None:
    """An image is width times height over 750 tokens, more of them on newer models, as count_tokens says too."""
    bare = sim.send(PATH, looking_at()).json["usage"]["input_tokens"]
    small = sim.send(PATH, looking_at(image(png(750, 100)))).json["usage"]["input_tokens"]
    assert small - bare == 100
    body = looking_at(image(png(4000, 4000)))
    for model, most in (("claude-haiku-5-5", 4784), ("claude-sonnet-4-5", 1600)):
        billed = sim.send(PATH, {**body, "model": model}).json["usage"]["input_tokens"]
        prompt = {key: value for key, value in body.items() if key != "max_tokens"}
        counted = sim.send(f"{PATH}/count_tokens", {**prompt, "model": model}).json["input_tokens"]
        assert billed == counted == bare + most


def test_images_in_tool_results_arrive(sim: Sim) -> None:
    """What a tool saw is seen, and counts among the images."""
    messages = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "see", "input": {}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [TEXT, image(png(9, 8))]}],
        },
    ]
    text = sim.send(PATH, ask(messages=messages)).json["content"][0]["text"]
    assert 'result of see: "look"' in text
    assert "1 image (9x8 PNG)" in text


BASE64 = {"type": "base64", "media_type": "image/png"}
REFUSED = [
    (image(jpeg()), "source.base64: The image was specified using the image/png media type, but the image appears to"),
    (image(png(), "image/jpeg"), "be a image/png image"),
    (image(png(), "image/tiff"), "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"),
    (image(b"not an image"), "Could not process image"),
    (image(png()[:20]), "Could not process image"),
    (image(b""), "messages.0.content.0.image.source.base64: image cannot be empty"),
    ({"type": "image", "source": {**BASE64, "data": "a*b="}}, "image.source.base64: invalid base64 data"),
    ({"type": "image", "source": {**BASE64, "data": b64(png()) + "\n"}}, "image.source.base64: invalid base64 data"),
    ({"type": "image", "source": {**BASE64, "data": f"data:image/png;base64,{b64(png())}"}}, "invalid base64 data"),
    ({"type": "image", "source": BASE64}, "messages.0.content.0.image.source.base64.data: Field required"),
    ({"type": "image", "source": {"type": "url", "url": "http://x.com/a.png"}}, "Only HTTPS URLs are supported."),
    ({"type": "image"}, "messages.0.content.0.image.source: Field required"),
    (image(png(8001, 5)), "base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels"),
    (
        image(png(3000, 1500), transformations={"oversized_image": "error"}),
        "image dimensions 3000x1500 exceed the maximum for this model; the largest dimensions that fit are 2576x1288",
    ),
    (document(type="base64", media_type="application/pdf", data=b64(png())), "The PDF specified was not valid."),
    (document(type="base64", media_type="text/plain", data=b64(b"x")), "Input should be 'application/pdf'"),
    (document(type="base64", media_type="application/pdf", data=""), "PDF cannot be empty"),
    (document(type="base64", media_type="application/pdf", data=b64(pdf(601))), "Too much media: 601 document pages"),
]


@pytest.mark.parametrize(("block", "message"), REFUSED, ids=[row[1][:60] for row in REFUSED])
def test_what_is_not_what_it_claims_is_400(sim: Sim, block: dict[str, Any], message: str) -> None:
    """Each has the vendor's own sentence."""
    answer = sim.send(PATH, looking_at(block))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert message in answer.error["message"]


def test_files_that_were_never_uploaded_are_404(sim: Sim) -> None:
    """The simulator keeps no files, so an id names none."""
    for kind in ("image", "document"):
        answer = sim.send(PATH, looking_at({"type": kind, "source": {"type": "file", "file_id": "file_1"}}))
        assert (answer.status, answer.error) == (
            404,
            {"type": "not_found_error", "message": "File not found: file_1"},
        )


def test_an_image_over_10_mb_in_base64_is_400(sim: Sim) -> None:
    """The limit is on the text, not on the bytes."""
    answer = sim.send(PATH, looking_at(image(png() + bytes(8 * 1024 * 1024))))
    assert answer.status == 400
    assert "image exceeds 10 MB maximum: " in answer.error["message"]
    assert sim.send(PATH, looking_at(image(png() + bytes(7 * 1024 * 1024)))).status == 200


def test_many_images_have_limits_of_their_own(sim: Sim) -> None:
    """Over 20 images none may be larger than 2000 pixels; over 100 are too many for a small context window."""
    large, small = image(png(2001, 5)), image(gif(1, 1), "image/gif")
    assert sim.send(PATH, looking_at(*[large] * 20)).status == 200
    refused = sim.send(PATH, looking_at(*[large] * 21))
    assert "exceed max allowed size for many-image requests: 2000 pixels" in refused.error["message"]
    assert sim.send(PATH, looking_at(*[small] * 101)).status == 200
    refused = sim.send(PATH, looking_at(*[small] * 101, model="claude-haiku-4-5"))
    assert refused.error["message"] == "Too much media: 0 document pages + 101 images > 100"


def test_images_of_tools_count_too(sim: Sim) -> None:
    """What tools and documents hold is among the many."""
    large = image(png(2001, 5))
    use = {"type": "tool_use", "id": "t1", "name": "see", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [large] * 20}
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    assert sim.send(PATH, ask(messages=turns)).status == 200
    turns[2]["content"] = [result, document(type="content", content=[large])]
    assert "many-image requests" in sim.send(PATH, ask(messages=turns)).error["message"]


def test_media_have_their_place(sim: Sim) -> None:
    """An assistant shows no images, and a system text is text alone."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": [image(png())]}]
    answer = sim.send(PATH, ask(messages=[*turns, {"role": "user", "content": "b"}]))
    assert answer.error["message"] == "messages.1: `image` blocks can only be in `user` messages"
    assert sim.send(PATH, ask(system=[image(png())])).status == 400
