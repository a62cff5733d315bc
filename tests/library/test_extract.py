"""`llmcli.extract`: data that fits, as JSON values or as an instance of a pydantic model."""

from __future__ import annotations

import datetime
import importlib
import json
from pathlib import Path
from typing import Any, assert_type

import pytest
from pydantic import BaseModel, field_validator

import llmcli

from ..helpers import ledger_rows


class Person(BaseModel):
    name: str
    age: int | None = None
    born: datetime.date | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        print("looking at", name)  # of the user's own: it may go where it likes
        if name == "Nobody":
            raise ValueError("nobody is called so")
        return name


ADA = '{"name": "Ada", "age": 36}'
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


@pytest.mark.parametrize("schema", ["name, age int", SCHEMA, json.dumps(SCHEMA), "person.json", Path("person.json")])
def test_data_is_as_json_has_it(isolated: Path, schema: Any, capfd: pytest.CaptureFixture[str]) -> None:
    Path("person.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    assert llmcli.extract(ADA, schema, model="sim") == {"name": "Ada", "age": 36}
    assert capfd.readouterr() == ("", "")


def test_a_model_gives_an_instance_of_it(state_dir: Path) -> None:
    """Typed as such, with all that the model makes of the data."""
    person = llmcli.extract('sim:say={"name": "Ada", "age": 36, "born": "1815-12-10"}', Person, model="sim")
    assert_type(person, Person)
    assert person == Person(name="Ada", age=36, born=datetime.date(1815, 12, 10))
    assert [(row["command"], row["status"]) for row in ledger_rows(state_dir)] == [("extract", "ok")]


def test_what_does_not_fit_is_an_error_with_the_last_answer(state_dir: Path) -> None:
    """By the schema or by the model's own rules; asked again as often as is allowed."""
    with pytest.raises(llmcli.InvalidOutputError, match="/name: nobody is called so") as caught:
        llmcli.extract('sim:say={"name": "Nobody"}', Person, model="sim", repair=1)
    assert caught.value.answer is not None
    assert caught.value.answer.text == '{"name": "Nobody"}'
    assert len(ledger_rows(state_dir)) == 2
    with pytest.raises(llmcli.InvalidOutputError, match="/age"):
        llmcli.extract('sim:say={"age": "old"}', SCHEMA, model="sim", repair=0, mode="prompt")


def test_a_schema_that_is_none_is_a_usage_error(isolated: Path) -> None:
    wrong: Any
    for wrong in ("name, age nonsense", {"type": "objekt"}, "none.json", int):
        with pytest.raises(llmcli.UsageError):
            llmcli.extract(ADA, wrong, model="sim")


def test_a_file_holds_the_text(isolated: Path) -> None:
    Path("ada.txt").write_text(ADA, encoding="utf-8")
    assert llmcli.extract("", "name, age int", model="sim", files=["ada.txt"])["name"] == "Ada"


def test_it_is_a_function_whatever_was_imported_before() -> None:
    """A room of the package is called like it."""
    room = importlib.import_module("llmcli.extract")
    importlib.import_module("llmcli.extract.ways")
    assert room.__name__ == "llmcli.extract"
    assert llmcli.extract is importlib.import_module("llmcli.library.extract").extract
