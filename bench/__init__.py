"""Benchmarks: each prints one table, and ends with status 1 when a limit is missed."""
