"""How much there is to do in a step, so that what others took tells how long it takes. Pure.

Work is counted in seconds: those that one core of the machine of `docs/benchmarks.md` spent on such
a step, or for which it waited. What a farm's own steps took beside their work then says how much
faster or slower it is, kind by kind (planning/pace.py), and a farm without a past has these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from farm.ladder import Rung, Timeline, Treatment
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.serial import from_json
from media.graphs.picture import picture_size
from media.graphs.trial import scored_frames, warm_frames
from planning.effort import DECODE_S, ENCODE_S, encode_times
from planning.params import (
    AudioParams,
    EncodeParams,
    MeasureParams,
    PackageParams,
    StitchParams,
    ThumbnailsParams,
    TrialParams,
    VerifyParams,
)
from planning.sizes import Params, sample_stride
from qc.sampling.spread import MOST

# Fitted to Big Buck Bunny at 480p24 and 1080p24 and to a 360p30 clip with the ladder
# `apple-h264`. A picture counts by its millions of pixels.
STEP_S = 0.3  # to find inputs, start programs and store what they made
DEVICE_TIMES = 0.1  # what a GPU takes for one beside that, until the farm's own past says more
# Films have a temporal information of 10 to 60. Of generated clips at 640x360, x264 took 2.3 times
# as long for one with 150, noise all over, as for those below 75, and twice for one with 207.
STILL_MOTION, MOTION_TWICE, MOST_TIMES = 60.0, 70.0, 2.3
ANALYZE_S = 0.0065  # to look at one
SCORE_S = 0.032  # to score one
COMPARED_S = 0.003  # to decode one of the source and of the rendition that is scored
THUMBNAIL_S = 0.003
VERIFY_S = 0.0035  # to decode one of a rendition
REPORT_S = 3.0  # to hold a title against every rule, and to write its report
AUDIO_S = 0.035  # a second of one track
LISTEN_S = 0.020  # a second of one source track, in the analysis
TRACK_BYTES_S = 1 / 100e6  # to read or write a byte of what was made
FETCH_BYTES_S = 1 / 200e6  # to read a byte of the source and to take its digest
BYTES_OF_CAP = 0.5 / 8  # of a rung: half its cap
MOMENT = 0.05  # what is decided in Python alone


def with_work(steps: Iterable[StepPlan], motion: float | None = None) -> tuple[StepPlan, ...]:
    """Return the steps of a title with how much there is to do in each.

    `motion` is the temporal information of its pictures (ITU-T P.910), where it was measured.
    """
    planned = tuple(steps)
    packed = sum(_packed_s(step.params) for step in planned if step.kind == "package")
    works = ((step, step_work(step.kind, step.params, packed)) for step in planned)
    times = encode_times_of_motion(motion)
    return tuple(
        replace(step, work=work * times if step.kind == "encode" and work is not None else work)
        for step, work in works
    )


def encode_times_of_motion(motion: float | None) -> float:
    """Return how much longer pictures take to encode that change so much from one to the next."""
    return min(MOST_TIMES, 1 + max(0.0, (motion or 0.0) - STILL_MOTION) / MOTION_TWICE)


def step_work(kind: str, params: Params, packed_s: float = 0.0) -> float | None:
    """Return the work of a step, None where its parameters do not tell.

    `packed_s` is what reading or writing the whole title takes.
    """
    if kind == "publish":
        return STEP_S + 2 * packed_s
    return WORK[kind](params) if kind in WORK else None


def ingest_work(size_bytes: int) -> float:
    """Return the work of fetching a source and looking into it."""
    return STEP_S + size_bytes * FETCH_BYTES_S


def analyze_work(media: MediaInfo) -> float:
    """Return the work of decoding a source of the length that it declares."""
    duration_s = float(media.duration_s)
    listened = LISTEN_S * duration_s * len(media.audio)
    if (picture := media.picture) is None:
        return STEP_S + listened
    pixels = picture.display_width * picture.display_height
    return STEP_S + listened + ANALYZE_S * float(picture.frame_rate) * duration_s * pixels / 1e6


def _encode(params: Params) -> float:
    encode = from_json(EncodeParams, params)
    there = encode.share.rungs if encode.share else ()
    made = ENCODE_S * sum(
        (DEVICE_TIMES if rung.name in there else encode_times(rung))
        * _megapixels([rung], encode.treatment)
        for rung in encode.rungs
    )
    decodes = encode.share is None or encode.share.decoded is None or len(there) < len(encode.rungs)
    decoded = DECODE_S * _source_megapixels(encode.treatment) if decodes else 0.0
    return STEP_S + (encode.chunk.frames + encode.chunk.tail_frames) * (made + decoded)


def _trial(params: Params) -> float:
    trial = from_json(TrialParams, params)
    frames = trial.window.frames + trial.window.tail_frames
    decoded = frames + trial.treatment.preroll_s * float(trial.timeline.fps)
    read_s = decoded * DECODE_S * _source_megapixels(trial.treatment)
    encoded_s = sum(
        ENCODE_S
        * encode_times(rung)
        * _megapixels([rung], trial.treatment)
        * (frames + warm_frames(rung.codec, trial.window, trial.timeline, trial.timeline.fps))
        for rung in trial.candidates
    )
    scored = len(scored_frames(trial.window.frames)) * trial.width * trial.height / 1e6
    scores_s = SCORE_S * scored * len(trial.candidates) * len(trial.metrics)
    return STEP_S + read_s + encoded_s + scores_s


def _stitch(params: Params) -> float:
    stitch = from_json(StitchParams, params)
    moved_s = _bytes_of(stitch.rung, float(stitch.timeline.duration_s)) * TRACK_BYTES_S
    if stitch.foretold is None or stitch.treatment is None:
        return STEP_S + moved_s
    size, stride = picture_size(stitch.treatment), sample_stride(stitch)
    return STEP_S + moved_s + _score_s(stitch.treatment, stitch.rung, stitch.timeline, size, stride)


def _audio(params: Params) -> float:
    return STEP_S + float(from_json(AudioParams, params).duration_s) * AUDIO_S


def _thumbnails(params: Params) -> float:
    drawn = from_json(ThumbnailsParams, params)
    return STEP_S + THUMBNAIL_S * drawn.timeline.frames * _source_megapixels(drawn.treatment)


def _package(params: Params) -> float:
    return STEP_S + 2 * _packed_s(params)


def _packed_s(params: Params) -> float:
    package = from_json(PackageParams, params)
    duration_s = float(package.duration_s)
    return sum(_bytes_of(rung, duration_s) for rung in package.rungs) * TRACK_BYTES_S


def _measure(params: Params) -> float:
    measure = from_json(MeasureParams, params)
    rungs = (measure.rung,) if measure.rung else measure.rungs
    frames = measure.timeline.frames
    of_each = frames / measure.subsample if measure.subsample else min(frames, MOST)
    scored_s = SCORE_S * of_each * len(rungs) * measure.width * measure.height / 1e6
    compared = _source_megapixels(measure.treatment) + _megapixels(rungs)
    return STEP_S + frames * COMPARED_S * compared + scored_s


def _score_s(
    treatment: Treatment, rung: Rung, timeline: Timeline, size: tuple[int, int], stride: int
) -> float:
    compared = _source_megapixels(treatment) + _megapixels([rung])
    scored = size[0] * size[1] / 1e6
    return timeline.frames * (COMPARED_S * compared + SCORE_S * scored / stride)


def _verify(params: Params) -> float:
    verify = from_json(VerifyParams, params)
    frames = verify.timeline.frames if verify.timeline is not None else 0
    return REPORT_S + VERIFY_S * frames * _megapixels(verify.ladder.rungs, verify.treatment)


def _moment(_params: Params) -> float:
    return MOMENT


def _short(_params: Params) -> float:
    return STEP_S


def _megapixels(rungs: Sequence[Rung], treatment: Treatment | None = None) -> float:
    """Return the pixels, in millions, of all rungs for each picture of the timeline."""
    shares = (rung.fps / treatment.fps if treatment is not None else 1 for rung in rungs)
    return float(sum(r.width * r.height * s for r, s in zip(rungs, shares, strict=True))) / 1e6


def _source_megapixels(treatment: Treatment) -> float:
    return treatment.display_width * treatment.display_height / 1e6


def _bytes_of(rung: Rung, duration_s: float) -> float:
    return rung.max_bps * BYTES_OF_CAP * duration_s


WORK: dict[str, Callable[[Params], float]] = {
    "cut": _moment,
    "ladder": _moment,
    "plan": _moment,
    "encode": _encode,
    "trial": _trial,
    "stitch": _stitch,
    "audio": _audio,
    "text": _short,
    "chapters": _moment,
    "thumbnails": _thumbnails,
    "package": _package,
    "measure": _measure,
    "verify": _verify,
}
