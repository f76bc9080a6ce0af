"""What is to be packaged: the tracks of one title and where their files lie.

Inputs lie in the scratch directory as "{track}.mp4" or "{track}.vtt"; everything that makes up the
generation is written below `OUT`. Track names are the farm's own and safe in a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from farm.captions import Instream
from farm.facts import AudioTrack, TextTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter

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
