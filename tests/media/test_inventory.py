"""Whatever a source holds is in the title, or named with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.facts import AudioTrack, ChapterList, TextTrack
from farm.mediainfo import MediaInfo, SourceItem
from farm.remarks import Remark
from farm.serial import from_json
from ladders.chunks import Cuts
from media.text.chapters import as_written, fit
from media.text.findings import Findings
from planning.declared import declared
from planning.params import AudioParams, TextParams
from planning.title import plan_title
from qc.inventory import unanswered
from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.random_containers import random_container
from tests.media.source_steps import ingested, source_of, spec_of
from tests.unit.titles import POLICY
from workers.steps import audio, text

SAMPLE, ALL = 20, 200


def lost(clips: Clips, make: MakeContext, seed: int) -> list[SourceItem]:
    """Return what nobody answers for in the title that is planned for a random source."""
    path = random_container(clips, seed)
    return lost_of(source_of(ingested(make, path)).media, str(path))


def lost_of(media: MediaInfo, name: str) -> list[SourceItem]:
    analysis = declared(media)
    plan = plan_title(spec_of(name), POLICY, ("h264",), media, analysis, cuts=Cuts((0,)))
    audios: list[AudioTrack] = []
    texts: list[TextTrack] = []
    for step in plan.steps:
        if step.kind == "audio":
            audios.append(audio.expected(from_json(AudioParams, step.params)))
        if step.kind == "text":
            texts.append(text.expected(media, from_json(TextParams, step.params)))
    written = as_written(media.chapters, media.start_s)
    findings = Findings()
    chapters = fit(written, duration_s=analysis.duration_s, findings=findings)
    listed = ChapterList(chapters, findings.sentences())
    return unanswered(media, audios, texts, listed, plan.ladder.remarks)


@pytest.mark.parametrize("seed", range(SAMPLE))
def test_nothing_of_a_random_container_is_lost(
    clips: Clips, step_context: MakeContext, seed: int
) -> None:
    assert lost(clips, step_context, seed) == []


@pytest.mark.slow_fault
@pytest.mark.parametrize("seed", range(SAMPLE, ALL))
def test_nothing_of_many_random_containers_is_lost(
    clips: Clips, step_context: MakeContext, seed: int
) -> None:
    assert lost(clips, step_context, seed) == []


def test_what_nobody_answers_for_is_found(clips: Clips, step_context: MakeContext) -> None:
    media = source_of(ingested(step_context, random_container(clips, 0))).media
    strange = SourceItem("data", 99, "klv")
    assert lost_of(replace(media, items=(*media.items, strange)), "a.mkv") == []
    remarks = [Remark("stream 1", "dropped", "why", (1,))]
    every = (SourceItem("video", 0, "h264"), SourceItem("data", 1, "klv"), strange)
    bare = replace(media, video=(), items=every)
    assert unanswered(bare, (), (), ChapterList((), ()), remarks) == [every[0], strange]
