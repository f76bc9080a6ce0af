"""What a generation must contain, known before anybody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from farm.facts import AudioTrack, EncodedVideo, TextTrack


@dataclass(frozen=True, slots=True)
class Expectations:
    """The title as the farm made it; dropped text tracks may be listed, they are left out."""

    duration_s: Fraction
    segment_s: Fraction
    videos: tuple[EncodedVideo, ...]  # as stitched: size, rate and frame total of every rung
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]

    @property
    def delivered_texts(self) -> tuple[TextTrack, ...]:
        """Return the text tracks that must be in the presentation."""
        return tuple(track for track in self.texts if track.dropped is None)
