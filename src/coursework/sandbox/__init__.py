"""Sandboxes: processes that reach nothing, kept warm and forked for each hand-in."""
