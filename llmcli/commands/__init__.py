"""One thin file a command: from what was typed to a Request, and from an Outcome to what is printed."""
