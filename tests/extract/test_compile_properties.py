"""Schemas and answers that hypothesis thinks of. EXTRACT_EXAMPLES in the environment sets how many of each."""

import json
import os
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llmcli.extract.schema.user import UserSchema, user_schema
from llmcli.extract.subset.codec import DecodeError, EncodeError
from llmcli.extract.subset.compile import CannotCompileError, Compiled, compile_schema
from llmcli.extract.subset.dialect import DialectName

from .generate import ANY, documents, value_of
from .round_trip import check_round_trip
from .vendor_rules import FAULTS

EXAMPLES = int(os.environ.get("EXTRACT_EXAMPLES", "100"))
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES < 1000,
)
each_vendor = pytest.mark.parametrize("vendor", ["openai", "anthropic"])


def compiled_or_none(user: UserSchema, vendor: DialectName, *, has_value: bool) -> Compiled | None:
    """The schema compiled; None if it is over a limit, or has no values if none is known."""
    try:
        return compile_schema(user, vendor)
    except CannotCompileError as error:
        assert "are allowed" in error.reason or (not has_value and error.reason == "no value can be valid")
        return None


@each_vendor
@bounded
@given(data=st.data())
def test_a_valid_value_survives_in_a_schema_that_the_vendor_takes(vendor: DialectName, data: st.DataObject) -> None:
    document = data.draw(documents())
    user = user_schema(document, "generated")
    value = value_of(data.draw, document, document)
    has_value = not user.problems(value)
    compiled = compiled_or_none(user, vendor, has_value=has_value)
    assume(compiled is not None)
    assert compiled is not None and isinstance(compiled.schema, dict)
    assert FAULTS[vendor](compiled.schema) == []
    if has_value:
        try:
            check_round_trip(user, compiled, value)
        except EncodeError as error:  # allowed for properties that a schema left open without a word about them
            assert "was not asked for" in str(error)
            assert any(each.text.endswith("does not name are not asked for") for each in compiled.relaxations)


@each_vendor
@bounded
@given(data=st.data())
def test_garbage_is_decoded_or_refused_but_never_a_crash(vendor: DialectName, data: st.DataObject) -> None:
    document = data.draw(documents())
    user = user_schema(document, "generated")
    compiled = compiled_or_none(user, vendor, has_value=False)
    assume(compiled is not None)
    assert compiled is not None
    answer = data.draw(ANY)
    with suppress(EncodeError):
        answer = mangled(data.draw, compiled.encode(value_of(data.draw, document, document)))
    try:
        value = compiled.decode(answer)
    except DecodeError as error:
        assert error.pointer == "" or error.pointer.startswith("/")
    else:
        json.dumps(value, allow_nan=False)
        user.problems(value)


def mangled(draw: Any, answer: Any) -> Any:
    """`answer` with a part of it replaced, taken out or put in."""
    if not isinstance(answer, dict | list) or not answer or draw(st.integers(0, 3)) == 0:
        return draw(ANY)
    key = draw(st.sampled_from(list(answer) if isinstance(answer, dict) else range(len(answer))))
    copy: Any = answer.copy()
    match draw(st.integers(0, 3)):
        case 0:
            del copy[key]
        case 1 if isinstance(copy, dict):
            copy["surplus"] = draw(ANY)
        case 1:
            copy.append(draw(ANY))
        case _:
            copy[key] = mangled(draw, answer[key])
    return copy
