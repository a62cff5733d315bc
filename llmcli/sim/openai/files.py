"""OpenAI's Files API, below /v1/files.

From openai 3.57 `types/file_object.py`, `file_create_params.py` and `file_list_params.py`; the sentences are quoted
from its answers in public issues (2023 to 2026).
"""

from __future__ import annotations

import json
import re

from llmcli.sim import body
from llmcli.sim.checks import Check, JsonObject, choice, integer, record
from llmcli.sim.kept_files import Files, KeptFile, media_type_of
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.errors import invalid, validate
from llmcli.sim.openai.pages import page_of
from llmcli.sim.routes import Asked, Bytes, Part, Route
from llmcli.sim.storage import Full
from llmcli.sim.wire import ApiError, Trouble, new_id

PATH = "/v1/files"
BATCH = "batch"
_MOST_BYTES = 512 * 1024 * 1024
_MOST_BATCH_BYTES = 200 * 1024 * 1024
_PURPOSES = ("fine-tune", "assistants", BATCH, "user_data", "vision", "evals")
_NOT_DOWNLOADABLE = ("assistants", "user_data", "vision")
_OF_LINES = {BATCH: "Batch", "fine-tune": "Fine-Tuning"}
_BATCH_LIFETIME_S = 30 * 86_400
_MOST_PER_PAGE = 10_000
EXPIRY: Check = record({"anchor": choice("created_at"), "seconds": integer(3600, 2_592_000)})


class FilesApi:
    """The endpoints of files."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def routes(self) -> tuple[Route, ...]:
        one = f"{PATH}/{{}}"
        return (
            Route("POST", PATH, self._create, "form", _MOST_BYTES),
            Route("GET", PATH, self._list),
            Route("GET", one, lambda asked: _shape(self._file(asked))),
            Route("DELETE", one, self._delete),
            Route("GET", f"{one}/content", self._content),
        )

    def _create(self, asked: Asked) -> JsonObject:
        part, purpose, lifetime_s = _fields(asked.parts)
        name = (part.filename or "").rpartition("/")[2] or "file"
        if purpose == BATCH and len(part.data) > _MOST_BATCH_BYTES:
            raise openai.trouble(Trouble(413))
        if purpose in _OF_LINES and not (name.endswith(".jsonl") and _starts_with_json(part.data)):
            raise invalid(f"Invalid file format for {_OF_LINES[purpose]} API. Must be .jsonl")
        if lifetime_s is None and purpose == BATCH:
            lifetime_s = _BATCH_LIFETIME_S
        media_type = media_type_of(part, name)
        return _shape(keep(self._files, name, media_type, part.data, purpose, lifetime_s))

    def _list(self, asked: Asked) -> JsonObject:
        files = self._files.newest_first()
        order, purpose = asked.one("order"), asked.one("purpose")
        if order is not None:
            validate(choice("asc", "desc"), order, ("order",))
        if order == "asc":
            files = dict(reversed([*files.items()]))
        if purpose is not None:
            files = {name: kept for name, kept in files.items() if kept.purpose == purpose}
        return page_of(files, _shape, asked, _no_such_file, _MOST_PER_PAGE, _MOST_PER_PAGE)

    def _delete(self, asked: Asked) -> JsonObject:
        kept = self._file(asked)
        self._files.remove(kept.id)
        return {"id": kept.id, "object": "file", "deleted": True}

    def _content(self, asked: Asked) -> Bytes:
        kept = self._file(asked)
        if kept.purpose in _NOT_DOWNLOADABLE:
            raise invalid(f"Not allowed to download files of purpose: {kept.purpose}")
        name = json.dumps(kept.filename)
        return Bytes(kept.data, "application/octet-stream", {"Content-Disposition": f"attachment; filename={name}"})

    def _file(self, asked: Asked) -> KeptFile:
        [name] = asked.names
        kept = self._files.get(name)
        if kept is None:
            raise _no_such_file(name)
        return kept


def keep(files: Files, filename: str, media_type: str, data: bytes, purpose: str, lifetime_s: int | None) -> KeptFile:
    """A file that is kept from now on. Raises ApiError if there is no room for it."""
    now = files.clock()
    until = None if lifetime_s is None else now + lifetime_s
    kept = KeptFile(new_id("file-", 22), filename, media_type, data, now, until, purpose)
    try:
        files.add(kept.id, kept)
    except Full:
        raise storage_full() from None
    return kept


def storage_full() -> ApiError:
    """The answer to what there is no room for."""
    return invalid("You have exceeded your file storage quota. Please delete old files to free up space.")


def _fields(parts: tuple[Part, ...]) -> tuple[Part, str, int | None]:
    """The file, its purpose, and how many seconds it is to last if that is said."""
    by_name = {part.name: part for part in parts}
    for name in ("file", "purpose"):
        if name not in by_name:
            raise invalid(f"'{name}' is a required property", name)
    expiry: JsonObject = {}
    for name, part in by_name.items():
        if name.startswith("expires_after[") and name.endswith("]"):
            expiry[name.removeprefix("expires_after[")[:-1]] = _number_or_text(part.data)
        elif name not in ("file", "purpose"):
            raise invalid(f"Additional properties are not allowed ('{name}' was unexpected)", name)
    purpose = by_name["purpose"].data.decode(errors="replace")
    if purpose not in _PURPOSES:
        raise invalid(f"'{purpose}' is not one of {list(_PURPOSES)} - 'purpose'", "purpose")
    if by_name["file"].filename is None:
        raise invalid("'file' is a required property", "file")
    if expiry:
        validate(EXPIRY, expiry, ("expires_after",))
    return by_name["file"], purpose, expiry.get("seconds")


def _number_or_text(data: bytes) -> int | str:
    return int(data) if re.fullmatch(rb"\d{1,18}", data) else data.decode(errors="replace")


def _starts_with_json(data: bytes) -> bool:
    try:
        body.parse(data.partition(b"\n")[0])
    except ValueError:
        return False
    return True


def _no_such_file(name: str) -> ApiError:
    return invalid(f"No such File object: {name}", "id", status=404)


def _shape(kept: KeptFile) -> JsonObject:
    return {
        "object": "file",
        "id": kept.id,
        "purpose": kept.purpose,
        "filename": kept.filename,
        "bytes": len(kept.data),
        "created_at": int(kept.created_at),
        "expires_at": None if kept.expires_at is None else int(kept.expires_at),
        "status": "processed",
        "status_details": None,
    }
