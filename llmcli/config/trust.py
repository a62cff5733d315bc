"""What a file that came with a checkout may do.

Somebody who clones a repository and runs llmcli in it must not lose a key to it. So a project's `llmcli.toml` or
`.env` may say where a key is sent only if that key stands in the same file; it may not run a command, read a file
as a key, choose where we write, or raise what the user lets be spent. `llmcli config trust` lifts this for one file
with its present content.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from llmcli.config import Config, ConfigFiles
from llmcli.config.sources import Origin, SettingPath
from llmcli.errors import ConfigError
from llmcli.files import private_directory, write_atomic

APPROVALS_FILE = "trusted.json"

# Settings of a provider that decide where its key goes, or which secret is taken for its key.
_DIRECTS_KEY = ("base_url", "kind", "key_env")
# Settings that run something, read something or write somewhere: no key needed to do harm.
_ALWAYS = ("key_cmd", "key_file")
_WRITES = ("usage_log", "state_dir")
# How the names of the variables end from which the SDKs take headers of their own accord.
_SDK_HEADERS = "_CUSTOM_HEADERS"


def approve(files: ConfigFiles, file: Path) -> str:
    """Record that `file` is trusted as it is now; returns its hash (SHA-256, hex)."""
    digest = _digest(file)
    approvals = _approvals(files) | {str(file.resolve()): digest}
    store = _store(files)
    private_directory(store.parent)
    write_atomic(store, json.dumps(approvals, indent=2, sort_keys=True).encode() + b"\n", mode=0o600)
    return digest


def revoke(files: ConfigFiles, file: Path) -> bool:
    """Forget that `file` was trusted; False if it was not."""
    approvals = _approvals(files)
    if approvals.pop(str(file.resolve()), None) is None:
        return False
    write_atomic(_store(files), json.dumps(approvals, indent=2, sort_keys=True).encode() + b"\n", mode=0o600)
    return True


def is_approved(files: ConfigFiles, file: Path) -> bool:
    """Whether `file` was approved and has not changed since."""
    approvals = _approvals(files)
    path = str(file.resolve())
    return path in approvals and approvals[path] == _digest(file)


def check_settings(config: Config) -> None:
    """Raise ConfigError if an unapproved file of the checkout decides where llmcli writes or raises the user's caps."""
    for name in _WRITES:
        origin = config.origin((name,))
        if origin.in_checkout:
            _require_approval(config, origin, f"sets {name}, which decides where llmcli writes")

    for path, mine in config.of_user.items():
        theirs = config.values[path]
        if _is_cap(path) and theirs.origin.in_checkout and theirs.value > mine.value:
            name = ".".join(path)
            _require_approval(config, theirs.origin, f"raises your {name} from {mine.value} to {theirs.value}")
    if any(_is_cap(path) and path[-1] != "daily_tokens" for path in config.of_user):
        for path, value in config.values.items():
            if path[0] == "prices" and value.origin.in_checkout:
                _require_approval(config, value.origin, f"sets {'.'.join(path)}, by which your budget counts")


def _is_cap(path: SettingPath) -> bool:
    return path == ("max_cost_usd",) or (path[0] == "budget" and path[-1].startswith(("daily_", "monthly_")))


def check_key_source(config: Config, provider: str) -> None:
    """Raise ConfigError if an unapproved file of the checkout would run a command or read a file for a key."""
    for name in _ALWAYS:
        origin = config.origin(("providers", provider, name))
        if origin.in_checkout:
            _require_approval(config, origin, f'sets {name} of provider "{provider}"')


def check_destination(config: Config, provider: str, key_name: str, key_origin: Origin) -> None:
    """Raise ConfigError if an unapproved file of the checkout wants a key that is not its own.

    `key_name` says which key it is, never its value.
    """
    for path, origin in _directing(config, provider):
        if origin.in_checkout and origin.file != key_origin.file:
            what = ".".join(path)
            value = "***" if "headers" in path else config.values[path].value
            target = value if path[-1] == "base_url" else f"{what} = {value}"
            _require_approval(config, origin, f"wants {key_name} sent to {target}")


def check_headers(config: Config, provider: str) -> None:
    """Raise ConfigError if an unapproved file of the checkout wants headers that are not its own; they may be keys.

    Besides the configured ones these are what the SDKs add from variables such as ANTHROPIC_CUSTOM_HEADERS.
    """
    prefix = ("providers", provider, "headers")
    for path in [path for path in config.values if path[:3] == prefix]:
        check_destination(config, provider, f'header "{path[3]}"', config.origin(path))
    for name in config.environ:
        if name.endswith(_SDK_HEADERS):
            check_destination(config, provider, name, Origin("env", name=name))


def _directing(config: Config, provider: str) -> list[tuple[tuple[str, ...], Origin]]:
    """The settings that direct this provider's key, with their origins."""
    prefix = ("providers", provider)
    paths = [path for path in config.values if path[:2] == prefix and path[2] in (*_DIRECTS_KEY, "headers")]
    if ("base_url",) in config.values:
        paths.append(("base_url",))
    paths.sort(key=lambda path: path[-1] != "base_url")  # the address says most about where a key would go
    return [(path, config.origin(path)) for path in paths]


def _require_approval(config: Config, origin: Origin, what: str) -> None:
    assert origin.file is not None
    if not is_approved(config.files, origin.file):
        raise ConfigError(
            f"{origin.file} {what}, and is not trusted",
            hint=f"read it, then run: llmcli config trust {origin.file}",
        )


def _store(files: ConfigFiles) -> Path:
    return files.user.parent / APPROVALS_FILE


def _approvals(files: ConfigFiles) -> dict[str, str]:
    store = _store(files)
    try:
        found = json.loads(store.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {store}: {error}", hint="delete it to start over") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{store} is not a table of files", hint="delete it to start over")
    return {str(path): str(digest) for path, digest in found.items()}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
