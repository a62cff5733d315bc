"""Mailboxes: what RFC 5322 allows and people use, seen from the @."""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.spans import compiled, words

# Alphabets that put spaces between words. With Chinese or Japanese the sentence around would be taken as part of it.
_LETTER = "A-Za-zÀ-ÖØ-öø-ɏͰ-ϿЀ-ӿ"
_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
# The local part is read backwards. Of the many signs it may have, only those that do not usually stand around an
# address; an apostrophe only as in O'Neill and D'Angelo, since f'…' and b'…' are strings.
_LOCAL_BACKWARDS = rf"[{_LETTER}\d_.+%\-]{{1,{_LONGEST_LOCAL + 1}}}(?:'[dloDLO](?![{_LETTER}\d]))?"
_LABEL = rf"[{_LETTER}\d](?:[{_LETTER}\d\-]{{0,61}}[{_LETTER}\d])?"
_DOMAIN = rf"(?P<first>{_LABEL})(?:\.{_LABEL}){{0,8}}\.(?P<top>xn--[A-Za-z\d\-]{{2,59}}|[{_LETTER}]{{2,24}})"
_DOMAIN_END = rf"(?![{_LETTER}\d_]|[.\-][{_LETTER}\d])"

# No top-level domains, but common after an @: images for dense screens, units of systemd.
_NO_TOP_LEVEL = frozenset(
    words(
        "png jpg jpeg gif svg webp avif ico service socket timer target slice scope mount swap js ts tsx jsx css json"
    )
)
_NO_MAILBOX = frozenset({"git", "hg", "svn"})  # the account of a repository's remote


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    for domain in compiled("(?:@|%40)" + _DOMAIN + _DOMAIN_END).finditer(text):
        at = domain.start()
        local = _local_part(text, at)
        if local.lower() in _NO_MAILBOX:
            continue
        if domain["top"].lower() in _NO_TOP_LEVEL or compiled(r"\dx").fullmatch(domain["first"]):
            continue
        start = _after_bracket(text, at - len(local), domain.end())
        if start < at and not (_in_user_part_of_url(text, start) or _is_number(text, start, at)):
            yield start, domain.end()


def _local_part(text: str, at: int) -> str:
    """What stands before the @, or nothing if that cannot be a local part."""
    before = text[max(0, at - _LONGEST_LOCAL - 3) : at][::-1]
    found = compiled(_LOCAL_BACKWARDS).match(before)
    if found is None or before.startswith("."):
        return ""
    local = found[0][::-1]
    if len(local) > _LONGEST_LOCAL:
        return ""
    return local.rpartition("..")[2].lstrip(".-%+")


def _after_bracket(text: str, start: int, end: int) -> int:
    """Where the address begins: between < and > all signs count, as in <bounce=anna=example.com@example.org>."""
    bracket = text.rfind("<", max(0, start - _LONGEST_LOCAL), start)
    if (
        bracket < 0
        or not text.startswith(">", end)
        or not compiled(r"[^\s<>@:\"]*").fullmatch(text, bracket + 1, start)
    ):
        return start
    return bracket + 1


def _is_number(text: str, start: int, at: int) -> bool:
    """Whether the local part is a telephone number, as in sip:+4420…@example.com: the number matters, and is found."""
    return text[start:at].isdigit() and text[start - 1 : start] == "+"


def _in_user_part_of_url(text: str, start: int) -> bool:
    """Whether `start` is in the part of a URL before the host, as the password of postgres://user:password@host is."""
    scheme_end = text.rfind("://", max(0, start - 200), start)
    return scheme_end >= 0 and compiled(r"[^\s/@]*").fullmatch(text, scheme_end + 3, start) is not None
