"""docstrings: the description apart from the parameters, in the three usual styles."""

import pytest

from llmcli.tools.docstrings import split

GOOGLE = """Today's weather.

    In any city.

    Args:
        city (str): the city's
            name: in English
        days: how many

    Returns:
        Degrees.
    """
NUMPY = """Today's weather.

    In any city.

    Parameters
    ----------
    city : str
        the city's

        name: in English
    days
        how many

    Returns
    -------
    Degrees.
    """
SPHINX = """Today's weather.

    In any city.

    :param str city: the city's
        name: in English
    :type city: str
    :param days: how many
    :returns: Degrees.
    """


@pytest.mark.parametrize(
    ("docstring", "rest"),
    [
        (GOOGLE, "Returns:\n    Degrees."),
        (NUMPY, "Returns\n-------\nDegrees."),
        (SPHINX, ":returns: Degrees."),
    ],
    ids=["google", "numpy", "sphinx"],
)
def test_parameters_are_found_and_the_rest_is_kept(docstring: str, rest: str) -> None:
    description, parameters = split(docstring)
    assert description == f"Today's weather.\n\nIn any city.\n\n{rest}"
    assert parameters == {"city": "the city's name: in English", "days": "how many"}


def test_several_parameters_of_one_numpy_entry_share_its_text() -> None:
    assert split("Sum.\n\nParameters\n----------\nx, y : int\n    a term\n\nIt adds.") == (
        "Sum.\n\nIt adds.",
        {"x": "a term", "y": "a term"},
    )


@pytest.mark.parametrize(
    "docstring",
    [
        "Plain.",
        "Note: this is no section.\n\nArgs: nor is this",
        "Text.\n\nArgs:\n    nothing that is an entry",
        "Parameters\nwithout a rule",
        "",
    ],
)
def test_what_is_not_recognised_stays_in_the_description(docstring: str) -> None:
    assert split(docstring) == (docstring, {})
