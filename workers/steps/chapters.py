"""Chapters: from a sidecar where one is given, else from the container, fitted to the title."""

from __future__ import annotations

from pathlib import Path

from farm.facts import ChapterList, Source
from media.text.chapter_files import WrittenChapter, read_chapters
from media.text.chapter_formats import chapters_vtt
from media.text.chapters import as_written, fit
from media.text.excerpt import chapters_within
from media.text.findings import Findings
from planning.first import CHAPTERS_PART
from planning.params import ChaptersParams
from workers.steps.contract import StepContext, StepKind
from workers.steps.ingest import SIDECAR_FILE
from workers.steps.result import StepResult, whole

CHAPTERS_NAME = "chapters.vtt"


def run(context: StepContext[ChaptersParams]) -> StepResult:
    """Make the list of chapters; without any there is no file."""
    findings = Findings()
    written, params = _written(context, findings), context.params
    if params.start_s is not None and written:
        written = chapters_within(written, params.start_s, params.duration_s)
        if not written:
            findings.say("none of the source's chapters is in the excerpt")
    chapters = fit(written, duration_s=params.duration_s, findings=findings)
    files: dict[str, Path] = {}
    if chapters:
        files[CHAPTERS_NAME] = context.scratch / CHAPTERS_NAME
        files[CHAPTERS_NAME].write_text(chapters_vtt(chapters), "utf-8", newline="\n")
    return whole(ChapterList(chapters, findings.sentences()), files)


def _written(
    context: StepContext[ChaptersParams], findings: Findings
) -> tuple[WrittenChapter, ...]:
    if context.params.sidecar:
        data = context.bring(f"ingest#{CHAPTERS_PART}", SIDECAR_FILE, "sidecar.txt").read_bytes()
        name = f"chapters {context.spec.chapters!r}"
        return read_chapters(data, name=name, findings=findings)
    media = context.facts("ingest", Source).media
    for issue in media.chapter_issues:
        findings.say(issue)
    excerpt = context.excerpt
    return as_written(media.chapters, excerpt.whole_start_s if excerpt else media.start_s)


KIND = StepKind("chapters", ChaptersParams, run, revision=2)
