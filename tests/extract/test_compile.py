"""What each vendor is sent for a schema, how its answers are read, and what is refused."""

import time
from typing import Any

import pytest

from llmcli.extract.schema.user import UserSchema, user_schema
from llmcli.extract.subset.codec import DecodeError, EncodeError
from llmcli.extract.subset.compile import CannotCompileError, Compiled, Relaxation, compile_schema
from llmcli.extract.subset.dialect import DialectName

from .vendor_rules import FAULTS

S: dict[str, Any] = {"type": "string"}
I: dict[str, Any] = {"type": "integer"}  # noqa: E741


def closed(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    required = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def compiled(document: Any, vendor: DialectName, *, records: bool = False) -> Compiled:
    return compile_schema(user_schema(document, "x"), vendor, records=records)


def sent(document: Any, vendor: DialectName) -> Any:
    """The schema of the property `a`, for a user's schema of it."""
    schema: Any = compiled(closed({"a": document}), vendor).schema
    return schema["properties"]["a"]


def test_rules_that_are_not_enforced_are_told_in_words_and_noted() -> None:
    document = closed({"a": {**S, "description": "A name", "minLength": 3, "maxLength": 1000}})
    for vendor in ("openai", "anthropic"):
        result = compiled(document, vendor)
        assert result.schema == closed(
            {"a": {**S, "description": "A name. At least 3 characters; at most 1000 characters."}}
        )
        assert Relaxation("/properties/a/minLength", "not enforced: at least 3 characters") in result.relaxations


@pytest.mark.parametrize(
    ("document", "openai", "anthropic"),
    [
        ({**I, "minimum": 0, "maximum": 10}, {**I, "minimum": 0, "maximum": 10},
         {**I, "description": "At least 0; at most 10."}),
        ({**I, "multipleOf": 5}, {**I, "multipleOf": 5}, {**I, "description": "A multiple of 5."}),
        ({**S, "format": "uri"}, {**S, "description": "In the format uri."}, {**S, "format": "uri"}),
        ({**S, "format": "date"}, {**S, "format": "date"}, {**S, "format": "date"}),
        ({**S, "pattern": "^a$"}, {**S, "pattern": "^a$"}, {**S, "pattern": "^a$"}),
        ({**S, "pattern": "(?=a)"}, {**S, "description": "Matching the regular expression (?=a)."},
         {**S, "description": "Matching the regular expression (?=a)."}),
        ({"type": "array", "items": S, "minItems": 2}, {"type": "array", "items": S, "minItems": 2},
         {"type": "array", "items": S, "minItems": 1, "description": "At least 2 items."}),
        ({"enum": ["a", 1]}, {"type": ["string", "integer"], "enum": ["a", 1]}, {"enum": ["a", 1]}),
        ({"const": "a"}, {**S, "enum": ["a"]}, {**S, "enum": ["a"]}),
        ({"oneOf": [S, I]}, {"anyOf": [S, I]}, {"anyOf": [S, I]}),
        ({"allOf": [{**I, "minimum": 1}, {"minimum": 3}]}, {**I, "minimum": 3}, {**I, "description": "At least 3."}),
        ({**S, "title": "A", "default": "x", "examples": ["y", "z"]},
         *[{**S, "description": 'Examples: "y", "z". Default: "x".'}] * 2),
        ({**S, "title": "Full name"}, {**S, "description": "Full name."}, {**S, "description": "Full name."}),
        ({"type": "object", "additionalProperties": I, "propertyNames": {"enum": ["de", "en"]}}, *[
            {"type": "array", "description": "The entries of a JSON object, as keys and values.",
             "items": closed({"key": {**S, "enum": ["de", "en"]}, "value": I})}] * 2),
        ({**S, "not": {"const": "x"}}, *[{**S, "description": 'Not valid against {"const":"x"}.'}] * 2),
    ],
)  # fmt: skip
def test_what_is_sent(document: Any, openai: Any, anthropic: Any) -> None:
    assert sent(document, "openai") == openai
    assert sent(document, "anthropic") == anthropic


def test_optional_is_null_for_openai_and_optional_for_anthropic() -> None:
    document = closed({"a": S, "b": closed({"c": I})}, [])
    nullable = {"a": {"type": ["string", "null"]}, "b": {"anyOf": [closed({"c": I}), {"type": "null"}]}}
    assert compiled(document, "openai").schema == closed(nullable)
    assert compiled(document, "anthropic").schema == document
    assert compiled(document, "openai").decode({"a": None, "b": None}) == {}


def test_null_and_absent_stay_apart_unless_the_default_says_they_are_the_same() -> None:
    apart = compiled(closed({"a": {"type": ["string", "null"]}}, []), "openai")
    assert apart.encode({}) == {"a": {"absent": True}}
    assert [apart.decode({"a": answer}) for answer in (None, "x", {"absent": True})] == [{"a": None}, {"a": "x"}, {}]
    assert apart.relaxations == (
        Relaxation("/properties/a", 'optional, and null is a value: {"absent": true} if it is absent'),
    )
    same = compiled(closed({"a": {"type": ["string", "null"], "default": None}}, []), "openai")
    assert same.schema == closed({"a": {"anyOf": [S, {"type": "null"}]}})
    assert (same.encode({}), same.decode({"a": None})) == ({"a": None}, {"a": None})


@pytest.mark.parametrize("root", [S, {"type": "array", "items": I}, {"anyOf": [S, I]}, {"enum": [1, 2]}])
@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_a_root_that_is_no_object_is_wrapped(root: Any, vendor: DialectName) -> None:
    schema = compiled(root, vendor).schema
    assert isinstance(schema, dict)
    assert list(schema["properties"]) == ["value"]
    with pytest.raises(DecodeError, match='one property "value"'):
        compiled(root, vendor).decode(["x"])


def test_many_records_are_a_list_of_their_own() -> None:
    result = compiled(closed({"a": S}), "openai", records=True)
    assert result.schema == closed({"records": {"type": "array", "items": closed({"a": S})}})
    assert result.decode({"records": [{"a": "x"}]}) == [{"a": "x"}]
    with pytest.raises(DecodeError):
        result.decode([{"a": "x"}])


def test_the_case_of_an_enum_is_repaired_if_there_is_one_value_it_can_be() -> None:
    result = compiled(closed({"a": {"enum": ["Red", "blue", "BLUE"]}}), "anthropic")
    answers = [result.decode({"a": text})["a"] for text in ("RED", " red ", "blue", "Blue", "green")]
    assert answers == ["Red", "Red", "blue", "Blue", "green"]


def test_the_case_of_a_discriminator_is_repaired_too() -> None:
    maps = {"cat": {"type": "object", "additionalProperties": S}, "dog": {"type": "object", "additionalProperties": I}}
    document = {"anyOf": [closed({"kind": {"const": name}, "m": each}) for name, each in maps.items()]}
    result = compiled(document, "anthropic")
    answer = {"value": {"kind": "Dog", "m": [{"key": "a", "value": 1}]}}
    assert result.decode(answer) == {"kind": "dog", "m": {"a": 1}}


def test_any_value_is_json_text_and_plain_text_where_a_model_forgot() -> None:
    result = compiled(closed({"a": True}), "openai")
    texts = ['{"b":[1,null]}', '"x"', "null", "plain words", "NaN", "1e999", "[" * 100_000, "7" * 5000]
    values: list[Any] = [result.decode({"a": text})["a"] for text in texts]
    assert values == [{"b": [1, None]}, "x", None, *texts[3:]]
    assert result.decode({"a": {"already": 1}}) == {"a": {"already": 1}}


@pytest.mark.parametrize(
    ("document", "answer", "pointer", "reason"),
    [
        ({"type": "object", "additionalProperties": I}, [{"key": "a", "value": 1}, {"key": "a", "value": 2}],
         "/a/1", 'the key "a" is there twice'),
        ({"type": "object", "additionalProperties": I}, [{"key": "a"}], "/a/0", '{"key": "a"} is no pair'),
        ({"type": "object", "additionalProperties": I}, [3], "/a/0", "3 is no pair of key and value"),
        ({"type": "array", "prefixItems": [S, S], "items": False}, {"item_0": None, "item_1": "x"},
         "/a", "item_1 is there, but not every item before it"),
        ({"type": "object", "properties": {"b": S}, "additionalProperties": S},
         {"b": None, "other_properties": [{"key": "b", "value": "x"}]},
         "/a/other_properties", '"b" has a place of its own'),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_has_its_place(document: Any, answer: Any, pointer: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        compiled(closed({"a": document}), "openai").decode({"a": answer})
    assert caught.value.pointer == pointer
    assert reason in caught.value.reason


def test_what_is_only_wrong_is_left_for_validation() -> None:
    user = user_schema(closed({"a": {"type": "array", "items": closed({"b": I}, [])}}), "x")
    result = compile_schema(user, "openai")
    value = result.decode({"a": [{"b": "one"}, {"b": None}, "?"], "surplus": 1})
    assert [problem.pointer for problem in user.problems(value)] == ["/a/0/b", "/a/2", ""]


def test_a_deep_answer_is_refused_not_a_crash() -> None:
    maps = {"$defs": {"m": {"type": "object", "additionalProperties": {"$ref": "#/$defs/m"}}}, "$ref": "#/$defs/m"}
    answer: Any = []
    for _ in range(3000):
        answer = [{"key": "a", "value": answer}]
    with pytest.raises(DecodeError, match="nested too deeply"):
        compiled(maps, "openai").decode({"value": answer})
    user = user_schema(maps, "x")
    assert user.problems(compile_schema(user, "anthropic").decode({"value": answer}))


def test_an_answer_that_fits_nothing_does_not_take_exponential_time() -> None:
    node = {"anyOf": [closed({"a": {"$ref": "#/$defs/n"}, key: I}, []) for key in "bcdefgh"] + [I]}
    user = user_schema({"$defs": {"n": node}, "$ref": "#/$defs/n"}, "x")
    result = compile_schema(user, "openai")
    answer: Any = "?"
    for _ in range(60):
        answer = {"x": 1, "a": answer}
    started = time.process_time()
    with pytest.raises(DecodeError, match="it can be read in too many ways"):
        result.decode({"value": answer})
    assert time.process_time() - started < 10


def test_what_a_user_may_say_but_was_not_asked_for_cannot_be_encoded() -> None:
    for keyword in ("properties", "patternProperties"):
        result = compiled({"type": "object", keyword: {"^a": S}}, "openai")
        assert Relaxation("", "properties that the schema does not name are not asked for") in result.relaxations
        with pytest.raises(EncodeError, match='property "b" was not asked for'):
            result.encode({"b": 1})


def test_recursion_is_kept_for_openai_and_spelled_out_for_anthropic() -> None:
    document = closed({"v": I, "next": {"$ref": "#"}}, ["v"])
    openai = compiled(document, "openai").schema
    assert openai == closed({"v": I, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}})
    anthropic = compiled(document, "anthropic")
    assert "$ref" not in str(anthropic.schema)
    assert Relaxation("", "not deeper than 4 levels; what is below, as JSON text") in anthropic.relaxations


def test_recursion_is_spelled_out_less_often_if_it_would_be_too_much() -> None:
    document = {
        "$defs": {"n": closed({name: {"anyOf": [{"$ref": "#/$defs/n"}, S]} for name in "abcdefg"})},
        "$ref": "#/$defs/n",
    }
    result = compiled(document, "anthropic")
    assert FAULTS["anthropic"](result.schema) == []  # type: ignore[arg-type]
    assert [each.text for each in result.relaxations if "deeper" in each.text] == [
        "not deeper than 3 levels; what is below, as JSON text"
    ]


def test_what_would_be_optional_too_often_is_null_and_then_a_list() -> None:
    few = compiled(closed({f"p{n}": S for n in range(30)}, []), "anthropic").schema
    many = compiled(closed({f"p{n}": S for n in range(60)}, []), "anthropic").schema
    assert isinstance(few, dict)
    assert isinstance(many, dict)
    assert (few["properties"]["p23"], few["properties"]["p24"]) == (S, {"type": ["string", "null"]})
    assert many["properties"]["p59"]["type"] == "array"


def test_names_that_anthropic_does_not_take_are_made_plain_and_told() -> None:
    schema = compiled(closed({"größe": I, "gr_e": S}), "anthropic").schema
    assert schema == {**closed({"gr_e_2": I, "gr_e": S}), "description": '"gr_e_2" stands for "größe".'}


def test_alternatives_that_look_alike_are_tagged_and_no_others() -> None:
    document = {"anyOf": [S, {"type": "array", "items": S}, {"type": "object", "additionalProperties": S}]}
    branches = sent(document, "openai")["anyOf"]
    assert branches[:2] == [S, {"type": "array", "items": S}]
    assert list(branches[2]["properties"]) == ["option_3"]


def test_what_a_reference_is_called_and_told_stays() -> None:
    document = {
        "$defs": {"Money": {**closed({"amount": {"type": "number"}}), "description": "A sum"}},
        **closed({"net": {"$ref": "#/$defs/Money"}, "gross": {"$ref": "#/$defs/Money"},
                  "tax": {"$ref": "#/$defs/Money", "description": "Of both"}}),
    }  # fmt: skip
    for vendor in ("openai", "anthropic"):
        schema: Any = compiled(document, vendor).schema
        assert schema["$defs"] == {"Money": {**closed({"amount": {"type": "number"}}), "description": "A sum."}}
        assert schema["properties"]["net"] == schema["properties"]["gross"] == {"$ref": "#/$defs/Money"}
        assert schema["properties"]["tax"]["description"] == "Of both. A sum."


@pytest.mark.parametrize(
    ("document", "vendor", "reason"),
    [
        (False, "openai", "no value can be valid"),
        (closed({f"p{n}": {"anyOf": [S, I]} for n in range(17)}), "anthropic", "17 unions, and 16 are allowed"),
        ({"enum": list(range(1001))}, "openai", "it needs 1001 enum values, and 1000 are allowed"),
        (closed({f"p{n}": S for n in range(5001)}), "openai", "it needs 5001 properties, and 5000 are allowed"),
        (closed({f"p{n}": S for n in range(10_001)}), "anthropic", "it is made of more than 10000 parts"),
        ({"anyOf": [closed({f"p{n}": S}) for n in range(501)]}, "openai", "501 alternatives, and 500 are allowed"),
        (closed({f"{n:0200}": S for n in range(700)}), "openai", "names and values, and 120000 are allowed"),
        ({"$defs": {"n": closed({"n": {"$ref": "#/$defs/n"}})}, "$ref": "#/$defs/n"}, "anthropic", "no value can be"),
    ],
)  # fmt: skip
def test_what_the_subset_cannot_hold_is_refused_with_the_reason(
    document: Any, vendor: DialectName, reason: str
) -> None:
    with pytest.raises(CannotCompileError) as caught:
        compiled(document, vendor)
    assert reason in caught.value.reason


def nested(levels: int, schema: Any) -> Any:
    for _ in range(levels):
        schema = closed({"a": schema})
    return schema


def test_ten_levels_of_objects_are_the_most_for_openai() -> None:
    assert isinstance(compiled(nested(10, S), "openai").schema, dict)
    with pytest.raises(CannotCompileError, match="11 levels of objects"):
        compiled(nested(11, S), "openai")


def pathological() -> list[UserSchema]:
    doubling: dict[str, Any] = {"d40": S}
    unions: dict[str, Any] = {"d40": S}
    for n in range(40):
        ref = {"$ref": f"#/$defs/d{n + 1}"}
        doubling[f"d{n}"] = closed({"a": ref, "b": ref})
        unions[f"d{n}"] = {"anyOf": [ref, closed({"a": ref}, [])]}
    groups = [{"anyOf": [{"properties": {f"p{n}": S}}, {"properties": {f"p{n}": I}}]} for n in range(30)]
    tagged = [closed({"t": {"const": f"k{n}"}, "v": S}, ["t"]) for n in range(300)]
    clique = {f"n{n}": closed({f"p{m}": {"$ref": f"#/$defs/n{m}"} for m in range(12)}, []) for n in range(12)}
    floors: dict[str, Any] = {"f3": {}}
    for level in range(3):
        up = {"$ref": f"#/$defs/f{level + 1}"}
        pairs = [[{**up, "properties": {f"{level}-{n}": each}} for each in (S, I)] for n in range(5)]
        floors[f"f{level}"] = {"allOf": [{"anyOf": pair} for pair in pairs]}
    documents: list[Any] = [
        {"type": "object", "$ref": "#/$defs/f0", "$defs": floors},
        {"$defs": doubling, "$ref": "#/$defs/d0"},
        {"$defs": unions, "$ref": "#/$defs/d0"},
        {"type": "object", "allOf": groups},
        {"oneOf": tagged},
        {"$defs": clique, "$ref": "#/$defs/n0"},
    ]
    return [user_schema(document, "x") for document in documents]


@pytest.mark.parametrize(
    "user", pathological(), ids=["floors", "doubling", "nested unions", "groups", "branches", "clique"]
)
@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_no_schema_takes_forever(user: UserSchema, vendor: DialectName) -> None:
    started = time.process_time()
    try:
        assert FAULTS[vendor](compile_schema(user, vendor).schema) == []  # type: ignore[arg-type]
    except CannotCompileError as error:
        assert "are allowed" in error.reason
    assert time.process_time() - started < 60


def test_alternatives_beyond_what_is_spelled_out_are_told() -> None:
    groups = [{"anyOf": [{"properties": {f"p{n}": S}}, {"properties": {f"p{n}": I}}]} for n in range(12)]
    result = compiled({"type": "object", "allOf": groups}, "openai")
    schema: Any = result.schema
    told = [each for each in result.relaxations if each.text.startswith("not enforced: valid against at least one of")]
    assert len(schema["properties"]["value"]["anyOf"]) == 32
    assert len(told) == 7
    assert result.decode(result.encode({"p0": "x", "p11": 1})) == {"p0": "x", "p11": 1}
