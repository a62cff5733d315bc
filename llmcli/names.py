"""The names that a shell completes, looked up while somebody waits: quickly, quietly, and without a look at any key.

`llmcli completion values KIND` prints them, one a line, with a tab before what is said of a name. It starts here, not
in the program's own `main`, because to build that takes as long again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from llmcli.config import Config, load
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.errors import LlmcliError

Lookup = Callable[[Config], Iterable[tuple[str, str]]]


def models(config: Config) -> Iterator[tuple[str, str]]:
    """Aliases, what is listed or priced in the configuration, providers of one's own as `NAME/`."""
    from llmcli.models import configured_models

    for model in configured_models(config):
        yield model.name, f"alias of {model.alias_of}" if model.alias_of else model.provider
    yield from ((name, "priced in the configuration") for name in config.settings.prices)
    yield from ((f"{name}/", "provider") for name in config.settings.providers if name not in BUILT_IN_PROVIDERS)


def profiles(config: Config) -> Iterator[tuple[str, str]]:
    yield from ((name, "") for name in config.profiles)


def providers(config: Config) -> Iterator[tuple[str, str]]:
    yield from ((name, settings.kind) for name, settings in config.settings.providers.items())


def sessions(config: Config) -> Iterator[tuple[str, str]]:
    """Those in a directory that the user chose, or has approved."""
    from llmcli.chat.listing import names_in

    if config.origin(("state_dir",)).in_checkout:
        from llmcli.config import trust

        trust.check_settings(config)
    yield from ((name, "") for name in names_in(config.state_dir / "sessions"))


def tags(config: Config) -> Iterator[tuple[str, str]]:
    """Those that have a budget of their own."""
    yield from ((name, "has a budget") for name in config.settings.budget.tags)


LOOKUPS: dict[str, Lookup] = {lookup.__name__: lookup for lookup in (models, profiles, providers, sessions, tags)}


def look_up(kind: str) -> dict[str, str]:
    """The names of that kind and what is said of each; of a configuration that cannot be read, none."""
    found: dict[str, str] = {}
    with suppress(LlmcliError, OSError):  # whoever runs a command is told; nobody who presses TAB is
        found |= dict(LOOKUPS[kind](load()))
    if kind == "models":
        from llmcli.models import known_names

        found |= dict(known_names())
    # What comes from files must not end the line, nor steer the terminal that shows it.
    return {name: said for name, said in found.items() if name and name.isprintable() and said.isprintable()}


def main() -> None:
    """Answer `completion values KIND` of this process; silence for a kind that is none."""
    kinds = [word for word in sys.argv[3:] if word in LOOKUPS]
    lines = [f"{name}\t{said}" if said else name for kind in kinds for name, said in look_up(kind).items()]
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
