"""Packaging: every track of the title into one generation of CMAF segments with its manifests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import Tool
from farm.errors import ToolFailed
from farm.facts import AudioTrack, ChapterList, EncodedVideo, TextTrack
from farm.ladder import Rung
from farm.serial import from_json
from media.packaging.command import package
from media.packaging.readback import WrittenTrack
from media.packaging.title import CHAPTERS_JSON, CHAPTERS_VTT, OUT, Title
from media.text.chapter_formats import apple_chapters
from workers.publishing.manifests import write_manifests
from workers.steps.contract import StepContext, StepKind, StepResult, whole


def run(context: StepContext) -> StepResult:
    """Package the title into "out/" of the scratch directory."""
    title = _title(context)
    folder = context.scratch / OUT
    folder.mkdir()
    _bring_tracks(context, title)
    context.run(package(title))
    manifests = write_manifests(folder, title)
    if title.chapters:
        _write_chapters(context, folder, title)
    frames = _frames(context, title, manifests.tracks)
    return whole(manifests.facts, _files(folder), {"frames": frames})


def _title(context: StepContext) -> Title:
    def facts(kind: str, of: type[Any]) -> list[Any]:
        return [context.facts(ref, of) for ref in context.inputs if ref.partition(":")[0] == kind]

    return Title(
        segment_s=Fraction(context.params["segment_s"]),
        duration_s=Fraction(context.params["duration_s"]),
        rungs=tuple(from_json(Rung, rung) for rung in context.params["rungs"]),
        audios=tuple(facts("audio", AudioTrack)),
        texts=tuple(text for text in facts("text", TextTrack) if text.dropped is None),
        chapters=tuple(
            chapter for found in facts("chapters", ChapterList) for chapter in found.chapters
        ),
    )


def _bring_tracks(context: StepContext, title: Title) -> None:
    videos = {f"{rung.name}.mp4": (f"stitch:{rung.name}", "video.mp4") for rung in title.rungs}
    audios = {f"{audio.name}.mp4": (f"audio:{audio.name}", "audio.mp4") for audio in title.audios}
    # They end with the title (media.text.track), or the packager would stop short of it.
    texts = {f"{text.name}.vtt": (f"text:{text.name}", "text.vtt") for text in title.texts}
    context.bring_each(videos | audios | texts)


def _write_chapters(context: StepContext, folder: Path, title: Title) -> None:
    (folder / CHAPTERS_JSON).write_text(apple_chapters(title.chapters), "utf-8", newline="\n")
    context.bring("chapters", "chapters.vtt", f"{OUT}/{CHAPTERS_VTT}")


def _files(folder: Path) -> dict[str, Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _frames(context: StepContext, title: Title, tracks: tuple[WrittenTrack, ...]) -> dict[str, int]:
    """Return the frames of every rendition, having made sure that none was lost."""
    packaged = {track.name: track.samples for track in tracks if track.kind == "video"}
    for rung in title.rungs:
        encoded = context.facts(f"stitch:{rung.name}", EncodedVideo).frames
        if packaged[rung.name] != encoded:
            raise ToolFailed(
                f"package: {rung.name} has {packaged[rung.name]} frames in its segments, "
                f"but {encoded} were encoded"
            )
    return packaged


KIND = StepKind("package", run, tools=(Tool.PACKAGER,))
