"""function: what cannot be a tool, or must not harm us while it is read, is told or kept away."""

import os
import re
import time
import tracemalloc
from pathlib import Path

import pytest

from llmcli.errors import UsageError
from llmcli.tools import python
from llmcli.tools.environ import tool_environment
from llmcli.tools.spec import load_tools

from ..helpers import SECRET
from .helpers import eventually, is_alive, load_tool, module, read_pid


def refusal(folder: Path, code: str, name: str = "f") -> str:
    """The line with which a module is refused; it begins with the spec."""
    spec = f"{module(folder, code)}:{name}"
    with pytest.raises(UsageError) as caught:
        load_tool(spec)
    assert caught.value.line().startswith(spec)
    return caught.value.line().removeprefix(spec)


@pytest.mark.parametrize(
    ("signature", "parameter"), [("(*args)", "*args"), ("(**kw)", "**kw"), ("(x: int, /)", "x: int")]
)
def test_parameters_that_cannot_be_named_are_refused(tmp_path: Path, signature: str, parameter: str) -> None:
    line = refusal(tmp_path, f"def f{signature}:\n    'Does it.'\n")
    assert line == f': its parameter "{parameter}" cannot be given by name: a tool\'s arguments are named'


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def g(): pass\ndef _h(): pass\nimport os\n", ': there is no function "f" in it: it has g'),
        ("", ': there is no function "f" in it: it has none'),
        ("f = 3", ': "f" is not a function but int'),
        ("class f: pass", ': "f" is not a function but type'),
        ("def f(): pass", ': the function "f" has no docstring: say in one'),
        ("def f(x: 'Nope'):\n    'Does it.'", ": its type hints give no JSON Schema: "),
        ("def f(x: object()):\n    'Does it.'", ": its type hints give no JSON Schema: "),
        ("from typing import Callable\ndef f(x: Callable):\n    'Does it.'", ": its type hints give no JSON Schema: "),
        ("def f(:", ": it cannot be imported: SyntaxError: "),
        ("\n1/0", ": it cannot be imported: line 2: ZeroDivisionError: division by zero"),
        ("import no_such_module", ": it cannot be imported: line 1: ModuleNotFoundError: No module named 'no_such"),
        ("raise SystemExit(0)", ": it cannot be imported: line 1: SystemExit: 0"),
        ("import os; os._exit(7)", " ended the process that was to read it: exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", " ended the process that was to read it: exit code -9"),
    ],
)
def test_a_module_that_is_no_tool_is_told_with_its_name_and_why(tmp_path: Path, code: str, message: str) -> None:
    assert refusal(tmp_path, code).startswith(message)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{}/no.py:f", r"cannot read .*/no\.py: No such file"),
        ("{}/mine.py", r"mine\.py names no function: write .*/mine\.py:FUNCTION"),
        ("{}/mine.py:", '"" cannot be a function\'s name'),
        ("{}/mine.py:a.b", '"a.b" cannot be a function\'s name'),
        ("{}/mine.py:größe", r'größe: "name" is "größe": use 1 to 64'),
    ],
)
def test_a_spec_that_names_no_function_is_refused(tmp_path: Path, spec: str, message: str) -> None:
    module(tmp_path, 'def größe():\n    "Does it."\n')
    with pytest.raises(UsageError) as caught:
        load_tools([spec.format(tmp_path)])
    assert re.search(message, caught.value.line())


def test_a_module_that_prints_while_it_is_described_prints_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = 'import os\nprint("a")\nos.system("echo b; echo c >&2")\ndef f():\n    "Does it."\n'
    assert load_tool(f"{module(tmp_path, code)}:f").tool.name == "f"
    assert capfd.readouterr() == ("", "")


def test_a_module_may_print_any_amount_without_filling_our_memory(tmp_path: Path) -> None:
    code = 'import os\nfor n in range(200): os.write(1 + n % 2, bytes(1000000))\ndef f():\n    "Does it."\n'
    tracemalloc.start()
    try:
        load_tool(f"{module(tmp_path, code)}:f")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_a_module_that_hangs_is_stopped_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python, "DESCRIBE_TIMEOUT_S", 2.0)
    pids = tmp_path / "pid"
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '300'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{child.pid}}\\n')\n"
        "time.sleep(300)\n"
    )
    began = time.monotonic()
    assert refusal(tmp_path, code).startswith(" was not imported within 2 s")
    assert time.monotonic() - began < 20
    left = read_pid(pids)
    assert eventually(lambda: not is_alive(left))


def test_a_module_sees_only_the_environment_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    code = 'import os\ndef f():\n    "Does it."\nf.__doc__ = "key: " + os.environ.get("MY_KEY", "none")\n'
    spec = f"{module(tmp_path, code)}:f"
    environ = tool_environment(os.environ, ["MY_KEY"])
    assert load_tools([spec], environ)[0].tool.description == "key: none"
