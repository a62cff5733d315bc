"""Files that clients of either vendor upload."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llmcli.sim.routes import Part
from llmcli.sim.storage import Shelf, Storage

_ANY_TYPE = "application/octet-stream"
_TYPES = mimetypes.MimeTypes()  # those of Python's own list, and none that this machine adds
_MARGIN_BYTES = 1024  # what is kept of a file besides its bytes and name


@dataclass(frozen=True)
class KeptFile:
    """A file; times are in seconds since 1970, `purpose` is for the vendor that asks for one."""

    id: str
    filename: str
    media_type: str
    data: bytes
    created_at: float
    expires_at: float | None = None
    purpose: str = ""

    @property
    def size(self) -> int:
        return len(self.data) + len(self.filename.encode(errors="replace")) + _MARGIN_BYTES


class Files(Shelf[KeptFile]):
    """Files by their ids; one that is expired is gone."""

    def __init__(self, storage: Storage, clock: Callable[[], float] = time.time) -> None:
        super().__init__(storage)
        self.clock = clock

    def get(self, name: str) -> KeptFile | None:
        found = super().get(name)
        if found is None or found.expires_at is None or found.expires_at > self.clock():
            return found
        self.remove(name)
        return None

    def newest_first(self) -> Mapping[str, KeptFile]:
        every = super().newest_first()
        return {name: found for name, found in every.items() if self.get(name) is not None}


def media_type_of(part: Part, filename: str) -> str:
    """The type that a part says it is, or else that of its name."""
    said = (part.media_type or "").partition(";")[0].strip().lower()
    if said and said != _ANY_TYPE:
        return said
    return _TYPES.guess_type(filename)[0] or _ANY_TYPE


def extension_of(media_type: str) -> str:
    """The usual end of names of files of this type."""
    return _TYPES.guess_extension(media_type) or ""
