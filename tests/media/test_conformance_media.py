"""The rules about files, rates, segments, text and DASH, each shown to object."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.captions import Instream
from media.captions.carried import Carried
from qc.conformance.expectations import Expectations
from tests.media.packaged import Made, RunCommand, full_title, make
from tests.media.spoiled import (
    MASTER,
    MPD,
    TOP,
    Case,
    assert_objection,
    cut,
    drop_last,
    edit,
    heavy,
    later,
    patch,
    silence,
    spoil_sync_flag,
    unchanged,
    with_file,
    without,
)


@pytest.fixture(scope="module")
def sound(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(run_command, tmp_path_factory.mktemp("sound"), full_title())


def captioned(expected: Expectations) -> Expectations:
    """Expect a pair of captions in the pictures of the first half second."""
    pair = Carried(500, b"\xfc\x94\x20")
    return replace(expected, instreams=(Instream("CC1", "en"),), carried=(pair,))


def one_frame_more(expected: Expectations) -> Expectations:
    *others, top = expected.videos
    return replace(expected, videos=(*others, replace(top, frames=top.frames + 1)))


def longer_segments(expected: Expectations) -> Expectations:
    return replace(expected, segment_s=Fraction(2))


def another_cue(expected: Expectations) -> Expectations:
    first, *others = expected.texts
    return replace(expected, texts=(replace(first, cues=3), *others))


CASES = [
    Case("readable", "fail", "00002.m4s: box b'mdat'", cut(f"{TOP}/00002.m4s", 100)),
    Case(
        "readable",
        "fail",
        "has no EXT-X-TARGETDURATION",
        edit(f"{TOP}/playlist.m3u8", "#EXT-X-TARGETDURATION.*\n", ""),
    ),
    Case(
        "readable",
        "fail",
        "is not UTF-8",
        lambda root: (root / "text-en/00001.vtt").write_bytes(b"WEBVTT\n\xff"),
    ),
    Case(
        "files-resolve", "fail", "names chapters.json, which is not there", without("chapters.json")
    ),
    Case(
        "files-resolve",
        "fail",
        "leads out of the generation: ../",
        edit(MASTER, "(?m)^h264-72p", "../h264-72p"),
    ),
    Case("files-referenced", "warn", "stray.m4s is named by no manifest", with_file("stray.m4s")),
    Case(
        "apple-1.26",
        "fail",
        "declares 1000 bit/s",
        edit(MASTER, ",AVERAGE-BANDWIDTH=[0-9]+", ",AVERAGE-BANDWIDTH=1000"),
    ),
    Case(
        "apple-1.26",
        "warn",
        "(-",
        edit(MASTER, ",AVERAGE-BANDWIDTH=[0-9]+", ",AVERAGE-BANDWIDTH=9999999"),
    ),
    Case(
        "apple-1.27",
        "fail",
        "h264-180p with audio-stereo declares 1000 bit/s",
        edit(MASTER, ":BANDWIDTH=[0-9]+", ":BANDWIDTH=1000"),
    ),
    Case(
        "apple-1.27",
        "warn",
        "I-frames of h264-180p declares 9999999",
        edit(MASTER, r"BANDWIDTH=\d+(.*h264-180p/iframes)", r"BANDWIDTH=9999999\1"),
    ),
    Case("apple-1.30", "warn", "of its average", heavy(f"{TOP}/00001.m4s", 300_000)),
    Case(
        "dash-bandwidth",
        "warn",
        "s of buffer at its 2000 bit/s",
        edit(MPD, 'bandwidth="[0-9]+"', 'bandwidth="2000"'),
    ),
    Case(
        "dash-bandwidth",
        "fail",
        "has no @bandwidth",
        edit(MPD, 'bandwidth="[0-9]+"', 'bandwidth="0"'),
    ),
    Case("frames", "fail", "h264-180p has 200 frames, 201 were encoded", unchanged, one_frame_more),
    Case("continuity", "fail", "00002.m4s starts at tick", later(f"{TOP}/00002.m4s", 1)),
    Case(
        "start",
        "fail",
        "audio-2-stereo starts at 0.979 s",
        later("audio-2-stereo/00001.m4s", 48_000),
    ),
    Case("alignment", "fail", "segment 2 of h264-180p starts at", later(f"{TOP}/00002.m4s", 1)),
    Case(
        "segment-length", "warn", "starts at 1.000000 s, not 2.000000 s", unchanged, longer_segments
    ),
    Case(
        "apple-7.4",
        "fail",
        "of types (1,), no IDR slice",
        patch(f"{TOP}/00002.m4s", b"mdat", 4, b"\x41"),
    ),
    Case(
        "apple-7.4",
        "fail",
        "not marked as a sync sample",
        lambda root: spoil_sync_flag(root / TOP / "00002.m4s"),
    ),
    Case(
        "index",
        "fail",
        "has an index that points elsewhere",
        patch(f"{TOP}/00002.m4s", b"sidx", 27, b"\x99"),
    ),
    Case(
        "apple-6.1",
        "warn",
        "h264-180p has none",
        edit(MASTER, "#EXT-X-I-FRAME-STREAM-INF.*180p.*\n", ""),
    ),
    Case(
        "apple-6.1",
        "fail",
        "lacks EXT-X-I-FRAMES-ONLY",
        edit(f"{TOP}/iframes.m3u8", "#EXT-X-I-FRAMES-ONLY\n", ""),
    ),
    Case(
        "iframe-ranges",
        "fail",
        "are not a fragment's head and its first I-frame",
        edit(f"{TOP}/iframes.m3u8", r"BYTERANGE:\d+", "BYTERANGE:999"),
    ),
    Case(
        "iframe-times",
        "fail",
        "is listed at 0.900 s and shown at 0.500 s",
        edit(f"{TOP}/iframes.m3u8", "EXTINF:0.500000", "EXTINF:0.9"),
    ),
    Case(
        "apple-5.3",
        "fail",
        "text-en/00002.vtt has no timestamp map",
        edit("text-en/00002.vtt", "X-TIMESTAMP-MAP.*\n", ""),
    ),
    Case("apple-5.5", "fail", "ends at 2.000 s in HLS", drop_last("text-en/playlist.m3u8", 2)),
    Case("text-cues", "warn", "text-en has 2 different cues of 3", unchanged, another_cue),
    Case("text-cues", "fail", "none of its 2 cues", lambda root: silence(root / "text-en")),
    Case(
        "text-cues",
        "fail",
        "holds a cue at 0.300 s but plays 3.000-3.333 s",
        lambda root: shutil.copy(root / "text-en/00001.vtt", root / "text-en/00004.vtt"),
    ),
    Case(
        "dash-duration",
        "fail",
        "mediaPresentationDuration is 9.000 s",
        edit(MPD, "PT3.333334S", "PT9S"),
    ),
    Case(
        "dash-duration", "fail", "the MPD is dynamic", edit(MPD, 'type="static"', 'type="dynamic"')
    ),
    Case(
        "dash-timeline",
        "fail",
        "00001.m4s is listed at 0.021 s and starts at 0.000 s",
        edit(MPD, '(48000"(?:.*\n)*?.*<S )t="0"', r'\1t="1000"'),
    ),
    Case(
        "dash-coverage",
        "fail",
        "ends 1.333 s before the title",
        edit(MPD, '(wvtt(?:.*\n)*?.*<S t="0" d="1000" )r="3"', r'\1r="1"'),
    ),
    Case(
        "one-set",
        "fail",
        "audio-2-stereo is missing from DASH",
        edit(MPD, r'<Representation id="audio-2-stereo"(?:.*\n)*?\s*</Representation>', ""),
    ),
    Case(
        "one-set", "fail", "h264-72p: HLS lists 2 segments", drop_last("h264-72p/playlist.m3u8", 2)
    ),
    Case("captions-named", "fail", "HLS names no captions instead of CC1", unchanged, captioned),
    Case("captions-kept", "fail", "has 0 pairs before 1.0 s, not 1", unchanged, captioned),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_objects_to_what_it_is_there_for(case: Case, sound: Made, tmp_path: Path) -> None:
    assert_objection(case, sound, tmp_path)
