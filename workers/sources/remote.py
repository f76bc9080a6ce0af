"""What a source on another machine can be asked, whatever kind of server has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Remote(Protocol):
    """A source on another machine, as its owner left it."""

    def identify(self) -> dict[str, Any]:
        """Return what tells it from what it may be later; `size_bytes` is None where unknown."""

    def download(
        self, target: Path, identity: dict[str, Any], check_wanted: Callable[[], None]
    ) -> None:
        """Write it to `target`, calling `check_wanted` all the while.

        Raises InvalidSource when it is seen to be another than `identity` says.
        """
