"""Tests of grading: intake, sandbox, batch, gradebook, feedback, and the attack suite."""
