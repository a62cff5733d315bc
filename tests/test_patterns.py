"""Regular expressions of others: whatever is in them, Python itself says nothing."""

from __future__ import annotations

import warnings

import pytest

from llmcli import patterns
from llmcli.redact.redactor import Redactor
from llmcli.sim.json_schema import problem
from llmcli.sim.matching import text_matching

WARNED_OF = "[[a]"


def test_what_python_warns_of_is_taken_without_a_word() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert patterns.compiled(WARNED_OF).search("a")
        assert Redactor([], {"ticket": WARNED_OF}).hide("a") == "[TICKET_1]"
        assert problem({"pattern": WARNED_OF}) is None
        assert text_matching(WARNED_OF) in ("[", "a")


@pytest.mark.parametrize("pattern", ["(", "[a", "x{2,1}", "a{99999999999}", "(" * 5000 + ")" * 5000])
def test_what_python_cannot_read_is_a_value_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        patterns.compiled(pattern)
