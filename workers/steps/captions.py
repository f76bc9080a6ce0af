"""Captions inside pictures, between the steps that find them and those that need them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from farm.captions import Captions
from farm.mediainfo import MediaInfo
from media.captions.carried import Carried, captions_name, read_carried, written
from media.captions.services import channel_cues, find_captions
from media.graphs.analyze_captions import caption_streams, read_captions
from media.text.cue import MAX_CUES, Cue
from media.text.findings import Findings
from planning.text_origin import FromCaptions
from workers.steps.contract import StepContext


def found_captions(scratch: Path, media: MediaInfo) -> tuple[tuple[Captions, ...], dict[str, Path]]:
    """Return the captions an analysis came by, and the files of what carries them."""
    files: dict[str, Path] = {}
    carried: dict[int, list[Carried]] = {}
    for stream in caption_streams(media):
        lines = list(written(read_captions(scratch, media, stream)))
        name = captions_name(stream.index)
        files[name] = scratch / name
        files[name].write_text("".join(lines), "ascii")
        carried[stream.index] = list(read_carried(lines))
    found = find_captions(carried)
    saying = {captions_name(captions.stream_index) for captions in found}
    return found, {name: path for name, path in files.items() if name in saying}


def bring_carried(context: StepContext[Any], stream_index: int) -> tuple[Carried, ...]:
    """Return what a stream carries, as the analysis found it."""
    name = captions_name(stream_index)
    with context.bring("analyze", name, name).open(encoding="ascii") as lines:
        return tuple(read_carried(lines))


def seen_cues(
    context: StepContext[Any], origin: FromCaptions, duration_ms: int, findings: Findings
) -> tuple[tuple[Cue, ...], str | None]:
    """Return the cues of captions inside a stream, or why there are none."""
    if origin.left_out is not None:
        return (), origin.left_out
    carried = bring_carried(context, origin.inside)
    cues = channel_cues(carried, origin.channel, duration_ms, findings)
    if len(cues) > MAX_CUES:
        return (), f"it has more than {MAX_CUES:,} cues"
    return cues, None
