"""Renditions in HEVC and AV1 beside H.264, from one decode: frames, GOPs, seams, tags."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.errors import MixedEncoders
from farm.ladder import CODEC_NAMES, CodecName, Timeline, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from ladders.chunks import Cuts
from ladders.gop import frames_at
from media.graphs.colour import BT709
from planning.params import StitchParams
from tests.conftest import MakeContext
from tests.media.encodes import Media, RunCommand, encode_title, pattern, x264
from workers.steps import stitch

# Segments of a second, so that titles of seconds have several chunks.
CODECS = LadderPolicy(
    name="codecs",
    codecs=("h264", "hevc", "av1"),
    preset="veryfast",
    hevc_preset="ultrafast",
    av1_preset=12,
    gop_s=0.5,
    segment_gops=2,
    rungs=(
        PolicyRung(width=320, height=180, max_bps=500_000, crf=28),
        PolicyRung(codec="hevc", width=160, height=90, max_bps=150_000, crf=32, half_rate=True),
        PolicyRung(codec="hevc", width=320, height=180, max_bps=400_000, crf=28),
        PolicyRung(codec="av1", width=160, height=90, max_bps=120_000, crf=45.25, half_rate=True),
        PolicyRung(codec="av1", width=320, height=180, max_bps=300_000, crf=40),
    ),
)
# Each codec's pictures want a decoder that is set up in another way.
OTHERWISE = {"preset": "ultrafast", "bit_depth": 8}
TAGS = {"h264": "avc1", "hevc": "hvc1", "av1": "av01"}
FORMATS = {"h264": "yuv420p", "hevc": "yuv420p10le", "av1": "yuv420p10le"}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("sources"), run_command)


@pytest.mark.parametrize("cuts", [(0,), (0, 2, 5)])
@pytest.mark.parametrize(
    ("fps", "frames"),
    [(Fraction(24000, 1001), 169), (Fraction(30000, 1001), 219), (Fraction(60000, 1001), 427)],
)
def test_every_codec_has_every_frame_on_its_grid_and_a_key_frame_per_gop(
    media: Media, step_context: MakeContext, fps: Fraction, frames: int, cuts: tuple[int, ...]
) -> None:
    source = media.make(f"{fps.numerator}.mp4", *pattern(fps, frames / float(fps)), *x264())
    treatment = Treatment(0, fps, False, False, 320, 180, colour=BT709)
    title = encode_title(
        step_context,
        source,
        treatment,
        frames,
        cuts=Cuts(cuts),
        policy=CODECS,
        cores=lambda chunk: (1, 2, 1000)[chunk.index],
    )
    assert len(title.ladder.rungs) == len(CODECS.rungs)
    for rung in title.ladder.rungs:
        path = title.files[rung.name]
        count = frames_at(frames, fps, rung.fps)
        assert media.packets(path) == [
            (n / rung.fps, n % rung.gop_frames == 0) for n in range(count)
        ]
        stream = media.stream(path)
        seen = (stream["codec_name"], stream["codec_tag_string"], stream["pix_fmt"])
        assert seen == (rung.codec, TAGS[rung.codec], FORMATS[rung.codec])
        assert [
            stream[f"color_{part}"] for part in ("range", "space", "transfer", "primaries")
        ] == [*("tv", "bt709", "bt709", "bt709")]
        assert media.decoded(path) == count
    tops = [rung.name for rung in title.ladder.rungs if rung.width == 320]
    reference, *others = (media.small_luma(title.files[name]) for name in tops)
    for other in others:  # the same picture at the same time, whatever the codec
        assert max(abs(a - b) for a, b in zip(reference, other, strict=True)) <= 3


@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_chunks_of_different_encoders_are_never_joined(
    media: Media, step_context: MakeContext, codec: CodecName
) -> None:
    source = media.make("mixed.mp4", *pattern(24, 6), *x264())
    treatment = Treatment(0, Fraction(24), False, False, 320, 180, colour=BT709)
    one, another = (
        encode_title(step_context, source, treatment, 144, cuts=Cuts((0, 3)), policy=policy)
        for policy in (CODECS, CODECS.model_copy(update=OTHERWISE))
    )
    rung = next(r for r in one.ladder.rungs if r.codec == codec and r.width == 320)
    begin, end = f"encode:0#{rung.name}", f"encode:1#{rung.name}"
    mixed = {begin: one.parts[begin], end: another.parts[end]}
    params = StitchParams(rung, Timeline(Fraction(24), 144), one.chunks)
    with pytest.raises(MixedEncoders) as caught:
        stitch.run(step_context(params=params, inputs=mixed))
    assert caught.value.message == (
        f"{rung.name}: chunks 2 (cpu) have other parameter sets than 1 (cpu): they cannot be"
        " joined, make the rendition anew on one kind of encoder"
    )
    assert (caught.value.detail["chunks"], caught.value.detail["rung"]) == ([1], rung.name)


def test_film_grain_is_described_for_the_player_to_draw(
    media: Media, step_context: MakeContext
) -> None:
    source = media.make("grain.mp4", *pattern(24, 2), *x264())
    treatment = Treatment(0, Fraction(24), False, False, 320, 180, colour=BT709)
    drawn = {}
    for strength in (0, 20):
        policy = CODECS.model_copy(update={"codecs": ("av1",), "film_grain": strength})
        title = encode_title(step_context, source, treatment, 48, policy=policy)
        path = title.files[title.ladder.rungs[-1].name]
        drawn[strength] = media.said(path, "-export_side_data", "film_grain")
    assert "Film grain parameters" not in drawn[0]
    assert drawn[20].count("Film grain parameters") >= 40


def test_bars_are_cut_off_and_nothing_else(media: Media, step_context: MakeContext) -> None:
    barred = (*pattern(24, 2, "320x136"), "-vf", "pad=320:180:0:22")
    source = media.make("barred.mp4", *barred, *x264())
    bare = media.make("bare.mp4", *pattern(24, 2, "320x136"), *x264())
    cut = Treatment(0, Fraction(24), False, False, 320, 136, crop=(320, 136, 0, 22), colour=BT709)
    policy = CODECS.model_copy(update={"codecs": ("h264",)})
    files = []
    for path, treatment in ((source, cut), (bare, replace(cut, crop=None))):
        title = encode_title(step_context, path, treatment, 48, policy=policy)
        files.append(title.files[title.ladder.rungs[-1].name])
    streams = [media.stream(path) for path in files]
    assert [(s["width"], s["height"]) for s in streams] == [(320, 136)] * 2
    with_bars, without = (media.small_luma(path) for path in files)
    assert max(abs(a - b) for a, b in zip(with_bars, without, strict=True)) < 1
