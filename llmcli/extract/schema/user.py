"""The user's schema: what a value must be, however it reached us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmcli.extract import pointer
from llmcli.extract.problem import Problem
from llmcli.extract.schema import check, problem_words
from llmcli.extract.schema.keywords import Draft, Schema
from llmcli.extract.schema.references import References

if TYPE_CHECKING:
    from jsonschema_rs import Registry, Validator

MOST_PROBLEMS = 20
_URI = "urn:llmcli:user-schema"


@dataclass(frozen=True)
class UserSchema:
    """A JSON Schema that is one, and a test beyond it if it came from a pydantic model.

    `source` is what the user called it. A value that has no problems is printed as it is, not as the model would dump
    it: what was validated against the schema is what comes out. (A dump masks secrets, drops what is excluded and may
    be serialized to what the schema does not allow; whoever wants it has the model.)
    """

    document: Schema
    source: str
    draft: Draft
    references: References
    model_problems: Callable[[Any], list[Problem]] | None = None
    _validators: dict[tuple[str, ...], Validator] = field(default_factory=dict, init=False, repr=False, compare=False)

    def problems(self, value: Any) -> list[Problem]:
        """Everything that is wrong with `value`, MOST_PROBLEMS at most; an empty list if it is valid."""
        try:
            found = [
                problem_words.problem_of(error) for error in islice(self._validator.iter_errors(value), MOST_PROBLEMS)
            ]
        except ValueError:  # the validator's limit of 255 levels
            found = [Problem("", "is nested too deeply to be validated")]
        if not found and self.model_problems is not None:
            found = self.model_problems(value)[:MOST_PROBLEMS]
        return found

    def fits(self, value: Any, pointers: tuple[str, ...]) -> bool:
        """Whether `value` is valid against all the schemas at `pointers` in the document."""
        validator = self._validators.get(pointers)
        if validator is None:
            every = [{"$ref": f"{_URI}#{quote(where)}"} for where in pointers]
            schema = {"allOf": every} if every else True
            validator = self._class(schema, registry=self._registry, validate_formats=True, offline=True)
            self._validators[pointers] = validator
        return is_valid(validator, value)

    @cached_property
    def _validator(self) -> Validator:
        return self._class(self.document, validate_formats=True, offline=True)

    @cached_property
    def _class(self) -> type[Validator]:
        import jsonschema_rs

        return jsonschema_rs.Draft7Validator if self.draft == "7" else jsonschema_rs.Draft202012Validator

    @cached_property
    def _registry(self) -> Registry:
        import jsonschema_rs

        draft = jsonschema_rs.Draft7 if self.draft == "7" else jsonschema_rs.Draft202012
        return jsonschema_rs.Registry([(_URI, self.document)], draft=draft)


def is_valid(validator: Validator, value: Any) -> bool:
    """Whether `value` is valid; one that is nested too deeply for the validator is not."""
    try:
        return validator.is_valid(value)
    except ValueError:
        return False


def user_schema(document: Any, source: str, model_problems: Callable[[Any], list[Problem]] | None = None) -> UserSchema:
    """`document` as a schema. Raises UsageError with the place of what is wrong in it."""
    draft, references = check.checked(document, source)
    schema = UserSchema(document, source, draft, references, model_problems)
    try:
        _ = schema._validator
    except ValueError as error:
        where = pointer.of_path(getattr(error, "instance_path", ()))
        raise check.fault(source, where, str(error).partition("\n")[0]) from None
    return schema
