"""Embedded subtitles and chapters: taken out of real containers into clean tracks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.errors import InvalidSpec
from farm.facts import ChapterList, Source, TextTrack
from farm.mediainfo import Disposition, TextStream
from farm.parts import Part
from farm.serial import from_json, to_json
from planning.params import ChaptersParams
from tests.conftest import MakeContext
from tests.media.text_track import (
    CLIPPED,
    DURATION,
    FROM_SRT,
    FROM_VTT,
    PADDING,
    SRT,
    a_chapter,
    embedded_track,
    listed,
    made,
    text_params,
)
from workers.sources.file import place_link
from workers.sources.probing import probe_source
from workers.steps import chapters, text

RunCommand = Callable[[Command, Path], Finished]

ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, "
    "OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, "
    "Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
    "Style: Default,Arial,20,&H0,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1\n\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,{\\an8\\b1}Grüße\n"
)
VTT = "WEBVTT\n\n00:00.500 --> 00:01.500 line:0 align:start\n<v Emo>Grüße</v>\n"
CHAPTERS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/10\nSTART={start}\nEND={end}\ntitle={title}\n"
    for start, end, title in ((0, 20, "One"), (20, 50, ""))
)
FROM_ASS = f"WEBVTT\n\n00:00:00.500 --> 00:00:01.500 line:0\n<b>Grüße</b>\n\n{PADDING}"


@pytest.fixture
def mux(run_command: RunCommand, tmp_path: Path) -> Callable[..., Path]:
    """Make 5 s of pattern with a file as its second input; `args` end with the file's name."""

    def make(name: str, content: str, *args: str) -> Path:
        (tmp_path / name).write_text(content, "utf-8")
        pattern = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=5")
        command = (*FFMPEG_PREAMBLE, *pattern, "-i", name, "-c:v", "mpeg4", *args)
        run_command(Command(Tool.FFMPEG, command, "make test media"), tmp_path)
        return tmp_path / args[-1]

    return make


@pytest.fixture
def ingested(run_command: RunCommand, tmp_path: Path) -> Callable[[Path], Part]:
    """Describe a file as the ingest step does."""

    def describe(path: Path) -> Part:
        scratch = tmp_path / "ingest"
        scratch.mkdir(exist_ok=True)
        place_link(path, scratch)
        media = probe_source(str(path), scratch, lambda command: run_command(command, scratch))
        facts = path.stat()
        identity = {"size_bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}
        return Part(to_json(Source("0" * 64, media)), {}, identity)

    return describe


@pytest.mark.parametrize(
    ("name", "content", "args", "expected"),
    [
        ("in.srt", SRT, ("-c:s", "srt", "x.mkv"), (embedded_track(2, CLIPPED), FROM_SRT)),
        ("in.srt", SRT, ("-c:s", "mov_text", "x.mp4"), (embedded_track(2, CLIPPED), FROM_SRT)),
        ("in.ass", ASS, ("-c:s", "copy", "x.mkv"), (embedded_track(1), FROM_ASS)),
        ("in.vtt", VTT, ("-c:s", "copy", "x.mkv"), (embedded_track(1), FROM_VTT)),
    ],
)
def test_embedded_text_becomes_a_clean_track_with_its_looks(
    mux: Callable[..., Path],
    ingested: Callable[[Path], Part],
    step_context: MakeContext,
    name: str,
    content: str,
    args: tuple[str, ...],
    expected: tuple[TextTrack, str],
) -> None:
    source = mux(name, content, "-map", "0:v", "-map", "1:s", *args)
    context = step_context(params=text_params(), inputs={"ingest": ingested(source)}, source=source)
    assert made(text.run(context)) == expected


def test_text_stays_with_the_picture_when_the_source_starts_late(
    mux: Callable[..., Path],
    ingested: Callable[[Path], Part],
    step_context: MakeContext,
) -> None:
    offset = ("-output_ts_offset", "7")
    source = mux("in.srt", SRT, "-map", "0:v", "-map", "1:s", "-c:s", "srt", *offset, "x.mkv")
    part = ingested(source)
    assert from_json(Source, part.facts).media.start_s == 7
    context = step_context(params=text_params(), inputs={"ingest": part}, source=source)
    assert made(text.run(context)) == (embedded_track(2, CLIPPED), FROM_SRT)


def test_an_embedded_stream_beyond_the_caps_is_dropped_not_fatal(
    mux: Callable[..., Path], ingested: Callable[[Path], Part], step_context: MakeContext
) -> None:
    cue = "1\n00:00:{:02d},{:03d} --> 00:00:04,000\n" + "x" * 5000 + "\n\n"
    endless = "".join(cue.format(*divmod(start_ms, 1000)) for start_ms in range(3500))
    source = mux("in.srt", endless, "-map", "0:v", "-map", "1:s", "-c:s", "srt", "x.mkv")
    context = step_context(params=text_params(), inputs={"ingest": ingested(source)}, source=source)
    facts, written = made(text.run(context))
    assert written is None
    assert facts == embedded_track(0, dropped=facts.dropped)
    assert str(facts.dropped).endswith("bytes are too many for subtitles: split it up")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (
            TextStream(1, "hdmv_pgs_subtitle", True, "de", None, Disposition()),
            "bitmap subtitles (hdmv_pgs_subtitle) are not converted to text",
        ),
        (
            TextStream(1, "", False, "de", None, Disposition()),
            "subtitles of the kind '' are not converted to text",
        ),
    ],
)
def test_streams_that_cannot_be_text_are_dropped_with_the_reason(
    title_clip: Path,
    ingested: Callable[[Path], Part],
    step_context: MakeContext,
    stream: TextStream,
    reason: str,
) -> None:
    facts = from_json(Source, ingested(title_clip).facts)
    part = Part(to_json(Source(facts.sha256, replace(facts.media, text=(stream,)))))
    context = step_context(params=text_params(), inputs={"ingest": part})
    assert made(text.run(context)) == (embedded_track(0, dropped=reason), None)


def test_a_stream_that_is_not_there_is_refused(
    title_clip: Path, ingested: Callable[[Path], Part], step_context: MakeContext
) -> None:
    context = step_context(
        params=text_params(), inputs={"ingest": ingested(title_clip)}, source=title_clip
    )
    with pytest.raises(InvalidSpec, match="has no text stream 1"):
        text.run(context)


@pytest.mark.parametrize("name", ["x.mkv", "x.mp4"])
def test_chapters_come_from_the_container(
    mux: Callable[..., Path],
    ingested: Callable[[Path], Part],
    step_context: MakeContext,
    name: str,
) -> None:
    source = mux("in.txt", CHAPTERS, "-map", "0:v", "-map_metadata", "1", name)
    params = ChaptersParams(sidecar=False, duration_s=DURATION)
    context = step_context(params=params, inputs={"ingest": ingested(source)}, source=source)
    assert listed(chapters.run(context)) == (
        ChapterList(
            (a_chapter("0", "2", "One"), a_chapter("2", "17/4", "Chapter 2")),
            ("1 chapter clipped to the title's end (at 00:00:02.000)",),
        ),
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nOne\n\n"
        "00:00:02.000 --> 00:00:04.250\nChapter 2\n\n",
    )
