"""Clips with faults planted in them, and what the real steps' checks say of them.

A clean clip is of moving pictures and speech-like sound, so that nothing in it stands still, is
alike everywhere or opposite.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from farm.facts import AudioTrack, ChapterList, Check, EncodedVideo, TextTrack
from farm.ladder import Timeline
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import MediaInfo
from farm.parts import Part, Product
from farm.serial import from_json, to_json
from farm.spec import QcPolicy
from media.graphs.clock import seeks_exactly
from planning.params import VerifyParams
from planning.treatment import make_treatment
from qc.verdict import Evidence, decide
from tests.conftest import MakeContext, stored
from tests.media.encodes import encode_title
from tests.media.listening import made_of
from tests.media.shown import analysed
from tests.media.source_steps import ingested, source_of, spec_of
from workers.steps import verify
from workers.steps.heard import bring_heard, heard
from workers.steps.seen import bring_seen, combs_seen, seen, tints_seen

RATE = 25
DURATION_S = 10
SIZE = "640x360"
POLICY = LadderPolicy(
    name="planted",
    preset="ultrafast",
    rungs=(PolicyRung(width=640, height=360, max_bps=4_000_000, crf=20),),
)


@dataclass(frozen=True)
class Delivered:
    """A title made of a source by the real steps; either file may be swapped for a worse one."""

    source: Path
    part: Part
    media: MediaInfo
    video: Path
    audio: Path | None


def moving(duration_s: float = DURATION_S, rate: int = RATE, size: str = SIZE) -> str:
    """Return a graph of pictures in which all moves and many colours are seen."""
    pictures = f"mandelbrot=size={size}:rate={rate}:end_pts={10 * rate}:start_scale=1"
    moved = f"trim=duration={duration_s},setpts=PTS-STARTPTS,scroll=horizontal={0.2 / rate}"
    return f"{pictures},{moved},hue=s=2,eq=contrast=0.7,setsar=1"


def talking(duration_s: float = DURATION_S, volume: float = 0.25) -> str:
    """Return a graph of stereo sound that comes in syllables of uneven length and loudness."""
    syllables = "(0.3+0.7*abs(sin(2.9*t*t/(1+0.21*t))))*lt(mod(t*t*0.7+t,1),0.7)"
    voice = f"({volume}*{syllables}*(sin(2*PI*220*t)+0.5*sin(2*PI*447*t)+0.3*sin(2*PI*1203*t)))"
    room = f"0.01*{volume}*(random(0)-0.5)"
    return f"aevalsrc='{voice}+{room}|0.8*{voice}+{room}':s=48000:d={duration_s}:c=stereo"


def sources(video: str, sound: str | None) -> tuple[str, ...]:
    """Return the arguments that make a clip of two graphs, losing next to nothing."""
    heard = () if sound is None else ("-f", "lavfi", "-i", sound, "-c:a", "flac")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
    said = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    given = ("-f", "lavfi", "-i", f"{video},format=yuv420p")
    return (*given, *heard[:4], *coded, *said, "-color_range", "tv", *heard[4:])


def delivered(make: MakeContext, source: Path) -> tuple[Delivered, Evidence, VerifyParams]:
    """Return what the first steps, the encoder and the audio step make of a source."""
    part = ingested(make, source)
    media = source_of(part).media
    analysis = analysed(make, source, part)
    assert media.picture is not None
    assert analysis.timeline is not None
    treatment = make_treatment(media.picture, media, analysis)
    frames, fps = analysis.timeline.frames, analysis.timeline.fps
    title = encode_title(make, source, treatment, frames, policy=POLICY, part=part)
    audios: tuple[AudioTrack, ...] = ()
    audio = None
    if media.audio:
        track, product = made_of(make, source, part, duration_s=str(analysis.duration_s))
        audios, audio = (track,), product.files["audio.mp4"]
    made = Delivered(source, part, media, title.files[title.ladder.rungs[-1].name], audio)
    evidence = Evidence(
        ladder=title.ladder,
        scores=(),
        analysis=analysis,
        audios=audios,
        texts=(),
        chapters=ChapterList((), ()),
        delivered={},
        sync=(),
        exact_seeks=seeks_exactly(media),
        seen=(),
        conformance=(),
    )
    params = VerifyParams(
        QcPolicy(), title.ladder, Timeline(fps, frames), treatment, analysis.duration_s
    )
    return made, evidence, params


def judged(
    make: MakeContext,
    source: Path,
    *,
    policy: QcPolicy | None = None,
    video: Path | None = None,
    audio: Path | None = None,
    texts: tuple[TextTrack, ...] = (),
) -> dict[str, Check]:
    """Return every check of a title but those of scores and delivery.

    `video` and `audio` are delivered instead of what the steps made.
    """
    title, evidence, params = delivered(make, source)
    params = replace(params, policy=policy or QcPolicy())
    rung = params.ladder.rungs[-1]
    encoded = EncodedVideo(
        rung.name, rung.codec, rung.width, rung.height, rung.fps, 0, "cpu", rung.bit_depth
    )
    inputs = {
        "ingest": title.part,
        f"stitch:{rung.name}": _stored(encoded, {"video.mp4": video or title.video}),
    }
    for track in evidence.audios:
        assert title.audio is not None
        inputs[f"audio:{track.name}"] = _stored(track, {"audio.mp4": audio or title.audio})
    context = make(spec=spec_of(source), params=params, inputs=inputs)
    bring_heard(context)
    bring_seen(context)
    for command in verify.commands(context.beforehand, params):
        context.run(command)
    sound = heard(context)
    evidence = replace(
        evidence,
        texts=texts,
        delivered=sound.delivered,
        sync=sound.sync,
        seen=seen(context),
        tints=tints_seen(context),
        combed=combs_seen(context),
    )
    checks = decide(params.policy, evidence).checks
    return {check.rule: check for check in checks if not check.rule.startswith("vmaf")}


def _stored(facts: object, files: dict[str, Path]) -> Part:
    return stored(Product(to_json(facts), files))


def found(checks: dict[str, Check]) -> set[str]:
    """Return the ids of the checks that did not pass."""
    return {rule for rule, check in checks.items() if check.outcome != "pass"}


def covers(check: Check, start_s: float, end_s: float, within_s: float = 0.5) -> bool:
    """Return whether a check names one place that begins and ends there."""
    return any(
        abs(span.start_s - start_s) <= within_s and abs(span.end_s - end_s) <= within_s
        for span in check.places
    )


def track_of(product: Product) -> TextTrack:
    return from_json(TextTrack, product.facts)
