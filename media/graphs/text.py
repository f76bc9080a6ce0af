"""Getting an embedded subtitle stream out of the source, as a file our readers know."""

from __future__ import annotations

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool, source_input
from media.text.cue import MAX_BYTES

EXTRACTED = "extracted.txt"

# What FFmpeg takes out unchanged, so that styles, voices and positions reach our readers.
_COPIED = {"subrip": "srt", "ass": "ass", "ssa": "ass", "webvtt": "webvtt"}
# What it decodes; ASS is the form its decoders speak inside, so nothing more is lost.
_DECODED = frozenset(
    {
        "mov_text",
        "text",
        "eia_608",
        "arib_caption",
        "jacosub",
        "microdvd",
        "mpl2",
        "pjs",
        "realtext",
        "sami",
        "stl",
        "subviewer",
        "subviewer1",
        "vplayer",
    }
)


def is_extractable(codec: str) -> bool:
    """Tell whether `codec` (FFmpeg's name) is text that FFmpeg can take out of a container."""
    return codec in _COPIED or codec in _DECODED


def extract_text(stream_index: int, codec: str) -> Command:
    """Return the command that writes stream `stream_index` of the source to EXTRACTED.

    Times are on the title's clock: its zero is the earliest start of any stream, as everywhere
    else. No progress is reported, as subtitles may be silent for an hour.
    """
    form = _COPIED.get(codec, "ass")
    return Command(
        Tool.FFMPEG,
        (
            *FFMPEG_PREAMBLE,
            *source_input(),
            "-map",
            f"0:{stream_index}",
            "-c:s",
            "copy" if codec in _COPIED else "ass",
            "-map_metadata",
            "-1",  # titles and tags of the source have no place in a sidecar
            "-map_chapters",
            "-1",
            "-fs",
            str(MAX_BYTES + 1),  # one byte beyond the cap, for which the reader refuses it
            "-f",
            form,
            f"file:{EXTRACTED}",
        ),
        label=f"extract text stream {stream_index}",
        limits=Limits(file_bytes=2 * MAX_BYTES),
    )
