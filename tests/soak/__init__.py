"""Half an hour of everything at once; only run with `-m soak`."""
