"""What may be said of an address, whether it is this machine's, and whether it can be an API's."""

from __future__ import annotations

import re

from llmcli.errors import ConfigError

_LOGIN = re.compile(r"(?<=//)[^/\s]*@")
# All of the text has to match, for readers of URLs differ over what is none.
_LOOPBACK = re.compile(r"https?://(127(\.[0-9]{1,3}){3}|localhost|\[::1\])(:[0-9]{1,5})?(/[^\s\\@]*)?")


def without_login(url: str) -> str:
    """`url` as it may be shown: `https://***@host/`."""
    return _LOGIN.sub("***@", url)


def password_in(url: str) -> str:
    """What stands in it for a password; empty if nothing does. A proxy's address may lack its `http://`."""
    return url.rpartition("//")[2].rpartition("@")[0].partition(":")[2]


def is_loopback(url: str) -> bool:
    """Whether it leads to this machine, without any doubt."""
    return _LOOPBACK.fullmatch(url) is not None


def check_base_url(url: str | None, provider: str) -> None:
    """Raise ConfigError unless `url` can be an API's address, without a password that would be shown with it."""
    if not url:
        raise ConfigError(f"provider {provider} has no base_url", hint=f"set it in [providers.{provider}]")
    if _LOGIN.search(url):
        raise ConfigError(
            f"the base URL of {provider}, {without_login(url)}, has a login in it",
            hint=f"put it into [providers.{provider}.headers]",
        )
    if not re.match(r"https?://[^/\s]", url):
        raise not_a_base_url(url, provider, "begin it with http:// or https://")
    from urllib.parse import urlsplit

    try:
        _ = urlsplit(url).port
    except ValueError as error:  # above 65535, no number, or a bracket without its other one
        raise not_a_base_url(url, provider, "check its host and port") from error


def not_a_base_url(url: str, provider: str, hint: str) -> ConfigError:
    return ConfigError(f'the base URL of {provider}, "{url}", is not one', hint=hint)
