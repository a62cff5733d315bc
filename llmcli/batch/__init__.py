"""Many prompts, one job: its rows, its journal, its rates, its progress."""
