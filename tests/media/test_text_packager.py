"""Clean tracks through the real Shaka Packager: whole titles, no warnings, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import Command, Finished, Tool
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.mending import mend
from media.text.placement import settings_for
from media.text.subtitles import read_subtitles
from media.text.track import milliseconds, track_text

SEGMENT_S = 6


@dataclass(frozen=True)
class Packaged:
    """What the packager wrote: WebVTT segments for HLS, MP4 segments for DASH, its complaints."""

    vtt: list[str]
    mp4: list[bytes]
    complaints: list[str]


@pytest.fixture
def package(
    run_command: Callable[[Command, Path], Finished], tmp_path: Path
) -> Callable[[str], Packaged]:
    def run(text: str) -> Packaged:
        (tmp_path / "text.vtt").write_text(text, "utf-8")
        hls = "segment_template=hls/$Number%05d$.vtt,playlist_name=p.m3u8,hls_only=1"
        dash = "init_segment=init.mp4,segment_template=dash/$Number%05d$.m4s,dash_only=1"
        args = (
            f"in=text.vtt,stream=text,format=vtt,{hls}",
            f"in=text.vtt,stream=text,format=vtt+mp4,{dash}",
            "--segment_duration",
            str(SEGMENT_S),
            "--hls_master_playlist_output",
            "master.m3u8",
            "--mpd_output",
            "manifest.mpd",
        )
        finished = run_command(Command(Tool.PACKAGER, args, "package text"), tmp_path)
        log = finished.stderr.splitlines()
        return Packaged(
            [path.read_text("utf-8") for path in sorted((tmp_path / "hls").iterdir())],
            [path.read_bytes() for path in sorted((tmp_path / "dash").iterdir())],
            [line for line in log if line.startswith(("W", "E"))],
        )

    return run


def test_segments_reach_the_end_of_the_title_and_the_padding_vanishes(
    package: Callable[[str], Packaged],
) -> None:
    duration_ms = milliseconds(Fraction(20_500_700, 1_000_000))
    written = package(track_text([Cue(1000, 2500, "only cue")], duration_ms))
    assert written.vtt == [
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500 align:center\nonly cue\n\n",
        *["WEBVTT\n\n"] * 3,
    ]
    assert [segment.count(b"vttc") for segment in written.mp4] == [1, 0, 0, 0]
    assert [segment.count(b"vtte") for segment in written.mp4] == [2, 1, 1, 1]
    assert written.complaints == []


def test_a_cue_up_to_the_very_end_and_the_padding_get_along(
    package: Callable[[str], Packaged],
) -> None:
    written = package(track_text([Cue(5000, 13_000, "long", "line:0")], 13_000))
    assert (
        written.vtt == ["WEBVTT\n\n00:00:05.000 --> 00:00:13.000 line:0 align:center\nlong\n\n"] * 3
    )
    assert written.complaints == []


def test_everything_we_keep_passes_without_a_warning(package: Callable[[str], Packaged]) -> None:
    payloads = [
        "<v.loud Roger &amp; Bingham>We <c.yellow.bg_blue>are</c></v>",
        "<b><i><u>a</u></i></b> &lt;b&gt; --&gt; <lang de>da</lang> <ruby>漢<rt>kan</rt></ruby>",
    ]
    settings = [
        *(settings_for(alignment) for alignment in range(1, 10) if alignment % 3 != 2),
        "line:-2 position:10% size:33.3% align:start",
    ]
    cues = [
        Cue(index * 500, index * 500 + 400, payloads[index % 2], each)
        for index, each in enumerate(settings)
    ]
    text = track_text(cues, SEGMENT_S * 1000)
    written = package(text)
    assert written.vtt == [text.removesuffix("00:00:05.999 --> 00:00:06.000\n\n")]
    assert written.complaints == []


def test_times_of_words_stay_in_every_segment_their_cue_shows_in(
    package: Callable[[str], Packaged],
) -> None:
    sung = "<c>The </c><00:00:05.500><c>kettle </c><00:00:06.500><c>sings</c>"
    written = package(track_text([Cue(5000, 7000, sung)], 2 * SEGMENT_S * 1000))
    cue = f"WEBVTT\n\n00:00:05.000 --> 00:00:07.000 align:center\n{sung}\n\n"
    assert written.vtt == [cue, cue]
    assert [segment.count(sung.encode()) for segment in written.mp4] == [1, 1]
    assert written.complaints == []


def test_cues_at_the_top_and_the_bottom_may_overlap(package: Callable[[str], Packaged]) -> None:
    cues = (Cue(0, 5000, "sign", "line:0"), Cue(1000, 2000, "said", "align:left"))
    written = package(track_text(cues, SEGMENT_S * 1000))
    assert written.vtt == [
        "WEBVTT\n\n00:00:00.000 --> 00:00:05.000 line:0 align:center\nsign\n\n"
        "00:00:01.000 --> 00:00:02.000 align:left\nsaid\n\n"
    ]
    assert written.complaints == []


@pytest.mark.parametrize(
    "name", ["elephants-dream-subtitles-en.vtt", "elephants-dream-subtitles-de.vtt", "counter.srt"]
)
def test_real_files_pass_without_a_warning(
    shared: Path, package: Callable[[str], Packaged], name: str
) -> None:
    data = (shared / "media" / name).read_bytes()
    read = read_subtitles(data, name=name, language="de", findings=Findings()).cues
    cues = mend(read, duration_ms=100_250, findings=Findings())
    written = package(track_text(cues, 100_250))
    assert len(written.vtt) == 17
    assert {cue.payload for cue in cues} == {
        block.partition("\n")[2]
        for segment in written.vtt
        for block in segment.split("\n\n")[1:]
        if block.strip()
    }
    assert written.complaints == []
