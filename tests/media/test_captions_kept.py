"""Captions that stay inside the pictures, through real encodes and through the whole farm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import Command, Finished
from farm.ladder import Treatment
from farm.ladder_policy import LadderPolicy
from farm.parts import Part
from media.captions.carried import Carried, read_carried
from tests.conftest import MakeContext, stored
from tests.line21 import letters, pop_on, roll_up, schedule, service_packet
from tests.media.captioned import with_captions
from tests.media.encodes import POLICY, encode_title
from tests.media.source_steps import analyzed, ingested

RunCommand = Callable[[Command, Path], Finished]

NTSC_60 = Fraction(60000, 1001)
SENT = [
    (5, "CC1", pop_on("The kettle sings.")),
    (40, "CC1", roll_up("Nobody listens")),
    (10, "CC3", pop_on("Canta la tetera.", channel="CC3")),
    # The last picture says something, too.
    (88, "CC1", letters("!?")),
]
PICTURES = 89
IN_HEVC = POLICY.model_copy(
    update={
        "name": "hevc",
        "hevc_preset": "ultrafast",
        "rungs": tuple(rung.model_copy(update={"codec": "hevc"}) for rung in POLICY.rungs),
    }
)


def at_60(pictures: list[list[bytes]]) -> list[list[bytes]]:
    """Return pictures twice as often, each with the pair of one field, as broadcast in 60p."""
    return [[threes[field], *threes[2:]] for threes in pictures for field in (0, 1)]


def carried_by(make: MakeContext, source: Path) -> tuple[Part, Part, list[Carried]]:
    """Return the parts of ingest and analyze for a file, and what its pictures carry."""
    part = ingested(make, source)
    analysis = stored(analyzed(make, source, part))
    files = make(inputs={"analyze": analysis})
    with files.bring("analyze", "captions-0.txt", "captions-0.txt").open() as lines:
        return part, analysis, list(read_carried(lines))


def bytes_of(pictures: list[Carried]) -> dict[int, bytes]:
    """Return what each field, and the packets of CEA-708, say from beginning to end."""
    kinds = ((0,), (1,), (2, 3))
    return {
        kind[0]: b"".join(bytes(pair) for picture in pictures for pair in picture.of_kinds(*kind))
        for kind in kinds
    }


@pytest.mark.parametrize("policy", [POLICY, IN_HEVC], ids=lambda policy: policy.name)
def test_every_rung_carries_the_captions_of_the_source_even_at_half_its_rate(
    policy: LadderPolicy, step_context: MakeContext, run_command: RunCommand, tmp_path: Path
) -> None:
    pictures = schedule(SENT, PICTURES)
    pictures[20].extend(service_packet(1, b"Der Kessel singt"))
    source = with_captions(run_command, tmp_path, at_60(pictures), NTSC_60)
    _, _, wanted = carried_by(step_context, source)
    treatment = Treatment(0, NTSC_60, False, False, 192, 108, captions=True)
    # The last picture is held for a second, and says its captions once.
    held = replace(treatment, picture_frames=2 * PICTURES)
    made = encode_title(step_context, source, held, 2 * PICTURES + 60, policy=policy)
    assert [rung.fps for rung in made.ladder.rungs] == [NTSC_60 / 2, NTSC_60]
    for rung in made.ladder.rungs:
        _, _, found = carried_by(step_context, made.files[rung.name])
        assert bytes_of(found) == bytes_of(wanted)
        late_ms = [
            abs(there.time_ms - here.time_ms)
            for there, here in zip(_first_field(found), _first_field(wanted), strict=True)
        ]
        assert max(late_ms) <= 34


def _first_field(pictures: list[Carried]) -> list[Carried]:
    return [picture for picture in pictures if any(True for _ in picture.of_kinds(0))]


def test_without_being_asked_for_captions_reach_no_rung(
    step_context: MakeContext, run_command: RunCommand, tmp_path: Path
) -> None:
    source = with_captions(run_command, tmp_path, schedule(SENT[:1], 40))
    plain = Treatment(0, Fraction(30000, 1001), False, False, 192, 108)
    made = encode_title(step_context, source, plain, 40)
    for file in made.files.values():
        assert analyzed(step_context, file, ingested(step_context, file)).files == {}
