"""The job record: the one JSON document that says everything about a title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from farm.errors import explained
from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    EncodedVideo,
    Packaged,
    Published,
    Source,
    TextTrack,
    Verdict,
)
from farm.ladder import Ladder
from farm.mediainfo import MediaInfo
from farm.parts import Part
from farm.plan import step_of
from farm.prices import Prices, gpu_s_of
from farm.progress import stages, whole_share
from farm.record_of_ladder import ladder_record, trials_cpu_s
from farm.record_of_qc import qc_record
from farm.repairs import repair_record
from farm.scores import Scores
from farm.serial import from_json, to_json
from farm.snapshots import JobSnapshot, StepSnapshot
from farm.states import ENDED_JOB

T = TypeVar("T")


def job_record(
    job: JobSnapshot, parts: Mapping[str, Part], prices: Prices | None = None
) -> dict[str, Any]:
    """Return the record of `job`, from its rows and the parts of its done steps.

    Whatever has not been made yet is null or empty: the record can be asked for at any time.
    """
    made = _Made(parts)
    published = made.one("publish", Published)
    ladder = made.one("ladder", Ladder)
    return {
        "id": job.id,
        "tenant": job.tenant,
        "asset": job.asset,
        "external_id": job.external_id,
        "catalog": job.catalog,
        "mode": job.spec.get("mode", "live"),
        "state": job.state,
        "error": explained(job.error) if job.error else None,
        "source": _source(job, made),
        "ladder": ladder_record(ladder, trials_cpu_s(job.steps)) if ladder else None,
        "renditions": _renditions(made),
        "audio": [_audio(track) for track in made.all("audio", AudioTrack)],
        "text": [_text(track) for track in made.all("text", TextTrack)],
        "chapters": _chapters(made.one("chapters", ChapterList)),
        "remarks": [to_json(remark) for remark in (ladder.remarks if ladder else ())],
        "outputs": _outputs(published),
        "qc": qc_record(verdict) if (verdict := made.one("verify", Verdict)) else None,
        "review": job.review,
        "steps": [_step(step) for step in job.steps],
        "fallbacks": [{"step": s.key, **fallback} for s in job.steps for fallback in s.fallbacks],
        "cost": _cost(job, published, prices),
        "plan": job.spec.get("from_plan"),
        "priority": job.priority,
        "progress": 1.0 if job.state in ENDED_JOB else whole_share(stages(job.steps)),
        "metadata": job.spec.get("metadata", {}),
        "versions": job.spec.get("versions", {}),
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def remakeable(parts: Mapping[str, Part]) -> list[str]:
    """Return the names of renditions and tracks that parts of a title's steps are."""
    split = (step_of(reference).partition(":") for reference in parts)
    return sorted({name for kind, _, name in split if kind in ("stitch", "audio", "text")})


class _Made:
    """Typed access to the facts of done steps."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def one(self, key: str, kind: type[T]) -> T | None:
        part = self._parts.get(key)
        return from_json(kind, part.facts) if part else None

    def all(self, step_kind: str, kind: type[T]) -> list[T]:
        return [
            from_json(kind, part.facts)
            for reference, part in self._parts.items()
            if step_of(reference).partition(":")[0] == step_kind
        ]


def _source(job: JobSnapshot, made: _Made) -> dict[str, Any]:
    source = made.one("ingest", Source)
    analysis = made.one("analyze", Analysis)
    duration_s = analysis.duration_s if analysis else source.media.duration_s if source else None
    return {
        "uri": job.spec["source"],
        "sha256": source.sha256 if source else None,
        "duration_s": float(duration_s) if duration_s is not None else None,
        "streams": streams_record(source.media) if source else [],
        "captions": [to_json(found) for found in analysis.captions] if analysis else [],
        "issues": list(source.media.issues) if source else [],
    }


def streams_record(media: MediaInfo) -> list[dict[str, Any]]:
    """Return every stream of a source, in the container's order."""
    kinds = (("video", media.video), ("audio", media.audio), ("text", media.text))
    streams = [{"type": kind, **to_json(stream)} for kind, streams in kinds for stream in streams]
    return sorted(streams, key=lambda stream: int(stream["index"]))


def _renditions(made: _Made) -> list[dict[str, Any]]:
    packaged = made.one("package", Packaged)
    tracks = {track.name: track for track in packaged.tracks} if packaged else {}
    scores = {score.rung: score for score in made.all("measure", Scores)}
    ladder = made.one("ladder", Ladder)
    stitched = made.all("stitch", EncodedVideo)
    if ladder is not None:
        stitched.sort(key=lambda video: [rung.name for rung in ladder.rungs].index(video.rung))
    return [
        {
            "name": video.rung,
            "codec": video.codec,
            "bit_depth": video.bit_depth,
            "dynamic_range": video.dynamic_range,
            "width": video.width,
            "height": video.height,
            "frames": video.frames,
            "average_bps": tracks[video.rung].average_bps if video.rung in tracks else None,
            "peak_bps": tracks[video.rung].peak_bps if video.rung in tracks else None,
            "device": video.device,
            "driver": video.driver,
            "vmaf": to_json(scores[video.rung].vmaf) if video.rung in scores else None,
            "ssim": scores[video.rung].ssim if video.rung in scores else None,
            "psnr": scores[video.rung].psnr if video.rung in scores else None,
            "measured": _measured(scores.get(video.rung)),
            "missed": to_json(video.missed) if video.missed else None,
            "repaired": [repair_record(repair) for repair in video.repairs],
        }
        for video in stitched
    ]


def _measured(scores: Scores | None) -> dict[str, Any] | None:
    """Return how a rendition's figures came about, and how far off they may be."""
    if scores is None:
        return None
    told = to_json(scores)
    shown = ("model", "compared", "scored", "sought", "scaler", "bounds", "strays", "xpsnr",
             "banding", "complaints", "seams")  # fmt: skip
    digests = ("source_sha256", "rendition_sha256")
    size = {"width": scores.width, "height": scores.height}
    return {**size, **{name: told[name] for name in (*shown, *digests)}}


def _audio(track: AudioTrack) -> dict[str, Any]:
    return {
        "lang": track.language,
        "name": track.title or track.language,
        "track": track.name,
        "role": track.role,
        "default": track.default,
        "channels": track.channels,
        "from": _taken_from(track),
        "gain_db": track.gain_db,
        "issues": list(track.issues),
    }


def _taken_from(track: AudioTrack) -> list[str]:
    """Return what a track was made of: a stream ("1"), or channels of streams ("1:0", "2:0")."""
    picked = [f"{channel.stream_index}:{channel.channel}" for channel in track.picked]
    return picked or [str(track.stream_index)]


def _text(track: TextTrack) -> dict[str, Any]:
    return {
        "lang": track.language,
        "name": track.title or track.language,
        "forced": track.forced,
        "role": track.role,
        "cues": track.cues,
        "dropped": track.dropped,
        "issues": list(track.issues),
    }


def _chapters(found: ChapterList | None) -> list[dict[str, Any]]:
    chapters = found.chapters if found else ()
    return [
        {"start_s": float(c.start_s), "end_s": float(c.end_s), "titles": c.titles} for c in chapters
    ]


def _outputs(published: Published | None) -> dict[str, Any] | None:
    return to_json(published) if published else None


def _cost(job: JobSnapshot, published: Published | None, prices: Prices | None) -> dict[str, Any]:
    """Return what programs have spent on a title until now; what was known cost nothing."""
    cpu_s = sum(step.cpu_s or 0.0 for step in job.steps)
    gpu_s = sum(gpu_s_of(step.device, step.wall_s) for step in job.steps)
    size_bytes = published.size_bytes if published else 0
    price = prices.of(cpu_s, gpu_s, size_bytes) if prices else None
    return {"cpu_s": cpu_s, "gpu_s": gpu_s, "price": price}


def _step(step: StepSnapshot) -> dict[str, Any]:
    return {
        "key": step.key,
        "kind": step.kind,
        "state": step.state,
        "progress": step.progress,
        "device": step.device,
        "decoded_on": step.decoded_on,
        "attempts": step.attempts,
        "reused": step.reused,
        "started_at": step.started_at.isoformat() if step.started_at else None,
        "finished_at": step.finished_at.isoformat() if step.finished_at else None,
        "wall_s": step.wall_s,
        "cpu_s": step.cpu_s,
        "peak_rss_bytes": step.peak_rss_bytes,
    }
