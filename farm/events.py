"""Events: what can become true of a title or an asset, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from farm.facts import AudioTrack, EncodedVideo, Source, TextTrack
from farm.ladder import Ladder
from farm.parts import Part
from farm.serial import from_json, to_json
from farm.states import JobState


class EventType(StrEnum):
    """The kinds of events; names are part of the API."""

    JOB_ACCEPTED = "job.accepted"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    SOURCE_PROBED = "source.probed"
    STEP_STARTED = "step.started"
    STEP_PROGRESS = "step.progress"
    STEP_ENDED = "step.ended"
    RENDITION_READY = "rendition.ready"
    RENDITION_REPAIRED = "rendition.repaired"
    TRACK_READY = "track.ready"
    TITLE_PLAYABLE = "title.playable"
    WARNING = "warning"
    REVIEW_ASKED = "review.asked"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_NOTED = "review.noted"
    REVIEW_APPROVED = "review.approved"
    JOB_PUBLISHED = "job.published"
    JOB_FAILED = "job.failed"
    JOB_REJECTED = "job.rejected"
    JOB_CANCELLED = "job.cancelled"
    JOB_SUPERSEDED = "job.superseded"
    JOB_PLANNED = "job.planned"
    ASSET_ROLLED_BACK = "asset.rolled_back"
    ASSET_UNPUBLISHED = "asset.unpublished"


# What each says, for people who choose among them; docs/events.md has the same.
MEANINGS: Mapping[EventType, str] = {
    EventType.JOB_ACCEPTED: "the title was taken in",
    EventType.JOB_PAUSED: "no more steps of it are started",
    EventType.JOB_RESUMED: "it goes on",
    EventType.SOURCE_PROBED: "the source is here, and what it is made of is known",
    EventType.STEP_STARTED: "a worker began a step",
    EventType.STEP_PROGRESS: "a step got on by a twentieth or more",
    EventType.STEP_ENDED: "a step ended: done, to be tried again, given back, lost, failed",
    EventType.RENDITION_READY: "a rung is encoded from beginning to end",
    EventType.RENDITION_REPAIRED: "scenes of a rung missed a threshold, and are encoded again",
    EventType.TRACK_READY: "an audio or text track is made, or was left out",
    EventType.TITLE_PLAYABLE: "players get this title from the origin from now on",
    EventType.WARNING: "something of the source is not in the title, or is there by a guess",
    EventType.REVIEW_ASKED: "it is made, and waits for a person's verdict",
    EventType.REVIEW_CLAIMED: "somebody reviews it, or does so no longer",
    EventType.REVIEW_NOTED: "a reviewer commented, or waived a check",
    EventType.REVIEW_APPROVED: "a reviewer approved it: it goes on to be published",
    EventType.JOB_PUBLISHED: "the job is done",
    EventType.JOB_FAILED: "the job failed for good",
    EventType.JOB_REJECTED: "QC, a delivery rule or a reviewer said no; nothing was published",
    EventType.JOB_CANCELLED: "somebody cancelled the job",
    EventType.JOB_SUPERSEDED: "it is made, but a newer submission had published the asset before",
    EventType.ASSET_ROLLED_BACK: "an earlier generation of an asset is live again",
    EventType.ASSET_UNPUBLISHED: "no generation of an asset is live any more",
    EventType.JOB_PLANNED: "a plan is done, and can be submitted",
}

# An endpoint would be called for each of them, hundreds of times a title.
NOT_FOR_WEBHOOKS = frozenset({EventType.STEP_PROGRESS})

END_OF: Mapping[JobState, EventType] = {
    JobState.PUBLISHED: EventType.JOB_PUBLISHED,
    JobState.FAILED: EventType.JOB_FAILED,
    JobState.REJECTED: EventType.JOB_REJECTED,
    JobState.CANCELLED: EventType.JOB_CANCELLED,
    JobState.SUPERSEDED: EventType.JOB_SUPERSEDED,
    JobState.PLANNED: EventType.JOB_PLANNED,
}


@dataclass(frozen=True, slots=True)
class News:
    """Something that is to be told as soon as it is true."""

    type: EventType
    data: dict[str, Any] = field(default_factory=dict)


def news_of(kind: str, parts: Iterable[Part]) -> list[News]:
    """Return what the parts of a step that is done are news of, beside its end."""
    return [told for part in parts for told in _news(kind, part.facts)]


def _news(kind: str, facts: Any) -> list[News]:
    match kind:
        case "ingest" if isinstance(facts, dict) and "media" in facts:  # its other parts: sidecars
            return [_probed(from_json(Source, facts))]
        case "ladder":
            remarks = from_json(Ladder, facts).remarks
            return [News(EventType.WARNING, to_json(remark)) for remark in remarks]
        case "stitch":
            return [_rendition(from_json(EncodedVideo, facts))]
        case "audio":
            return [_audio(from_json(AudioTrack, facts))]
        case "text":
            return [_text(from_json(TextTrack, facts))]
    return []


def _probed(source: Source) -> News:
    media = source.media
    return News(
        EventType.SOURCE_PROBED,
        {
            "sha256": source.sha256,
            "format": media.format,
            "size_bytes": media.size_bytes,
            "duration_s": float(media.duration_s),
            "streams": {
                "video": len(media.video),
                "audio": len(media.audio),
                "text": len(media.text),
            },
            "issues": list(media.issues),
        },
    )


def _rendition(video: EncodedVideo) -> News:
    return News(
        EventType.RENDITION_READY,
        {
            "name": video.rung,
            "codec": video.codec,
            "width": video.width,
            "height": video.height,
            "frames": video.frames,
            "device": video.device,
        },
    )


def _audio(track: AudioTrack) -> News:
    facts = {"type": "audio", "name": track.name, "lang": track.language}
    return News(EventType.TRACK_READY, {**facts, "channels": track.channels, "dropped": None})


def _text(track: TextTrack) -> News:
    facts = {"type": "text", "name": track.name, "lang": track.language}
    return News(EventType.TRACK_READY, {**facts, "cues": track.cues, "dropped": track.dropped})
