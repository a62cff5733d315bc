"""The claim that all compiled schemas must meet, for one value of the user's."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs

from llmcli.extract.json_value import same
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.compile import Compiled


def check_round_trip(user: UserSchema, compiled: Compiled, value: Any) -> None:
    """There: in the form that the provider enforces. Back: the same value, valid for the user."""
    kept = copy.deepcopy(value)
    answer = compiled.encode(value)
    assert isinstance(compiled.schema, dict)
    validator = jsonschema_rs.Draft202012Validator(compiled.schema, validate_formats=True)
    assert [error.message for error in validator.iter_errors(answer)] == []
    decoded = compiled.decode(answer)
    assert same(value, kept), "encode changed its argument"
    assert same(decoded, value), f"{decoded!r} is not {value!r}, which went out as {answer!r}"
    assert user.problems(decoded) == []
