"""What a file that came with a checkout may do.

Somebody who clones a repository and runs llmcli in it must not lose a key or a prompt to it. So a project's
`llmcli.toml` or `.env` may say where a key is sent only if that key stands in the same file, and where prompts are
sent only on this machine; it may not run a command, read a file as a key, choose where we write, have less hidden
than the user wants, or raise what the user lets be spent. `llmcli config trust` lifts this for one file with its
present content.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

from llmcli.config import Config, ConfigFiles
from llmcli.config.sources import Origin, SettingPath, Value
from llmcli.errors import ConfigError
from llmcli.files import write_private
from llmcli.urls import is_loopback, without_login

APPROVALS_FILE = "trusted.json"

# Settings of a provider that decide where its key goes, or which secret is taken for its key.
_DIRECTS_KEY = ("base_url", "kind", "key_env")
# Settings that run something, read something or write somewhere: no key needed to do harm.
_ALWAYS = ("key_cmd", "key_file")
_WRITES = ("usage_log", "state_dir")
# How the names of the variables end from which the SDKs take headers of their own accord.
SDK_HEADERS = "_CUSTOM_HEADERS"


def approve(files: ConfigFiles, file: Path) -> str:
    """Record that `file` is trusted as it is now; returns its hash (SHA-256, hex)."""
    digest = _digest(file)
    approvals = _approvals(files) | {_place(file): digest}
    write_private(_store(files), json.dumps(approvals, indent=2, sort_keys=True).encode() + b"\n")
    return digest


def revoke(files: ConfigFiles, file: Path) -> bool:
    """Forget that `file` was trusted; False if it was not."""
    approvals = _approvals(files)
    if approvals.pop(_place(file), None) is None:
        return False
    write_private(_store(files), json.dumps(approvals, indent=2, sort_keys=True).encode() + b"\n")
    return True


def is_approved(files: ConfigFiles, file: Path) -> bool:
    """Whether `file` was approved and has not changed since."""
    approvals = _approvals(files)
    path = _place(file)
    return path in approvals and approvals[path] == _digest(file)


def check_settings(config: Config) -> None:
    """Raise ConfigError if an unapproved file of the checkout decides where we write, or loosens what the user set."""
    for name in _WRITES:
        origin = config.origin((name,))
        if origin.in_checkout:
            require_approval(config, origin, f"sets {name}, which decides where llmcli writes")
    for path, mine in config.without_checkout.items():
        theirs = config.values.get(path)
        if _loosens(path, mine.value, None if theirs is None else theirs.value):
            origin = _decided_by(config, theirs)
            if origin.in_checkout:
                require_approval(config, origin, _loosening(path, mine.value, theirs))
    caps = [path for path in config.without_checkout if _is_cap(path)]
    in_usd = any(path[-1] != "daily_tokens" for path in caps)
    for path, value in config.values.items():
        counts = (path[0] == "prices" and in_usd) or (path == ("time_zone",) and caps)
        if counts and value.origin.in_checkout:
            require_approval(config, value.origin, f"sets {'.'.join(path)}, by which your budget counts")


def _is_cap(path: SettingPath) -> bool:
    return path == ("max_cost_usd",) or (path[0] == "budget" and path[-1].startswith(("daily_", "monthly_")))


def _loosens(path: SettingPath, mine: Any, theirs: Any) -> bool:
    """Whether `theirs`, None if there is none, lets through what `mine` would not."""
    if _is_cap(path):
        return theirs is None or bool(theirs > mine)
    if path == ("redact", "kinds"):
        return theirs is None or not ("all" in theirs or set(mine) <= set(theirs))
    return (path == ("profile",) or path[:2] == ("redact", "patterns")) and theirs != mine


def _decided_by(config: Config, value: Value | None) -> Origin:
    """Who made a setting what it is: whoever chose the profile, if it is that of one, or is missing."""
    if value is None or (value.origin.kind == "user" and value.origin.profile is not None):
        return config.origin(("profile",))
    return value.origin


def _loosening(path: SettingPath, mine: Any, theirs: Value | None) -> str:
    name = ".".join(path)
    if path == ("profile",):
        return f"chooses profile {theirs.value if theirs else None} instead of your {mine}"
    if path[0] == "redact":
        return f"changes your {name}, so that less is hidden"
    return f"raises your {name} from {mine} to {theirs.value if theirs else 'no limit'}"


def check_key_source(config: Config, provider: str) -> None:
    """Raise ConfigError if an unapproved file of the checkout would run a command or read a file for a key."""
    for name in _ALWAYS:
        origin = config.origin(("providers", provider, name))
        if origin.in_checkout:
            require_approval(config, origin, f'sets {name} of provider "{provider}"')


def check_destination(config: Config, provider: str, key_name: str, key_origin: Origin) -> None:
    """Raise ConfigError if an unapproved file of the checkout wants a key that is not its own.

    `key_name` says which key it is, never its value.
    """
    for path, origin in _directing(config, provider):
        if origin.in_checkout and origin.file != key_origin.file:
            what = ".".join(path)
            value = "***" if "headers" in path else config.values[path].value
            target = without_login(value) if path[-1] == "base_url" else f"{what} = {value}"
            require_approval(config, origin, f"wants {key_name} sent to {target}")


def check_address(config: Config, provider: str, address: SettingPath) -> None:
    """Raise ConfigError if an unapproved file of the checkout says where prompts go, and that is not this machine.

    `address` is the setting that the provider's address is taken from. Headers may direct, too, what is sent there.
    """
    url = config.values[address].value if address in config.values else ""
    if is_loopback(url):
        return
    shown = without_login(url)
    if config.origin(address).in_checkout:
        require_approval(config, config.origin(address), f"wants what you send to go to {shown}")
    for path in _headers(config, provider):
        if config.origin(path).in_checkout:
            require_approval(config, config.origin(path), f'wants header "{path[3]}" sent to {shown}')


def check_headers(config: Config, provider: str) -> None:
    """Raise ConfigError if an unapproved file of the checkout wants headers that are not its own; they may be keys.

    Besides the configured ones these are what the SDKs add from variables such as ANTHROPIC_CUSTOM_HEADERS.
    """
    for path in _headers(config, provider):
        check_destination(config, provider, f'header "{path[3]}"', config.origin(path))
    for name in config.environ:
        if name.endswith(SDK_HEADERS):
            check_destination(config, provider, name, Origin("env", name=name))


def _headers(config: Config, provider: str) -> list[SettingPath]:
    return [path for path in config.values if path[:3] == ("providers", provider, "headers")]


def _directing(config: Config, provider: str) -> list[tuple[tuple[str, ...], Origin]]:
    """The settings that direct this provider's key, with their origins."""
    prefix = ("providers", provider)
    paths = [path for path in config.values if path[:2] == prefix and path[2] in (*_DIRECTS_KEY, "headers")]
    if ("base_url",) in config.values:
        paths.append(("base_url",))
    paths.sort(key=lambda path: path[-1] != "base_url")  # the address says most about where a key would go
    return [(path, config.origin(path)) for path in paths]


def require_approval(config: Config, origin: Origin, what: str) -> None:
    """Raise ConfigError unless the file at `origin` was approved; `what` says what it does."""
    assert origin.file is not None
    if not is_approved(config.files, origin.file):
        raise ConfigError(
            f"{origin.file} {what}, and is not trusted",
            hint=f"read it, then run: llmcli config trust {shlex.quote(str(origin.file))}",
        )


def _place(file: Path) -> str:
    """Where a file is; a link is not what it leads to, where relative paths would mean other files."""
    return str(file.absolute().parent.resolve() / file.name)


def _store(files: ConfigFiles) -> Path:
    return files.user.parent / APPROVALS_FILE


def _approvals(files: ConfigFiles) -> dict[str, str]:
    store = _store(files)
    try:
        found = json.loads(store.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read {store}: {error}", hint="delete it to start over") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{store} is not a table of files", hint="delete it to start over")
    return {str(path): str(digest) for path, digest in found.items()}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
