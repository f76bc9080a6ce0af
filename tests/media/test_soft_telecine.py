"""Film that asks its player to repeat fields: none of it is combed, and none of it is lost."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.shown import Run, numbered, shown

COUNT = 96
FILM = Fraction(24000, 1001)
# (top_field_first, repeat_first_field) of four pictures, whose ten fields are five frames.
PULLDOWN = ((True, False), (True, True), (False, False), (False, True))


def soft_telecined(clips: Clips) -> Path:
    """96 pictures of MPEG-2 at 29.97 frames a second, two of four of which are three fields long.

    FFmpeg does not write these flags; they are put into the picture coding extensions (ISO/IEC
    13818-2, 6.2.3.1).
    """
    graph = f"{numbered('30000/1001', COUNT)},format=yuv420p"
    coded = ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "0", "-flags", "+ildct", "-g", "12")
    stream = clips.make("film.m2v", "-f", "lavfi", "-i", graph, *coded)
    data = bytearray(stream.read_bytes())
    at = picture = 0
    while (at := data.find(b"\x00\x00\x01\xb5", at)) >= 0:
        if data[at + 4] >> 4 == 8:
            top_first, repeated = PULLDOWN[picture % len(PULLDOWN)]
            data[at + 7] = data[at + 7] & 0x7D | top_first << 7 | repeated << 1
            data[at + 8] |= 0x80  # progressive_frame
            picture += 1
        at += 4
    assert picture == COUNT
    clips.write("soft.m2v", bytes(data))
    fields = "floor(N/2)*5+mod(N,2)*2"  # before picture N, of which 60000/1001 are a second
    times = f"setts=ts='({fields})*1001/60000/TB'"
    return clips.make("soft.ts", "-i", "soft.m2v", "-c", "copy", "-bsf:v", times)


def test_film_that_repeats_fields_by_flags_is_shown_at_its_own_rate(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, soft_telecined(clips))
    assert title.treatment.fps == FILM
    assert title.numbers == list(range(COUNT))
