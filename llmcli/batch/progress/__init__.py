"""How far a job is, shown on stderr while it runs."""
