"""Grading: parts and their named misconceptions, releases, and a sample class to grade."""
