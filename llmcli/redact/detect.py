"""All detectors, by kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from llmcli.redact.addresses import find_ips
from llmcli.redact.credentials import find_credentials
from llmcli.redact.emails import find_emails
from llmcli.redact.numbers import find_cards, find_ibans
from llmcli.redact.phones import find_phones
from llmcli.redact.spans import Detector, Finding
from llmcli.redact.tokens import find_private_keys, find_tokens

# The most specific first: where two find the same, the first names it.
_DETECTORS: tuple[tuple[str, Detector], ...] = (
    ("secret", find_private_keys),
    ("secret", find_tokens),
    ("iban", find_ibans),
    ("card", find_cards),
    ("secret", find_credentials),
    ("ip", find_ips),
    ("email", find_emails),
    ("phone", find_phones),
)


def find(text: str, kinds: Collection[str], patterns: Mapping[str, re.Pattern[str]]) -> Iterator[Finding]:
    """Everything of `kinds`, and all that the user's own `patterns` match; findings may overlap."""
    for name, pattern in patterns.items():
        for found in pattern.finditer(text):
            if found.end() > found.start():
                yield Finding(found.start(), found.end(), name)
    for kind, detector in _DETECTORS:
        if kind in kinds:
            for start, end in detector(text):
                yield Finding(start, end, kind)
