"""What a function's docstring says about it and about each of its parameters.

Google's, NumPy's and Sphinx's way of writing them are read in their simple forms; whatever is not recognised stays
in the description, where a model will find it too.
"""

from __future__ import annotations

import re
from inspect import cleandoc

_GOOGLE = re.compile(r"(?:Args|Arguments|Parameters|Params):\s*")
_GOOGLE_ENTRY = re.compile(r"\s+\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
_NUMPY = re.compile(r"(?:Parameters|Other Parameters)\s*")
_RULE = re.compile(r"-{3,}\s*")
_NUMPY_ENTRY = re.compile(r"(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?")
_SPHINX = re.compile(r":(?:param|parameter|arg|argument)\s+(?:[^:]*\s)?(\w+)\s*:\s*(.*)")
_SPHINX_TYPE = re.compile(r":type\s+\w+\s*:.*")


def split(docstring: str) -> tuple[str, dict[str, str]]:
    """The description without its section on parameters, and the description of each parameter."""
    lines = cleandoc(docstring).splitlines()
    kept: list[str] = []
    found: dict[str, list[str]] = {}
    at = 0
    while at < len(lines):
        for read in (_google, _numpy, _sphinx):
            end = read(lines, at, found)
            if end > at:
                at = end
                break
        else:
            kept.append(lines[at])
            at += 1
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return text, {name: " ".join(words).strip() for name, words in found.items() if any(words)}


def _google(lines: list[str], at: int, found: dict[str, list[str]]) -> int:
    """Read an `Args:` section that begins at line `at`; where it ends, or `at` if there is none."""
    if not _GOOGLE.fullmatch(lines[at]):
        return at
    end, name, margin = at + 1, "", 0
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith((" ", "\t"))):
        line = lines[end]
        indent = len(line) - len(line.lstrip())
        entry = _GOOGLE_ENTRY.fullmatch(line)
        if entry and (not name or indent <= margin):
            name, margin = entry[1], indent
            found[name] = [entry[2]]
        elif name and line.strip():
            found[name].append(line.strip())
        end += 1
    return end if name else at


def _numpy(lines: list[str], at: int, found: dict[str, list[str]]) -> int:
    """Read a `Parameters` section with a line of dashes under it."""
    if not _NUMPY.fullmatch(lines[at]) or at + 1 == len(lines) or not _RULE.fullmatch(lines[at + 1]):
        return at
    end = at + 2
    names: list[str] = []
    while end < len(lines) and not (end + 1 < len(lines) and _RULE.fullmatch(lines[end + 1])):
        line = lines[end]
        if line.startswith((" ", "\t")):
            for name in names:
                found[name].append(line.strip())
        elif line:
            entry = _NUMPY_ENTRY.fullmatch(line)
            if not entry:
                break
            names = re.findall(r"\w+", entry[1])
            found.update({name: [] for name in names})
        end += 1
    return end


def _sphinx(lines: list[str], at: int, found: dict[str, list[str]]) -> int:
    """Read one `:param name: text` with the indented lines that go on with it; `:type` is dropped."""
    entry = _SPHINX.fullmatch(lines[at])
    if not entry:
        return at + bool(_SPHINX_TYPE.fullmatch(lines[at]))
    words = found.setdefault(entry[1], [])
    words.append(entry[2])
    end = at + 1
    while end < len(lines) and lines[end].startswith((" ", "\t")):
        words.append(lines[end].strip())
        end += 1
    return end
