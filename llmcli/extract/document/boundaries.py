"""Where a text is best cut: before a heading, between paragraphs, lines, sentences, words, and else anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# How far back from the end of a chunk each kind of boundary is looked for, as a share of the chunk: a better place is
# worth a shorter chunk, but not many more chunks.
_HEADING_SHARE = 0.5
_PARAGRAPH_SHARE = 0.5
_LINE_SHARE = 0.3
_SENTENCE_SHARE = 0.3
_WORD_SHARE = 0.2

_LONGEST_HEADING = 100
_LONGEST_CLUSTER = 32
_LONGEST_ROW = 4096

_PARAGRAPH = re.compile(r"\n(?:[ \t\r]*\n)+|\f")
_ATX = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
_SETEXT = re.compile(r"^[^\n]{1,80}\n(?:={3,}|-{3,})[ \t\r]*$", re.MULTILINE)
_NUMBERED = re.compile(
    r"(?:(?:§|chapter|section|part|article|appendix)\s*)?(?:\d+(?:\.\d+)*|[IVXLC]+)[.):]?\s+\S", re.I
)
_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[^\sa-z])|[。！？][」』”’）]*")  # noqa: RUF001 - Chinese and Japanese full stops are meant
_WORD = re.compile(r"\s+")


def cut(text: str, start: int, most: int) -> int:
    """The best place to end a piece of `text` that begins at `start` and must end at `most`; more than `start`."""
    size = most - start
    for share, places in (
        (_HEADING_SHARE, _headings),
        (_PARAGRAPH_SHARE, _paragraphs),
        (_LINE_SHARE, _lines),
    ):
        at = max(places(text, most - int(size * share), most), default=start)
        if at > start:
            return at
    line = text.rfind("\n", start, most) + 1
    if line > start and _line_fits(text, line, size):
        return line
    for share, pattern in ((_SENTENCE_SHARE, _SENTENCE), (_WORD_SHARE, _WORD)):
        at = max(_ends(pattern, text, most - int(size * share), most), default=start)
        if at > start:
            return at
    return whole_character(text, start, most)


def beginning(text: str, least: int, start: int) -> int:
    """The best place, from `least` on, where what is said again before `start` may begin; `start` if there is none."""
    last = least + len(text[least:start].rstrip()) - 1  # blanks alone are not worth saying again
    for share, places in ((0.5, _headings), (0.5, _paragraphs), (1.0, _lines)):
        at = min(places(text, least, min(least + int((start - least) * share), last)), default=start)
        if at < start:
            return at
    if _is_row(text, start):
        return start  # half a row would be taken for a whole one
    for pattern in (_SENTENCE, _WORD):
        at = min(_ends(pattern, text, least, last), default=start)
        if at < start:
            return at
    return next((at for at in range(least, max(least, last)) if not _joined(text, at)), start)


def whole_character(text: str, start: int, at: int) -> int:
    """`at`, or a little before, such that no character is parted from its marks; more than `start`."""
    for place in range(at, max(start, at - _LONGEST_CLUSTER), -1):
        if not _joined(text, place):
            return place
    return at


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` are one to the eye. The common cases of Unicode's TR 29."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return before == "\r" and after == "\n"
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc")
        or before == "\u200d"
        or after == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\u1160" <= after <= "\u11ff"  # vowels and finals of Korean syllables
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or (_is_flag_half(before) and _is_flag_half(after))
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _line_fits(text: str, line: int, size: int) -> bool:
    """Whether the line that begins there could stand in a piece of its own."""
    return text.find("\n", line, line + size) >= 0 or len(text) - line <= size


def _ends(pattern: re.Pattern[str], text: str, low: int, high: int) -> Iterator[int]:
    """Behind each match, from `low` to `high`. A match that touches `high` may go on behind it: that is no place."""
    return (found.end() for found in pattern.finditer(text, low, min(high + 1, len(text))) if found.end() <= high)


def _lines(text: str, low: int, high: int) -> Iterator[int]:
    at = text.find("\n", max(low - 1, 0), high)
    while at >= 0:
        yield at + 1
        at = text.find("\n", at + 1, high)


def _paragraphs(text: str, low: int, high: int) -> Iterator[int]:
    return _ends(_PARAGRAPH, text, low, high)


def _headings(text: str, low: int, high: int) -> Iterator[int]:
    """Where headings begin."""
    for pattern in (_ATX, _SETEXT):
        for found in pattern.finditer(text, low, high + _LONGEST_HEADING):
            if found.start() <= high and (found.start() == 0 or text[found.start() - 1] in "\n\f"):
                yield found.start()
    yield from (at for at in _paragraphs(text, low, high) if _is_heading(text, at))


def _is_heading(text: str, at: int) -> bool:
    """Whether the paragraph that begins there is one short line, numbered or in capitals, or a page."""
    if at and text[at - 1] == "\f":
        return True
    end = text.find("\n", at, at + _LONGEST_HEADING)
    if end < 0 or text[end + 1 : end + 2].strip():
        return False
    line = text[at:end].strip()
    return len(line) > 2 and (line.isupper() or bool(_NUMBERED.match(line) and line[-1] not in ".;,"))


def _is_row(text: str, at: int) -> bool:
    """Whether the line that ends before `at` is one of a table, or an object on a line of its own."""
    begin = max(0, at - _LONGEST_ROW)
    line = text[max(text.rfind("\n", begin, max(at - 1, 0)) + 1, begin) : at].strip()
    commas = max(line.count(","), line.count(";"))
    after = text[at : at + 2 * len(line)].partition("\n")[0]
    return (
        line.startswith(("{", "[", "|"))
        or "\t" in line
        or (commas > 1 and commas in (after.count(","), after.count(";")))
    )
