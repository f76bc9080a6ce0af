"""Asking ffprobe what a source is made of, and reading its answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from farm.command import SOURCE_GUARD, SOURCE_NAME, Command, Limits, Tool
from farm.mediainfo import Chapter, MediaInfo
from media.probe.inventory import list_items
from media.probe.programmes import read_programmes
from media.probe.streams import Json, audio_stream, is_audible, seconds, text_stream, video_stream

PROGRAMME_ENTRIES = "program=program_num:program_tags=service_name:program_stream=index"
# Headers only: whoever needs more than this is lost or hostile.
PROBE_LIMITS = Limits(wall_s=300, cpu_s=120, memory_bytes=8 << 30, file_bytes=0)


def probe_command() -> Command:
    """Return the command that describes the source as JSON on stdout."""
    show = ("-show_format", "-show_streams", "-show_chapters", "-of", "json")
    # Of programmes no more than this, or every stream would be described a second time.
    programmes = ("-show_entries", PROGRAMME_ENTRIES)
    quiet = ("-hide_banner", "-loglevel", "level+error")
    args = (*quiet, *SOURCE_GUARD, *programmes, *show, "-i", f"file:{SOURCE_NAME}")
    return Command(Tool.FFPROBE, args, "probe the source", PROBE_LIMITS)


def parse_probe(text: str, size_bytes: int) -> MediaInfo:
    """Return what `probe_command` printed about a source of this size.

    Pictures that no decoder knows are left out; such sound is listed as `unknown_audio`. Raises
    ValueError when `text` is not ffprobe's JSON.
    """
    described = json.loads(text)
    if not isinstance(described, dict) or "format" not in described:
        raise ValueError("ffprobe described no format")
    form: Json = described["format"]
    every: list[Json] = described.get("streams", [])
    streams = [s for s in every if "codec_name" in s]
    video = tuple(video_stream(s) for s in streams if s.get("codec_type") == "video")
    audio = tuple(audio_stream(s) for s in streams if is_audible(s))
    streams_s = [*(s.duration_s for s in video), *(s.duration_s for s in audio)]
    return MediaInfo(
        format=form["format_name"],
        size_bytes=size_bytes,
        start_s=seconds(form.get("start_time")) or Fraction(0),
        # A damaged header may say less than nothing.
        duration_s=max(Fraction(0), seconds(form.get("duration")) or _longest(streams_s)),
        video=video,
        audio=audio,
        text=tuple(text_stream(s) for s in every if s.get("codec_type") == "subtitle"),
        chapters=tuple(_chapter(entry) for entry in described.get("chapters", [])),
        items=list_items(described),
        unknown_audio=tuple(
            s["index"] for s in every if s.get("codec_type") == "audio" and "codec_name" not in s
        ),
        programmes=read_programmes(described),
    )


def _longest(durations_s: Sequence[Fraction | None]) -> Fraction:
    known_s = (duration_s for duration_s in durations_s if duration_s is not None)
    return max(known_s, default=Fraction(0))


def _chapter(entry: Json) -> Chapter:
    tags: dict[str, Any] = entry.get("tags", {})
    title = str(tags.get("title", "")).strip()
    start_s = seconds(entry.get("start_time")) or Fraction(0)
    end_s = seconds(entry.get("end_time"))
    return Chapter(start_s, start_s if end_s is None else end_s, {"und": title} if title else {})
