"""Anthropic's SDK without the types that only its tracing names.

Since 2.14 it has OpenTelemetry spans, and one file of that joins two types of a request into a third, for annotations.
Building these two loads half of all its types, which took half of the time of `import anthropic`. We send requests
that have no span.
"""

import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

MODULE = "anthropic.lib._tracing._utils"

_TYPES = re.compile(r"^from \.\.\.types\.[\w.]+ import (\w+)(?: as (\w+))?$", re.M)
_ALIAS = re.compile(r"^(\w+) = \w+ \| \w+$", re.M)


class TracingLoader(SourceFileLoader):
    """Runs the file with `dict` for the joined type, which the bodies it describes are at run time."""

    def __init__(self, path: str, code: CodeType) -> None:
        super().__init__(MODULE, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def tracing_loader(path: str) -> TracingLoader | None:
    """A loader of the file, or None if it is not as expected."""
    text = Path(path).read_text(encoding="utf-8")
    names = {bound or name for name, bound in _TYPES.findall(text)}
    shortened, aliases = _ALIAS.subn(r"\1 = dict", _TYPES.sub("", text))
    if len(names) != 2 or aliases != 1 or names & set(re.findall(r"\w+", shortened)):
        return None
    return TracingLoader(path, compile(shortened, path, "exec"))
