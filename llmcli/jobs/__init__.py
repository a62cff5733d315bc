"""A job put together: its rows, who answers them and how, its journal and its books.

job.py       what is asked of every row, and what the job is known by
answers.py   from a row's request to its answer
lanes.py     who answers
sizes.py     rows that are too large for a limit
work.py      all of it, ready to be run
"""
