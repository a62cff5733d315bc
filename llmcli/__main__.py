"""`llmcli`, and `python -m llmcli`."""

import sys

# `python -m` puts the working directory first, where a checkout may have a json.py of its own.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[:1]

import signal

# Until our own handlers are in place, Ctrl-C ends the process silently instead of with a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command line of this process, or only look up names for a shell, which waits for them."""
    if sys.argv[1:3] == ["completion", "values"]:
        from llmcli.names import main as answer
    else:
        from llmcli.cli import main as answer
    answer()


if __name__ == "__main__":
    main()
