"""confirm: what a person sees is what is run, on one line."""

from pathlib import Path

from llmcli.tools.confirm import MOST_SHOWN, describe
from llmcli.tools.python import call_command

from .helpers import call, local


def test_a_call_is_shown_with_its_arguments_and_its_command() -> None:
    shown = describe(local("/x/weather.sh", "a b"), call("weather", city="Zürich"))
    assert shown == """weather {"city": "Zürich"} -> /x/weather.sh 'a b'"""


def test_a_tool_without_a_command_is_shown_without_one() -> None:
    assert describe(local(), call("weather")) == "weather {}"


def test_a_python_function_is_shown_as_its_user_wrote_it() -> None:
    shown = describe(local(*call_command(Path("/x/w.py"), "weather")), call("weather"))
    assert shown == "weather {} -> /x/w.py:weather"


def test_nothing_can_fake_the_line() -> None:
    hostile = "\x1b[2K\r\n\x9b1A\u202e\u2028\x00\x7f\ud800"
    shown = describe(local("/x/\n\x1bcmd\u202e"), call("na\nme\x1b", text=hostile))
    assert shown.isprintable()
    assert '"\\u001b[2K\\r\\n\\x9b1A\\u202e\\u2028\\u0000\\x7f\\ud800"' in shown
    assert shown.startswith("na\\u000ame\\x1b ")


def test_long_arguments_are_shortened_but_their_end_stays_visible() -> None:
    shown = describe(local(), call("t", text="a" * 100_000 + "; rm -rf /"))
    assert len(shown) == len("t ") + MOST_SHOWN
    assert " more … " in shown
    assert shown.endswith('; rm -rf /"}')


def test_arguments_that_fit_are_shown_whole() -> None:
    room = MOST_SHOWN - len('{"x": ""}')
    assert describe(local(), call("t", x="a" * room)) == f't {{"x": "{"a" * room}"}}'
