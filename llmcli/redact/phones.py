"""Telephone numbers: international ones, national ones by their shape, and any that a word announces.

The shapes are those of E.164 (a +, at most 15 digits), of the North American plan (3-3-4) and of the countries that
write a leading zero: Germany, France, the United Kingdom, Italy, the Netherlands, Switzerland, Sweden, Japan,
Australia, … Numbers without one, as in Spain, are told from amounts by a word such as "tel" before them.
"""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.spans import compiled, first, joined, lower, places, words

_GAP = r"[ .\-()/\u00a0\u202f]"
_END = r"(?![0-9A-Za-z]|[.\-:/]\d)"
# Countries are told apart only where the length is fixed (1), or where 00 would begin too many other numbers.
_PLUS = first(r"\+", r"0-9A-Za-z+.\-") + rf"(?:1(?:{_GAP}{{0,2}}\d){{10}}|[2-9](?:{_GAP}{{0,2}}\d){{6,14}}){_END}"
_DOUBLE_ZERO = first("0") + rf"0(?<!\d 00)(?:[34]\d|1|61|7|8[16]|9[01])(?:{_GAP}{{0,2}}\d){{7,12}}{_END}"
_NORTH_AMERICAN = (
    first("[(1-9]", r"0-9A-Za-z.\-#")
    + r"(?:(?<=\()[2-9]\d\d\)[ \-]?|(?<=[2-9])\d\d[ .\-]|(?<=1)[ .\-](?:\([2-9]\d\d\)[ \-]?|[2-9]\d\d[ .\-]))"
    rf"[2-9]\d\d[ .\-]\d{{4}}(?! \d){_END}"
)
_LEADING_ZERO = (
    first("[(0]") + r"(?<!\d[ :/].)(?:(?<=\()0[1-9]\d{0,4}\)|(?<=0)[1-9]\d{0,4})(?: ?/ ?|[ \-\u00a0\u202f])"
    rf"\d{{2,9}}(?:[ \-\u00a0\u202f]\d{{1,6}}){{0,4}}(?! \d){_END}"
)
_FRENCH_DOTS = first("0") + rf"[1-9](?:\.\d\d){{4}}{_END}"
# Without + or 0 only in groups, or else where nothing but the word explains so many digits.
_ANNOUNCED = (
    rf"(?<![0-9A-Za-z.\-,+])(?:\(\d{{1,5}}\)|\d{{1,5}})(?:{_GAP}{{1,2}}\d{{2,8}}){{1,5}}{_END}"
    rf"|(?<![0-9A-Za-z.\-,+])0\d{{8,11}}{_END}|(?<=[=:\"'])\s?\d{{9,12}}{_END}"
)
_AMOUNT = r"\d{1,3}(?:[ .]\d{3})*[ .]000\Z|\d{1,2}(?:[ .]\d{3}){2,}\Z"

# Words that announce a number, in small letters, as whole words.
_ANNOUNCEMENTS = words(
    "tel telefon telefono teléfono telefone telephone téléphone tél phone mobil mobile mobiltelefon móvil movil handy"
    " cell cellulare celular cellphone portable fax gsm whatsapp sms numer тел телефон звоните call ring text bel ruf"
    " llámame llama appelle appelez reach zadzwoń dzwoń ligue 电话 手机 携帯 電話"
)
_REACH = 48  # characters behind the word in which a number is still meant by it
_LONGEST = 32  # characters of a number, with its gaps
_OTHER_NUMBER = (
    r"(?i)(?:order|invoice|bestell\w*|rechnung\w*|auftrag\w*|ticket|isbn|issn|ref\w*|sku|ean|id|part|case|kunden\w*"
    r"|konto\w*|account|tracking|version|build|serial|commande|facture|factura|pedido|ssn|zip|page[s]?|duns|ein)"
    r"[\s_]*(?:number|nummer|num|nr|no|code)?[\s.:=#\"']*\Z"
)
_DATE = (
    r"(?:19|20)\d\d([.\-/ ]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d{1,2}(?!\d))"
    r"|\d\d?[./\-]\d\d?[./\-](?:19|20)\d\d"
)
_FOUR_PARTS = r"\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_PLUS, _DOUBLE_ZERO, _NORTH_AMERICAN, _LEADING_ZERO, _FRENCH_DOTS):
        for found in compiled(pattern).finditer(text):
            if _plausible(found[0]) and not _names_another_number(text, found.start()):
                yield found.span()
    yield from _announced(text)


def _announced(text: str) -> Iterator[tuple[int, int]]:
    """Numbers that begin on the same line, and not far behind a word that says what they are."""
    lowered = lower(text)
    behind = sorted(
        at + len(word) for word in _ANNOUNCEMENTS for at in places(lowered, word) if not joined(lowered, at, word)
    )
    seen = 0  # no stretch is searched twice, however many words announce it
    for begin in behind:
        line_end = text.find("\n", begin, begin + _REACH)
        last = line_end if line_end >= 0 else begin + _REACH
        for found in compiled(_ANNOUNCED).finditer(text, max(begin, seen), last + _LONGEST):
            number = found[0].lstrip()
            start = found.end() - len(number)
            if start > last:
                break
            if _plausible(number) and not compiled(_AMOUNT).match(number) and not _names_another_number(text, start):
                yield start, found.end()
        seen = last


def _plausible(number: str) -> bool:
    digits = sum(map(str.isdigit, number))
    if not 7 <= digits <= 15 or (number.startswith("0") and digits < 9):
        return False
    if number.count("(") != number.count(")"):
        return False
    return not (compiled(_DATE).match(number) or compiled(_FOUR_PARTS).match(number))


def _names_another_number(text: str, start: int) -> bool:
    """Whether a word before says that it is the number of an order, an account, a page, …"""
    return compiled(_OTHER_NUMBER).search(text[max(0, start - 32) : start]) is not None
