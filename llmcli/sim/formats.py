"""The string formats that vendors know: an example of each, and whether a text is one.

As JSON Schema draft 2020-12, section 7.3, and the RFCs behind it have them, here and there a little stricter.
"""

from __future__ import annotations

import re

EXAMPLES = {
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "date-time": "2026-01-31T12:00:00Z",
    "duration": "PT1H",
    "email": "sim@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_DAYS = r"(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)"
_HOURS = r"T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_FORMS = {
    "date": _DATE,
    "time": _TIME,
    "date-time": rf"{_DATE}[Tt]{_TIME}",
    "duration": rf"P(?:\d+W|{_DAYS}(?:{_HOURS})?|{_HOURS})",
    "email": rf"{_ATOM}(?:\.{_ATOM})*@{_HOST}",
    "hostname": rf"(?!.{{254}}){_HOST}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#@!$&'()*+,;=-])*",
    "ipv4": rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    "ipv6": r"[0-9A-Fa-f:.]{2,45}",
    "uuid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}


def is_of_format(text: str, name: str) -> bool:
    """Whether `text` is of the format; every text is of one that nobody knows."""
    form = _FORMS.get(name)
    if form is None:
        return True
    if re.fullmatch(form, text, re.ASCII) is None:
        return False
    if name in ("date", "date-time"):
        return _is_day(text[:10])
    return name != "ipv6" or _is_ipv6(text)


def _is_day(text: str) -> bool:
    import datetime  # not at the top: `-m sim` starts without it

    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    import ipaddress  # not at the top: `-m sim` starts without it

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
