"""The lint of presentations that others made: their known faults, planted ones, and nothing else.

What each tool is known to leave out is in its own documentation, or seen in what it writes; where a
list here changes with a version of a tool, look at what it writes before the list is changed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.lint import find_manifests
from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import Check
from qc.conformance.lint import lint_presentation
from tests.media.encodes import RunCommand

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-keyint_min", "50")
CLOSED = (*X264, "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2")
PICTURE = "testsrc2=size=320x180:rate=25:duration=10"
TONE = "sine=frequency=440:sample_rate=48000:duration=10"
PAIRS = "v:0,a:0 v:1,a:1"
GROUP = "v:0,agroup:a v:1,agroup:a a:0,agroup:a,default:yes,language:en"
HLS = ("-f", "hls", "-hls_time", "4", "-master_pl_name", "master.m3u8")
DASH = ("-f", "dash", "-seg_duration", "4", "-adaptation_sets", "id=0,streams=v id=1,streams=a")
MUXED = ("-map", "0:v:0", "-map", "0:a:0", "-map", "0:v:1", "-map", "0:a:1", "-c", "copy")
APART = ("-map", "0:v:0", "-map", "0:v:1", "-map", "0:a:0", "-c", "copy")
OWN_FOLDERS = (
    "in=v{n}.mp4,stream=video,init_segment=v{n}/init.mp4,segment_template=v{n}/$Number$.m4s",
    "in=a.mp4,stream=audio,init_segment=a/init.mp4,segment_template=a/$Number$.m4s,language=en",
)
ONE_FILE = (
    "in=v{n}.mp4,stream=video,output=video-{n}.mp4,playlist_name=v{n}.m3u8",
    "in=a.mp4,stream=audio,output=audio.mp4,playlist_name=a.m3u8,hls_group_id=sound,language=en",
)

# What FFmpeg's muxer of HLS leaves out of every multivariant playlist.
NO_RATE = {"apple-9.1", "apple-6.1", "independent"}
SEEN = {
    "hls-ts": (set(), NO_RATE),
    "hls-fmp4": (set(), NO_RATE | {"hls-vod"}),
    # BANDWIDTH of a variant without that of its audio group.
    "hls-group": ({"apple-1.26", "apple-1.27"}, NO_RATE | {"groups"}),
    "dash": (set(), NO_RATE | {"hls-vod", "apple-8.10", "groups", "apple-1.26"}),
    "dash-one-file": (set(), set()),
    "packager-one-file": (set(), {"apple-6.1", "groups"}),
    # Without --generate_static_live_mpd it writes the MPD of a live stream.
    "packager-folders": ({"dash-duration"}, {"apple-6.1", "groups"}),
}


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand
) -> Callable[[str], Path]:
    """Return the folder of a presentation as one of the tools makes it, made once."""
    home = tmp_path_factory.mktemp("others")

    def ffmpeg(folder: Path, *arguments: str) -> None:
        folder.mkdir(exist_ok=True)
        run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *arguments), "another's"), folder)

    def packager(folder: Path, videos: str, audio: str) -> None:
        folder.mkdir(exist_ok=True)
        for name, stream in (("v0", "0:v:0"), ("v1", "0:v:1"), ("a", "0:a:0")):
            ffmpeg(folder, "-i", "../in.mp4", "-map", stream, "-c", "copy", f"{name}.mp4")
        streams = [*(videos.replace("{n}", str(n)) for n in range(2)), audio]
        outputs = ("--mpd_output", "m.mpd", "--hls_master_playlist_output", "master.m3u8")
        argv = (*streams, *outputs, "--segment_duration", "4")
        run_command(Command(Tool.PACKAGER, argv, "another's"), folder)

    split = "[0:v]split[a][b];[b]scale=160:90[c]"
    sources = ("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", TONE)
    streams = ("-map", "[a]", "-map", "[c]", "-map", "1:a", "-map", "1:a")
    rates = ("-b:v:0", "400k", "-b:v:1", "60k", "-b:a", "32k")
    ffmpeg(home, *sources, "-filter_complex", split, *streams, *CLOSED, *rates, "in.mp4")
    read = ("-i", "../in.mp4")
    vod, fmp4 = ("-hls_playlist_type", "vod"), ("-hls_segment_type", "fmp4")
    makers: dict[str, Callable[[Path], None]] = {
        "hls-ts": lambda to: ffmpeg(
            to, *read, *MUXED, *HLS, *vod, "-var_stream_map", PAIRS, "s_%v.m3u8"
        ),
        "hls-fmp4": lambda to: ffmpeg(
            to, *read, *MUXED, *HLS, *fmp4, "-var_stream_map", PAIRS, "s_%v.m3u8"
        ),
        "hls-group": lambda to: ffmpeg(
            to,
            *(*read, *APART, *HLS, *vod, *fmp4, "-hls_flags", "single_file"),
            *("-var_stream_map", GROUP, "s_%v.m3u8"),
        ),
        "dash": lambda to: ffmpeg(to, *read, *APART, *DASH, "-hls_playlist", "1", "m.mpd"),
        "dash-one-file": lambda to: ffmpeg(
            to, *read, *APART, *DASH[:4], "-single_file", "1", "m.mpd"
        ),
        "packager-one-file": lambda to: packager(to, *ONE_FILE),
        "packager-folders": lambda to: packager(to, *OWN_FOLDERS),
    }

    def make(name: str) -> Path:
        folder = home / name
        if not folder.exists():
            makers[name](folder)
        return folder

    return make


def checks(folder: Path) -> dict[str, Check]:
    return {check.rule: check for check in lint_presentation(*find_manifests(folder))}


def found(folder: Path) -> tuple[set[str], set[str]]:
    """Return the rules that are broken, and those whose advice is not followed."""
    return (
        {rule for rule, check in checks(folder).items() if check.outcome == "fail"},
        {rule for rule, check in checks(folder).items() if check.outcome == "warn"},
    )


@pytest.mark.parametrize("name", sorted(SEEN))
def test_what_a_tool_is_known_for_is_found_and_nothing_else(
    made: Callable[[str], Path], name: str
) -> None:
    assert found(made(name)) == SEEN[name]


def test_media_is_looked_into_whoever_made_it(made: Callable[[str], Path]) -> None:
    for name, seen in (
        ("hls-ts", "0 tracks read whole; 2 are no MP4, and were not looked into"),
        ("hls-fmp4", "2 tracks read whole"),
        ("dash-one-file", "3 tracks read whole"),
        ("packager-one-file", "3 tracks read whole"),
        ("packager-folders", "3 tracks read whole"),
    ):
        assert checks(made(name))["readable"].evidence == seen
    assert checks(made("packager-one-file"))["apple-7.4"].evidence == (
        "6 segments start with an IDR frame"
    )


@pytest.fixture
def spoiled(made: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """Return a copy of a presentation that a test may spoil."""

    def copy(name: str) -> Path:
        to = tmp_path / name
        to.mkdir()
        for path in made(name).rglob("*"):
            if path.is_file():
                (to / path.relative_to(made(name))).parent.mkdir(exist_ok=True)
                (to / path.relative_to(made(name))).write_bytes(path.read_bytes())
        return to

    return copy


def new(name: str, folder: Path) -> set[str]:
    """Return the rules that are broken now, and were not before."""
    return found(folder)[0] - SEEN[name][0]


def test_a_segment_that_is_missing_is_named(spoiled: Callable[[str], Path]) -> None:
    folder = spoiled("packager-folders")
    (folder / "v1" / "2.m4s").unlink()
    assert new("packager-folders", folder) >= {"readable", "files-resolve"}
    assert "v1/2.m4s" in checks(folder)["files-resolve"].evidence


@pytest.mark.parametrize("name", ["packager-folders", "packager-one-file", "hls-ts"])
def test_a_bandwidth_that_is_too_low_is_named_with_the_measured_one(
    spoiled: Callable[[str], Path], name: str
) -> None:
    folder = spoiled(name)
    master = folder / "master.m3u8"
    text = master.read_text()
    low = re.sub(r":BANDWIDTH=(\d+)", lambda m: f":BANDWIDTH={int(m[1]) // 2}", text, count=1)
    master.write_text(low)
    assert new(name, folder) == {"apple-1.27"}
    assert re.search(r"declares \d+ bit/s and takes \d+", checks(folder)["apple-1.27"].evidence)


def test_a_gap_in_decoding_times_is_placed(spoiled: Callable[[str], Path]) -> None:
    folder = spoiled("packager-folders")
    path = folder / "v0" / "2.m4s"
    data = bytearray(path.read_bytes())
    at = data.index(b"tfdt") + 8  # version and flags come first
    form = ">Q" if data[at - 4] else ">I"
    (ticks,) = struct.unpack_from(form, data, at)
    struct.pack_into(form, data, at, ticks + 12_800)
    path.write_bytes(data)
    assert "continuity" in new("packager-folders", folder)
    assert "v0/2.m4s starts at tick" in checks(folder)["continuity"].evidence


def test_a_segment_that_begins_with_no_idr_frame_is_placed(
    made: Callable[[str], Path], tmp_path: Path, run_command: RunCommand
) -> None:
    made("hls-fmp4")
    folder = tmp_path / "split"
    folder.mkdir()
    source = str(made("hls-fmp4").parent / "in.mp4")
    split = (
        "-hls_flags",
        "split_by_time",
        "-hls_segment_type",
        "fmp4",
        "-hls_playlist_type",
        "vod",
    )
    argv = (
        *(*FFMPEG_PREAMBLE, "-i", source, "-map", "0:v:0", "-c", "copy", "-f", "hls"),
        *("-hls_time", "3", *split, "video.m3u8"),
    )
    run_command(Command(Tool.FFMPEG, argv, "another's"), folder)
    check = checks(folder)["apple-7.4"]
    assert check.outcome == "fail"
    assert "video1.m4s starts with a sample that is not marked as a sync sample" in check.evidence


def test_a_file_that_is_no_manifest_is_told_from_one(made: Callable[[str], Path]) -> None:
    folder = made("hls-ts")
    assert find_manifests(folder / "s_0.m3u8") == (folder, "s_0.m3u8", "")
    [check] = lint_presentation(folder, "s_00.ts", "")
    assert (check.rule, check.outcome) == ("readable", "fail")
    assert check.evidence.startswith("s_00.ts: ")


def test_a_name_that_is_none_is_told_and_nothing_else_stops(
    spoiled: Callable[[str], Path],
) -> None:
    folder = spoiled("packager-folders")
    playlist = folder / "stream_1.m3u8"
    text = playlist.read_text()
    playlist.write_text(text.replace("v0/2.m4s", "v0/%00.m4s").replace("v0/3.m4s", "x" * 400))
    assert "readable" in new("packager-folders", folder)
    assert checks(folder)["readable"].evidence.startswith("v0/\0.m4s: leads out of")
