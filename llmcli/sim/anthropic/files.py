"""Anthropic's Files API, below /v1/files.

From anthropic 2.14 `types/file_metadata.py`, `file_list_params.py` and `file_upload_params.py`, and
platform.claude.com/docs/build-with-claude/files (2026). Since August 2026 no beta header is needed; with that of the
beta, lists have the form that they had then.
"""

from __future__ import annotations

import base64
import binascii
import re

from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.pages import limit_of, page_of
from llmcli.sim.anthropic.vendor import from_violation, invalid, not_found, timestamp, validate, versioned
from llmcli.sim.checks import JsonObject, Violation, integer
from llmcli.sim.kept_files import Files, KeptFile, extension_of, media_type_of
from llmcli.sim.routes import Answer, Asked, Part, Route
from llmcli.sim.storage import Full
from llmcli.sim.wire import ApiError, new_id

PATH = "/v1/files"
_BETA = "files-api-2025-04-14"
_MOST_BYTES = 500 * 1024 * 1024
_MOST_IDS = 100
_LONGEST_NAME = 255
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
_LIFETIME_S = integer(3600, 7_776_000)
_CURSOR = "page_"


class FilesApi:
    """The endpoints of files."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def routes(self) -> tuple[Route, ...]:
        one = f"{PATH}/{{}}"
        return (
            Route("POST", PATH, versioned(self._upload), "form", _MOST_BYTES),
            Route("GET", PATH, versioned(self._list)),
            Route("GET", one, versioned(lambda asked: _shape(self._file(asked)))),
            Route("DELETE", one, versioned(self._delete)),
            Route("GET", f"{one}/content", versioned(self._download)),
        )

    def _upload(self, asked: Asked) -> JsonObject:
        part, lifetime_s = _fields(asked.parts)
        name = (part.filename or "").rpartition("/")[2]
        media_type = media_type_of(part, name)
        name = name or f"unnamed{extension_of(media_type)}"
        if len(name) > _LONGEST_NAME or _FORBIDDEN.search(name):
            raise invalid(
                f'file: Invalid filename. It must have 1 to {_LONGEST_NAME} characters, and none of <>:"|?*\\/ or'
                " control characters."
            )
        now = self._files.clock()
        until = None if lifetime_s is None else now + lifetime_s
        kept = KeptFile(new_id("file_011C", 20), name, media_type, part.data, now, until)
        try:
            self._files.add(kept.id, kept)
        except Full:
            raise anthropic.storage_full() from None
        return _shape(kept)

    def _list(self, asked: Asked) -> JsonObject:
        files = self._files.newest_first()
        if _BETA in asked.headers.get("anthropic-beta", ""):
            return page_of(files, _shape, asked, "file")
        wanted = dict.fromkeys([*asked.every("ids[]"), *asked.every("ids")])
        cursor = asked.one("page")
        if wanted:
            if cursor is not None or asked.one("limit") is not None:
                raise invalid("ids: cannot be combined with page or limit")
            if len(wanted) > _MOST_IDS:
                raise invalid(f"ids: List should have at most {_MOST_IDS} items after validation, not {len(wanted)}")
            return {"data": [_shape(kept) for name, kept in files.items() if name in wanted], "next_page": None}
        limit, names = limit_of(asked), list(files)
        start = 0 if cursor is None else _start(names, cursor)
        page, rest = names[start : start + limit], names[start + limit :]
        return {
            "data": [_shape(files[name]) for name in page],
            "next_page": _CURSOR + base64.urlsafe_b64encode(rest[0].encode()).decode() if rest else None,
        }

    def _delete(self, asked: Asked) -> JsonObject:
        kept = self._file(asked)
        self._files.remove(kept.id)
        return {"id": kept.id, "type": "file_deleted"}

    def _download(self, asked: Asked) -> Answer:
        """Never gives anything, for only files that a tool made may be downloaded."""
        self._file(asked)
        details = {"error_code": "file_not_downloadable"}
        error = {"type": "invalid_request_error", "message": "File is not downloadable", "details": details}
        raise ApiError(400, error)

    def _file(self, asked: Asked) -> KeptFile:
        [name] = asked.names
        kept = self._files.get(name)
        if kept is None:
            raise not_found(f"File not found: {name}")
        return kept


def _fields(parts: tuple[Part, ...]) -> tuple[Part, int | None]:
    """The file, and how many seconds it is to last if that is said."""
    by_name: dict[str, Part] = {}
    for part in parts:
        if part.name not in ("file", "expires_in_seconds"):
            raise from_violation(Violation("unknown", (part.name,)))
        if part.name in by_name:
            raise invalid(f"{part.name}: Only one is permitted")
        by_name[part.name] = part
    if "file" not in by_name:
        raise from_violation(Violation("missing", ("file",)))
    lifetime = by_name.get("expires_in_seconds")
    return by_name["file"], None if lifetime is None else _lifetime_s(lifetime.data)


def _lifetime_s(written: bytes) -> int:
    name = "expires_in_seconds"
    if not re.fullmatch(rb"\d{1,18}", written):
        raise invalid(f"{name}: Input should be a valid integer, unable to parse string as an integer")
    validate(_LIFETIME_S, int(written), (name,))
    return int(written)


def _start(names: list[str], cursor: str) -> int:
    """Where the page of a cursor begins: at the file that it names, so that those before it may be deleted."""
    try:
        return names.index(base64.urlsafe_b64decode(cursor.removeprefix(_CURSOR)).decode())
    except (binascii.Error, ValueError):
        raise invalid("page: Invalid page cursor") from None


def _shape(kept: KeptFile) -> JsonObject:
    return {
        "type": "file",
        "id": kept.id,
        "created_at": timestamp(kept.created_at),
        "filename": kept.filename,
        "mime_type": kept.media_type,
        "size_bytes": len(kept.data),
        "downloadable": False,
        "expires_at": None if kept.expires_at is None else timestamp(kept.expires_at),
    }
