"""What is to be packaged: the tracks of one title and where their files lie.

Inputs lie in the scratch directory as "{track}.mp4" or "{track}.vtt"; everything that makes up the
generation is written below `OUT`. Track names are the farm's own and safe in a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from farm.captions import Instream
from farm.facts import AudioTrack, TextTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter, DynamicRange

OUT = "out"
HLS_NAME = "master.m3u8"
DASH_NAME = "manifest.mpd"
PLAYLIST_NAME = "playlist.m3u8"
IFRAMES_NAME = "iframes.m3u8"
INIT_NAME = "init.mp4"
CHAPTERS_JSON = "chapters.json"
CHAPTERS_VTT = "chapters.vtt"


@dataclass(frozen=True, slots=True)
class Title:
    """A title ready to be packaged: rungs lowest rate first, only the texts to be delivered."""

    segment_s: Fraction
    duration_s: Fraction
    rungs: tuple[Rung, ...]
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    chapters: tuple[Chapter, ...] = ()
    instreams: tuple[Instream, ...] = ()  # captions that every rung carries
    # How good each rung looks, where there are several codecs to choose among; empty: nobody knows.
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def ranges(self) -> frozenset[DynamicRange]:
        """Return the dynamic ranges that rungs are in."""
        return frozenset(rung.dynamic_range for rung in self.rungs)
