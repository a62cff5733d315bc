"""The commands as functions, with answers and errors as values. `llmcli` itself gives them out.

ask.py, stream.py, extract.py, batch.py   the functions
options.py        what a call may be told: every setting by its name
run.py            one call: settings, exchange, ledger and budgets as a command has them, and nothing printed
work.py, flow.py  asynchronous work seen through, wherever the caller is; what comes of it bit by bit
answer.py, row.py, data.py   what comes back
"""
