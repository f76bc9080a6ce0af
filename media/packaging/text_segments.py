"""WebVTT segments as HLS wants them, from those of the packager."""

from __future__ import annotations

# Presentation time 0 of the fragmented MP4 beside it is local time 0 (RFC 8216, 3.5).
TIMESTAMP_MAP = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"


def anchor(segment: str) -> str:
    """Return a WebVTT segment with the timestamp map that ties its cues to the video.

    Apple HLS Authoring Specification 5.3 asks for one in every segment; the packager writes none.
    """
    head, _, rest = segment.partition("\n")
    return f"{head}\n{TIMESTAMP_MAP}\n{rest}"
