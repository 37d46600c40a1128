"""Ballots and events, durable. The only place that knows Redis and Valkey."""
