"""Scores, checks and the verdict on a title. Pure."""
