"""Addresses of machines, IPv4 and IPv6, that say where somebody is: not loopback, masks, multicast, nor versions."""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.spans import compiled, first

# A dash is fine between two addresses only: 10.0.0.1-10.0.0.9 is a range, foo-1.2.3.4 and 1.2.3.4-rc1 are versions.
_V4 = (
    first("[0-9]", r"0-9A-Za-z.\-_") + r"\d{0,2}(?:\.\d{1,3}){3}(?P<last>-\d{1,3}(?:\.\d{1,3}){3})?"
    r"(?![0-9A-Za-z_]|\.\d|-[0-9A-Za-z])"
)
_VERSION_WORDS = (
    *("version", "release", "firmware", "build", "update", "updated", "upgrade", "upgraded", "installed", "section"),
    *("chapter", "kapitel", "abschnitt", "oid", "§", " ver", " v"),
)
_BETWEEN = " \t:=\"'(>."
_COMPARISONS = ("==", ">=", "<=", "~=", "!=", "=>", "^", "~")  # of versions, in lists of requirements
# Opera/48.0.12.3 names a product, ipinfo.io/48.0.12.3 and host/10.0.0.1 do not.
_PRODUCT_BEFORE = r"(?:\A|[\s(\"'])[A-Z][A-Za-z]*/\Z"
# Only what is assigned to somebody: global, unique local, link-local and NAT64 addresses. That leaves times, MAC
# addresses and the paths of C++, Perl and Rust alone.
_V6 = first("[236fF]", "0-9A-Za-z:.") + (
    r"(?:(?<=[23])[0-9A-Fa-f]{3}|(?<=[fF])[cdCD][0-9A-Fa-f]{2}|(?<=[fF])[eE][89abAB][0-9A-Fa-f]|(?<=6)4:[fF]{2}9[bB])"
)
_V6_REST = r":[0-9A-Fa-f:.]{1,41}"


def find_ips(text: str) -> Iterator[tuple[int, int]]:
    for found in compiled(_V4).finditer(text):
        middle = found.start("last") if found["last"] else found.end()
        for start, end in ((found.start(), middle), (middle + 1, found.end())):
            if start < end and _personal(text[start:end]) and not _version(text, start, end):
                yield start, end
    for found in compiled(_V6 + _V6_REST).finditer(text):
        address = found[0].rstrip(".")
        if address.endswith(":") and not address.endswith("::"):
            address = address[:-1]
        end = found.start() + len(address)
        if _is_v6(address) and not text[end : end + 1].isalnum():
            yield found.start(), end


def _personal(address: str) -> bool:
    parts = address.split(".")
    if any(int(part) > 255 or (part[0] == "0" and part != "0") for part in parts):
        return False
    return int(parts[0]) not in (0, 127) and int(parts[0]) < 224  # from 224 on: multicast, reserved, masks, broadcast


def _version(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 24) : start]
    if f" {before.rstrip(_BETWEEN).lower()}".endswith(_VERSION_WORDS) or before.rstrip(" \"'").endswith(_COMPARISONS):
        return True
    return before.endswith("/") and compiled(_PRODUCT_BEFORE).search(before) is not None and text[end : end + 1] != ":"


def _is_v6(address: str) -> bool:
    if "::" not in address and address.count(":") < 6:
        return False  # saves the import and an exception for every other use of colons
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True
