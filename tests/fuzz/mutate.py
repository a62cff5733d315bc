"""Bytes and texts, changed as transport, editors, other programs and bad will change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

# Bytes that readers trip over, by themselves or in the middle of something.
TOKENS = (
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff",
    b"\xc3",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\x0b",
    b"\x0c",
    b"\x1b[31m",
    b"\x7f",
    b"\t",
    b" ",
    b'"',
    b"'",
    b'"""',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"=",
    b"#",
    b"$",
    b"${HOME}",
    b"%",
    b"-",
    b".",
    b"0",
    b"-0",
    b"-1",
    b"1e999",
    b"9" * 30,
    b"9" * 5000,
    b"18446744073709551616",
    b"NaN",
    b"Infinity",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b'""',
    b"\xf0\x9f\x98\x80",
    b"e\xcc\x81",
    b"\xe2\x80\xae",
    b"[" * 3000,
    b'{"a":' * 1500,
    b"(" * 500,
    b"A" * 70_000,
)


def changed(random: Random, data: bytes, others: Sequence[bytes] = (), tokens: Sequence[bytes] = TOKENS) -> bytes:
    """`data` after one to a few changes; `others` are inputs of the same kind, to take pieces from."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        change = random.choice(_CHANGES)
        data = change(random, data, others, tokens)
    return data


def _span(random: Random, data: bytes, most: int = 64) -> tuple[int, int]:
    begin = random.randint(0, len(data))
    return begin, min(len(data), begin + random.randint(1, most))


def _flip(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _set(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.randbytes(random.choice((1, 1, 2, 8))) + data[at + 1 :]


def _delete(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data)
    return data[:begin] + data[end:]


def _duplicate(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data, 200)
    return data[:end] + data[begin:end] * random.choice((1, 1, 2, 50)) + data[end:]


def _insert(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(tokens) + data[at:]


def _replace(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data, 16)
    return data[:begin] + random.choice(tokens) + data[end:]


def _truncate(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    return data[: random.randint(0, len(data))]


def _splice(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    other = random.choice(others) if others else data
    begin, end = _span(random, other, 400)
    at = random.randint(0, len(data))
    return data[:at] + other[begin:end] + data[at:]


def _swap_lines(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _delete_line(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    del lines[random.randrange(len(lines))]
    return b"\n".join(lines)


def _double_line(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    return b"\n".join([*lines[:at], lines[at], *lines[at:]])


def _encode(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    encoding = random.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-7"))
    return text.encode(encoding, "replace")


def _line_ends(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"", b"\x00", b"\xe2\x80\xa8")))


def _nothing(random: Random, data: bytes, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    return random.choice((b"", b" ", b"\n", b"\x00" * 100, random.randbytes(random.randint(0, 200))))


_Change = Callable[[Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]
_CHANGES: tuple[_Change, ...] = (
    *(_flip, _flip, _set, _delete, _delete, _duplicate, _insert, _insert, _insert, _replace, _replace, _truncate),
    *(_splice, _splice, _swap_lines, _delete_line, _double_line, _encode, _line_ends, _nothing),
)
