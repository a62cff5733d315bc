"""The files that the manual's command lines name. Words in them steer the simulator: the answer tells what arrived."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from .machine import Machine

TROUBLE = "ERROR disk full on /data"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
)
LOG = [f"07:{number // 60:02}:{number % 60:02} INFO request served" for number in range(300)]
FILES = {
    "retry.py": "WAIT_S = 1\n# sim:echo Wait a second before the second attempt\n",
    "app.log": "\n".join([*LOG, f"sim:echo {TROUBLE}", ""]),
    "build.py": "raise SystemExit('sim:echo no rule to make all')\n",
    "slug.py": "# sim:code\ndef slug(text): ...\n",
    "style.md": "Plain words.\n",
    "review.md": "Short.\n",
    "draft.md": "sim:echo A corrected draft.\n",
    "bugs.txt": "sim:echo login fails\nsim:echo typo in the footer\nsim:echo data is lost\n",
    "report.txt": "sim:echo Sales rose.\n",
    "CHANGELOG.md": "sim:echo 1.2.0 reads faster.\n",
    "prompts/system.md": "You answer in one word.\n",
    "letters/ada.txt": 'sim:say={"sender": "Ada", "date": "2026-11-01", "total": 12.5}\n',
    "letters/bo.txt": 'sim:say={"sender": "Bo", "date": "no day"}\n',
    "reviews.csv": "id,text\n1,sim:echo positive\n2,sim:echo negative\n",
    "questions.jsonl": '{"id": 1, "question": "sim:echo blue"}\n{"id": 2, "question": "sim:stop=refusal"}\n',
    "deploy.json": '{"name": "deploy", "description": "d", "input_schema": {"type": "object", "properties": {}}}\n',
}
PICTURES = ("photos/cat.png", "photos/dog.png", "receipts/one.png", "receipts/two.png")


def write_files(machine: Machine) -> None:
    for name, text in FILES.items():
        path = machine.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in PICTURES:
        path = machine.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PNG)


def with_history(machine: Machine) -> None:
    """A repository with a tag, a commit after it, and a branch with another commit; retry.py is staged."""
    done = machine.run(
        "git init -q -b main . && git add style.md && git commit -qm first && git tag v1"
        " && git add report.txt && git commit -qm 'sim:echo Reports are faster.' && git branch -q -f origin/main"
        " && git switch -q -c topic && git add retry.py"
    )
    assert done.exit_code == 0, done.stderr


@contextmanager
def a_vendor(machine: Machine, fault: str = "") -> Iterator[dict[str, str]]:
    """The environment of a user whose default model is one of Anthropic's, while that is the simulator."""
    with machine.serving("llmcli sim serve --port 0" + (f" --fault {fault}" if fault else "")) as port:
        yield {
            "LLMCLI_MODEL": "claude-haiku-5-5",
            "LLMCLI_BASE_URL": f"http://127.0.0.1:{port}",
            "LLMCLI_RETRIES": "0",
            "ANTHROPIC_API_KEY": "test-key-123456",
        }
