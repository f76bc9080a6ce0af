"""Faults planted in clips are found by the checks that are named for them, where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.spec import QcPolicy
from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.planted import (
    DURATION_S,
    RATE,
    covers,
    found,
    judged,
    moving,
    sources,
    talking,
)

HERE = "between(t,4,6)"


def planted(clips: Clips, name: str, *, picture: str = "", sound: str = "") -> Path:
    """Return a clip with filters over its pictures and over its sound."""
    video = f"{moving()}{',' if picture else ''}{picture}"
    audio = f"{talking()}{',' if sound else ''}{sound}"
    return clips.make(f"planted-{name}.mkv", *sources(video, audio))


def test_nothing_is_found_in_a_clean_clip(clips: Clips, step_context: MakeContext) -> None:
    checks = judged(step_context, planted(clips, "clean"))
    assert found(checks) == set()
    assert {"black", "phase", "clipping", "flashes", "colours", "av-drift"} <= checks.keys()
    assert [check.rule for check in checks.values() if check.places] == []


@pytest.mark.parametrize(
    ("rule", "picture", "sound"),
    [
        ("black", f"drawbox=c=black:t=fill:enable='{HERE}'", ""),
        ("freeze", f"loop=loop={2 * RATE}:size=1:start={4 * RATE},trim=duration={DURATION_S}", ""),
        ("silence", "", f"volume=0:enable='{HERE}'"),
    ],
)
def test_two_seconds_of_nothing_are_told_and_weigh_what_the_policy_says(
    rule: str, picture: str, sound: str, clips: Clips, step_context: MakeContext
) -> None:
    clip = planted(clips, rule, picture=picture, sound=sound)
    checks = judged(step_context, clip)
    assert found(checks) == set()
    assert covers(checks[rule], 4, 6)
    assert checks[rule].evidence.startswith("none so long: ")
    strict = judged(step_context, clip, policy=QcPolicy(blank_s=1.5))
    assert rule in found(strict)
    assert covers(strict[rule], 4, 6)


@pytest.mark.parametrize(
    ("rule", "sound"),
    [
        ("phase", "aeval='val(0)|val(1)*(1-2*between(t,4,6))':c=same"),
        ("clipping", f"volume=18dB:enable='{HERE}',aformat=s16"),
    ],
)
def test_sound_that_is_wrong_for_two_seconds_is_found_there(
    rule: str, sound: str, clips: Clips, step_context: MakeContext
) -> None:
    checks = judged(step_context, planted(clips, rule, sound=sound))
    assert found(checks) == {rule}
    assert covers(checks[rule], 4, 6)


def test_flashes_are_found_where_they_are(clips: Clips, step_context: MakeContext) -> None:
    white = f"drawbox=c=white:t=fill:enable='{HERE}*lt(mod(n,5),3)'"
    checks = judged(step_context, planted(clips, "flashes", picture=white))
    assert found(checks) == {"flashes"}
    assert covers(checks["flashes"], 4, 6)


def test_red_flashes_are_told_apart(clips: Clips, step_context: MakeContext) -> None:
    red = f"drawbox=c=red:t=fill:enable='{HERE}'"
    red += f",drawbox=c=0x202020:t=fill:enable='{HERE}*lt(mod(n,5),2)'"
    checks = judged(step_context, planted(clips, "red-flashes", picture=red))
    assert found(checks) == {"flashes"}
    assert "in red 4." in checks["flashes"].evidence


def test_fields_left_in_the_pictures_are_found_in_the_title(
    clips: Clips, step_context: MakeContext
) -> None:
    woven = f"{moving(rate=2 * RATE)},interlace=scan=tff:lowpass=off,setfield=prog"
    whole = f"[p]trim=0:4[a];[w]trim=4:7[b];[q]trim=7:{DURATION_S}[c]"
    graph = f"{moving()},split=2[p][q];{woven}[w];{whole};[a][b][c]concat=n=3,setpts=N/{RATE}/TB"
    clip = clips.make("planted-fields.mkv", *sources(graph, talking()))
    checks = judged(step_context, clip)
    assert found(checks) == {"interlacing"}
    assert covers(checks["interlacing"], 4, 7)
    assert "the best rung" in checks["interlacing"].evidence


def test_a_picture_doubled_every_so_often_is_told_by_its_beat(
    clips: Clips, step_context: MakeContext
) -> None:
    slower = f"{moving(rate=20)},fps={RATE}"
    checks = judged(step_context, clips.make("planted-beat.mkv", *sources(slower, talking())))
    assert found(checks) == {"cadence"}
    assert checks["cadence"].evidence.startswith("one in 5 is shown twice")


def test_levels_no_broadcaster_takes_are_found(clips: Clips, step_context: MakeContext) -> None:
    wide = f"eq=brightness=-0.3:contrast=1.4:enable='{HERE}'"
    checks = judged(step_context, planted(clips, "levels", picture=wide))
    assert found(checks) == {"legal-range"}
    assert covers(checks["legal-range"], 4, 6)


@pytest.mark.parametrize(("target", "found_so"), [("ebu-r128", True), ("streaming-14", False)])
def test_hot_sound_is_told_where_the_policy_has_a_target(
    target: str, found_so: bool, clips: Clips, step_context: MakeContext
) -> None:
    clip = clips.make("planted-hot.mkv", *sources(moving(), talking(volume=0.35)))
    assert found(judged(step_context, clip)) == set()
    checks = judged(step_context, clip, policy=QcPolicy.model_validate({"loudness_target": target}))
    assert found(checks) == ({"loudness-audio-0-stereo"} if found_so else set())
