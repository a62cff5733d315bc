"""The man pages, and what makes them."""
