"""A second name for a file: what both stores on disk and caches do instead of copying."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name, or a copy where the file system has no hard links for it.

    Safe because files are never written in place: steps write new files and rename them.
    """
    target.unlink(missing_ok=True)  # a copy into it would reach every other name it has
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
