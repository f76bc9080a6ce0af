"""Asking ffprobe what a source is made of, and why one is refused."""
