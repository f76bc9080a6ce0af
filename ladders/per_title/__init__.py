"""Ladders that follow a title's own rate-quality curves. Pure."""
