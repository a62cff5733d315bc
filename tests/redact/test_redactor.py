"""Redactor: what is hidden stays hidden and comes back exactly, whatever the text already contains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcli.errors import ConfigError, UsageError
from llmcli.redact import ALL_KINDS, Redactor, parse_kinds

from .samples import samples

# Pieces of which random texts are made that look like placeholders, findings, and torn halves of both; \u017f is the
# long s, which `re` takes for an s when it ignores case.
PIECES = st.sampled_from(
    [
        *("[EMAIL_1]", "[email_1]", "[EMAIL_", "[LITERAL_1]", "[literal_2]", "[SECRET_2]", "[CODE_1]", "[", "]", "1]"),
        *("a@example.com", "b@example.org", "password=hunter2!x", "hunter2!x", "203.0.113.7", "+49 30 23125042"),
        *(
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "X-17",
            " ",
            "\n",
            '"',
            "=",
            ":",
            "//",
            "\u017f",
            "İ",
            "\\n",
        ),
    ]
)
TEXTS = st.text() | st.lists(PIECES).map("".join) | st.lists(PIECES | st.text(max_size=3)).map("".join)
PATTERNS = {"code": r"X-\d+"}


@given(TEXTS)
def test_revealing_what_was_hidden_gives_the_same_text(text: str) -> None:
    redactor = Redactor(ALL_KINDS, PATTERNS)
    assert redactor.reveal(redactor.hide(text)) == text


@given(st.lists(TEXTS, max_size=5))
def test_texts_hidden_one_after_the_other_are_all_revealed_at_the_end(texts: list[str]) -> None:
    redactor = Redactor(ALL_KINDS, PATTERNS)
    hidden = [redactor.hide(text) for text in texts]
    assert [redactor.reveal(text) for text in hidden] == texts


def test_hardly_a_labelled_original_is_left_in_what_is_sent() -> None:
    sent = [(sample, Redactor(ALL_KINDS).hide(sample.text)) for sample in samples()]
    labelled = [(sample.text[start:end], text) for sample, text in sent for start, end, _ in sample.expected]
    left = [original for original, text in labelled if original in text]
    assert len(left) <= len(labelled) / 20, left


def test_the_same_original_has_the_same_placeholder_and_another_has_its_own() -> None:
    redactor = Redactor(["email"])
    assert redactor.hide("a@example.com b@example.com a@example.com") == "[EMAIL_1] [EMAIL_2] [EMAIL_1]"
    assert redactor.hide("c@example.com, b@example.com") == "[EMAIL_3], [EMAIL_2]"


def test_only_the_kinds_asked_for_are_hidden() -> None:
    assert Redactor(["ip"]).hide("a@example.com from 203.0.113.7") == "a@example.com from [IP_1]"
    assert Redactor([]).hide("a@example.com") == "a@example.com"


def test_text_that_looks_like_a_placeholder_is_not_taken_for_one() -> None:
    redactor = Redactor(["email"])
    sent = redactor.hide("[EMAIL_1] is a@example.com")
    assert sent == "[LITERAL_1] is [EMAIL_1]"
    assert redactor.reveal(sent) == "[EMAIL_1] is a@example.com"


def test_a_placeholder_in_another_case_is_revealed_but_nothing_further_is_guessed() -> None:
    redactor = Redactor(["email"])
    redactor.hide("a@example.com")
    assert redactor.reveal("[email_1] [Email_1]") == "a@example.com a@example.com"
    unknown = "EMAIL_1 [EMAIL_2] [EMAIL 1] [EMAIL_01] (EMAIL_1) email_1"
    assert redactor.reveal(unknown) == unknown


def test_an_original_that_is_known_is_hidden_without_its_surroundings_too() -> None:
    redactor = Redactor(["secret"])
    redactor.hide("password: hunter2!x")
    assert redactor.hide("Your hunter2!x is weak, but hunter2!xyz is fine") == (
        "Your [SECRET_1] is weak, but hunter2!xyz is fine"
    )


def test_a_placeholder_inside_an_original_is_not_revealed_in_turn() -> None:
    redactor = Redactor(["secret", "email"])
    text = 'a@example.com password="[EMAIL_1]!x9"'
    assert redactor.reveal(redactor.hide(text)) == text


def test_the_longer_finding_wins_and_nothing_sticks_out() -> None:
    redactor = Redactor(["email"], {"project": r"Falcon a"})
    sent = redactor.hide("Falcon anna@example.com")
    assert "anna" not in sent
    assert "example" not in sent
    assert redactor.reveal(sent) == "Falcon anna@example.com"


def test_only_the_password_of_a_url_is_hidden() -> None:
    redactor = Redactor(ALL_KINDS)
    assert redactor.hide("postgres://app:s3cr3tPass@db.example.com/x") == "postgres://app:[SECRET_1]@db.example.com/x"


def test_a_pattern_of_the_user_is_hidden_under_its_name() -> None:
    redactor = Redactor([], {"employee-id": r"E\d{5}"})
    assert redactor.hide("E12345 and E54321") == "[EMPLOYEE_ID_1] and [EMPLOYEE_ID_2]"
    assert redactor.counts == {"employee-id": 2}


@pytest.mark.parametrize("pattern", ["(", "[a", "(?P<x", "x{2,1}"])
def test_a_pattern_that_is_no_regular_expression_is_a_config_error_naming_it(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"patterns\.ticket is not a regular expression"):
        Redactor([], {"ticket": pattern})


@pytest.mark.parametrize("pattern", ["", "x*", r"\b", "a|", "(?=b)", "^", "$"])
def test_a_pattern_that_can_match_nothing_is_a_config_error_naming_it(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"patterns\.ticket matches the empty string"):
        Redactor([], {"ticket": pattern})


@pytest.mark.parametrize("name", ["", "1a", "a b", "ä", "a]", "literal"])
def test_a_name_that_cannot_stand_in_a_placeholder_is_a_config_error(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a pattern"):
        Redactor([], {name: "x"})


def test_counts_are_occurrences_and_the_report_is_one_line() -> None:
    redactor = Redactor(["email", "ip"])
    assert redactor.report() == "redacted: nothing"
    redactor.hide("a@example.com a@example.com [EMAIL_1] b@example.com")
    assert redactor.counts == {"email": 3, "ip": 0}
    assert redactor.report() == "redacted: 3 email"


def test_neither_repr_nor_report_shows_an_original() -> None:
    redactor = Redactor(ALL_KINDS)
    redactor.hide("a@example.com password=hunter2!x")
    for shown in (repr(redactor), str(redactor), redactor.report(), repr(redactor.revealer())):
        assert "example" not in shown
        assert "hunter2" not in shown


def test_json_is_revealed_in_strings_and_keys_and_nowhere_else() -> None:
    redactor = Redactor(["email", "secret"])
    redactor.hide("a@example.com -----BEGIN " + "PRIVATE KEY-----\nMIIEFAKEfake012345678901\n-----END PRIVATE KEY-----")
    answer = {"[EMAIL_1]": ["[SECRET_1]", 1, None, True, 2.5, {"to": "<[email_1]>"}]}
    key = "-----BEGIN " + "PRIVATE KEY-----\nMIIEFAKEfake012345678901\n-----END PRIVATE KEY-----"
    assert redactor.reveal_json(answer) == {"a@example.com": [key, 1, None, True, 2.5, {"to": "<a@example.com>"}]}


def test_kinds_are_parsed_from_a_list_with_all_as_every_one() -> None:
    assert parse_kinds("email, Card") == {"email", "card"}
    assert parse_kinds("ip,all") == set(ALL_KINDS)


@pytest.mark.parametrize("text", ["", " , "])
def test_no_kind_at_all_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="no kind"):
        parse_kinds(text)


def test_an_unknown_kind_is_a_usage_error_naming_it_and_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        parse_kinds("email,passport")
    assert caught.value.line() == 'cannot redact "passport": choose from email, phone, card, iban, ip, secret, all'
