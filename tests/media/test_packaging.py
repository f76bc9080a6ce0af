"""Packaging with the real packager: short titles of every shape, each linted and read back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import m3u8
import pytest
from lxml import etree

from media.packaging.pointer import point_dash, point_hls
from media.packaging.title import Title
from qc.conformance.lint import lint
from tests.media.packaged import Made, RunCommand, audio, full_title, make, one_rung_title


@pytest.fixture(scope="module")
def full(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(run_command, tmp_path_factory.mktemp("full"), full_title())


def outcomes(made: Made) -> dict[str, list[str]]:
    """Return the evidence of every check that did not pass, by rule."""
    found: dict[str, list[str]] = {}
    for check in lint(made.generation, made.expected):
        if check.outcome != "pass":
            found.setdefault(f"{check.outcome} {check.rule}", []).append(check.evidence)
    return found


def test_a_full_title_meets_every_delivery_rule(full: Made) -> None:
    assert outcomes(full) == {}


def test_a_generation_holds_its_manifests_and_the_files_of_each_track(full: Made) -> None:
    files = {p.relative_to(full.generation).as_posix() for p in full.generation.rglob("*.*")}
    media = {"init.mp4", "playlist.m3u8", *(f"0000{n}.m4s" for n in (1, 2, 3, 4))}
    tracks = {
        "h264-72p": media | {"iframes.m3u8"},
        "h264-108p": media | {"iframes.m3u8"},
        "h264-180p": media | {"iframes.m3u8"},
        "audio-1-stereo": media,
        "audio-1-surround": media,
        "audio-2-stereo": media,
        "text-en": media | {f"0000{n}.vtt" for n in (1, 2, 3, 4)},
        "text-en-sdh": media | {f"0000{n}.vtt" for n in (1, 2, 3, 4)},
        "text-de-forced": media | {f"0000{n}.vtt" for n in (1, 2, 3, 4)},
    }
    below = {f"{track}/{name}" for track, names in tracks.items() for name in names}
    assert files == below | {"master.m3u8", "manifest.mpd", "chapters.json", "chapters.vtt"}


def test_the_facts_tell_codecs_segments_and_measured_rates_of_every_track(full: Made) -> None:
    tracks = {track.name: track for track in full.facts.tracks}
    assert (full.facts.hls, full.facts.dash) == ("master.m3u8", "manifest.mpd")
    assert {name: (t.kind, t.codecs, t.segments) for name, t in tracks.items()} == {
        "h264-72p": ("video", "avc1.4d400a", 4),
        "h264-108p": ("video", "avc1.4d400c", 4),
        "h264-180p": ("video", "avc1.4d4015", 4),
        "audio-1-stereo": ("audio", "mp4a.40.2", 4),
        "audio-1-surround": ("audio", "mp4a.40.2", 4),
        "audio-2-stereo": ("audio", "mp4a.40.2", 4),
        "text-en": ("text", "wvtt", 4),
        "text-en-sdh": ("text", "wvtt", 4),
        "text-de-forced": ("text", "wvtt", 4),
    }
    for name, track in tracks.items():
        kind = "vtt" if track.kind == "text" else "m4s"
        size_bytes = sum(p.stat().st_size for p in (full.generation / name).glob(f"*.{kind}"))
        assert track.average_bps == pytest.approx(size_bytes * 8 / track.duration_s, abs=1)
        assert track.peak_bps >= track.average_bps
        assert track.duration_s == pytest.approx(200 / 60, abs=0.001)


def test_an_independent_reader_finds_the_ladder_in_the_multivariant_playlist(full: Made) -> None:
    master = m3u8.load(str(full.generation / "master.m3u8"))
    stereo, surround = "audio-stereo", "audio-surround"
    assert [(p.uri, p.stream_info.audio, p.stream_info.resolution) for p in master.playlists] == [
        ("h264-180p/playlist.m3u8", stereo, (320, 180)),  # the best below 2 Mbit/s comes first
        ("h264-72p/playlist.m3u8", stereo, (128, 72)),
        ("h264-108p/playlist.m3u8", stereo, (192, 108)),
        ("h264-72p/playlist.m3u8", surround, (128, 72)),
        ("h264-108p/playlist.m3u8", surround, (192, 108)),
        ("h264-180p/playlist.m3u8", surround, (320, 180)),
    ]
    assert [p.uri for p in master.iframe_playlists] == [
        "h264-72p/iframes.m3u8",
        "h264-108p/iframes.m3u8",
        "h264-180p/iframes.m3u8",
    ]
    assert [(m.group_id, m.name, m.channels, m.uri) for m in master.media if m.type == "AUDIO"] == [
        (stereo, "English", "2", "audio-1-stereo/playlist.m3u8"),
        (stereo, "Deutsch", "2", "audio-2-stereo/playlist.m3u8"),
        (surround, "English", "6", "audio-1-surround/playlist.m3u8"),
        (surround, "Deutsch", "2", "audio-2-stereo/playlist.m3u8"),
    ]


def test_iframe_playlists_list_a_frame_for_every_gop(full: Made) -> None:
    playlist = m3u8.load(str(full.generation / "h264-180p" / "iframes.m3u8"))
    assert [s.duration for s in playlist.segments] == [0.5] * 6 + [0.333333]


def test_the_same_title_makes_the_same_bytes_again(
    full: Made, run_command: RunCommand, tmp_path: Path
) -> None:
    again = make(run_command, tmp_path, full_title())
    assert digests(again.generation) == digests(full.generation)


def digests(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def test_manifests_and_pointers_are_valid_against_the_dash_schema(full: Made, shared: Path) -> None:
    reader = etree.XMLParser(load_dtd=True, no_network=True)
    schema = etree.XMLSchema(etree.parse(str(shared / "schemas" / "DASH-MPD.xsd"), reader))
    manifest = (full.generation / "manifest.mpd").read_bytes()
    schema.assertValid(etree.fromstring(manifest))
    schema.assertValid(etree.fromstring(point_dash(manifest, "g7-0123abcd")))


def test_pointers_one_level_above_lead_to_the_files_of_the_generation(full: Made) -> None:
    name = full.generation.name
    pointer = m3u8.loads(point_hls((full.generation / "master.m3u8").read_text("utf-8"), name))
    uris = [
        *(playlist.uri for playlist in pointer.playlists),
        *(playlist.uri for playlist in pointer.iframe_playlists),
        *(media.uri for media in pointer.media),
        *(data.uri for data in pointer.session_data),
    ]
    assert len(uris) == 6 + 3 + 7 + 1
    assert [uri for uri in uris if not (full.generation.parent / uri).is_file()] == []


# --- shapes of titles ------------------------------------------------------------------------

SHAPES = {
    "29.97 fps": lambda: one_rung_title(Fraction(30000, 1001), 30, 80),
    "179/6 fps": lambda: one_rung_title(Fraction(179, 6), 30, 130),
    "a whole number of segments": lambda: one_rung_title(Fraction(24), 12, 96),
    "shorter than a segment": lambda: replace(one_rung_title(Fraction(24), 24, 30), texts=()),
    "an odd number of frames at half the rate": lambda: half_rate(frames=101),
    "audio in two languages and no picture": lambda: audio_ladder("en", "de"),
    "audio in one language and no picture": lambda: audio_ladder("en"),
    "video only": lambda: replace(one_rung_title(Fraction(25), 25, 60), texts=()),
}


def half_rate(frames: int) -> Title:
    title = full_title()
    return replace(
        title,
        duration_s=Fraction(frames, 60),
        rungs=title.rungs[:2],
        audios=title.audios[:1],
        texts=(),
        chapters=(),
    )


def audio_ladder(*languages: str) -> Title:
    return Title(
        segment_s=Fraction(2),
        duration_s=Fraction(5),
        rungs=(),
        audios=tuple(
            audio(f"audio-{stream}-{bps // 1000}k", stream, language, bps=bps)
            for stream, language in enumerate(languages, 1)
            for bps in (48_000, 96_000)
        ),
        texts=(),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_titles_of_every_shape_meet_the_delivery_rules(
    shape: str, run_command: RunCommand, tmp_path: Path
) -> None:
    made = make(run_command, tmp_path, SHAPES[shape]())
    found = outcomes(made)
    found.pop("warn apple-9.21", None)  # one rung alone is no ladder
    assert found == {}


def test_audio_only_variants_have_no_picture_and_one_group_per_rate(
    run_command: RunCommand, tmp_path: Path
) -> None:
    made = make(run_command, tmp_path, audio_ladder("en", "de"))
    master = m3u8.load(str(made.generation / "master.m3u8"))
    variants = [(p.uri, p.stream_info.codecs, p.stream_info.audio) for p in master.playlists]
    assert variants == [
        ("audio-1-96k/playlist.m3u8", "mp4a.40.2", "audio-stereo-96k"),
        ("audio-1-48k/playlist.m3u8", "mp4a.40.2", "audio-stereo-48k"),
    ]
    assert "RESOLUTION" not in (made.generation / "master.m3u8").read_text("utf-8")
