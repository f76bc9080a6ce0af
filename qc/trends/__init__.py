"""Titles held against each other: how scores spread, which are far off, what moved them."""
