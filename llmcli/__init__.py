"""The command line for language models, and the same as functions: see README.md for what it promises.

    import llmcli

    print(llmcli.ask("Say hello", model="sim"))

A name is imported when it is first asked for, so that the command starts no slower for it.
"""

import sys
from types import ModuleType

TYPE_CHECKING = False  # as `typing` has it, whose import would take longer than all of this
if TYPE_CHECKING:
    from llmcli.errors import (
        AuthError,
        BudgetError,
        ConfigError,
        DisconnectedError,
        ExitCode,
        InterruptedRunError,
        InvalidOutputError,
        LlmcliError,
        PartialError,
        QuotaError,
        RateLimitedError,
        RefusedError,
        RejectedError,
        TimedOutError,
        TruncatedError,
        UnavailableError,
        UsageError,
    )
    from llmcli.library.answer import Answer
    from llmcli.library.ask import ask
    from llmcli.library.batch import Batch, batch
    from llmcli.library.extract import extract
    from llmcli.library.row import RowResult
    from llmcli.library.stream import Stream, stream
    from llmcli.messages import StopReason, Usage

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AuthError",
    "Batch",
    "BudgetError",
    "ConfigError",
    "DisconnectedError",
    "ExitCode",
    "InterruptedRunError",
    "InvalidOutputError",
    "LlmcliError",
    "PartialError",
    "QuotaError",
    "RateLimitedError",
    "RefusedError",
    "RejectedError",
    "RowResult",
    "StopReason",
    "Stream",
    "TimedOutError",
    "TruncatedError",
    "UnavailableError",
    "Usage",
    "UsageError",
    "ask",
    "batch",
    "extract",
    "stream",
]

_HOMES = {
    "Answer": "library.answer",
    "Batch": "library.batch",
    "RowResult": "library.row",
    "StopReason": "messages",
    "Stream": "library.stream",
    "Usage": "messages",
    "ask": "library.ask",
    "batch": "library.batch",
    "extract": "library.extract",
    "stream": "library.stream",
}
_HOME_OF_THE_REST = "errors"


class _Package(ModuleType):
    """This package as its users see it: a function is not hidden by the room inside that is called the same."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES.get(name, _HOME_OF_THE_REST)}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
