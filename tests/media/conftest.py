"""Fixtures for tests that need media: clips made once, for the whole session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from farm.command import Command, Finished
from tests.media.media_factory import Clips


@pytest.fixture(scope="session")
def clips(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Clips:
    """The maker of test media; see `media_factory`."""
    return Clips(tmp_path_factory.mktemp("clips"), run_command)
