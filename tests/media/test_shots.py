"""Renditions whose CRFs differ from shot to shot: bits go there, and chunks still join."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.ladder import CodecName, Shot, Timeline, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from ladders.chunks import Cuts, make_chunks
from ladders.fit import fit_ladder
from media.graphs.colour import BT709
from planning.params import EncodeParams, StitchParams
from planning.pictures import rung_in_chunk
from tests.conftest import MakeContext, stored
from tests.media.encodes import Media, RunCommand, ingested, pattern, x264
from workers.steps import encode, stitch

GOP, SEGMENT, FRAMES = 24, 48, 192
TREATMENT = Treatment(0, Fraction(24), False, False, 320, 180, colour=BT709)
TIMELINE = Timeline(Fraction(24), FRAMES)
POLICY = LadderPolicy(
    name="shots",
    preset="veryfast",
    hevc_preset="ultrafast",
    av1_preset=12,
    gop_s=1.0,
    segment_gops=2,
    rungs=(
        PolicyRung(width=320, height=180, max_bps=4_000_000, crf=26),
        PolicyRung(codec="hevc", width=320, height=180, max_bps=4_000_000, crf=28),
        PolicyRung(codec="av1", width=320, height=180, max_bps=4_000_000, crf=36),
    ),
)
# Of eight GOPs in two chunks: the seam lies within the second shot.
BOUNDS = ((0, 72), (72, 96), (168, 24))
MOVES = (3.0, -3.0, 0.0)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("shots"), run_command)


def made(
    step_context: MakeContext,
    source: Path,
    codec: CodecName,
    shots: tuple[Shot, ...] = (),
    more_crf: float = 0.0,
) -> Path:
    """Return the rendition of one codec, encoded in two chunks."""
    (rung,) = fit_ladder(POLICY, TREATMENT, (codec,)).rungs
    rung = replace(rung, crf=rung.crf + more_crf)
    shots = tuple(
        replace(shot, more_crf={rung.name: move} if move else {})
        for shot, move in zip(shots, MOVES, strict=False)
    )
    chunks = make_chunks(TIMELINE, SEGMENT, Cuts((0, 2)))
    parts = {}
    for chunk in chunks:
        here = rung_in_chunk(rung, shots, chunk, TIMELINE, None)
        params = EncodeParams(TREATMENT, TIMELINE, chunk, (here,), burn_in=False)
        context = step_context(
            params=params, inputs={"ingest": ingested(source)}, wanted=[rung.name], source=source
        )
        product = encode.run(context).products[rung.name]
        parts[f"encode:{chunk.index}#{rung.name}"] = stored(product)
    joined = stitch.run(step_context(params=StitchParams(rung, TIMELINE, chunks), inputs=parts))
    return joined.products[""].files["video.mp4"]


def gop_bytes(media: Media, path: Path) -> list[int]:
    shown = media.probe(path, "-show_entries", "packet=pts,size")["packets"]
    sizes = [int(p["size"]) for p in sorted(shown, key=lambda p: int(p["pts"]))]
    return [sum(sizes[at : at + GOP]) for at in range(0, FRAMES, GOP)]


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_bits_go_where_a_shot_has_a_lower_crf(
    media: Media, step_context: MakeContext, codec: CodecName
) -> None:
    noisy = (*pattern(24, FRAMES / 24), "-vf", "noise=alls=20:allf=t:all_seed=3")
    source = media.make("noisy.mp4", *noisy, *x264(), "-crf", "10")
    shots = tuple(Shot(start, frames, {}) for start, frames in BOUNDS)
    moved = gop_bytes(media, made(step_context, source, codec, shots))
    plain = gop_bytes(media, made(step_context, source, codec))
    if codec == "av1":  # one CRF a chunk: of 72 frames of +3 and 24 of -3, of 72 of -3 and 24 of 0
        times = [after / before for after, before in zip(moved, plain, strict=True)]
        assert max(times[:4]) < 1 < min(times[4:])
        return
    # What a GOP takes where all of the rendition has the CRF that its shot has.
    coarse, fine = (
        gop_bytes(media, made(step_context, source, codec, more_crf=more)) for more in MOVES[:2]
    )
    wanted = [*coarse[:3], *fine[3:7], plain[7]]
    assert moved == pytest.approx(wanted, rel=0.1)
