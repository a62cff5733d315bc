"""What a request carries (files, tools, reasoning, options and more) arrives at each API as it should."""
