"""A stretch of a source as a title: frame exact, with all that belongs to it, moved along."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.errors import InvalidSource
from farm.facts import ChapterList, TextTrack
from farm.parts import FileRef, Part
from farm.serial import from_json
from farm.spec import ExcerptSpec, SubtitleSpec
from planning.inventory import left_out
from planning.params import ChaptersParams, TextParams
from planning.text_origin import FromSidecar, FromStream
from tests.conftest import MakeContext
from tests.line21 import pop_on, schedule
from tests.media.captioned import track_of, with_captions
from tests.media.source_steps import analysis_of, ingested, source_of, spec_of
from workers.steps import chapters, text

RunCommand = Callable[[Command, Path], Finished]
HDR10 = (
    "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400"
    ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
)


@pytest.fixture
def make_clip(run_command: RunCommand, tmp_path: Path) -> Callable[..., Path]:
    """Write a clip with FFmpeg into the test's folder."""

    def make(name: str, *args: str) -> Path:
        run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args, name), f"make {name}"), tmp_path)
        return tmp_path / name

    return make


def pattern(rate: str = "25", size: str = "320x180", duration_s: int = 8) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={duration_s}")


def tone(hertz: int, duration_s: int = 8) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency={hertz}:sample_rate=48000:duration={duration_s}")


def excerpt(make: MakeContext, clip: Path, start_s: float, duration_s: float, **more: Any) -> Part:
    asked = ExcerptSpec(start_s=start_s, duration_s=duration_s)
    return ingested(make, clip, excerpt=asked, **more)


def source_rate(part: Part) -> Fraction:
    picture = source_of(part).media.picture
    assert picture is not None
    return picture.frame_rate


def cut_file(part: Part) -> Path:
    return Path(part.files["excerpt.mov"].key)


def pictures(run_command: RunCommand, clip: Path, pix_fmt: str) -> list[str]:
    """Return the digest of each picture of a file, as stored."""
    shown = ("-noautorotate", "-i", clip.name, "-map", "0:v:0", "-pix_fmt", pix_fmt)
    form = ("-fps_mode", "passthrough", "-f", "framemd5", "-")
    made = run_command(
        Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *shown, *form), "digest"), clip.parent
    )
    return [line.split(",")[-1].strip() for line in made.stdout.splitlines() if line[0] != "#"]


def probed(run_command: RunCommand, clip: Path) -> list[dict[str, Any]]:
    show = ("-v", "error", "-show_streams", "-of", "json", clip.name)
    found = run_command(Command(Tool.FFPROBE, show, "probe"), clip.parent)
    streams: list[dict[str, Any]] = json.loads(found.stdout)["streams"]
    return streams


CODECS = {
    "h264.mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2"),
    "long-gop.mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p", "-g", "999"),
    "broadcast.ts": ("-c:v", "mpeg2video", "-b:v", "4M", "-bf", "2"),
    "film.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"),
    "alpha.mov": ("-c:v", "qtrle", "-pix_fmt", "argb"),
    "deep.mkv": ("-c:v", "ffv1", "-pix_fmt", "yuv444p12le"),
}


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("rate", ["25", "30000/1001"])
def test_an_excerpt_has_the_very_pictures_of_its_stretch(
    make_clip: Callable[..., Path],
    run_command: RunCommand,
    step_context: MakeContext,
    name: str,
    rate: str,
) -> None:
    clip = make_clip(name, *pattern(rate), *tone(440), *CODECS[name])
    part = excerpt(step_context, clip, 3.3, 2)
    media = source_of(part).media
    assert media.picture is not None
    form = media.picture.pix_fmt
    fps = Fraction(rate)
    first = -int(-Fraction("3.3") * fps // 1)  # the first that begins then or later
    last = -int(-Fraction("5.3") * fps // 1)
    assert (
        pictures(run_command, cut_file(part), form)
        == (pictures(run_command, clip, form)[first:last])
    )
    found = source_of(part).excerpt
    assert found is not None
    assert abs(found.start_s - first / fps) < Fraction(1, 500)
    analysis = analysis_of(step_context, clip, part)
    assert analysis.timeline is not None
    assert (analysis.timeline.fps, analysis.timeline.frames) == (fps, last - first)


def test_hdr_and_turned_pictures_stay_what_they_are(
    make_clip: Callable[..., Path], run_command: RunCommand, step_context: MakeContext
) -> None:
    hdr = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", HDR10, "-tag:v", "hvc1")
    tags = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    make_clip("flat.mp4", *pattern(), *hdr, *tags)
    clip = make_clip("hdr.mp4", "-display_rotation:v:0", "90", "-i", "flat.mp4", "-c", "copy")
    part = excerpt(step_context, clip, 2.5, 2)
    whole, cut = (source_of(each).media.picture for each in (ingested(step_context, clip), part))
    assert whole is not None
    assert cut is not None
    for kept in ("colour", "rotation", "display_width", "display_height", "pix_fmt", "sar"):
        assert getattr(cut, kept) == getattr(whole, kept)
    assert cut.colour.dynamic_range == "hdr10"
    [stream] = probed(run_command, cut_file(part))
    sides = {side["side_data_type"]: side for side in stream["side_data_list"]}
    assert sides["Mastering display metadata"]["max_luminance"] == "10000000/10000"
    assert sides["Content light level metadata"]["max_content"] == 1000


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_fields_stay_fields(
    make_clip: Callable[..., Path], run_command: RunCommand, step_context: MakeContext, order: str
) -> None:
    graph = ("-vf", f"interlace=scan={order},setsar=64/45")
    fields = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "8M")
    clip = make_clip("fields.ts", *pattern("50", "720x576"), *graph, *fields)
    part = excerpt(step_context, clip, 2, 4)
    cut = source_of(part).media.picture
    assert cut is not None
    assert (cut.sar, cut.field_order) == (Fraction(64, 45), order)
    analysis = analysis_of(step_context, clip, part)
    assert analysis.interlaced
    assert analysis.timeline is not None
    assert analysis.timeline.frames == 100


def test_sound_starts_and_ends_with_the_excerpt_sample_by_sample(
    make_clip: Callable[..., Path], run_command: RunCommand, step_context: MakeContext
) -> None:
    # A click at each second, and one at 2.5 s.
    clicks = "aevalsrc='if(lt(mod(t,1),0.001)+between(t,2.5,2.501),0.9,0)':s=48000:d=8:c=stereo"
    sounds = ("-f", "lavfi", "-i", clicks, "-c:a", "pcm_s16le", "-c:v", "mpeg4")
    clip = make_clip("clicks.mkv", *pattern("50"), *sounds)
    part = excerpt(step_context, clip, 2.5, 2)
    raw = ("-i", "excerpt.mov", "-map", "0:a:0", "-ac", "1", "-f", "s16le", "sound.raw")
    command = Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *raw), "listen")
    file = cut_file(part).rename(clip.parent / "excerpt.mov")
    run_command(command, file.parent)
    sound = memoryview((file.parent / "sound.raw").read_bytes()).cast("h")
    loud = [at for at, level in enumerate(sound) if level > 10_000]
    assert abs(len(sound) - 96_000) <= 48
    starts = [at for at in loud if at - 1 not in loud]
    for found, wanted in zip(starts, (0, 24_000, 72_000), strict=True):
        assert abs(found - wanted) <= 48  # a millisecond, as exact as Matroska's clock


def test_tracks_keep_their_numbers_languages_and_layouts(
    make_clip: Callable[..., Path], run_command: RunCommand, step_context: MakeContext
) -> None:
    (clip_folder := make_clip("empty.wav", *tone(1, 1))).with_name("a.srt").write_text(SUBTITLES)
    del clip_folder
    clip = make_clip(
        "tracks.mkv",
        *tone(440),
        *("-i", "a.srt"),
        *pattern("50"),
        *tone(880),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3"),
        *("-c:v", "mpeg4", "-c:s", "srt", "-c:a", "flac"),
        *("-filter:a:1", "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"),
        *("-metadata:s:a:0", "language=pt-BR", "-metadata:s:a:1", "language=ger"),
        *("-metadata:s:a:1", "title=Deutsch", "-metadata:s:s:0", "language=eng"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default"),
    )
    whole = source_of(ingested(step_context, clip)).media
    cut = source_of(excerpt(step_context, clip, 2.5, 2)).media
    for kind in ("index", "channels", "layout", "language", "title", "disposition"):
        assert [getattr(s, kind) for s in cut.audio] == [getattr(s, kind) for s in whole.audio]
    assert [stream.index for stream in whole.audio] == [0, 3]
    assert whole.picture is not None
    assert cut.picture is not None
    assert cut.picture.index == whole.picture.index == 2
    assert (cut.text, cut.items, cut.chapters) == (whole.text, whole.items, whole.chapters)
    assert (cut.format, cut.duration_s) == ("mov,mp4,m4a,3gp,3g2,mj2", Fraction(2))


SUBTITLES = """1
00:00:00,500 --> 00:00:02,000
Before.

2
00:00:02,000 --> 00:00:03,000
Across the start.

3
00:00:03,500 --> 00:00:04,000
Within.

4
00:00:04,250 --> 00:00:06,000
Across the end.

5
00:00:06,500 --> 00:00:07,000
After.
"""
CHAPTERS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"
    for start, end, title in ((0, 2000, "One"), (2000, 4000, "Two"), (4000, 8000, "Three"))
)
CUES = [
    ("00:00:00.000 --> 00:00:00.500", "Across the start."),
    ("00:00:01.000 --> 00:00:01.500", "Within."),
    ("00:00:01.750 --> 00:00:02.000", "Across the end."),
]


def text_of(
    make: MakeContext, part: Part, spec: dict[str, Any], params: TextParams, **inputs: Part
) -> tuple[TextTrack, list[tuple[str, str]]]:
    """Return a text track of an excerpt, and its cues."""
    context = make(spec=spec_of(**spec), params=params, inputs={"ingest": part, **inputs})
    [product] = text.run(context).products.values()
    lines = product.files["text.vtt"].read_text("utf-8").splitlines()
    shown = [(at, lines[n + 1]) for n, at in enumerate(lines) if "-->" in at and lines[n + 1 :]]
    return from_json(TextTrack, product.facts), [cue for cue in shown if cue[1]]


@pytest.mark.parametrize(("container", "codec"), [("mkv", "srt"), ("mp4", "mov_text")])
def test_text_and_chapters_are_cut_and_moved(
    make_clip: Callable[..., Path], step_context: MakeContext, container: str, codec: str
) -> None:
    folder = make_clip("empty.wav", *tone(1, 1)).parent
    (folder / "a.srt").write_text(SUBTITLES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3", "-map_chapters", "3")
    inputs = (*pattern("50"), *tone(440), "-i", "a.srt", "-f", "ffmetadata", "-i", "chapters.txt")
    clip = make_clip(f"text.{container}", *inputs, *maps, "-c:v", "mpeg4", "-c:s", codec)
    asked = ExcerptSpec(start_s=2.5, duration_s=2)
    spec: dict[str, Any] = {"source": clip, "excerpt": asked}
    part = ingested(step_context, clip, excerpt=asked)
    media, found = source_of(part).media, source_of(part).excerpt
    assert found is not None
    start_s = found.start_s
    assert start_s == Fraction("2.5")
    [stream] = media.text
    params = TextParams(
        "text-en",
        "en",
        "English",
        False,
        False,
        Fraction(2),
        FromStream(stream.index),
        start_s=start_s,
    )
    track, cues = text_of(step_context, part, spec, params)
    assert [(at.split(" line")[0], said) for at, said in cues] == CUES
    assert (track.cues, track.dropped, track.issues) == (3, None, ())

    sidecar = Part(None, {"file": FileRef(str(folder / "a.srt"), "", 0)})
    beside = SubtitleSpec(language="en", uri=str(folder / "a.srt"))
    params = replace(params, origin=FromSidecar(0))
    with_sidecar = {**spec, "subtitles": (beside,)}
    more = {"ingest#sidecar-0": sidecar}
    track, cues = text_of(step_context, part, with_sidecar, params, **more)
    assert (cues, track.issues) == (CUES, ())

    wanted = [(Fraction(0), Fraction("1.5"), "Two"), (Fraction("1.5"), Fraction(2), "Three")]
    given = Part(None, {"file": FileRef(str(folder / "chapters.txt"), "", 0)})
    for sidecar_given, needed in ((False, {"ingest": part}), (True, {"ingest#chapters": given})):
        asked_for = ChaptersParams(sidecar_given, Fraction(2), start_s)
        context = step_context(spec=spec_of(**spec), params=asked_for, inputs=needed)
        [product] = chapters.run(context).products.values()
        made = from_json(ChapterList, product.facts)
        assert [(c.start_s, c.end_s, c.titles["und"]) for c in made.chapters] == wanted
        assert made.issues == ()


def test_a_start_behind_the_end_is_refused_and_an_end_behind_it_is_the_end(
    make_clip: Callable[..., Path], step_context: MakeContext
) -> None:
    clip = make_clip("short.mp4", *pattern(), *tone(440), "-c:v", "mpeg4")
    for start_s in (8.0, 9.5):
        with pytest.raises(InvalidSource, match=rf"ends at 8\.0.* to begin at {start_s:g} s"):
            excerpt(step_context, clip, start_s, 1)
    media = source_of(excerpt(step_context, clip, 6.5, 60)).media
    assert abs(media.duration_s - Fraction("1.5")) < Fraction(1, 20)
    [said] = media.issues
    assert "the excerpt ends at 8.0" in said
    assert "not at 66.500 s" in said
    assert source_of(excerpt(step_context, clip, 0, 8)).media.issues == ()


def test_a_picture_that_began_before_shows_from_the_start(
    make_clip: Callable[..., Path], run_command: RunCommand, step_context: MakeContext
) -> None:
    # Three pictures: red until 3 s, green until 6 s, then blue.
    colours = "color=red:s=320x180:r=25:d=3[a];color=lime:s=320x180:r=25:d=3[b]"
    graph = f"{colours};color=blue:s=320x180:r=25:d=2[c];[a][b][c]concat=n=3,mpdecimate=max=0"
    clip = make_clip(
        "slides.mkv",
        *tone(440),
        "-filter_complex",
        f"{graph}[v]",
        "-map",
        "[v]",
        "-map",
        "0:a",
        *("-fps_mode", "passthrough", "-c:v", "libx264", "-bf", "0", "-g", "1"),
    )
    part = excerpt(step_context, clip, 4.5, 3)
    raw = ("-i", "excerpt.mov", "-vf", "scale=1:1,format=rgb24", "-f", "rawvideo", "p.raw")
    file = cut_file(part).rename(clip.parent / "excerpt.mov")
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *raw), "look"), file.parent)
    shown = (file.parent / "p.raw").read_bytes()
    seen = ["rgb"[max(range(3), key=shown[n : n + 3].__getitem__)] for n in range(0, len(shown), 3)]
    greens = round(Fraction("1.5") * source_rate(part))
    assert "".join(seen).strip("b") == "g" * greens
    assert seen[-1] == "b"  # and is held as long as sound goes on, as in any title


def test_pictures_that_change_their_size_are_refused(
    make_clip: Callable[..., Path], step_context: MakeContext
) -> None:
    folder = make_clip("a.ts", *pattern(duration_s=4), "-c:v", "mpeg2video").parent
    make_clip("b.ts", *pattern(size="480x270", duration_s=4), "-c:v", "mpeg2video")
    both = (folder / "a.ts").read_bytes() + (folder / "b.ts").read_bytes()
    (folder / "both.ts").write_bytes(both)
    with pytest.raises(InvalidSource, match="submit it without one"):
        excerpt(step_context, folder / "both.ts", 2, 4)


def test_captions_in_the_pictures_come_along(
    run_command: RunCommand, step_context: MakeContext, tmp_path: Path
) -> None:
    sent = [
        (30, "CC1", pop_on("BEFORE")),
        (75, "CC1", pop_on("WITHIN")),
        (78, "CC3", pop_on("AUCH")),
    ]
    clip = with_captions(run_command, tmp_path, schedule(sent, 150))
    whole = analysis_of(step_context, clip, ingested(step_context, clip))
    part = excerpt(step_context, clip, 1, 3)
    cut = analysis_of(step_context, clip, part)
    assert [found.name for found in whole.captions] == ["CC1", "CC3"]
    assert cut.captions == whole.captions


def test_captions_in_a_track_of_their_own_are_left_out_with_a_remark(
    run_command: RunCommand, step_context: MakeContext, tmp_path: Path
) -> None:
    pictures = schedule([(0, "CC1", pop_on("Hello there."))], 150)
    clip = track_of(run_command, with_captions(run_command, tmp_path, pictures), "apart.mov")
    whole, part = ingested(step_context, clip), excerpt(step_context, clip, 1, 2)
    [track] = source_of(whole).media.text
    assert (track.codec, source_of(part).media.text) == ("eia_608", ())
    assert analysis_of(step_context, clip, part).captions == ()
    [remark] = left_out(source_of(part).media, excerpt=True)
    assert (remark.kind, remark.streams) == ("dropped", (track.index,))
    assert "are not in an excerpt" in remark.reason
    assert left_out(source_of(whole).media) == []
