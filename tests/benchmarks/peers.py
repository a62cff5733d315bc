"""Whom llmcli is compared with, and how each is asked the same. All talk to the simulator, each by its own settings.

In a command, {python} and {bin} are of the peer's own environment, {url} is the server and {server} its name, {prompt}
the prompt, {rows} a file with a prompt a line. A command that answers many rows prints how many answers it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPENAI, ANTHROPIC = "gpt-4o", "claude-haiku-5-5"
AT_ONCE = 64
# A command for each row is busy starting: more of them at once only take memory.
PROCESSES_AT_ONCE = 8

Command = tuple[str, ...]
ROW = "{{}}"  # what xargs puts a row in for


@dataclass(frozen=True)
class Peer:
    """`packages` are what pip installs; `version` is the one whose version is told. None is what the peer has not."""

    name: str
    environment: str
    packages: Command
    start: Command
    ask: Command | None = None
    stream: Command | None = None
    batch: Command | None = None
    loop: Command | None = None
    """One row of what has no batch of its own, with ROW for the prompt. llm's log does not take several at once."""
    loop_at_once: int = PROCESSES_AT_ONCE


def _script(text: str) -> Command:
    return ("{python}", "-c", text)


_OPENAI_CLIENT = 'import openai\nclient = openai.OpenAI(base_url="{url}/v1", api_key="k")\n'
_ANTHROPIC_CLIENT = 'import anthropic\nclient = anthropic.Anthropic(base_url="{url}", api_key="k")\n'
_MESSAGES = '[{{"role": "user", "content": "{prompt}"}}]'
_OPENAI_CALL = f'client.chat.completions.create(model="{OPENAI}", messages={_MESSAGES}'
_ANTHROPIC_CALL = f'client.messages.create(model="{ANTHROPIC}", max_tokens=999, messages={_MESSAGES}'
_LITELLM_CALL = f'litellm.completion(model="openai/{OPENAI}", api_base="{{url}}/v1", api_key="k", messages={_MESSAGES}'

_CHUNKS = """for chunk in {call}, stream=True):
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)
"""
_EVENTS = """for event in {call}, stream=True):
    if event.type == "content_block_delta":
        print(event.delta.text, end="", flush=True)
"""

_MANY = """import asyncio
prompts = open("{{rows}}").read().splitlines()
async def main():
    {client}
    gate = asyncio.Semaphore({at_once})
    async def one(prompt):
        async with gate:
            return await client.{call}, messages=[{{{{"role": "user", "content": prompt}}}}])
    print(len([each for each in await asyncio.gather(*map(one, prompts)) if each.{text}]))
asyncio.run(main())
"""
_MANY_OPENAI = "import openai\n" + _MANY.format(
    client='client = openai.AsyncOpenAI(base_url="{url}/v1", api_key="k")',
    call=f'chat.completions.create(model="{OPENAI}"',
    text="choices[0].message.content",
    at_once=AT_ONCE,
)
_MANY_ANTHROPIC = "import anthropic\n" + _MANY.format(
    client='client = anthropic.AsyncAnthropic(base_url="{url}", api_key="k")',
    call=f'messages.create(model="{ANTHROPIC}", max_tokens=999',
    text="content[0].text",
    at_once=AT_ONCE,
)
_MANY_LITELLM = f"""import litellm
prompts = open("{{rows}}").read().splitlines()
messages = [[{{{{"role": "user", "content": prompt}}}}] for prompt in prompts]
found = litellm.batch_completion(
    model="openai/{OPENAI}", api_base="{{url}}/v1", api_key="k", messages=messages, max_workers={AT_ONCE}
)
print(len([each for each in found if each.choices[0].message.content]))
"""
_MANY_CURATOR = f"""from bespokelabs import curator
limits = dict(max_concurrent_requests={AT_ONCE}, max_requests_per_minute=10**6, max_tokens_per_minute=10**9)
llm = curator.LLM(
    model_name="openai/{OPENAI}", backend="litellm", backend_params=dict(base_url="{{url}}/v1", **limits)
)
found = llm(open("{{rows}}").read().splitlines())
print(len([each for each in getattr(found, "dataset", found) if each["response"]]))
"""

_LLMCLI = "{bin}/llmcli"
_LLMCLI_OPENAI = ("-m", OPENAI, "--base-url", "{url}/v1")
_LLMCLI_ANTHROPIC = ("-m", ANTHROPIC, "--base-url", "{url}")
_LLMCLI_BATCH = (
    "sh", "-c", '"$@" && wc -l < out.jsonl', "sh",
    _LLMCLI, "batch", "{rows}", "--lines", "-o", "out.jsonl", "--fresh", "-c", str(AT_ONCE), "--progress", "none",
)  # fmt: skip

_CURL = ("curl", "-sSN", "-H", "content-type: application/json", "-H", "authorization: Bearer k")
_CURL_OPENAI = (*_CURL, "{url}/v1/chat/completions", "-d")
_BODY = f'{{{{"model": "{OPENAI}", "messages": [{{{{"role": "user", "content": "{{prompt}}"}}}}]MORE}}}}'

_LLM_OPENAI = ("{bin}/llm", "-m", "{server}")
_LLM_ANTHROPIC = ("{bin}/llm", "-m", "claude-haiku-4.5")
_SGPT = ("{bin}/sgpt", "--no-cache", "--no-md")

LLMCLI = ("llmcli",)
PEERS = (
    Peer(
        "llmcli, OpenAI's protocol",
        "llmcli",
        LLMCLI,
        (_LLMCLI, "--version"),
        (_LLMCLI, "ask", "-n", *_LLMCLI_OPENAI, "{prompt}"),
        (_LLMCLI, "stream", "-n", *_LLMCLI_OPENAI, "{prompt}"),
        (*_LLMCLI_BATCH, *_LLMCLI_OPENAI),
    ),
    Peer(
        "llmcli, Anthropic's protocol",
        "llmcli",
        LLMCLI,
        (_LLMCLI, "--version"),
        (_LLMCLI, "ask", "-n", *_LLMCLI_ANTHROPIC, "{prompt}"),
        (_LLMCLI, "stream", "-n", *_LLMCLI_ANTHROPIC, "{prompt}"),
        (*_LLMCLI_BATCH, *_LLMCLI_ANTHROPIC),
    ),
    Peer(
        "llm",
        "llm",
        ("llm",),
        ("{bin}/llm", "--version"),
        (*_LLM_OPENAI, "--no-stream", "{prompt}"),
        (*_LLM_OPENAI, "{prompt}"),
        loop=(*_LLM_OPENAI, "--no-stream", "--no-log", ROW),
    ),
    Peer(
        "llm with llm-anthropic",
        "llm-anthropic",
        ("llm", "llm-anthropic"),
        ("{bin}/llm", "--version"),
        (*_LLM_ANTHROPIC, "--no-stream", "{prompt}"),
        (*_LLM_ANTHROPIC, "{prompt}"),
        loop=(*_LLM_ANTHROPIC, "--no-stream", "--no-log", ROW),
    ),
    Peer(
        "shell-gpt",
        "shell-gpt",
        ("shell-gpt", "click"),  # it imports click, but does not ask for it
        ("{bin}/sgpt", "--version"),
        (*_SGPT, "{prompt}"),
        (*_SGPT, "{prompt}"),
        loop=(*_SGPT, ROW),
    ),
    Peer(
        "litellm, script",
        "litellm",
        ("litellm",),
        _script("import litellm\nprint(1)"),
        _script(f"import litellm\nprint({_LITELLM_CALL}).choices[0].message.content)"),
        _script("import litellm\n" + _CHUNKS.replace("{call}", _LITELLM_CALL)),
        _script(_MANY_LITELLM),
    ),
    Peer(
        "curator, script",
        "bespokelabs-curator",
        ("bespokelabs-curator",),
        _script("from bespokelabs import curator\nprint(1)"),
        batch=_script(_MANY_CURATOR),
    ),
    Peer(
        "openai SDK, script",
        "openai",
        ("openai",),
        _script("import openai\nprint(1)"),
        _script(f"{_OPENAI_CLIENT}print({_OPENAI_CALL}).choices[0].message.content)"),
        _script(_OPENAI_CLIENT + _CHUNKS.replace("{call}", _OPENAI_CALL)),
        _script(_MANY_OPENAI),
    ),
    Peer(
        "anthropic SDK, script",
        "anthropic",
        ("anthropic",),
        _script("import anthropic\nprint(1)"),
        _script(f"{_ANTHROPIC_CLIENT}print({_ANTHROPIC_CALL}).content[0].text)"),
        _script(_ANTHROPIC_CLIENT + _EVENTS.replace("{call}", _ANTHROPIC_CALL)),
        _script(_MANY_ANTHROPIC),
    ),
    Peer(
        "curl",
        "",
        (),
        ("curl", "--version"),
        (*_CURL_OPENAI, _BODY.replace("MORE", "")),
        (*_CURL_OPENAI, _BODY.replace("MORE", ', "stream": true')),
        loop=(*_CURL_OPENAI, _BODY.replace("MORE", "").replace("{prompt}", ROW)),
        loop_at_once=AT_ONCE,
    ),
)
NOT_MEASURED = {"aichat": "built with cargo", "mods": "built with Go"}


def settings(url: str, home: str) -> Mapping[str, str]:
    """What the peers read from the environment: where the server is, and that nothing else is to be called."""
    return {
        "LLM_USER_PATH": f"{home}/llm",
        "ANTHROPIC_BASE_URL": url,  # llm-anthropic's SDK
        "API_BASE_URL": f"{url}/v1",  # shell-gpt
        "DEFAULT_MODEL": OPENAI,
        "USE_LITELLM": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "TELEMETRY_ENABLED": "false",
        "CURATOR_DISABLE_CACHE": "1",
        "CURATOR_DISABLE_RICH_DISPLAY": "1",
    }


def llm_model(name: str, url: str) -> str:
    """An entry of llm's `extra-openai-models.yaml`."""
    return f'- model_id: {name}\n  model_name: {OPENAI}\n  api_base: "{url}/v1"\n'
