"""Anthropic's API as the simulator speaks it."""
