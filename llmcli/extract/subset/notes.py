"""What is told to the model in words: the schema's annotations, and the rules that the provider does not enforce."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown, write
from llmcli.extract.schema.references import References
from llmcli.extract.subset.facts import Facts, Group
from llmcli.extract.subset.place import Place

_LONGEST_RULE = 300
_MOST_EXAMPLES = 5


def annotations_of(facts: Facts, told: frozenset[str]) -> list[str]:
    """Title, description, examples and default of each schema at a place, but for those told around it."""
    found: list[str] = []
    for where, member in facts.members:
        if where not in told:
            found += _annotations(where, member)
    return list(dict.fromkeys(found))


def _annotations(where: str, member: dict[str, Any]) -> Iterator[str]:
    title, description = member.get("title"), member.get("description")
    if isinstance(title, str) and title.strip() and not _repeats(title, where, description):
        yield _sentence(title)
    if isinstance(description, str) and description.strip():
        yield _sentence(description)
    examples = member.get("examples")
    if isinstance(examples, list) and examples:
        yield f"Examples: {', '.join(shown(each, 100) for each in examples[:_MOST_EXAMPLES])}."
    if member.get("default") is not None:
        yield f"Default: {shown(member['default'], 100)}."


def _repeats(title: str, where: str, description: Any) -> bool:
    """Whether a title only says again what the property or definition is called."""
    plain = [_plain(title), _plain(pointer.last(where)), _plain(str(description))]
    return plain[0] in plain[1:]


def _plain(text: str) -> str:
    return "".join(ch for ch in text.casefold() if ch.isalnum())


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1] in ".!?:…" else f"{text}."


def rules(words: Iterable[str]) -> list[str]:
    """Rules as one sentence."""
    unique = list(dict.fromkeys(words))
    if not unique:
        return []
    text = "; ".join(unique)
    return [f"{text[0].upper()}{text[1:]}."]


def general(references: References, facts: Facts, place: Place) -> list[tuple[str, str]]:
    """The rules, each with its place, that are not about one type."""
    found = []
    for where, member in facts.members:
        if where in place.told:
            continue
        if "not" in member and not facts.impossible:
            found.append((pointer.join(where, "not"), f"not valid against {_rule(member['not'])}"))
        if "$dynamicRef" in member:
            found.append((pointer.join(where, "$dynamicRef"), "as the definition that it names says"))
    for group in facts.dropped:
        if not any(group.where.startswith(f"{where}/") for where in place.told):
            found.append((group.where, _group(references, group)))
    return found


def _group(references: References, group: Group) -> str:
    key = pointer.last(group.where)
    schemas = [[references.schemas[each] for each in branch] for branch in group.branches]
    if key in ("anyOf", "oneOf"):
        kind = "exactly one" if key == "oneOf" else "at least one"
        return f"valid against {kind} of {_rule([each for branch in schemas for each in branch])}"
    if group.where.endswith("/if") and group.where == group.branches[0][0]:
        base = group.where.removesuffix("if")
        parts = [f"{name} {_rule(references.schemas[base + name])}" for name in ("if", "then", "else")
                 if base + name in references.schemas]  # fmt: skip
        return ", ".join(parts)
    return f"if {shown(key)} is there, valid against {_rule(schemas[0][0])}"


def _rule(schema: Any) -> str:
    text = write(schema)
    return text if len(text) <= _LONGEST_RULE else f"{text[:_LONGEST_RULE]}…"
