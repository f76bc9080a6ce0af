"""What becomes of captions inside pictures: tracks of text, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from farm.captions import Captions, Instream
from farm.errors import InvalidSpec
from farm.ladder import Ladder, Treatment
from farm.language import UNDETERMINED
from farm.mediainfo import MediaInfo, VideoStream
from farm.spec import CaptionsSpec
from media.captions.line21 import CHANNELS
from media.captions.services import SERVICE
from media.graphs.beside import DEALT_RATES
from planning.text_origin import FromCaptions

DROPPED = "captions inside pictures are left out, as the request has it"
ONLY_708 = (
    "CEA-708 captions are not converted to text, and no channel of CEA-608 says the same:"
    " --captions passthrough keeps them in the picture"
)
TEXT_SERVICE = "CEA-608's text mode is not captions and is not converted"
SAID_TWICE = "it says what {} inside the picture says"


CARRYING = frozenset({"h264", "hevc"})  # of what is made: SVT-AV1 writes no ITU-T T.35 metadata


@dataclass(frozen=True, slots=True)
class PlannedCaptions:
    """A track of text that captions become, or are missed as."""

    language: str
    title: str
    origin: FromCaptions


def plan_captions(
    spec: CaptionsSpec, media: MediaInfo, found: Sequence[Captions]
) -> Iterator[PlannedCaptions]:
    """Yield a track for every caption of a source, but those which stay in the picture.

    What comes along as CEA-708 beside the same in CEA-608 is no loss, and gets none.
    """
    for captions in found:
        if _in_picture(media, captions) and kept_in_picture(spec, captions):
            continue
        if captions.name.startswith(SERVICE) and captions.same_as and spec.mode != "drop":
            continue
        language = caption_language(spec, media, captions)
        # "Original" says less than what televisions call it.
        title = captions.name if language == UNDETERMINED or _left_out(spec, captions) else ""
        origin = FromCaptions(captions.name, captions.stream_index, _left_out(spec, captions))
        yield PlannedCaptions(language, title, origin)


def kept_in_picture(spec: CaptionsSpec, captions: Captions) -> bool:
    """Return whether captions found in pictures stay there, as players can choose them."""
    nameable = captions.name in CHANNELS or captions.name.startswith(SERVICE)
    return spec.mode == "passthrough" and nameable


def instreams(
    spec: CaptionsSpec, media: MediaInfo, found: Sequence[Captions]
) -> tuple[Instream, ...]:
    """Return the captions that stay in the picture, for players to choose.

    Those of CEA-708 that say what a channel of CEA-608 says stay, too, and are not named twice.
    """
    return tuple(
        Instream(captions.name, caption_language(spec, media, captions))
        for captions in found
        if _in_picture(media, captions)
        and kept_in_picture(spec, captions)
        and captions.same_as is None
    )


def check_kept(picture: VideoStream, treatment: Treatment, ladder: Ladder) -> None:
    """Raise InvalidSpec where pictures come and go on their way, and captions with them."""
    rates = {treatment.fps, *(rung.fps for rung in ladder.rungs)}
    odd = sorted(rates - DEALT_RATES)
    uneven = picture.variable_rate or len(rates | {picture.frame_rate}) > 1
    why = None
    if any(rung.codec not in CARRYING for rung in ladder.rungs):
        why = "av1 pictures carry none"
    elif treatment.film:
        why = "3:2 pulldown is undone, and its pictures are not the title's"
    elif treatment.woven:
        why = "its pictures are fields, of which two make one of the title"
    elif odd and uneven:
        why = f"pictures are left out or doubled to make {float(odd[0]):.6g} a second"
    if why:
        raise InvalidSpec(
            f"--captions passthrough: captions would be lost, because {why}: use --captions text"
        )


def caption_language(spec: CaptionsSpec, media: MediaInfo, captions: Captions) -> str:
    """Return the language the request names, else that of a track of captions, else "und"."""
    track = next((text for text in media.text if text.index == captions.stream_index), None)
    declared = track.language if track is not None and captions.name == "CC1" else None
    return spec.languages.get(captions.name) or declared or UNDETERMINED


def _in_picture(media: MediaInfo, captions: Captions) -> bool:
    return media.picture is not None and captions.stream_index == media.picture.index


def _left_out(spec: CaptionsSpec, captions: Captions) -> str | None:
    if spec.mode == "drop":
        return DROPPED
    if captions.name.startswith(SERVICE):
        return ONLY_708
    if captions.name not in CHANNELS:
        return TEXT_SERVICE
    return SAID_TWICE.format(captions.same_as) if captions.same_as else None
