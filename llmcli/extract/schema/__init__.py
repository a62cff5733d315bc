"""The user's schema: where it comes from, whether it is one, and what is wrong with a value.

sources.py tells what `--schema` names; model.py, short_form.py and example.py each read one kind; check.py and
references.py refuse what is no schema; user.py validates values, and problem_words.py says what it found.
"""
