"""The bytes of an input, which can be read more than once: a file, or a copy of what cannot be read again.

stdin, pipes, gzip and UTF-16 are copied to a temporary file without a name; it is gone when the process is.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple

from llmcli.batch.rows.row import Span
from llmcli.errors import UsageError

# More than either vendor takes as one request (50 MB).
MAX_ROW_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1 << 20

_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """A line with its line end; `raw` is None if it is longer than any row may be."""

    number: int
    offset: int
    length: int
    raw: bytes | None


class Source:
    """An input that can be read again, as a whole or a row at a time. `name` is what messages call it."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = name
        self._file = file

    @classmethod
    def of_path(cls, path: Path, spool_in: Path | None = None) -> Source:
        """The file at `path`; copies are made in the directory `spool_in`. Raises UsageError."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:  # a NUL in the path
            raise UsageError(f"cannot read {str(path)!r}: {error}") from error
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            with closing(file):
                return cls.of_stream(file, str(path), spool_in)
        if not file.peek(2).startswith((_GZIP, *_UTF16)):
            return cls(str(path), file)
        with closing(file):
            return cls.of_stream(file, str(path), spool_in)

    @classmethod
    def of_stream(cls, stream: IO[bytes], name: str = "stdin", spool_in: Path | None = None) -> Source:
        """All of `stream`, unpacked if it is gzip. Raises UsageError."""
        try:
            spool = tempfile.TemporaryFile(dir=spool_in)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise UsageError(f"cannot make a temporary file to keep {name} in: {error.strerror}") from error
        try:
            _copy(stream, spool)
        except (zlib.error, gzip.BadGzipFile, EOFError) as error:
            spool.close()
            raise UsageError(f"{name} is damaged gzip data: {str(error).rstrip('.').lower()}") from error
        except UnicodeDecodeError as error:
            spool.close()
            raise UsageError(f"{name} is not UTF-16 text, although it begins with its mark") from error
        except OSError as error:
            spool.close()
            raise UsageError(f"cannot keep {name} in a temporary file: {error.strerror}") from error
        return cls(name, spool)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hex: the input's identity."""
        self._file.seek(0)
        found = hashlib.sha256()
        while chunk := self._file.read(CHUNK_BYTES):
            found.update(chunk)
        return found.hexdigest()

    def lines(self, begin: Span | None = None) -> Iterator[Line]:
        """The lines from the start, or from `begin` on. Only one such iterator may be in use at a time."""
        self._file.seek(begin.offset if begin else 0)
        number, offset = (begin.line - 1, begin.offset) if begin else (0, 0)
        if offset == 0 and self.read(Span(1, 0, 3)) == codecs.BOM_UTF8:
            offset = self._file.seek(3)
        readline = self._file.readline
        while raw := readline(MAX_ROW_BYTES):
            number += 1
            if len(raw) < MAX_ROW_BYTES or raw.endswith(b"\n"):
                yield Line(number, offset, len(raw), raw)
                offset += len(raw)
                continue
            length = len(raw)
            del raw
            while rest := readline(CHUNK_BYTES):
                length += len(rest)
                if rest.endswith(b"\n"):
                    break
            yield Line(number, offset, length, None)
            offset += length

    def read(self, span: Span) -> bytes:
        """The bytes of one row. Does not disturb `lines`."""
        return os.pread(self._file.fileno(), span.length, span.offset)

    def close(self) -> None:
        self._file.close()


def _copy(stream: IO[bytes], spool: IO[bytes]) -> None:
    """`stream` into `spool`, as UTF-8 without gzip."""
    head = _read_exactly(stream, 2)
    joined: IO[bytes] | gzip.GzipFile = io.BufferedReader(_Rejoined(head, stream), CHUNK_BYTES)
    if head == _GZIP:
        joined = gzip.GzipFile(fileobj=joined)
        head = _read_exactly(joined, 2)
        joined = io.BufferedReader(_Rejoined(head, joined), CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder("utf-16")() if head in _UTF16 else None
    while chunk := joined.read(CHUNK_BYTES):
        spool.write(decoder.decode(chunk).encode() if decoder else chunk)
    if decoder:
        decoder.decode(b"", final=True)
    spool.flush()


def _read_exactly(stream: IO[bytes] | gzip.GzipFile, count: int) -> bytes:
    """`count` bytes, fewer only at the end: a pipe may give them one by one."""
    found = b""
    while len(found) < count and (more := stream.read(count - len(found))):
        found += more
    return found


class _Rejoined(io.RawIOBase):
    """A stream with the bytes that were already taken from it put back in front."""

    def __init__(self, head: bytes, rest: IO[bytes] | gzip.GzipFile) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head or self._rest.read(len(buffer))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        self._head = data[count:]
        return count
