"""Data out of text: the user's schema, and how a provider is asked for values of it.

    user = load_schema("name, age int")            # schema/: a file, JSON, a pydantic model, or the short form
    compiled = compile_schema(user, "openai")      # subset/: what the provider enforces of it, with the way back
    value = compiled.decode(answer)
    problems = user.problems(value)                # always: against what the user wrote, not what was sent

json_value.py reads and compares JSON, pointer.py says where in it something is, problem.py what is wrong there.
"""
