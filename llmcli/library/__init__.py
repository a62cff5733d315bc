"""The commands as functions, with answers and errors as values. `llmcli` itself gives them out.

options.py   what a call may be told: every setting by its name
run.py       one call: settings, exchange, ledger and budgets as a command has them, and nothing printed
work.py      asynchronous work seen through, wherever the caller is
answer.py    what comes back
ask.py, stream.py   the functions
"""
