"""Seals: opaque texts that clients must send back unchanged, such as the signature of a thinking block.

The key is in this file, so anybody can make one: a seal finds changes, it keeps nothing secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_KEY = b"llmcli sim"
_MAC_BYTES = 32


def seal(text: str, label: str) -> str:
    """An opaque text that holds `text`; `label` says what for."""
    data = text.encode()
    return base64.b64encode(_mac(data, label) + data).decode("ascii")


def unseal(sealed: str, label: str) -> str | None:
    """What was sealed, or None if this is no seal of ours for that."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        data = raw[_MAC_BYTES:]
        if len(raw) < _MAC_BYTES or not hmac.compare_digest(raw[:_MAC_BYTES], _mac(data, label)):
            return None
        return data.decode()
    except (binascii.Error, ValueError):
        return None


def _mac(data: bytes, label: str) -> bytes:
    return hmac.new(_KEY, label.encode() + b"\0" + data, hashlib.sha256).digest()
