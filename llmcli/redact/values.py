"""Whether the value that stands behind a secret's name is one: not a word, a variable, a call or a blank to fill in."""

from __future__ import annotations

from math import log2

from llmcli.redact.spans import compiled

# A random string of 16 hexadecimal digits has about 3 bits a character; words, dates and counters have less, or are
# caught by their shape.
_LEAST_BITS_PER_CHAR = 2.5
_SHORTEST_SECRET = 10
_SHORTEST_PASSWORD = 6

_REFERENCE = (
    r"\$(?!\d\w?\$)|%[({%]|\{\{|<|\(|\[|-----|https?://|[.~]{0,2}/(?:[\w.\-]+/)*[\w.\-]*\Z|op://|vault:|env:|file:|@"
)
_CODE = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:[(\[{].*|(?:\.|->|::)[A-Za-z_]\w*[;)]*)\Z"
_MASK = r"[*xX.•\-_#?…0]+\Z"
_BLANK = (
    r"(?i)(?:your|my|our|some|the|enter|insert|replace|add|put)[_\- ]|change[_\-]?(?:me|it|this)"
    r"|(?:redacted|filtered|masked|hidden|placeholder|removed|todo|dummy|example|sample|string|str|text|none|null|nil"
    r"|undefined|true|false|required|optional|default|invalid|missing|wrong|empty|unset|not[_\- ]set)\b"
    r"|(?:current|new|old|confirm|user|db|admin|root|re)?[_\-]?"
    r"(?:password|passwort|passwd|pass|pwd|secret|token|(?:api[_\-]?)?key|bearer|basic)\d?\Z"
)
# Words joined by one kind of sign, numbers as their own parts only: my-db-secret-2, auth.example.com, argon2id.
_SLUG = r"[A-Za-z]+\d{0,2}(?:[_\-./:][A-Za-z]+\d{0,2}|[_\-./:]\d{1,4})*\Z"
_TIME = r"\d{4}-\d\d-\d\d|\d+(?:\.\d+)?(?:ms|s|m|h|d)?\Z"


def is_password(value: str, *, quoted: bool = False) -> bool:
    """Whether `value` may be a password somebody chose.

    In quotes a plain word will do; without them it takes a digit or sign, since it may as well be a variable.
    """
    if len(value) < _SHORTEST_PASSWORD or not _is_literal(value, quoted=quoted):
        return False
    letters = any(map(str.isalpha, value))
    others = not value.isalpha()
    if quoted:
        return " " not in value and (others or value.islower() or not value.istitle())
    strong = any(char in "!@#$%^&*+=?~" or char.isdigit() for char in value[1:])
    return letters and others and strong


def is_secret(value: str, *, quoted: bool = False) -> bool:
    """Whether `value` may be a token or key that a machine made: long, mixed, and without a meaning."""
    if len(value) < _SHORTEST_SECRET or " " in value or not _is_literal(value, quoted=quoted):
        return False
    if compiled(_SLUG).match(value) or compiled(_TIME).match(value):
        return False
    digits, letters = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    return digits and letters and _bits_per_char(value) >= _LEAST_BITS_PER_CHAR


def is_mixed(value: str) -> bool:
    """Whether `value` has digits, and two more of: capitals, small letters, other signs."""
    kinds = (any(map(str.isupper, value)), any(map(str.islower, value)), not value.isalnum())
    return any(map(str.isdigit, value)) and sum(kinds) >= 2


def _is_literal(value: str, *, quoted: bool) -> bool:
    """Whether `value` is written out, and not the name of what holds it, a mask, or a blank."""
    if compiled(_REFERENCE).match(value) or compiled(_MASK).match(value) or compiled(_BLANK).match(value):
        return False
    if "${" in value or "{{" in value:
        return False
    return quoted or compiled(_CODE).match(value) is None


def _bits_per_char(value: str) -> float:
    """Shannon's entropy of the characters as they occur."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in map(value.count, set(value)))
