"""Streams in the languages that an MP4 declares in full, where FFmpeg shows three letters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from farm.language import UNDETERMINED, declared_language
from farm.mediainfo import AudioStream, MediaInfo, TextStream, VideoStream

S = TypeVar("S", VideoStream, AudioStream, TextStream)


def in_full(media: MediaInfo, probed: str, declared: Mapping[int, str]) -> MediaInfo:
    """Return `media`, which ffprobe printed as `probed`, in languages declared by track ID.

    Those count for more than the three letters (ISO/IEC 14496-12, 8.4.6.1), if they are a language.
    """
    ids = {
        entry["index"]: int(entry["id"], 16)
        for entry in json.loads(probed).get("streams", [])
        if "id" in entry
    }
    told = {index: declared[number] for index, number in ids.items() if number in declared}

    def spoken(stream: S) -> S:
        tag = told.get(stream.index)
        if tag is None:
            return stream
        known = None if tag == UNDETERMINED else declared_language(tag) or stream.language
        return replace(stream, language=known)

    return replace(
        media,
        video=tuple(spoken(stream) for stream in media.video),
        audio=tuple(spoken(stream) for stream in media.audio),
        text=tuple(spoken(stream) for stream in media.text),
    )
