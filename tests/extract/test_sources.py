"""What `--schema` takes: which kind it is, and what is said of each that cannot be used."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import ExitCode, UsageError
from llmcli.extract.problem import Problem
from llmcli.extract.schema.sources import load_schema

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def refusal(spec: str, folder: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_schema(spec, folder)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(content) if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_file_is_read_from_the_folder_given_and_by_its_absolute_path(tmp_path: Path) -> None:
    path = write(tmp_path, "invoice.json", SCHEMA)
    for spec in ("invoice.json", "./invoice.json", str(path)):
        user = load_schema(spec, tmp_path)
        assert (user.document, user.source) == (SCHEMA, spec)


def test_a_file_of_any_name_is_read_if_it_is_there(tmp_path: Path) -> None:
    write(tmp_path, "invoice", SCHEMA)
    assert load_schema("invoice", tmp_path).document == SCHEMA
    assert load_schema("receipt", tmp_path).document["properties"] == {"receipt": {"type": "string"}}  # type: ignore[index]


def test_a_byte_order_mark_is_no_part_of_the_schema(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(SCHEMA).encode())
    assert load_schema("s.json", tmp_path).document == SCHEMA


@pytest.mark.parametrize("spec", ['{"type": "string"}', "true", "false", "{}", ' {"enum": [1]} \n'])
def test_json_is_taken_as_it_is(spec: str, tmp_path: Path) -> None:
    assert load_schema(spec, tmp_path).document == json.loads(spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "the schema is empty"),
        ("  \n", "the schema is empty"),
        ("-", "not read from stdin"),
        ("none.json", "cannot read none.json: No such file"),
        ("some/where", "cannot read some/where: No such file"),
        ("~nobody-of-this-name/x.json", "cannot read '~nobody-of-this-name/x.json'"),
        ('{"type": ', "the schema given is no JSON"),
        ('{"minimum": NaN}', "JSON has no NaN"),
        ('{"minimum": 1e999}', "too large a number"),
        ("model.py", "model.py names no model"),
        ("none.py:Model", "cannot read none.py: No such file"),
        ("no_such_package.models:Invoice", "there is no module no_such_package"),
    ],
)
def test_what_is_no_schema_is_refused(spec: str, message: str, tmp_path: Path) -> None:
    assert message in refusal(spec, tmp_path).message


def test_a_file_that_is_not_text_names_the_byte(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(b'{"a\xff": 1}')
    assert refusal("s.json", tmp_path).message == "s.json is not UTF-8 text: byte 3 cannot be decoded"


MODELS = """
    import datetime
    from typing import Annotated, Literal, Union
    from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
    print("code runs")

    class Cat(BaseModel):
        kind: Literal["cat"]
        lives: int

    class Dog(BaseModel):
        kind: Literal["dog"]
        names: list[str]

    class Owner(BaseModel):
        pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]
        name: str = "nobody"

        @field_validator("name")
        @classmethod
        def capital(cls, name: str) -> str:
            if not name[:1].isupper():
                raise ValueError("Names begin with a capital")
            return name

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: datetime.date

    class Broken(BaseModel):
        a: int

        @model_validator(mode="after")
        def fail(self) -> "Broken":
            raise KeyError("oops")

    class Outer:
        class Inner(BaseModel):
            b: str

    number = 3
"""


def test_a_model_in_a_file_gives_its_schema_and_its_own_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "models.py", MODELS)
    user = load_schema("models.py:Owner", tmp_path)
    assert user.problems({"pets": [{"kind": "cat", "lives": 9}]}) == []
    assert user.problems({"pets": [], "name": "bob"}) == [Problem("/name", "names begin with a capital")]
    assert user.problems({"pets": [{"kind": "cat"}]})[0].pointer == "/pets/0"
    captured = capsys.readouterr()
    assert (captured.out, "code runs" in captured.err) == ("", True)


def test_a_models_problems_point_into_the_value_not_at_the_branch_of_a_union(tmp_path: Path) -> None:
    source = """
        from typing import Annotated, Literal, Union
        from pydantic import BaseModel, Field, field_validator
        class Cat(BaseModel):
            kind: Literal["cat"]
            lives: int
            @field_validator("lives")
            @classmethod
            def few(cls, lives: int) -> int:
                assert lives < 10, "Too many lives"
                return lives
        class Dog(BaseModel):
            kind: Literal["dog"]
        class Owner(BaseModel):
            pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]
    """
    write(tmp_path, "pets.py", source)
    problems = load_schema("pets.py:Owner", tmp_path).problems(
        {"pets": [{"kind": "dog"}, {"kind": "cat", "lives": 11}]}
    )
    assert problems == [Problem("/pets/1/lives", "too many lives")]


def test_a_strict_model_takes_a_date_as_text(tmp_path: Path) -> None:
    write(tmp_path, "models.py", MODELS)
    assert load_schema("models.py:Strict", tmp_path).problems({"day": "2024-01-01"}) == []


def test_a_validator_that_fails_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    write(tmp_path, "models.py", MODELS)
    (problem,) = load_schema("models.py:Broken", tmp_path).problems({"a": 1})
    assert problem.message == "the model's own code failed: KeyError: 'oops'"


def test_a_model_in_a_class_and_one_in_a_package_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "models.py", MODELS)
    assert load_schema("models.py:Outer.Inner", tmp_path).problems({"b": "x"}) == []
    write(tmp_path, "unique_package_of_a_test/__init__.py", "")
    write(
        tmp_path,
        "unique_package_of_a_test/models.py",
        "from pydantic import BaseModel\nclass M(BaseModel):\n    a: int\n",
    )
    assert load_schema("unique_package_of_a_test.models:M", tmp_path).problems({"a": 1}) == []


def test_a_model_imports_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "neighbour_of_a_test.py", "LIMIT = 3\n")
    write(tmp_path, "m.py", "from neighbour_of_a_test import LIMIT\nfrom pydantic import BaseModel, Field\n"
          "class M(BaseModel):\n    a: int = Field(le=LIMIT)\n")  # fmt: skip
    assert [problem.pointer for problem in load_schema("m.py:M", tmp_path).problems({"a": 4})] == ["/a"]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Nobody", 'there is no "Nobody"', "it has Broken, Cat, Dog, Owner, Strict"),
        ("number", "models.py:number is no pydantic model", "name a pydantic model"),
        ("Outer", "models.py:Outer is no pydantic model", "name a pydantic model"),
    ],
)
def test_a_name_that_is_no_model(name: str, message: str, hint: str, tmp_path: Path) -> None:
    write(tmp_path, "models.py", MODELS)
    error = refusal(f"models.py:{name}", tmp_path)
    assert message in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import sys; sys.exit(3)", "cannot be imported: SystemExit: 3"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("def", "cannot be imported: SyntaxError"),
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        (
            "from typing import *\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    f: Callable[[], int]",
            "m.py:M has no JSON Schema",
        ),
    ],
)
def test_code_that_fails_is_told_in_one_line(source: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, "m.py", source)
    error = refusal("m.py:M", tmp_path)
    assert message in error.message
    assert "\n" not in error.line()
