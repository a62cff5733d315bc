"""Secrets and personal data: replaced by placeholders before text leaves the machine, put back into the answer.

    redactor = Redactor(parse_kinds("email,secret"))
    redactor.hide("mail bob@example.com")      # "mail [EMAIL_1]": this may be sent
    redactor.reveal("Dear [EMAIL_1],")         # "Dear bob@example.com,": this is shown

kinds.py names what can be hidden; one file per kind of shape finds it; spans.py settles overlaps; redactor.py keeps
the table of placeholders, which lives in memory only; reveal.py reads placeholders back.
"""

from llmcli.redact.kinds import ALL_KINDS, Kind, parse_kinds
from llmcli.redact.redactor import Redactor
from llmcli.redact.reveal import Revealer

__all__ = ["ALL_KINDS", "Kind", "Redactor", "Revealer", "parse_kinds"]
