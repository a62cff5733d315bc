"""Option groups at work: shown to Typer as single options, read as settings and as tables."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

from llmcli.errors import UsageError

if TYPE_CHECKING:
    from llmcli.config.sources import SettingPath, Value


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the fields of its option groups as parameters of their own, for Typer to see."""
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, list[str]]] = {}
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if is_dataclass(kind) and isinstance(kind, type):
            options = _parameters_of(kind)
            groups[parameter.name] = kind, [option.name for option in options]
            parameters += options
        else:
            parameters.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def wrapper(**given: Any) -> None:
        for name, (kind, option_names) in groups.items():
            given[name] = kind(**{option: given.pop(option) for option in option_names})
        command(**given)

    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return wrapper


def _parameters_of(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default,
            annotation=_under(group.HEADING, hints[item.name]),  # type: ignore[attr-defined]
        )
        for item in fields(group)
    ]


def _under(heading: str, hint: Any) -> Any:
    """The option with this heading in the help, unless it has its own."""
    kind, option = get_args(hint)
    if option.rich_help_panel is None:
        option = copy.copy(option)
        option.rich_help_panel = heading
    return Annotated[kind, option]


def setting_flags(*groups: object) -> dict[SettingPath, Value]:
    """The settings that the user gave as flags. Raises UsageError for a value that does not fit.

    A field stands for the setting of that name; `redact_kinds` is `redact.kinds`.
    """
    from llmcli.config import schema
    from llmcli.config.sources import flag_value

    paths = schema.paths_by_name()
    found: dict[SettingPath, Value] = {}
    for group in groups:
        for item in fields(group):  # type: ignore[arg-type]
            given, path = getattr(group, item.name), paths.get(item.name)
            if path is None or given is None or given == []:
                continue
            found[path] = flag_value(path, given, _flag_of(type(group), item.name))
    return found


def _flag_of(group: type, name: str) -> str:
    """The flag as the user types it: the longest way to write it."""
    option = get_args(get_type_hints(group, include_extras=True)[name])[1]
    return str(max((option.default, *option.param_decls), key=len))  # Typer takes the first way for a default


def pairs_of(given: list[str] | None, flag: str) -> dict[str, str]:
    """A repeated `KEY=VALUE` option as a table. Raises UsageError."""
    pairs: dict[str, str] = {}
    for item in given or []:
        key, equals, value = item.partition("=")
        if not key or not equals:
            raise UsageError(f'{flag} "{item}" is not KEY=VALUE')
        pairs[key] = value
    return pairs
