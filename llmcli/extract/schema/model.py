"""A pydantic model as a schema: `path.py:Model` or `package.module:Model`.

Importing it runs its code in our process, because the user named it. What it prints goes to stderr, since stdout is for
data.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from llmcli.errors import UsageError
from llmcli.extract import pointer
from llmcli.extract.problem import Problem
from llmcli.extract.schema.user import UserSchema, user_schema

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

_HINT = "name a pydantic model: path.py:Model or package.module:Model"


def load_model(spec: str, place: str, name: str, folder: Path) -> UserSchema:
    """The schema of the model `name` in `place`: a path, or a dotted name, sought in `folder` if it is not installed.

    A value must be valid against the schema and for the model with its validators.
    """

    def problems(value: Any) -> list[Problem]:
        with contextlib.redirect_stdout(sys.stderr):
            return _problems(model, value)

    with contextlib.redirect_stdout(sys.stderr):
        model = _model(spec, _module(spec, place, folder), name)
        schema = _schema(spec, model)
    return user_schema(schema, spec, problems)


def model_schema(model: type[BaseModel]) -> UserSchema:
    """The schema of a model that is there already. Raises UsageError if it is none, or has none."""
    name = model.__name__
    if not _is_model(model):
        raise UsageError(f"{name} is no pydantic model", hint="give a class that inherits from pydantic.BaseModel")
    return user_schema(_schema(name, model), name, lambda value: _problems(model, value))


def _module(spec: str, place: str, folder: Path) -> ModuleType:
    try:
        if place.endswith(".py"):
            return _from_file(folder / Path(place).expanduser())
        if _is_installed(place.partition(".")[0]):
            return importlib.import_module(place)
        with _importable(folder):
            return importlib.import_module(place)
    except FileNotFoundError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}") from error
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            raise UsageError(f"{spec}: there is no module {error.name}", hint=_HINT) from error
        raise UsageError(f"{spec} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:  # whatever the user's own code raises
        raise UsageError(f"{spec} cannot be imported: {type(error).__name__}: {error}") from error


def _is_installed(package: str) -> bool:
    """Whether Python finds it without the working directory, whose owner may have put one of the same name there."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # a module that was not imported but made, such as __main__
        return True


def _from_file(path: Path) -> ModuleType:
    """The module in the file at `path`, which finds its neighbours as a script would."""
    path = path.resolve()
    code = path.read_bytes()
    # pydantic looks up annotations in sys.modules, by a name that must not be anybody else's.
    name = f"_llmcli_schema_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    with _importable(path.parent):
        exec(compile(code, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - named by the user
    return module


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _model(spec: str, module: ModuleType, name: str) -> type[BaseModel]:
    from pydantic import BaseModel

    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            models = sorted(key for key, value in vars(module).items() if _is_model(value) and value is not BaseModel)
            raise UsageError(f'{spec}: there is no "{name}"', hint=f"it has {', '.join(models)}" if models else _HINT)
        found = getattr(found, part)
    if not _is_model(found):
        raise UsageError(f"{spec} is no pydantic model", hint=_HINT)
    model: type[BaseModel] = found
    return model


def _is_model(value: object) -> bool:
    from pydantic import BaseModel

    return isinstance(value, type) and issubclass(value, BaseModel)


def _schema(spec: str, model: type[BaseModel]) -> dict[str, Any]:
    """Its JSON Schema; defaults that are no JSON are left out by pydantic with a warning, which helps nobody here."""
    import warnings

    from pydantic.errors import PydanticUserError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            schema: dict[str, Any] = json.loads(json.dumps(model.model_json_schema()))
        except (PydanticUserError, TypeError, ValueError, NameError) as error:
            first = str(error).partition("\n")[0]
            raise UsageError(f"{spec} has no JSON Schema: {first}") from error
    return schema


def _problems(model: type[BaseModel], value: Any) -> list[Problem]:
    """What the model says: in its JSON mode, so that a strict model takes a date as text."""
    from pydantic import ValidationError

    try:
        model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        return _of_model(error, value)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own code may raise anything
        return [Problem("", f"the model's own code failed: {type(error).__name__}: {error}")]
    return []


def _of_model(error: ValidationError, value: Any) -> list[Problem]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Problem(_pointer_in(value, each["loc"]), _lower(each["msg"])) for each in found]


def _pointer_in(value: Any, location: tuple[int | str, ...]) -> str:
    """pydantic's location without the names of union branches and the like, which are not in the value."""
    where = ""
    for step in location:
        is_there = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if is_there:
            value = value[step]
            where = pointer.join(where, step)
    return where


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message[:1].lower() + message[1:]
