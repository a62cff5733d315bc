"""import_sdk: the same SDK, only sooner; and the plain import wherever that cannot be had."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-5-5",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
MESSAGE_EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]
COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-6-luna",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-6-luna"}
CHUNKS = [
    {**CHUNK, "choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": None}]},
    {**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-6-luna",
    "status": "completed",
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "output": [
        {
            "type": "message",
            "id": "m1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "hello", "annotations": []}],
        }
    ],
    "usage": {
        "input_tokens": 1,
        "output_tokens": 1,
        "total_tokens": 2,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
DELTA = {"item_id": "m1", "output_index": 0, "content_index": 0, "delta": "hello", "logprobs": []}
RESPONSE_EVENTS = [
    {"type": "response.created", "sequence_number": 0, "response": {**RESPONSE, "output": []}},
    {"type": "response.output_text.delta", "sequence_number": 1, **DELTA},
    {"type": "response.completed", "sequence_number": 2, "response": RESPONSE},
]
PAGE = {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}
ERROR = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down", "code": None}}
ANSWERS: dict[str, Any] = {
    "/v1/messages": MESSAGE,
    "/v1/messages/count_tokens": {"input_tokens": 7},
    "/v1/chat/completions": COMPLETION,
    "/v1/responses": RESPONSE,
    "/v1/responses/input_tokens": {"object": "response.input_tokens", "input_tokens": 7},
}
EVENTS: dict[str, list[dict[str, Any]]] = {
    "/v1/messages": MESSAGE_EVENTS,
    "/v1/chat/completions": CHUNKS,
    "/v1/responses": RESPONSE_EVENTS,
}


def _frame(event: dict[str, Any]) -> str:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


class _Vendor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._send(200, "application/json", json.dumps(PAGE))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.partition("?")[0]
        if body["model"] == "busy":
            self._send(429, "application/json", json.dumps(ERROR))
        elif body.get("stream"):
            frames = [_frame(event) for event in EVENTS[path]]
            end = "data: [DONE]\n\n" if path.endswith("completions") else ""
            self._send(200, "text/event-stream", "".join(frames) + end)
        else:
            self._send(200, "application/json", json.dumps(ANSWERS[path]))

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """The base URL of a server that answers as the vendors do."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(script: str, *args: str, path: Path | None = None) -> Any:
    """What a fresh interpreter prints as JSON; `path` is searched for packages first. Fails on any stderr."""
    search = [str(path)] if path else []
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC", "OPENAI"))},
        "PYTHONPATH": os.pathsep.join([*search, str(ROOT)]),
    }
    command = [sys.executable, "-c", PRELUDE + script, *args]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


PRELUDE = """
import asyncio, json, sys, threading
from llmcli.providers import sdk_import
from llmcli.providers.sdk_import import import_sdk, preload
def loaded(name): return sorted(m for m in sys.modules if m.partition(".")[0] == name)
def finders(): return sum(type(f).__name__ == "_Finder" for f in sys.meta_path)
"""

# argv: sdk, base url, how to import it, a message as JSON
CALLS = """
sdk, url, how, message = sys.argv[1:]
if how == "sabotaged":
    def broken(*_): raise RuntimeError("sabotage")
    sdk_import._LazyLoader._find = broken
module = __import__(sdk) if how == "plain" else import_sdk(sdk)
hi = [{"role": "user", "content": "hi"}]
out = []
def note(value):
    kind = type(value)
    out.append([kind.__module__, kind.__name__, getattr(value, "model_dump", dict)()])
async def each(stream):
    async for event in await stream: note(event)
async def anthropic():
    async with module.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as c:
        ask = dict(model="claude-haiku-5-5", max_tokens=9, messages=hi)
        note(await c.messages.create(**ask))
        await each(c.messages.create(**ask, stream=True))
        async with c.messages.stream(**ask) as stream: note(await stream.get_final_message())
        note(await c.messages.count_tokens(model="m", messages=hi))
        async for item in c.models.list(): note(item)
        async for item in c.messages.batches.list(): note(item)
        note(await c.files.list())
        try: await c.messages.create(**{**ask, "model": "busy"})
        except module.APIStatusError as error: note(error)
    aio = module.DefaultAioHttpClient()
    async with module.AsyncAnthropic(base_url=url, api_key="k", http_client=aio) as c:
        note(await c.messages.create(**ask))
    note(module.types.Message.model_validate(json.loads(message)))
    out.append([module.types.MessageParam.__module__, module.types.beta.BetaMessage.__module__])
async def openai():
    async with module.AsyncOpenAI(base_url=url + "/v1", api_key="k", max_retries=0) as c:
        note(await c.chat.completions.create(model="m", messages=hi))
        await each(c.chat.completions.create(model="m", messages=hi, stream=True))
        note(await c.responses.create(model="m", input="hi"))
        await each(c.responses.create(model="m", input="hi", stream=True))
        note(await c.responses.input_tokens.count(model="m", input="hi"))
        async for item in c.models.list(): note(item)
        async for item in c.batches.list(): note(item)
        note(await c.files.list())
        try: await c.chat.completions.create(model="busy", messages=hi)
        except module.RateLimitError as error: note(error)
    aio = module.DefaultAioHttpClient()
    async with module.AsyncOpenAI(base_url=url + "/v1", api_key="k", http_client=aio) as c:
        note(await c.chat.completions.create(model="m", messages=hi))
    out.append([module.types.chat.ChatCompletion.__module__, module.types.responses.Response.__module__])
asyncio.run(globals()[sdk]())
print(json.dumps({"out": out, "modules": len(loaded(sdk)), "finders": finders()}, default=repr))
"""

SDKS = pytest.mark.parametrize("sdk", ["anthropic", "openai"])


@SDKS
def test_calls_answer_alike_however_the_sdk_was_imported(sdk: str, vendor: str) -> None:
    plain, lazy, sabotaged = (
        run(CALLS, sdk, vendor, how, json.dumps(MESSAGE)) for how in ("plain", "lazy", "sabotaged")
    )
    assert len(plain["out"]) >= 12
    assert lazy["out"] == plain["out"]
    assert sabotaged["out"] == plain["out"]
    assert lazy["finders"] == 1
    assert lazy["modules"] < 0.8 * plain["modules"]


@SDKS
def test_a_failure_inside_falls_back_to_the_plain_import(sdk: str) -> None:
    script = """
def broken(*_): raise RuntimeError("sabotage")
sdk_import._LazyLoader.exec_module = broken
module = import_sdk(sys.argv[1])
print(json.dumps([finders(), len(loaded(sys.argv[1])), module is sys.modules[sys.argv[1]]]))
"""
    plain = run("__import__(sys.argv[1]); print(json.dumps(len(loaded(sys.argv[1]))))", sdk)
    assert run(script, sdk) == [0, plain, True]


@SDKS
def test_every_public_name_is_there_and_is_called_the_same(sdk: str) -> None:
    script = """
sdk, how = sys.argv[1:]
module = __import__(sdk) if how == "plain" else import_sdk(sdk)
from importlib import import_module
def names(path):
    package = import_module(path)
    public = getattr(package, "__all__", None) or [n for n in dir(package) if n[0] != "_"]
    values = [(n, getattr(package, n)) for n in public if n != "annotations"]
    # pydantic names a parametrised model after the frame that asked for it first.
    return {
        n: [type(v).__name__, "" if "[" in str(v) else str(getattr(v, "__module__", ""))]
        for n, v in values
        if type(v) is not type(sys)
    }
paths = ["", ".types", ".types.beta", ".types.shared", ".lib.streaming", ".resources"]
paths += [".types.responses", ".types.chat"]
from importlib.util import find_spec
found = [sdk + p for p in paths if find_spec(sdk + p)]
print(json.dumps({path: names(path) for path in found}))
"""
    plain, lazy = run(script, sdk, "plain"), run(script, sdk, "lazy")
    assert len(plain) >= 5
    # A module served lazily lists what its file exports, not what running that file left behind besides.
    assert {p: {n: plain[p].get(n) for n in names} for p, names in lazy.items()} == lazy
    assert plain[sdk] == lazy[sdk]


@SDKS
def test_the_import_leaves_out_aiohttp_and_most_types_and_leaves_the_collector_on(sdk: str) -> None:
    script = "import gc; import_sdk(sys.argv[1])\n"
    script += "print(json.dumps([len(loaded(sys.argv[1])), 'aiohttp' in sys.modules, gc.isenabled()]))"
    count, has_aiohttp, collecting = run(script, sdk)
    assert (count < 1000, has_aiohttp, collecting) == (True, False, True)


@SDKS
def test_threads_that_import_and_look_up_at_once_see_one_module(sdk: str) -> None:
    script = """
seen, start = [], threading.Barrier(8)
def work():
    start.wait()
    module = import_sdk(sys.argv[1])
    seen.append((id(module), id(module.types.Model), id(module.APIStatusError)))
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(json.dumps([len(seen), len(set(seen))]))
"""
    assert run(script, sdk) == [8, 1]


def test_preload_gives_the_module_that_import_sdk_waits_for() -> None:
    script = "preload('openai'); first = import_sdk('openai')\n"
    script += "print(json.dumps([first is import_sdk('openai'), finders()]))"
    assert run(script) == [True, 1]


def test_an_sdk_that_is_already_imported_is_left_alone() -> None:
    script = "import openai; print(json.dumps([import_sdk('openai') is openai, finders()]))"
    assert run(script) == [True, 0]


FAKE = {
    "__init__.py": 'from .lib.tools import *\nfrom .client import AsyncAnthropic\n__all__ = ["run"]\n',
    "client.py": "class AsyncAnthropic: pass\n",
    "lib/__init__.py": "",
    "lib/tools/__init__.py": "from ._run import run as run\n",
    "lib/tools/_run.py": "def run(): return 'ran'\n",
    "resources/__init__.py": "from .messages import Messages as Messages\nfrom .rest import Rest as Rest\n",
    "resources/messages.py": "class Messages: pass\n",
    "resources/rest.py": "class Rest: pass\n",
}
REPORT = """
sdk = import_sdk("anthropic")
print(json.dumps({"loaded": loaded("anthropic"), "finders": finders(), "run": sdk.run(), **EXTRA}))
"""


def report(folder: Path, extra: str = "{}", **changed: str) -> Any:
    """What importing a fake SDK leads to, and what `extra` evaluates to; `changed` replaces its files."""
    for name, text in (FAKE | changed).items():
        target = folder / "anthropic" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return run(REPORT.replace("EXTRA", extra), path=folder)


def test_an_sdk_of_the_expected_kind_loads_only_what_is_asked_for(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert (found["finders"], found["run"]) == (1, "ran")
    assert "anthropic.resources.rest" not in found["loaded"]
    assert "anthropic.lib.tools._run" not in found["loaded"]


@pytest.mark.parametrize(
    "top",
    [
        pytest.param("def __getattr__(name): return name\n", id="resolves names itself"),
        pytest.param('vars()["run"] = lambda: "ran"\n', id="binds a name again"),
        pytest.param('vars()["run"]()\n', id="uses a name"),
        pytest.param('vars()["other"] = vars()["run"]\n', id="gives it a second name"),
    ],
)
def test_an_sdk_of_another_kind_is_imported_plainly(tmp_path: Path, top: str) -> None:
    found = report(tmp_path, **{"__init__.py": FAKE["__init__.py"] + top})
    assert (found["finders"], found["run"]) == (0, "ran")


def test_what_the_rest_of_the_file_uses_is_imported_at_once(tmp_path: Path) -> None:
    found = report(tmp_path, **{"__init__.py": FAKE["__init__.py"] + "again = run\n"})
    assert (found["finders"], found["run"]) == (1, "ran")
    assert "anthropic.lib.tools._run" in found["loaded"]


def test_a_missing_client_is_looked_for_in_the_plain_import(tmp_path: Path) -> None:
    found = report(tmp_path, **{"__init__.py": "from .lib.tools import run\n"})
    assert (found["finders"], found["run"]) == (0, "ran")


def test_a_package_that_does_more_than_re_export_is_run_as_it_is(tmp_path: Path) -> None:
    extra = "{'limit': sdk.resources.LIMIT, 'then': loaded('anthropic')}"
    changed = {"resources/__init__.py": FAKE["resources/__init__.py"] + "LIMIT = 3\n"}
    found = report(tmp_path, extra, **changed)
    assert (found["finders"], found["limit"]) == (1, 3)
    assert "anthropic.resources.rest" in found["then"]


def test_an_export_named_like_a_submodule_stays_the_export(tmp_path: Path) -> None:
    changed = {"resources/__init__.py": FAKE["resources/__init__.py"] + "from .odd import odd\n"}
    changed["resources/odd.py"] = "def odd(): return 3\n"
    extra = "{'odd': (__import__('anthropic.resources.odd'), sdk.resources.odd())[1]}"
    assert report(tmp_path, extra, **changed)["odd"] == 3


def test_submodules_that_only_load_in_the_vendors_order_are_loaded_in_that_order(tmp_path: Path) -> None:
    changed = {
        "resources/__init__.py": FAKE["resources/__init__.py"] + "from .first import A\nfrom .second import B\n",
        "resources/first.py": "class A: pass\nfrom .second import B\n",
        "resources/second.py": "from .first import A\nclass B(A): pass\n",
    }
    found = report(tmp_path, "{'b': sdk.resources.B.__name__}", **changed)
    assert found["b"] == "B"


def test_what_an_sdk_raises_is_raised_by_import_sdk_after_preload_too(tmp_path: Path) -> None:
    script = """
preload("anthropic")
for thread in threading.enumerate():
    if thread is not threading.main_thread(): thread.join()
try: import_sdk("anthropic")
except RuntimeError as error: print(json.dumps([str(error), finders(), loaded("anthropic")]))
"""
    (tmp_path / "anthropic").mkdir()
    (tmp_path / "anthropic" / "__init__.py").write_text(
        "import builtins\nbuiltins.tries = getattr(builtins, 'tries', 0) + 1\n"
        "raise RuntimeError(f'try {builtins.tries}')\n"
    )
    # The thread tried twice, lazily and plainly; a third try would be one of the later call's own.
    assert run(script, path=tmp_path) == ["try 2", 0, []]
