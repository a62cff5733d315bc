"""Import a vendor SDK without loading the thousands of type modules that one call never uses.

Most of the time that `import anthropic` and `import openai` take goes into `__init__` files that re-export
every name of their package. A meta-path finder serves those files as modules that resolve a name when it is
first asked for. The vendor's files are only read, and whatever is not recognised is imported as usual.
"""

import contextlib
import gc
import importlib
import operator
import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Literal

from llmcli.providers.sdk_tracing import MODULE as TRACING
from llmcli.providers.sdk_tracing import tracing_loader

Sdk = Literal["anthropic", "openai"]
_Names = dict[str, tuple[str, str]]  # name -> (module, name there); an alias has no module, only what it stands for

# Looked up at once, so that an SDK which cannot be handled shows while there is still a way back.
_NEEDED: dict[Sdk, list[str]] = {
    "anthropic": ["AsyncAnthropic"],
    "openai": ["AsyncOpenAI"],
}
# SDKs whose own `__init__` imports more than a client needs, and from where. OpenAI's uses what it imports.
_TRIMMABLE: dict[Sdk, tuple[str, ...]] = {"anthropic": (".lib.", ".types."), "openai": ()}

# The statements of a re-exporting file. `ast` would take many times as long over the larger ones.
_IMPORT = re.compile(r"^from ([.\w]+) import (?:\(([\w\s,]*)\)|(\*|[\w, ]+))$", re.M)
_ALIAS = re.compile(r"^(\w+): TypeAlias = (\w+(?:\[object\])?)$", re.M)
_ALL = re.compile(r"^__all__ = \[([^\]]*)\]$", re.M)
_INERT = re.compile(r'^"""(?s:.*?)"""$|^ *#.*$|^from __future__ import .*$', re.M)


class UnexpectedSdkError(Exception):
    """The SDK is not built as this file assumes, so it has to be imported plainly."""


@dataclass
class _Exports:
    names: _Names
    public: list[str] | None = None  # `__all__`, where the file has one
    code: CodeType | None = None  # what of the file is run at once, if anything

    def starred(self) -> list[str]:
        """The names that `from package import *` binds."""
        return self.public or [name for name in self.names if not name.startswith("_")]


def _bound(module: str, clause: str) -> _Names:
    """Names bound by `from module import clause`."""
    parts = (part.split(" as ") for part in clause.split(",") if part.strip())
    return {part[-1].strip(): (module, part[0].strip()) for part in parts}


def _read_exports(path: Path) -> _Exports | None:
    """What a file re-exports, or None if it does anything else."""
    text = _INERT.sub("", path.read_text(encoding="utf-8"))
    names: _Names = {name: ("", target) for name, target in _ALIAS.findall(text)}
    for module, listed, inline in _IMPORT.findall(text):
        names |= _bound(module, listed or inline)
    rest = _ALL.sub("", _ALIAS.sub("", _IMPORT.sub("", text)))
    # A submodule would hide an export that is spelled the same, whichever of the two the SDK means to win.
    submodules = {entry.stem for entry in path.parent.iterdir()}
    clash = any(name in submodules and source != (".", name) for name, source in names.items())
    if rest.strip() or clash or "*" in names:
        return None
    listing = _ALL.search(text)
    return _Exports(names, public=re.findall(r"[\"'](\w+)", listing[1]) if listing else None)


def _trim(path: Path, trimmable: tuple[str, ...]) -> _Exports:
    """The SDK's own `__init__`, without the imports of helpers and types that the rest of it does not use."""
    text = path.read_text(encoding="utf-8")
    deferred: dict[str, _Names] = {}  # by statement
    for found in _IMPORT.finditer(text):
        module, listed, inline = found.groups()
        if not (module + ".").startswith(trimmable):
            continue
        package = path.parent.joinpath(*module.split("."), "__init__.py")
        if inline != "*":
            deferred[found[0]] = _bound(module, listed or inline)
        elif package.is_file() and (exports := _read_exports(package)) is not None:
            deferred[found[0]] = {name: (module, name) for name in exports.starred()}
    rest = _IMPORT.sub(lambda found: "" if found[0] in deferred else found[0], text)
    used = set(re.findall(r'(?<!["\w])[A-Za-z_]\w*', rest))  # a name in quotes is one of `__all__`
    deferred = {statement: names for statement, names in deferred.items() if not used & names.keys()}
    for statement in deferred:
        text = text.replace(statement, "\n" * statement.count("\n"))  # line numbers stay right
    names = {name: source for bound in deferred.values() for name, source in bound.items()}
    return _Exports(names, code=compile(text, str(path), "exec"))


class _Deferred:
    """Stands for a deferred name while the SDK's `__init__` runs, which sets `__module__` on its exports."""


class _LazyLoader(SourceFileLoader):
    """Gives a package the names of its `__init__` file, each resolved when first asked for."""

    def __init__(self, name: str, path: str, exports: _Exports) -> None:
        super().__init__(name, path)
        self._exports = exports
        self._renamed: dict[str, str] = {}  # name -> `__module__` that the SDK gives it

    def get_code(self, fullname: str) -> CodeType | None:
        return self._exports.code or super().get_code(fullname)

    def exec_module(self, module: ModuleType) -> None:
        if self._exports.code is not None:
            self._run_trimmed(module)
        else:
            module.__dict__["__all__"] = self._exports.starred()  # `import *` looks nowhere else
        if "__getattr__" in module.__dict__:
            raise UnexpectedSdkError(f"{module.__name__} resolves names itself")
        module.__dict__["__getattr__"] = lambda name: self._resolve(module, name)
        module.__dict__["__dir__"] = lambda: sorted({*module.__dict__, *self._exports.names})

    def _run_trimmed(self, module: ModuleType) -> None:
        stand_ins = {name: _Deferred() for name in self._exports.names}
        module.__dict__.update(stand_ins)
        super().exec_module(module)
        for name, stand_in in stand_ins.items():
            if module.__dict__.pop(name) is not stand_in:
                raise UnexpectedSdkError(f"{name} is bound twice")
            if "__module__" in vars(stand_in):
                self._renamed[name] = stand_in.__module__
        if any(isinstance(value, _Deferred) for value in vars(module).values()):
            raise UnexpectedSdkError("a deferred name has a second name")

    def _resolve(self, module: ModuleType, name: str) -> object:
        try:
            value = self._find(module, name)
        except ImportError:
            if self._exports.code is not None:
                raise
            # Imported in this order, submodules need each other half-made: take the order the vendor chose.
            del module.__dict__["__getattr__"], module.__dict__["__dir__"]
            super().exec_module(module)
            return getattr(module, name)
        if name in self._renamed:
            with contextlib.suppress(TypeError, AttributeError):  # as the SDK does: not every value can
                value.__module__ = self._renamed[name]
        setattr(module, name, value)
        return value

    def _find(self, module: ModuleType, name: str) -> object:
        source, target = self._exports.names.get(name, (".", name))
        if not source:
            base, index, _ = target.partition("[")
            value = getattr(module, base)
            return value[object] if index else value
        if source.strip("."):
            return getattr(importlib.import_module(source, module.__name__), target)
        # A name that is not exported may be a submodule, which running the original file would have imported.
        full_name = f"{module.__name__}.{name}"
        if name not in self._exports.names and (
            name.startswith("__") or PathFinder.find_spec(full_name, module.__path__) is None
        ):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return importlib.import_module(source + target, module.__name__)


class _Finder:
    """Finds the packages of one SDK whose `__init__` can be served lazily; leaves all else to others."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        trimmable = _TRIMMABLE[self._sdk]
        if fullname == TRACING:
            return _shortened(fullname, path)
        if fullname.partition(".")[0] != self._sdk or (fullname == self._sdk and not trimmable):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or not spec.submodule_search_locations:
            return None
        init = Path(spec.origin)
        exports = _trim(init, trimmable) if fullname == self._sdk else _read_exports(init)
        if exports is not None:
            spec.loader = _LazyLoader(fullname, spec.origin, exports)
        return spec


def _shortened(fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
    spec = PathFinder.find_spec(fullname, path)
    if spec is not None and spec.origin is not None:
        spec.loader = tracing_loader(spec.origin) or spec.loader
    return spec


_lock = threading.Lock()
_failed: dict[Sdk, Exception] = {}


def import_sdk(name: Sdk) -> ModuleType:
    """The vendor's SDK, its type modules loaded as they are needed; imported plainly if that cannot be done.

    Waits for a `preload` that is under way, and raises what that raised. Safe to call from several threads.
    """
    with _lock:
        if (error := _failed.pop(name, None)) is not None:
            raise error
        return importlib.import_module(name) if name in sys.modules else _import_lazily(name)


def preload(name: Sdk) -> None:
    """Start `import_sdk` on a thread of its own, to overlap it with waiting for input."""

    def run() -> None:
        try:
            import_sdk(name)
        except Exception as error:  # noqa: BLE001 - raised again to whoever asks for the module
            _failed[name] = error

    threading.Thread(target=run, name=f"preload-{name}", daemon=True).start()


def _import_lazily(name: Sdk) -> ModuleType:
    finder = _Finder(name)
    collecting = gc.isenabled()
    gc.disable()  # all that an import makes stays: looking for garbage in it takes a fifth of the time
    sys.meta_path.insert(0, finder)  # and left there: a call imports further packages
    try:
        module = importlib.import_module(name)
        for path in _NEEDED[name]:
            operator.attrgetter(path)(module)
    except Exception:  # noqa: BLE001 - whatever is wrong, the plain import either works or says so
        sys.meta_path.remove(finder)
        for loaded in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[loaded]
        return importlib.import_module(name)
    else:
        return module
    finally:
        if collecting:
            gc.enable()
