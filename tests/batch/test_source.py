"""source: the same bytes again and again, from whatever they came."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from llmcli.batch.rows.row import Span
from llmcli.batch.rows.source import MAX_ROW_BYTES, Source
from llmcli.errors import UsageError

TEXT = '{"prompt": "ä"}\r\n\n{"prompt": "b"}'.encode()


def lines(source: Source) -> list[tuple[int, int, bytes | None]]:
    return [(number, offset, raw) for number, offset, _, raw in source.lines()]


def test_lines_have_their_number_and_offset_and_can_be_read_twice_and_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(TEXT)
    source = Source.of_path(file)
    expected = [(1, 0, TEXT[:18]), (2, 18, b"\n"), (3, 19, TEXT[19:])]
    assert lines(source) == expected
    iterator = source.lines()
    next(iterator)
    assert source.read(Span(3, 19, 15)) == TEXT[19:]
    assert next(iterator).raw == b"\n", "reading one row disturbs the reading of all"
    assert lines(source) == expected


def test_the_digest_is_that_of_the_content_also_when_it_was_packed(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(TEXT)
    packed.write_bytes(gzip.compress(TEXT[:7]) + gzip.compress(TEXT[7:]))
    assert {Source.of_path(plain).digest, Source.of_path(packed).digest} == {hashlib.sha256(TEXT).hexdigest()}
    assert Source.of_stream(io.BytesIO(packed.read_bytes())).digest == Source.of_path(plain).digest


def test_gzip_is_told_by_its_first_bytes_not_by_its_name(tmp_path: Path) -> None:
    named = tmp_path / "not.gz"
    named.write_bytes(TEXT)
    assert lines(Source.of_path(named)) == lines(Source.of_stream(io.BytesIO(gzip.compress(TEXT))))


@pytest.mark.parametrize(
    "data", [gzip.compress(TEXT)[:-4], gzip.compress(TEXT)[:20] + b"\xff" * 20], ids=["cut", "bent"]
)
def test_damaged_gzip_is_an_error_that_says_so(data: bytes) -> None:
    with pytest.raises(UsageError, match="stdin is damaged gzip data"):
        Source.of_stream(io.BytesIO(data))


def test_a_pipe_that_gives_a_byte_at_a_time_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        for byte in gzip.compress(TEXT):
            os.write(writing, bytes([byte]))
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb", buffering=0) as stream:
        source = Source.of_stream(stream)
    writer.join()
    assert [raw for _, _, raw in lines(source)] == TEXT.splitlines(keepends=True)


def test_a_named_pipe_can_be_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(TEXT,))
    writer.start()
    source = Source.of_path(pipe)
    writer.join()
    assert lines(source) == lines(source) != []


def test_marks_of_utf_8_and_utf_16_are_not_part_of_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "in"
    for encoding in ("utf-8-sig", "utf-16"):
        file.write_bytes('{"a": "ä"}\n'.encode(encoding))
        [(number, offset, raw)] = lines(Source.of_path(file))
        assert (number, raw) == (1, '{"a": "ä"}\n'.encode())
        assert Source.of_path(file).read(Span(1, offset, len(raw or b""))) == raw


def test_a_line_that_is_longer_than_any_row_may_be_is_passed_over_without_keeping_it(tmp_path: Path) -> None:
    file = tmp_path / "in"
    with file.open("wb") as out:
        out.truncate(MAX_ROW_BYTES + 12_345_678)  # a hole: takes no room on the disk
        out.seek(0, os.SEEK_END)
        out.write(b"\nnext\n")
    found = [(line.number, line.length, line.raw) for line in Source.of_path(file).lines()]
    assert found == [(1, MAX_ROW_BYTES + 12_345_679, None), (2, 5, b"next\n")]


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        Source.of_path(tmp_path / name)
