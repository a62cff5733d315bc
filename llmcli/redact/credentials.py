"""Secrets known by their surroundings: a name before them, a URL around them, an HTTP header, a command's flag."""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.names import NAMES, is_harmless, is_name
from llmcli.redact.spans import compiled, lower, places
from llmcli.redact.values import is_mixed, is_password, is_secret

_QUOTE = r"\\?[\"'`]"
_SEPARATOR = (
    rf"(?:{_QUOTE})?\]?(?:[ \t\u00a0]{{0,8}}(?:=>|:=|==|[=:\uff1a])\s{{0,8}}"  # \uff1a is the Chinese colon
    r"|\s{0,2}:\s{0,2}\w{1,20}\s{0,2}=\s{0,2}"  # name: type = value
    rf"|{_QUOTE}\s{{1,4}}value\s{{0,2}}=\s{{0,2}}"  # <add key="name" value="…">
    r"|(?P<prose>(?:[ \t][^\W\d]{1,16}+){0,4}[ \t]{1,4}(?:is|ist|lautet|est|es|è|was)(?:[ \t]{1,4}|:\s{0,4})))"
)
_VALUE = (
    r"(?:\\?\"(?:\"\")?(?P<double>[^\"\n]{4,512}?)\\?\"|\\?'(?P<single>[^'\n]{4,512}?)\\?'"
    r"|`(?P<back>[^`\n]{4,512})`|(?P<bare>[^\s\"'`<>,;]{4,512}))"
)
# Behind a name's first word: the rest of it, and then what assigns a value.
_AFTER = (
    rf"(?P<rest>[\w\-.]{{0,40}}+)(?:{_SEPARATOR}{_VALUE}"
    r"|>(?P<tag>[^<\n]{4,512})</"
    r"|[ \t]{1,4}[\"']?(?:pass:)?(?P<pair>(?!-)[^\s\"'`<>,;]{4,512}))"
)
_GROUPS = ("double", "single", "back", "bare", "tag", "pair")
_FLAG_BEFORE = r"(?<![^\s\"'])--?[a-z\-]{0,24}\Z"

# Flags that are a password's with one command only; the plain text before each says whether it is worth a look.
_COMMANDS = (
    ("requirepass", r"requirepass\s{1,4}(?P<value>\S{4,256})"),  # redis.conf
    ("-u", r"-(?<!\S-)u[ =]?[\"']?[^\s:\"']{1,128}:(?P<value>[^\s\"']{4,256})"),  # curl
    ("--user", r"--user[ =][\"']?[^\s:\"']{1,128}:(?P<value>[^\s\"']{4,256})"),
    ("sshpass", r"sshpass\s{1,4}-p\s{0,4}[\"']?(?P<value>[^\s\"']{4,256})"),
    ("redis-cli", r"redis-cli\b[^\n|;]{0,120}?\s-a\s{1,4}[\"']?(?P<value>[^\s\"']{4,256})"),
    ("mysql", r"mysql(?:dump|admin)?\b[^\n|;]{0,120}?\s-p[\"']?(?P<value>[^\s\"']{4,256})"),
    ("mariadb", r"mariadb\b[^\n|;]{0,120}?\s-p[\"']?(?P<value>[^\s\"']{4,256})"),
)
_URL = r"://[^\s:/?#@\"'<>]{0,128}:(?P<value>[^\s/@\"'<>]{1,256})@"
_HEADERS = (
    (
        "authorization",
        rf"(?:{_QUOTE})?\]?(?:\s{{0,4}}[:=,]\s{{0,4}}|\s)(?:{_QUOTE})?"
        r"(?:(?i:bearer|basic|token|digest|apikey|api-key|key)\s{1,4})?(?P<value>[A-Za-z0-9._~+/=\-:]{12,4096})",
    ),
    ("bearer", r"\s{1,4}(?P<value>[A-Za-z0-9._~+/=\-]{16,4096})"),
)


def find_credentials(text: str) -> Iterator[tuple[int, int]]:
    lowered = lower(text)
    for name, password in NAMES:
        yield from _named(text, lowered, name, password=password)
    for command, pattern in _COMMANDS:
        for at in places(text, command):
            found = compiled(pattern).match(text, at)
            if found and is_password(found["value"]):
                yield found.span("value")
    for found in compiled(_URL).finditer(text):
        if is_password(found["value"], quoted=True):
            yield found.span("value")
    for header, pattern in _HEADERS:
        for at in places(lowered, header):
            found = compiled(pattern).match(text, at + len(header))
            if found and is_secret(found["value"]):
                yield found.span("value")


def _named(text: str, lowered: str, name: str, *, password: bool) -> Iterator[tuple[int, int]]:
    """The values behind `name` in `password = …`, `"api_key": "…"`, `token is …` and their like, without quotes."""
    accepts = is_password if password else is_secret
    at = lowered.find(name)
    while at >= 0:
        behind = at + len(name)
        found = compiled(_AFTER).match(text, behind) if is_name(lowered, at, name) else None
        if found and not is_harmless(text[max(0, at - 16) : at], found["rest"]):
            group = next(each for each in _GROUPS if found[each] is not None)
            value = found[group] if group in _GROUPS[:3] else _trimmed(found[group])
            quoted = group in _GROUPS[:3] and not found["prose"]
            # A mere space between name and value will do for a flag; elsewhere only if it can be nothing but a secret.
            sure = group != "pair" or is_mixed(value) or _is_flag(lowered, at)
            if sure and accepts(value, quoted=quoted):
                behind = found.start(group) + len(value)
                yield found.start(group), behind
        at = lowered.find(name, behind)


def _is_flag(lowered: str, at: int) -> bool:
    return compiled(_FLAG_BEFORE).search(lowered[max(0, at - 28) : at]) is not None


def _trimmed(value: str) -> str:
    """An unquoted value without what ends the sentence, the call or the URL's parameter around it."""
    parameter = compiled(r"&[\w\-.]+=").search(value)
    value = value[: parameter.start()] if parameter else value
    return value.removesuffix("\\").rstrip(".)]}?:")
