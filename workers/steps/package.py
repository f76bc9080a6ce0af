"""Packaging: every track of the title into one generation of CMAF segments with its manifests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from farm.command import Command, Tool
from farm.errors import ToolFailed
from farm.facts import ChapterList, EncodedVideo
from farm.mediainfo import Chapter
from farm.scores import Scores
from media.packaging.command import package
from media.packaging.readback import WrittenTrack
from media.packaging.title import CHAPTERS_JSON, CHAPTERS_VTT, OUT, Title
from media.text.chapter_formats import apple_chapters
from planning.params import PackageParams
from workers.publishing.manifests import write_manifests
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult, whole

NOT_SCORED: Mapping[str, float] = MappingProxyType({})
BROUGHT = 0.4  # of the step: every byte is read once to be brought, once to be packaged


def commands(facts: Facts, params: PackageParams) -> tuple[Command, ...]:
    """Return the one run of the packager."""
    return (package(_title(facts, params)),)


def run(context: StepContext[PackageParams]) -> StepResult:
    """Package the title into "out/" of the scratch directory."""
    facts = context.beforehand
    chapters = context.facts_of("chapters", ChapterList)
    scores = {s.rung: s.vmaf.harmonic_mean for s in context.facts_of("measure", Scores)}
    title = _title(
        facts, context.params, tuple(c for made in chapters for c in made.chapters), scores
    )
    folder = context.scratch / OUT
    folder.mkdir()
    with context.progress.up_to(BROUGHT):
        _bring_tracks(context, title)
    for command in context.progress.expect(commands(facts, context.params)):
        context.run(command)
    manifests = write_manifests(folder, title)
    if title.chapters:
        _write_chapters(context, folder, title)
    frames = _frames(context, title, manifests.tracks)
    return whole(manifests.facts, _files(folder), {"frames": frames})


def _title(
    facts: Facts,
    params: PackageParams,
    chapters: tuple[Chapter, ...] = (),
    scores: Mapping[str, float] = NOT_SCORED,
) -> Title:
    return Title(
        segment_s=params.segment_s,
        duration_s=params.duration_s,
        rungs=params.rungs,
        instreams=params.instreams,
        audios=facts.audios,
        texts=tuple(text for text in facts.texts if text.dropped is None),
        chapters=chapters,
        scores=scores,
    )


def _bring_tracks(context: StepContext[PackageParams], title: Title) -> None:
    videos = {f"{rung.name}.mp4": (f"stitch:{rung.name}", "video.mp4") for rung in title.rungs}
    audios = {f"{audio.name}.mp4": (f"audio:{audio.name}", "audio.mp4") for audio in title.audios}
    # They end with the title (media.text.track), or the packager would stop short of it.
    texts = {f"{text.name}.vtt": (f"text:{text.name}", "text.vtt") for text in title.texts}
    context.bring_each(videos | audios | texts)


def _write_chapters(context: StepContext[PackageParams], folder: Path, title: Title) -> None:
    (folder / CHAPTERS_JSON).write_text(apple_chapters(title.chapters), "utf-8", newline="\n")
    context.bring("chapters", "chapters.vtt", f"{OUT}/{CHAPTERS_VTT}")


def _files(folder: Path) -> dict[str, Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _frames(
    context: StepContext[PackageParams], title: Title, tracks: tuple[WrittenTrack, ...]
) -> dict[str, int]:
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


KIND = StepKind("package", PackageParams, run, commands, tools=(Tool.PACKAGER,))
