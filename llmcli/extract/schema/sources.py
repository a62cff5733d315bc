"""What `--schema` takes: a file, JSON, a pydantic model, or the short form."""

from __future__ import annotations

import re
from pathlib import Path

from llmcli.errors import UsageError
from llmcli.extract import json_value
from llmcli.extract.schema.model import load_model
from llmcli.extract.schema.short_form import parse_short_form
from llmcli.extract.schema.user import UserSchema, user_schema

_MODEL_FILE = re.compile(r"(?P<place>.*\.py):(?P<name>.*)", re.DOTALL)
_MODULE = r"(?:[^\W\d]\w*)(?:\.[^\W\d]\w*)*"
_MODEL_MODULE = re.compile(rf"(?P<place>{_MODULE}):(?P<name>[A-Z]\w*(?:\.\w+)*)")
_HINT = "give a .json file, JSON, path.py:Model, package.module:Model, or fields like 'name, age int'"


def load_schema(spec: str, folder: Path | None = None) -> UserSchema:
    """The schema that `spec` names. Raises UsageError with the place of what is wrong.

    In this order: JSON, if it begins with `{` or is `true` or `false`; a model, `path.py:Model` or
    `package.module:Model` (a capital after a colon without a space); a file, if it ends in `.json`, holds a `/`
    without spaces, or is there; else the short form. Relative paths start from `folder`, by default the working
    directory.
    """
    folder = folder or Path.cwd()
    text = spec.strip()
    if not text:
        raise UsageError("the schema is empty", hint=_HINT)
    if text == "-":
        raise UsageError("a schema is not read from stdin, which is for the text", hint=_HINT)
    if text.startswith("{") or text in ("true", "false"):
        return user_schema(_parsed(text, "the schema given"), "the schema given")
    model = _MODEL_FILE.fullmatch(text) or _MODEL_MODULE.fullmatch(text)
    if model is not None:
        return load_model(text, model["place"], model["name"], folder)
    if text.endswith(".py"):
        raise UsageError(f"{text} names no model", hint=f"write {text}:Model")
    if text.endswith(".json") or _is_file(folder, text):
        return user_schema(_parsed(read(text, folder), text), text)
    return user_schema(parse_short_form(spec), "the schema given")


def _is_file(folder: Path, text: str) -> bool:
    if "/" in text and not re.search(r"\s", text):
        return True
    try:
        return (folder / text).is_file()
    except (OSError, ValueError):  # a name too long for one, or with a NUL
        return False


def read(name: str, folder: Path) -> str:
    """The text of the file called `name`. Raises UsageError."""
    try:
        data = (folder / Path(name).expanduser()).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: the home directory of nobody, ~nobody/file
        raise UsageError(f"cannot read {name!r}: {error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text: byte {error.start} cannot be decoded") from error


def _parsed(text: str, source: str) -> object:
    try:
        parsed: object = json_value.parse(text)
    except ValueError as error:
        raise UsageError(f"{source} is no JSON: {error}") from None
    return parsed
