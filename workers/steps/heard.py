"""Listening to a title as delivered: how loud its tracks are, and whether they are in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.command import Command
from farm.facts import AudioTrack, Loudness
from media.graphs.clock import explicit_start
from media.graphs.delivered import hear_track
from media.graphs.loudness import SAMPLE_RATE, read_loudness
from media.graphs.sync import stretches, take_stretches
from planning.params import VerifyParams
from qc.sync import Heard, listen
from workers.steps.contract import StepContext
from workers.steps.facts import Facts


@dataclass(frozen=True, slots=True)
class HeardTitle:
    """Loudness by name of the tracks it is judged of, and how the default track lies."""

    delivered: dict[str, Loudness]
    sync: tuple[Heard, ...]


def hearing_commands(facts: Facts, params: VerifyParams) -> tuple[Command, ...]:
    """Return what listens to the tracks to be judged, then what compares the default one."""
    loud = [
        hear_track(_name(place), place, params.duration_s, facts.limits)
        for place in _judged(facts.audios, params)
    ]
    place = _default(facts.audios)
    if place is None:
        return tuple(loud)
    audio = facts.audios[place]
    # Of several streams (mono tracks, say) the first one tells the time as well.
    stream_index = audio.picked[0].stream_index if audio.picked else audio.stream_index
    compare = take_stretches(
        params.duration_s,
        stream_index,
        explicit_start(facts.media),
        _name(place),
        facts.limits,
        [picked.channel for picked in audio.picked if picked.stream_index == stream_index],
    )
    return (*loud, compare)


def bring_heard(context: StepContext[VerifyParams]) -> None:
    """Bring what `hearing_commands` listen to."""
    audios, default = context.beforehand.audios, _default(context.beforehand.audios)
    for place in {*_judged(audios, context.params), *(() if default is None else (default,))}:
        context.bring(f"audio:{audios[place].name}", "audio.mp4", _name(place))
    if default is not None:
        context.link_source()


def heard(context: StepContext[VerifyParams]) -> HeardTitle:
    """Return what was heard, once the commands have run."""
    audios = context.beforehand.audios
    samples = int(context.params.duration_s * SAMPLE_RATE)
    delivered = {
        audios[place].name: read_loudness(context.scratch, place, samples)
        for place in _judged(audios, context.params)
    }
    return HeardTitle(delivered, () if _default(audios) is None else _listened(context))


def _listened(context: StepContext[VerifyParams]) -> tuple[Heard, ...]:
    folder = context.scratch
    return tuple(
        listen(
            float(stretch.start_s),
            (folder / stretch.source_name).read_bytes(),
            (folder / stretch.delivered_name).read_bytes(),
            float(stretch.lead_s),
        )
        for stretch in stretches(context.params.duration_s)
    )


def _judged(audios: Sequence[AudioTrack], params: VerifyParams) -> list[int]:
    """Return the places of the tracks whose loudness was brought to a target, or is asked for."""
    every = params.policy.loudness_target is not None
    return [place for place, audio in enumerate(audios) if every or audio.measured_lufs is not None]


def _default(audios: Sequence[AudioTrack]) -> int | None:
    """Return the place of the track that plays unless somebody chooses."""
    return min(range(len(audios)), key=lambda place: not audios[place].default, default=None)


def _name(place: int) -> str:
    return f"audio-{place}.mp4"
