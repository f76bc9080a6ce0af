"""Showing one document: as JSON for a program, or as a person likes to read it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def show(
    document: dict[str, Any], for_a_person: Callable[[dict[str, Any]], None], as_json: bool
) -> None:
    """Print `document` on stdout."""
    if as_json:
        print_json(document)
    else:
        for_a_person(document)


def print_json(document: dict[str, Any]) -> None:
    """Print `document` as JSON on stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_line(text: str) -> None:
    """Print one line on stdout, at once: a person or a log waits for it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
