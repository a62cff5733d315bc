"""What a server says about trying again: the headers of an ordered fault."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime
from time import time

from llmcli.durations import parse_duration_s
from llmcli.errors import UsageError

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)
_DAY_S = "86400"
_DATE_IN = "date+"


def retry_after_value(written: str) -> str:
    """The header's value for what a person wrote: seconds, an HTTP date, `day`, or `date+2s` from now.

    Raises UsageError if it is none of these.
    """
    if written == "day":
        return _DAY_S
    if written.startswith(_DATE_IN):
        return formatdate(time() + parse_duration_s(written.removeprefix(_DATE_IN)), usegmt=True)
    if _SECONDS.fullmatch(written):
        return written
    try:
        parsedate_to_datetime(written)
    except ValueError as error:
        hint = "seconds, an HTTP date, day, or date+2s"
        raise UsageError(f'"{written}" is not a value for "retry-after"', hint=hint) from error
    return written
