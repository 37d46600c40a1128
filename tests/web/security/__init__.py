"""Attacks that must change nothing: each test is a row of the threat model in OPERATIONS.md."""
