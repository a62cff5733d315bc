"""Local tools: what a model may have run on this machine.

spec.py reads what `--tool` names; python.py and function.py do so for a Python function, in a process of its own;
run.py runs the calls of one turn, process.py one program; confirm.py shows a call to the person who allows it.
"""
