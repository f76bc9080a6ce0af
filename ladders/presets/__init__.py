"""Ladder policies that come with ReelFarm, as YAML with their sources."""
