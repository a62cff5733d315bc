"""What `-f` names reaches each API as what it is, and nothing goes out that an API would refuse."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ..contract.answers import whole_of
from ..contract.bench import Bench, check_stderr
from ..contract.servers import http_answer
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, Vendor
from ..helpers import RunLlmcli
from .files import FORMATS, PDF, base64_of, image, png, size_of, written
from .servers import Listener, files_server, scripted


def sent(tap: Listener) -> str:
    """The one request's body as text: base64 is in it as it is, whatever the API calls its fields."""
    [body] = tap.bodies
    return json.dumps(body)


def test_images_of_all_formats_arrive_whole(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """Each is sent with the type that its bytes have, whatever its name; the simulator refuses any other."""
    pictures = {kind: image(kind) for kind in FORMATS}
    flags = [word for kind, data in pictures.items() for word in ("-f", written(bench.work, kind[6:] + ".txt", data))]
    check_stderr(bench.run(command, vendor, "Describe them.", *flags), ExitCode.OK)
    for kind, data in pictures.items():
        assert base64_of(data) in sent(tap)
        assert kind in sent(tap)


def test_chat_takes_files_too(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    done = bench.run("chat", vendor, "Describe it.", "-f", written(bench.work, "dot", png()))
    check_stderr(done, ExitCode.OK)
    assert base64_of(png()) in sent(tap)


def test_pdf_arrives_whole_under_its_name(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    done = bench.run("ask", vendor, "Sum it up.", "-f", written(bench.work, "paper.txt", PDF))
    check_stderr(done, ExitCode.OK)
    assert base64_of(PDF) in sent(tap)
    assert "paper.txt" in sent(tap)
    assert "application/pdf" in sent(tap)


def test_image_on_stdin(bench: Bench, tap: Listener, vendor: Vendor, run_here: RunLlmcli) -> None:
    """`-f -` tells by magic bytes what stdin is."""
    done = run_here("ask", "-m", vendor.model, "-f", "-", "Describe it.", input=png())
    check_stderr(done, ExitCode.OK)
    assert base64_of(png()) in sent(tap)


def test_text_and_image_from_the_web(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """What a URL names is fetched here: text is inlined under the URL, an image attached."""
    with files_server({"/a": b"mind the gap", "/b": png()}) as web:
        done = bench.run("ask", vendor, "What is it?", "-f", f"{web.root}/a", "-f", f"{web.root}/b")
        check_stderr(done, ExitCode.OK)
        assert json.dumps(f'<file name="{web.root}/a">\nmind the gap\n</file>')[1:-1] in sent(tap)
    assert base64_of(png()) in sent(tap)


def test_by_url_sends_the_url_and_not_the_bytes(bench: Bench, vendor: Vendor) -> None:
    """With `--by-url` the provider fetches an image itself; text has to be inlined all the same."""
    answer = http_answer(200, whole_of(vendor, "fine"))
    with files_server({"/a": b"mind the gap", "/b": png()}) as web, scripted([answer]) as server:
        bench.point(vendor, server.root)
        flags = ("--by-url", "-f", f"{web.root}/a", "-f", f"{web.root}/b")
        check_stderr(bench.run("ask", vendor, "What is it?", *flags), ExitCode.OK)
        assert f'"{web.root}/b"' in sent(server)
    assert "mind the gap" in sent(server)
    assert base64_of(png()) not in sent(server)


def refused(bench: Bench, tap: Listener, vendor: Vendor, *flags: str) -> str:
    """The line that says why nothing was sent."""
    line = check_stderr(bench.run("ask", vendor, "x", *flags), ExitCode.USAGE)
    assert tap.received == []
    assert bench.rows() == []
    return line


def test_too_many_pixels(bench: Bench, tap: Listener) -> None:
    """Anthropic: no side above 8,000 pixels."""
    name = written(bench.work, "wide.png", png(8001, 1))
    line = refused(bench, tap, ANTHROPIC, "-f", name)
    assert "wide.png is 8001x1, more than 8000 pixels" in line
    assert "--image-max-px" in line


def test_fewer_pixels_if_there_are_many_images(bench: Bench, tap: Listener) -> None:
    """Anthropic: no side above 2,000 pixels from 21 images on."""
    wide, small = written(bench.work, "wide.png", png(2001, 1)), written(bench.work, "small.png", png())
    few = bench.run("ask", ANTHROPIC, "x", "-f", wide, *["-f", small] * 19)
    check_stderr(few, ExitCode.OK)
    tap.received.clear()
    done = bench.run("ask", ANTHROPIC, "x", "-f", wide, *["-f", small] * 20)
    assert "wide.png is 2001x1, more than 2000 pixels" in check_stderr(done, ExitCode.USAGE)
    assert tap.received == []


@pytest.mark.parametrize(("which", "most"), [(ANTHROPIC, 600), (OPENAI, 500)], ids=["anthropic", "openai"])
def test_too_many_images(bench: Bench, tap: Listener, which: Vendor, most: int) -> None:
    small = written(bench.work, "small.png", png())
    line = refused(bench, tap, which, *["-f", small] * (most + 1))
    assert f"small.png is image {most + 1}, one request takes {most}" in line


@pytest.mark.parametrize("api", ["anthropic", "chat", "responses"])
def test_too_many_megabytes(bench: Bench, tap: Listener, api: str) -> None:
    """Of one image, and of all files together: each line names the file and the limit."""
    which = ANTHROPIC if api == "anthropic" else OPENAI
    bench.point(which, tap.root, "" if api == "anthropic" else f'api = "{api}"\n')
    image_mb, request_mb = (7, 32) if api == "anthropic" else (20, 50)
    written(bench.work, "big.png", png() + bytes(image_mb << 20))
    written(bench.work, "big.pdf", PDF + bytes(request_mb << 20))
    assert f"big.png is larger than the {image_mb} MB" in refused(bench, tap, which, "-f", "big.png")
    assert f"big.pdf makes the request larger than {request_mb} MB" in refused(bench, tap, which, "-f", "big.pdf")


def test_missing_file(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    assert "cannot read gone.png" in refused(bench, tap, vendor, "-f", "gone.png")


@pytest.mark.parametrize("kind", FORMATS)
def test_downsized(bench: Bench, tap: Listener, vendor: Vendor, kind: str) -> None:
    """`--image-max-px` scales a large image, in its own format, and leaves a small one as it is."""
    large, small = image(kind, 640, 320), image(kind, 64, 32)
    flags = ("-f", written(bench.work, "large", large), "-f", written(bench.work, "small", small))
    check_stderr(bench.run("ask", vendor, "x", "--image-max-px", "100", *flags), ExitCode.OK)
    [scaled] = [data for data in images_in(tap.bodies[0]) if data != small]
    assert size_of(scaled) == (100, 50)
    assert base64_of(small) in sent(tap)


def images_in(body: Any) -> list[bytes]:
    """All images of a body, decoded: base64 blocks with Anthropic, data URLs with OpenAI."""
    match body:
        case {"type": "base64", "data": str(data)}:
            return [base64.b64decode(data)]
        case str() if body.startswith("data:image/"):
            return [base64.b64decode(body.partition(",")[2])]
        case dict():
            return [found for value in body.values() for found in images_in(value)]
        case list():
            return [found for value in body for found in images_in(value)]
    return []


def test_downsizing_makes_a_refused_image_fit(bench: Bench, tap: Listener) -> None:
    name = written(bench.work, "wide.png", png(9000, 9))
    refused(bench, tap, ANTHROPIC, "-f", name)
    check_stderr(bench.run("ask", ANTHROPIC, "x", "-f", name, "--image-max-px", "1500"), ExitCode.OK)
    [scaled] = images_in(tap.bodies[0])
    assert size_of(scaled)[0] == 1500


def test_downsizing_needs_pillow(bench: Bench, tap: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, exit 2 says what to install; it is not sent large instead."""
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    line = refused(bench, tap, LOCAL, "--image-max-px", "2", "-f", written(bench.work, "x", png(9, 9)))
    assert "Pillow" in line
    assert "llmcli[images]" in line
