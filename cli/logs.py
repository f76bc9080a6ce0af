"""What long-running parts write to stderr: one line an event, with time and level."""

from __future__ import annotations

import logging


def log_to_stderr() -> None:
    """Send every log of this process to stderr."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
