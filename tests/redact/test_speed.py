"""Redaction takes time linear in the text: a megabyte in under a second, and no text that makes it explode."""

from __future__ import annotations

import random
import subprocess
import sys
from time import process_time

import pytest

from llmcli.redact import ALL_KINDS, Redactor

from ..helpers import ROOT
from .samples import samples

MEGABYTE = 1_000_000
# Processor time, since other tests run at the same time; the best of a few, since they share the caches too.
ATTEMPTS = 5
MOST_S = 1.0
# A tenth of a megabyte that takes quadratic time would need minutes.
HOSTILE_SIZE = 100_000
MOST_HOSTILE_S = 1.0


def hide_s(text: str) -> float:
    redactor = Redactor(ALL_KINDS)
    begun = process_time()
    redactor.hide(text)
    return process_time() - begun


def filled(pattern: str, size: int) -> str:
    return (pattern * (size // len(pattern) + 1))[:size]


def labelled() -> str:
    return filled("\n".join(sample.text for sample in samples()), MEGABYTE)


def log() -> str:
    lines = (
        f"2025-01-15T10:{i % 60:02}:00Z user=user{i:05}@example.com ip=10.{i % 256}.{i // 256}.7 took {i % 97} ms\n"
        for i in range(MEGABYTE // 80)
    )
    return "".join(lines)


def numbers() -> str:
    return ",".join(str(random.Random(1).randrange(10**i)) for i in range(1, 19)) * (MEGABYTE // 180)


@pytest.mark.parametrize("text", [labelled, log, numbers], ids=lambda each: each.__name__)
def test_a_megabyte_takes_less_than_a_second(text: object) -> None:
    assert callable(text)
    taken_s = []
    for _ in range(ATTEMPTS):
        taken_s.append(hide_s(text()))
        if taken_s[-1] < MOST_S:
            return
    pytest.fail(f"took {min(taken_s)} s at best")


@pytest.mark.parametrize(
    "pattern",
    [
        *("a", "0", "@", "[", "-", " ", "\n", "é", "\\", "+", "("),
        *("a@", "a.b-c@d.e-f.", "<a@b.cd", "@a.", "%40"),
        *("1 ", "1-", "1.2.3.", "0611 222 333 ", "+1 ", "+4(0)", "tel 1 ", "(", "4111 1111 1111 1112 ", "10.0.0.1 "),
        *("DE89 ", "de89", "12:34:", "2001:", "2001::", "f"),
        *(
            "password",
            "password=",
            'password="',
            "password ",
            "token is ",
            "pw:\t",
            "secret_",
            "--password ",
            "<token>",
        ),
        *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "eyJ", "eyJaaaaaaaaa.", "sk-ant-", "://a:", "AC", ":AA"),
        *(" -u a:", "redis-cli ", "mysql -", "Authorization: ", "bearer ", "&sig=", "[EMAIL_1", "[EMAIL_1]"),
    ],
)
def test_hostile_repetition_stays_linear(pattern: str) -> None:
    text = filled(pattern, HOSTILE_SIZE)
    assert min(hide_s(text) for _ in range(2)) < MOST_HOSTILE_S


def test_importing_it_brings_in_nothing_heavy() -> None:
    code = (
        "import sys, llmcli.redact; print([n for n in ('ipaddress', 'json', 'asyncio', 'typer') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
