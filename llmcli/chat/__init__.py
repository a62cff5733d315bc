"""Conversations: what was said, what of it is sent again, and where it is kept."""
