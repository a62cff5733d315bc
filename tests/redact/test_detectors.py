"""Single detectors, where the labelled file cannot say enough: every prefix, every country, every network."""

from __future__ import annotations

import sys

import pytest

from llmcli.redact import ALL_KINDS, Redactor
from llmcli.redact.spans import Finding, lower, settle


def hidden(text: str) -> str:
    return Redactor(ALL_KINDS).hide(text)


@pytest.mark.parametrize(
    "number",
    [
        *("4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005"),
        *("6011111111111117", "30569309025904", "3530111333300000", "6200000000000005", "6304000000000000"),
    ],
)
def test_one_wrong_digit_makes_a_card_just_a_number(number: str) -> None:
    assert hidden(f"card {number}.") == "card [CARD_1]."
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert hidden(f"pan {wrong}.") == f"pan {wrong}."


@pytest.mark.parametrize("iban", ["DE89370400440532013000", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"])
def test_two_swapped_digits_make_an_iban_just_text(iban: str) -> None:
    assert hidden(f"to {iban}") == "to [IBAN_1]"
    swapped = iban[:2] + iban[3] + iban[2] + iban[4:]
    assert hidden(f"to {swapped}") == f"to {swapped}"


@pytest.mark.parametrize(
    ("beginning", "rest"),
    [
        *[("gh" + letter + "_", "A1b2" * 9) for letter in "pousr"],
        *[("xox" + letter + "-", "1234567890-FAKEfake") for letter in "abepors"],
        *[(kind + "_" + mode + "_", "FAKE0123fake4567") for kind in ("sk", "rk") for mode in ("live", "test")],
        *[("AKIA", "FAKEFAKE01234567"), ("glpat-", "FAKEfake0123456789ab"), ("AIza", "SyFAKE0" * 5)],
        *[("sk-ant-", "api03-FAKEfake0123456789"), ("hf_", "FAKEfake" * 4), ("npm_", "FAKE01fake" * 3 + "FAKE01")],
        *[("SG.", "FAKEfake0123456789abcd.FAKEfake0123456789abcd"), ("gsk_", "FAKEfake01" * 5)],
        *[("AC", "0123456789abcdef" * 2), ("dop_v1_", "0123456789abcdef" * 4), ("hvs.", "FAKEfake0123456789ab")],
    ],
)
def test_a_key_is_hidden_by_its_shape_alone(beginning: str, rest: str) -> None:
    assert hidden(f"see {beginning}{rest}, ok") == "see [SECRET_1], ok"


@pytest.mark.parametrize("words", ["RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", ""])
def test_a_private_key_block_is_hidden_whole_and_a_torn_one_as_far_as_it_goes(words: str) -> None:
    head = "-----BEGIN " + words + "PRIVATE KEY-----"
    body = "\nMIIEowIBAAKCAQEAFAKEfakeFAKEfake\nFAKEfakeFAKEfakeFAKEfake01234=="
    tail = "\n-----END " + words + "PRIVATE KEY-----"
    assert hidden(f"key:\n{head}{body}{tail}\nend") == "key:\n[SECRET_1]\nend"
    assert hidden(f"key:\n{head}{body}") == "key:\n[SECRET_1]"
    assert hidden(f"{head} begins one") == f"{head} begins one"


@pytest.mark.parametrize("escape", ["\\n", "\\t", "\\r"])
def test_a_number_behind_an_escaped_line_break_is_found(escape: str) -> None:
    assert hidden(f'"a{escape}4111111111111111"') == f'"a{escape}[CARD_1]"'
    assert hidden(f'"a{escape}203.0.113.9"') == f'"a{escape}[IP_1]"'


def test_findings_that_overlap_are_settled_in_favour_of_the_longest_then_the_first_named() -> None:
    found = [Finding(0, 4, "a"), Finding(2, 8, "b"), Finding(2, 8, "c"), Finding(9, 10, "d")]
    assert settle(found, 10) == [Finding(0, 2, "a"), Finding(2, 8, "b"), Finding(9, 10, "d")]
    between = [Finding(0, 7, "a"), Finding(9, 17, "b"), Finding(4, 10, "c")]
    assert settle(between, 17) == [Finding(0, 7, "a"), Finding(7, 9, "c"), Finding(9, 17, "b")]


def test_small_letters_stay_where_the_capitals_were() -> None:
    """Positions found in the lowered text are used in the original."""
    assert all(len(lower(chr(code))) == 1 for code in range(sys.maxunicode + 1))
