"""reader: rows of every format, with their places, ids and reasons."""

from __future__ import annotations

import csv
import io
import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.row import BadRow, Row, Span
from llmcli.batch.rows.source import MAX_ROW_BYTES, Source
from llmcli.choices import RowFormat
from llmcli.errors import UsageError
from llmcli.messages import ImagePart, Message

from .helpers import BASE, good, json_lines, measured, prompts, read, reader_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def texts(rows: list[Row]) -> list[str]:
    return [row.ask.request(BASE).messages[0].text for row in rows]


def test_json_lines_are_rows_with_number_line_offset_and_content() -> None:
    data = '\ufeff{"prompt": "ä"}\r\n\r\n  \n{"prompt": "b", "n": 1}'.encode()
    first, second = good(read(data))
    assert texts([first, second]) == ["ä", "b"]
    assert (first.number, first.span) == (0, Span(1, 3, 18))
    assert (second.number, second.span) == (1, Span(4, 26, 23))
    assert second.source == {"prompt": "b", "n": 1}


def test_csv_is_rows_by_its_header_also_over_several_lines() -> None:
    data = 'id,text\r\n1,"a ""b""\r\nc"\r\n\r\n2,ä\r\n'.encode()
    first, second = good(read(data, "{id}: {text}", kind="csv"))
    assert texts([first, second]) == ['1: a "b"\r\nc', "2: ä"]
    assert [(row.number, row.span.line) for row in (first, second)] == [(0, 2), (1, 5)]


def test_tsv_is_the_same_with_tabs() -> None:
    [row] = good(read(b"a\tb\nx, y\tz\n", "{a}/{b}", kind="tsv"))
    assert texts([row]) == ["x, y/z"]


def test_lines_are_prompts_or_fields_of_the_prompt() -> None:
    data = b"one\n\n  two \r\n"
    assert texts(good(read(data, kind="lines"))) == ["one", "  two "]
    assert texts(good(read(data, "<{line}>", kind="lines"))) == ["<one>", "<  two >"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b'{"prompt": "x"}'),
        ("a.csv", b"prompt\nx\n"),
        ("a.CSV.gz", b"prompt\nx\n"),
        ("a.tsv", b"prompt\nx\n"),
        ("a", b'\n {"prompt": "x"}'),
    ],
)
def test_the_format_is_told_by_the_name_or_by_a_look(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert texts(good(RowReader(Source.of_path(tmp_path / name)).rows())) == ["x"]


def test_a_format_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(UsageError, match="cannot tell the format of stdin"):
        read(b"just text\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "stdin is empty"),
        (b"a,,c\n1,2,3\n", "column 2 has no name"),
        (b"a,b,a\n1,2,3\n", 'names "a" twice'),
        (b'a,"b\n1,2,3\n', "line 2: unexpected end of data"),
    ],
)
def test_a_table_without_a_usable_header_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(data, "{a}", kind="csv")


def bad(rows: list[Row | BadRow]) -> list[tuple[int, int, str]]:
    return [(row.number, row.span.line, row.reason) for row in rows if isinstance(row, BadRow)]


def test_bad_rows_have_their_line_and_reason_and_do_not_stop_the_rest() -> None:
    data = b'{"prompt": "a"}\nnot json\n\n{"prompt": "\xff"}\n{"prompt": " "}\n{"prompt": "b"}\n'
    rows = read(data)
    assert texts([row for row in rows if isinstance(row, Row)]) == ["a", "b"]
    assert bad(rows) == [
        (1, 2, "not JSON: expecting value (column 1)"),
        (2, 4, "not UTF-8: byte 13 of it (offset 38) cannot be decoded"),
        (3, 5, "the prompt is empty"),
    ]


def test_bad_rows_of_a_table_have_the_line_they_begin_in() -> None:
    data = b'a,b\n1,2\n1\n"x"y,2\n1,\xff\n"1\n2",3,4\n5,6\n7,"open\n8,9\n'
    rows = read(data, "{a}{b}", kind="csv")
    assert texts([row for row in rows if isinstance(row, Row)]) == ["12", "56"]
    assert bad(rows) == [
        (1, 3, "1 cells, and the header has 2"),
        (2, 4, "',' expected after '\"'"),
        (3, 5, "not UTF-8: byte 3 of it (offset 19) cannot be decoded"),
        (4, 6, "3 cells, and the header has 2"),
        (6, 9, "a quote is opened and never closed"),
    ]


READ_ALL = """
import sys
from pathlib import Path
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source

rows = RowReader(Source.of_path(Path(sys.argv[1]))).rows()
print(*(getattr(row, "reason", "ok") for row in rows), sep="\\n")
"""


def test_a_line_of_a_hundred_megabytes_is_one_bad_row_in_bounded_memory(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    with file.open("wb") as out:
        out.write(b'{"prompt": "a"}\n')
        out.truncate(100 << 20)
        out.seek(0, 2)
        out.write(b'\n{"prompt": "b"}\n')
    reasons, peak_kib = measured(READ_ALL, file)
    assert reasons == ["ok", f"longer than {MAX_ROW_BYTES >> 20} MiB", "ok"]
    assert peak_kib << 10 < 2.5 * MAX_ROW_BYTES


def test_a_field_that_a_row_does_not_have_is_an_error_with_row_and_field() -> None:
    with pytest.raises(UsageError) as caught:
        read(b'{"text": "a"}\n{"txt": "b"}\n', "{text}")
    assert caught.value.message == 'stdin, line 2: no field "text" (its fields: txt)'


def test_a_row_may_override_model_max_tokens_and_system() -> None:
    row = {"prompt": "x", "model": "other", "max_tokens": 7, "system": "be brief", "temperature": 2}
    [found] = good(read(json_lines(row)))
    request = found.ask.request(BASE)
    assert (request.model, request.max_tokens, request.system) == ("other", 7, "be brief")
    assert request.temperature is None, "other fields are the user's own"


def test_a_table_may_override_them_too_and_leaves_them_with_empty_cells() -> None:
    data = b"prompt,model,max_tokens,system\nx,other,7,\ny,,,s\n"
    one, other = [row.ask.request(BASE) for row in good(read(data, kind="csv"))]
    assert (one.model, one.max_tokens, one.system) == ("other", 7, None)
    assert (other.model, other.max_tokens, other.system) == ("base", 100, "s")


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "many", [1], "9" * 5000], ids=range(7))
def test_a_limit_that_is_no_number_of_tokens_is_a_bad_row(value: object) -> None:
    [row] = read(json_lines({"prompt": "x", "max_tokens": value}))
    assert isinstance(row, BadRow)
    assert row.reason.startswith('"max_tokens" is ')


def test_files_go_to_the_head_of_the_first_user_turn() -> None:
    image = ImagePart("a.png", "image/png", "AAAA")
    [row] = good(read(prompts("look")))
    assert row.ask.request(BASE, [image]).messages == (Message("user", (image, *Message.of("user", "look").parts)),)


def test_ids_come_from_the_field_that_is_named_or_from_custom_id() -> None:
    data = json_lines({"prompt": "a", "key": {"no": 7}, "custom_id": "c"})
    assert [row.own_id for row in read(data, id_field="key.no")] == ["7"]
    assert [row.own_id for row in read(data)] == ["c"]
    assert [row.own_id for row in read(prompts("a"))] == [None]


@pytest.mark.parametrize("value", [None, True, 1.5, "", " ", ["a"], "x" * 513])
def test_what_is_no_id_is_a_bad_row(value: object) -> None:
    [row] = read(json_lines({"prompt": "a", "key": value}), id_field="key")
    assert isinstance(row, BadRow)
    assert '"key" is ' in row.reason


def test_rows_that_say_the_same_have_the_same_content_however_they_are_written() -> None:
    one, other, different = read(b'{"prompt": "a", "n": 1}\n{"n":1,"prompt":"\\u0061"}\n{"prompt": "a", "n": 2}\n')
    assert one.content == other.content != different.content


def test_rows_that_ask_the_same_have_the_same_key_whatever_else_they_say() -> None:
    rows = good(read(json_lines({"t": "a", "n": 1}, {"t": "a", "n": 2}, {"t": "a", "model": "m"}), "{t}"))
    assert rows[0].ask.key == rows[1].ask.key != rows[2].ask.key


@settings(deadline=None)  # the machine may be busy
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(["jsonl", "csv", "tsv", "lines"]))
def test_every_row_can_be_read_again_by_its_place(found: list[str], kind: RowFormat) -> None:
    if kind == "lines":
        found = [text.replace("\n", " ").replace("\r", " ") for text in found]
        found = [text for text in found if text.strip()] or ["x"]
        reader = reader_of("\n".join(found).encode(), kind="lines")
    elif kind in ("csv", "tsv"):
        out = io.StringIO()
        csv.writer(out, delimiter="," if kind == "csv" else "\t").writerows([["n", "prompt"], *enumerate(found)])
        reader = reader_of(out.getvalue().encode(), kind=kind)
    else:
        reader = reader_of(prompts(*found))
    rows = good(reader.rows())
    assert texts(rows) == found
    assert [reader.again(row.number, row.span, row.content) for row in reversed(rows)] == rows[::-1]


def test_a_row_that_was_changed_since_it_was_read_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    for changed in (b'{"prompt": "B"}\n', b'{"prompt"}     \n', b""):
        file.write_bytes(prompts("a"))
        reader = RowReader(Source.of_path(file))
        [row] = good(reader.rows())
        file.write_bytes(changed)
        with pytest.raises(UsageError, match="was changed while it was in use: line 1"):
            reader.again(row.number, row.span, row.content)


def test_a_file_that_is_replaced_by_another_changes_nothing(tmp_path: Path) -> None:
    file, other = tmp_path / "in.jsonl", tmp_path / "new"
    file.write_bytes(prompts("a"))
    reader = RowReader(Source.of_path(file))
    [row] = good(reader.rows())
    other.write_bytes(prompts("b"))
    other.replace(file)
    assert reader.again(row.number, row.span, row.content) == row


def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 40_000):
        file = tmp_path / f"{count}.jsonl"
        file.write_text("".join(json.dumps({"prompt": f"{n} " * 20}) + "\n" for n in range(count)))
        reasons, peak_kib = measured(READ_ALL, file)
        assert reasons == ["ok"] * count
        peaks.append(peak_kib)
    assert peaks[1] < peaks[0] * 1.1


def test_stdin_is_read_once_and_rows_twice() -> None:
    stream = BytesIO(prompts("a", "b"))
    reader = RowReader(Source.of_stream(stream))
    assert list(reader.rows()) == list(reader.rows())
    assert stream.read() == b""
