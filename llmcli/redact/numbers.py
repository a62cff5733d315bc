"""Numbers that carry a check digit: payment cards and bank accounts."""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.spans import compiled, first

_GAP = r"[ \-\u00a0\u202f]"
# Compact, in fours (the last group shorter or longer), or as American Express and Diners print it: 4-6-4 and 4-6-5.
_CARD = (
    first("[2-6]")
    + rf"(?:\d{{12,18}}|\d{{3}}(?P<gap>{_GAP})\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{1,7}}(?:(?P=gap)\d{{3}})?"
    rf"|(?<=3)\d{{3}}(?P<amex>{_GAP})\d{{6}}(?P=amex)\d{{4,5}})(?![0-9A-Za-z]|-[0-9A-Za-z]|\.\d)"
)
# First digits and lengths of the networks: ISO/IEC 7812 ranges as Wikipedia's "Payment card number" lists them (2025).
_NETWORKS = (
    (r"4", (13, 16, 19)),  # Visa
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
    (r"3[47]", (15,)),  # American Express
    (r"6011|64[4-9]|65", (16, 17, 18, 19)),  # Discover
    (r"30[0-5]|3[689]", (14, 15, 16, 17, 18, 19)),  # Diners Club
    (r"35(?:2[89]|[3-8])", (16, 17, 18, 19)),  # JCB
    (r"62|81", (16, 17, 18, 19)),  # UnionPay
    (r"50|5[6-8]|6[0137]", (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (r"220[0-4]", (16, 17, 18, 19)),  # Mir
)
_IBAN_HEAD = first("[A-Za-z]", "0-9A-Za-z") + rf"[A-Za-z]\d\d(?={_GAP}?[0-9A-Za-z])"
# Total length by country: SWIFT's IBAN registry, release 99 (2024).
_IBAN_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_IBAN_LENGTH = {country: length for length, countries in _IBAN_LENGTHS.items() for country in countries.split()}


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    for found in compiled(_CARD).finditer(text):
        digits = "".join(filter(str.isdigit, found[0]))
        if _of_a_network(digits) and _luhn(digits):
            yield found.span()


def _of_a_network(digits: str) -> bool:
    return any(len(digits) in lengths and compiled(prefix).match(digits) for prefix, lengths in _NETWORKS)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and any(digit != "0" for digit in digits)


def find_ibans(text: str) -> Iterator[tuple[int, int]]:
    for head in compiled(_IBAN_HEAD).finditer(text):
        length = _IBAN_LENGTH.get(head[0][:2].upper())
        if length is None:
            continue
        rest = compiled(rf"(?:{_GAP}?[0-9A-Za-z]){{{length - 4}}}(?![0-9A-Za-z])").match(text, head.end())
        if rest and _checksum_97(head[0] + rest[0]):
            yield head.start(), rest.end()


def _checksum_97(iban: str) -> bool:
    """ISO 7064 MOD 97-10: letters count from A = 10, country and check digits go last, the remainder is 1."""
    compact = "".join(filter(str.isalnum, iban))
    moved = compact[4:] + compact[:4]
    return "02" <= compact[2:4] <= "98" and int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
