"""Events and states in sentences: what people read of a title first, and what happened to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.words import duration, many, percent
from farm.events import MEANINGS, EventType
from farm.states import JobState, StepState
from services.titles import TitleDetail, ToldEvent


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, in words."""

    at: datetime
    type: str
    words: str


def headline(detail: TitleDetail) -> str:
    """Return the answer to "is it out? why not? how far?" in one sentence, after the state."""
    record = detail.record
    done, step = percent(record["progress"]), (record["error"] or {}).get("step")
    said: dict[str, Callable[[], str]] = {
        JobState.PUBLISHED: lambda: ", ".join(_of_published(record, detail.live)),
        JobState.RUNNING: lambda: f"{done} done; {_running(detail)}",
        JobState.PAUSED: lambda: f"at {done}; no more steps are started until it goes on",
        JobState.QUEUED: lambda: "for its turn; no step of it has run yet",
        JobState.WAITING: lambda: _of_waiting(record["review"]),
        JobState.SUPERSEDED: lambda: "made, but a newer submission had published the asset before",
    }
    if (sentence := said.get(record["state"])) is not None:
        return sentence()
    return f"at {step}; nothing was published" if step else "nothing was published"


def _liveness(record: dict[str, Any], live: int | None) -> str:
    if live == record["outputs"]["generation"]:
        return ""
    return " (players get none now)" if live is None else f" (players get generation {live} now)"


def _of_waiting(review: dict[str, Any]) -> str:
    asked = ", ".join(check["rule"] for check in review["asked"]) or "its policy wants a look"
    return f"to decide whether it is published: {asked}"


def _of_published(record: dict[str, Any], live: int | None) -> list[str]:
    said = []
    if record["outputs"]:
        said.append(f"generation {record['outputs']['generation']}{_liveness(record, live)}")
    if record["renditions"]:
        said.append(many(len(record["renditions"]), "rung"))
        top = record["renditions"][-1]["vmaf"]
        if top:
            said.append(f"VMAF {top['harmonic_mean']:.1f} at the top")
    for name, kind in (("audio", "audio track"), ("text", "text track")):
        if kept := [track for track in record[name] if not track.get("dropped")]:
            said.append(many(len(kept), kind))
    return said


def _running(detail: TitleDetail) -> str:
    running = [step for step in detail.steps if step.state == StepState.RUNNING]
    if running:
        return "now " + ", ".join(dict.fromkeys(step.label or step.key for step in running[:3]))
    return "its next step waits for a worker"


def told_lines(events: Sequence[ToldEvent]) -> list[EventLine]:
    """Return events in words, in their order."""
    return [EventLine(event.at, event.type, _words(event)) for event in events]


def _words(event: ToldEvent) -> str:
    said = _SAID.get(event.type)
    if said is not None:
        return said(event.data)
    return MEANINGS.get(EventType(event.type), event.type) if event.type in _KNOWN else event.type


def _started(data: dict[str, Any]) -> str:
    again = f", attempt {data['attempt']}" if data.get("attempt", 1) > 1 else ""
    return f"{_step(data)} began on {data.get('worker')}{again}"


def _probed(data: dict[str, Any]) -> str:
    counted = [f"{number} {kind}" for kind, number in data.get("streams", {}).items() if number]
    kinds = ", ".join(counted) or "no streams"
    return f"the source is {duration(data.get('duration_s'))} of {data.get('format')}: {kinds}"


def _track(data: dict[str, Any]) -> str:
    left_out = f", left out: {data['dropped']}" if data.get("dropped") else ""
    return f"{data.get('type')} track {data.get('name')}{left_out}"


def _step(data: dict[str, Any]) -> str:
    return str(data.get("label") or data.get("step"))


def _ended(data: dict[str, Any]) -> str:
    outcome = str(data.get("outcome", "ended"))
    if outcome == "done":
        how = "reused" if data.get("reused") else "done"
        return f"{how} in {duration(data['wall_s'])}" if data.get("wall_s") is not None else how
    error = data.get("error") or {}
    why = f": {error['message']}" if error.get("message") else ""
    return f"{_OUTCOMES.get(outcome, outcome)}{why}"


_SAID: Mapping[str, Callable[[dict[str, Any]], str]] = {
    EventType.STEP_STARTED: _started,
    EventType.STEP_ENDED: lambda data: f"{_step(data)}: {_ended(data)}",
    EventType.SOURCE_PROBED: _probed,
    EventType.RENDITION_READY: lambda data: (
        f"rung {data.get('name')} is encoded, {data.get('frames')} frames"
    ),
    EventType.RENDITION_REPAIRED: lambda data: (
        f"rung {data.get('name')} missed a threshold (VMAF p1 {data['vmaf']['p1']:.1f});"
        f" {many(len(data['patches']), 'scene')} of it encoded again"
    ),
    EventType.TRACK_READY: _track,
    EventType.TITLE_PLAYABLE: lambda data: (
        f"generation {data.get('generation')} is what players get from now on"
    ),
    EventType.REVIEW_ASKED: lambda data: (
        "a person is to decide"
        + "".join(f"; {check['rule']}: {check['evidence']}" for check in data.get("asked", ()))
    ),
    EventType.REVIEW_CLAIMED: lambda data: (
        f"{data['by']} reviews it" if data.get("by") else "nobody reviews it any more"
    ),
    EventType.REVIEW_NOTED: lambda data: (
        f"{data.get('by')}"
        + (f" waived {data['waives']}" if data.get("waives") else "")
        + f": {data.get('words')}"
    ),
    EventType.REVIEW_APPROVED: lambda data: f"approved by {data.get('by')}: {data.get('reason')}",
    EventType.WARNING: lambda data: f"{data.get('item')}: {data.get('reason')}",
}
_KNOWN = frozenset(EventType)
_OUTCOMES = {
    "retrying": "failed and is tried again",
    "released": "given back by its worker",
    "lost": "its worker was lost",
    "failed": "failed",
    "cancelled": "cancelled",
}
