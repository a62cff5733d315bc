"""The user's schema in the strict subset of a provider, and the way back from its answers.

place.py         a place in a value: all schemas of the document that apply there at once
facts.py         what they say together (object_facts.py: of an object; bounds.py: of one type; notes.py: in words)
build.py         a codec for each place (build_objects.py, build_lists.py)
codec.py         what a codec is: the schema that is sent, and the way to an answer and back
                 (values.py, objects.py, maps.py, lists.py, unions.py: one family of them each)
settle.py        what is decided once all are built (overlap.py: which answers look alike; inhabited.py: what has none)
emit.py          codecs -> the schema; limits.py: whether it is small enough
compile.py       all of it together; plain.py: the schema as it is; dialect.py: what each provider takes
"""
