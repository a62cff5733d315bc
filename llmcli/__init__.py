"""The command line for language models: see README.md for what it promises."""

__version__ = "0.1.0"
