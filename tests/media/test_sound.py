"""Sound as sources have it: holes, levels, channels that come apart, changes on the way."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import InvalidSpec
from farm.mediainfo import SourceChannel
from farm.serial import to_json
from planning.sound import plan_sound
from tests.conftest import MakeContext
from tests.media.listening import Run, beeps, decoded, first_voice, made, made_of, tone_level
from tests.media.media_factory import Clips, pattern
from tests.media.source_steps import analysis_of, ingested, source_of, spec_of
from workers.steps import ingest

BEEP = "if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)"  # of 0.1 s at each full second
QUARTER = "0.25*sin(2*PI*{}*t)"  # a tone at -12.04 dBFS


def heard(
    *expressions: str, duration_s: float = 3, rate: int = 48_000, layout: str = ""
) -> list[str]:
    """Return the input of a sound of one expression a channel."""
    declared = f":channel_layout={layout}" if layout else ""
    source = f"aevalsrc=exprs='{'|'.join(expressions)}':s={rate}:d={duration_s}{declared}"
    return ["-f", "lavfi", "-i", source]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("hole.mkv", "between(t,0.5,0.575)"),  # 80 ms, once
        ("pauses.mkv", "between(mod(t,0.5),0.3,0.315)"),  # 20 ms each half second
    ],
)
def test_holes_in_sound_move_nothing_that_comes_after_them(
    name: str, missing: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    packets = ("-af", f"asetnsamples=160,aselect='not({missing})'", "-c:a", "pcm_s16le")
    path = clips.make(name, *heard(BEEP, duration_s=6, rate=16_000), *packets)
    _, product = made(step_context, path, duration_s="6")
    found = beeps(decoded(run_command, product))
    assert found == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.005)


def test_mono_is_on_both_sides_as_loud_as_it_was(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = clips.make("mono.wav", *heard(QUARTER.format(440)))
    _, product = made(step_context, path)
    for side in (0, 1):
        found = tone_level(decoded(run_command, product, side), 440)
        assert found == pytest.approx(-12.04, abs=0.1)


def test_seven_channels_become_five_without_being_turned_down(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    tones = [QUARTER.format(hertz) for hertz in (300, 400, 500, 60, 700, 800, 900, 1000)]
    path = clips.make("seven.wav", *heard(*tones, layout="7.1"))
    product = first_voice(step_context, path, ingested(step_context, path), channels=6)
    channels = [decoded(run_command, product, n) for n in range(6)]
    kept = [tone_level(channels[n], hertz) for n, hertz in ((0, 300), (1, 400), (2, 500))]
    assert kept == pytest.approx([-12.04] * 3, abs=0.2)
    rear = [tone_level(channels[4], hertz) for hertz in (700, 900)]
    assert rear == pytest.approx([-12.04, -15.05], abs=0.2)


def test_left_and_right_as_two_mono_tracks_are_one_stereo_track(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    tones = (*heard(QUARTER.format(400)), *heard(QUARTER.format(800)))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-c:v", "mpeg4", "-c:a", "pcm_s16le")
    path = clips.make("pair.mov", *pattern(), *tones, *maps)
    part = ingested(step_context, path)
    voices, remarks = plan_sound((), source_of(part).media)
    assert [voice.picked for voice in voices] == [(SourceChannel(1, 0), SourceChannel(2, 0))]
    assert [(remark.item, remark.kind) for remark in remarks] == [("audio streams 1, 2", "assumed")]
    product = first_voice(step_context, path, part)
    left, right = (decoded(run_command, product, side) for side in (0, 1))
    own = [tone_level(left, 400), tone_level(right, 800)]
    assert own == pytest.approx([-12.04] * 2, abs=0.1)
    assert max(tone_level(left, 800), tone_level(right, 400)) < -60


def test_channels_nobody_names_are_not_mixed(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    tones = [QUARTER.format(hertz) for hertz in range(300, 1100, 100)]
    bare = ("-af", "pan=8C|" + "|".join(f"c{n}=c{n}" for n in range(8)), "-c:a", "pcm_s16le")
    path = clips.make("discrete.mov", *heard(*tones, layout="7.1"), *bare)
    part = ingested(step_context, path)
    (remark,) = plan_sound((), source_of(part).media)[1]
    assert (remark.item, remark.kind) == ("audio stream 0, channels 2-7", "dropped")
    product = first_voice(step_context, path, part)
    for side, hertz in ((0, 300), (1, 400)):
        sound = decoded(run_command, product, side)
        assert tone_level(sound, hertz) == pytest.approx(-12.04, abs=0.1)
        assert max(tone_level(sound, other) for other in range(500, 1100, 100)) < -60


def test_mapped_channels_of_two_streams_make_a_track(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    two = heard(QUARTER.format(300), QUARTER.format(400), layout="stereo")
    maps = ("-map", "0", "-map", "1", "-c:a", "pcm_s16le")
    path = clips.make("mapped.mkv", *two, *heard(QUARTER.format(500)), *maps)
    picked = to_json((SourceChannel(1, 0), SourceChannel(0, 1)))
    _, product = made(step_context, path, picked=picked, bps=192_000)
    for side, hertz in ((0, 500), (1, 400)):
        sound = decoded(run_command, product, side)
        assert tone_level(sound, hertz) == pytest.approx(-12.04, abs=0.1)
        assert tone_level(sound, 300) < -60


def changing(clips: Clips, name: str, first: tuple[str, ...], second: tuple[str, ...]) -> Path:
    """Return 3 s of beeps in one form and 3 s in another, as a broadcast sends them."""
    parts = [
        clips.make(f"{order}-{name}", *heard(BEEP), *form, "-output_ts_offset", str(1 + order * 3))
        for order, form in enumerate((first, second))
    ]
    return clips.write(name, b"".join(part.read_bytes() for part in parts))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("layout.ts", ("-c:a", "ac3", "-ac", "2"), ("-c:a", "ac3", "-ac", "6")),
        ("mono.ts", ("-c:a", "mp2", "-ac", "1"), ("-c:a", "mp2", "-ac", "2")),
        ("rate.ts", ("-c:a", "mp2", "-ar", "48000"), ("-c:a", "mp2", "-ar", "44100")),
    ],
)
def test_sound_that_changes_on_the_way_stays_whole_and_in_its_place(
    name: str,
    first: tuple[str, ...],
    second: tuple[str, ...],
    clips: Clips,
    step_context: MakeContext,
    run_command: Run,
) -> None:
    path = changing(clips, name, first, second)
    part = ingested(step_context, path)
    zero_s = source_of(part).media.start_s
    _, product = made_of(step_context, path, part, duration_s="6")
    samples = decoded(run_command, product)
    assert 0 <= len(samples) - 6 * 48_000 < 1024
    # What the encoder primes its filters with comes first; the beeps are as late as that is long.
    found = beeps(samples)
    assert found == pytest.approx([found[0] + n for n in range(6)], abs=0.005)
    assert 0 <= found[0] < 0.02
    assert zero_s > 0


def test_a_change_on_the_way_hides_nothing_from_the_analysis(
    clips: Clips, step_context: MakeContext
) -> None:
    forms = [("-c:a", "mp2", "-ar", rate) for rate in ("48000", "44100")]
    steady, path = (
        changing(clips, "same.ts", forms[0], forms[0]),
        changing(clips, "rate.ts", *forms),
    )
    found, expected = (
        analysis_of(step_context, source, ingested(step_context, source))
        for source in (path, steady)
    )
    assert found.silence == expected.silence == ()
    assert float(found.duration_s) == pytest.approx(6, abs=0.01)
    heard_lufs = found.loudness[0].integrated_lufs
    assert heard_lufs == pytest.approx(expected.loudness[0].integrated_lufs, abs=0.2)


def test_surround_that_begins_in_stereo_is_told(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    # Bare AC-3 follows on by itself.
    parts = [
        clips.make(f"{layout}.ac3", *heard(BEEP), "-ac", channels)
        for layout, channels in (("first", "2"), ("then", "6"))
    ]
    path = clips.write("richer.ac3", b"".join(part.read_bytes() for part in parts))
    facts, product = made(step_context, path, duration_s="6")
    assert facts.issues == ("it becomes 5.1(side) on the way: here it is stereo throughout",)
    assert len(beeps(decoded(run_command, product))) == 6


def test_a_title_too_quiet_is_raised_by_a_bearable_gain_and_says_so(
    clips: Clips, step_context: MakeContext
) -> None:
    faint = "0.002*sin(2*PI*997*t)"
    path = clips.make("faint.wav", *heard(faint, faint, layout="stereo"), "-c:a", "pcm_s24le")
    facts, product = made(step_context, path, loudness="ebu-r128")
    assert product.evidence["gain_db"] == facts.gain_db == 20.0
    assert facts.measured_lufs == pytest.approx(-54.0, abs=0.2)
    (issue,) = facts.issues
    assert issue.startswith("at -54.0 LUFS it is so quiet that it was raised by 20 dB only, to -34")


def two_programmes(clips: Clips) -> Path:
    sources = (*pattern(), *heard(BEEP), *pattern("160x90"), *heard(QUARTER.format(500)))
    maps = [word for n in range(4) for word in ("-map", str(n))]
    names = ("-program", "title=One:st=0:st=1", "-program", "title=Two:st=2:st=3")
    return clips.make("two.ts", *sources, *maps, "-c:v", "mpeg2video", "-c:a", "mp2", *names)


@pytest.mark.parametrize(
    ("wanted", "number", "streams"), [(None, 1, (0, 1)), (1, 1, (0, 1)), (2, 2, (2, 3))]
)
def test_of_several_programmes_one_is_taken(
    wanted: int | None,
    number: int,
    streams: tuple[int, int],
    clips: Clips,
    step_context: MakeContext,
) -> None:
    spec = spec_of(two_programmes(clips), program=wanted)
    part = ingest.run(step_context(spec=spec)).products[""]
    media = part.facts["media"]
    assert media["programme"] == number
    assert [stream["index"] for stream in (*media["video"], *media["audio"])] == [*streams]
    assert Fraction(media["duration_s"]) == pytest.approx(Fraction(3), abs=0.1)


def test_a_programme_that_is_not_there_is_refused_with_those_that_are(
    clips: Clips, step_context: MakeContext
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        ingest.run(step_context(spec=spec_of(two_programmes(clips), program=7)))
    assert refused.value.message == (
        "program 7: the source has no such programme: choose from 1 ('One'), 2 ('Two')"
    )
