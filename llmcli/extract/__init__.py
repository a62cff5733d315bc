"""Data out of text: the user's schema, how a provider is asked for values of it, and what is made of its answers.

    user = load_schema("name, age int")            # schema/: a file, JSON, a pydantic model, or the short form
    compiled = compile_schema(user, "openai")      # subset/: what the provider enforces of it, with the way back
    way.asked(request)                             # ways.py: the ladder; memory.py: which rung worked
    await asking.value(request)                    # asking.py: one value; many.py: all records of a text
    user.problems(value)                           # always: against what the user wrote, not what was sent

answer/ reads what came, document/ takes a long text apart and puts its records together, quoting/ finds where a value
was read. json_value.py reads and compares JSON, pointer.py says where in it something is, problem.py what is wrong
there.
"""
