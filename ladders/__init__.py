"""Rungs, presets, GOP and chunk arithmetic. Pure."""
