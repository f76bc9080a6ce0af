"""The manifest pass over a packaged title: what the packager left open is written beside it."""

from __future__ import annotations

from pathlib import Path

from media.packaging.manifests import Manifests, make_manifests
from media.packaging.text_segments import anchor
from media.packaging.title import Title


def write_manifests(folder: Path, title: Title) -> Manifests:
    """Write every playlist and the MPD of `title` below `folder`, over the packager's raw MPD.

    Text segments are anchored to the title's clock first. Raises ToolFailed where the packager
    left a track out or damaged.
    """
    for text in title.texts:
        for path in (folder / text.name).glob("*.vtt"):
            path.write_text(anchor(path.read_text("utf-8")), "utf-8", newline="\n")
    manifests = make_manifests(folder, title)
    for name, content in manifests.files.items():
        # The scratch directory is ours alone: nobody reads it half-written.
        (folder / name).write_bytes(content)
    return manifests
