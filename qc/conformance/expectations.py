"""What a generation must contain, known before anybody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from farm.captions import Instream
from farm.facts import AudioTrack, EncodedVideo, TextTrack
from media.captions.carried import Carried


@dataclass(frozen=True, slots=True)
class Expectations:
    """The title as the farm made it; dropped text tracks may be listed, they are left out."""

    duration_s: Fraction
    segment_s: Fraction  # 0: somebody else made it
    videos: tuple[EncodedVideo, ...]  # as stitched: size, rate and frame total of every rung
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    instreams: tuple[Instream, ...] = ()  # captions that the pictures carry
    carried: tuple[Carried, ...] = ()  # by the source's pictures, as they are to stay

    @property
    def is_ours(self) -> bool:
        """Return whether the farm made it: of others' presentations nothing is expected."""
        return self.segment_s > 0

    @property
    def delivered_texts(self) -> tuple[TextTrack, ...]:
        """Return the text tracks that must be in the presentation."""
        return tuple(track for track in self.texts if track.dropped is None)
