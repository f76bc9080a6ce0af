"""A ladder policy meets a source: which rungs to make, at which size and rate, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.errors import InvalidSpec
from farm.ladder import CodecName, Ladder, Rejected, Rung, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from ladders.coding import Coding, coding, offers_of
from ladders.gop import gop_frames, segment_s
from ladders.size import Size, fit_into, scale_into

# A source a hair smaller than a box (1916x1076, cropped by an editor) counts as that box's size.
NEARLY = Fraction(102, 100)
CLEARLY_LARGER = Fraction(110, 100)  # below that, one more rung would hardly be told apart
THINNEST = 16  # one macroblock: a thinner rung shows nothing
# "<= 30 fps", HLS authoring specification for Apple devices, rule 1.25, and a hundredth that a
# camera's clock may be off: half of its pictures would be lost for that.
HALVED_ABOVE_FPS = Fraction(303, 10)
BITS_EXPONENT = (
    0.75  # bits for equal quality grow with pixels^0.75; a rule of thumb, docs/ladders.md
)
MIN_CAP_BPS = 24_000
# The VBV, in seconds of the cap. A 6 s segment can so exceed the cap by a quarter at most, and a
# chunk, which starts at a segment, can exceed it no further by starting with a full buffer.
BUFFER_S = Fraction(3, 2)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A rung on its way: what the policy offered, and what it becomes."""

    codec: CodecName
    size: Size
    fps: Fraction
    max_bps: int
    crf: float
    reason: str

    @property
    def name(self) -> str:
        return rung_name(self.codec, self.size.width, self.size.height, self.max_bps)


def fit_ladder(
    policy: LadderPolicy, treatment: Treatment, codecs: Sequence[CodecName] = ()
) -> Ladder:
    """Return the ladder of a source: at least one rung per codec, never upscaled, lowest first.

    Without `codecs` they are those the policy makes where nobody asks. Raises InvalidSpec when it
    has no rung for one of `codecs`.
    """
    drafts: list[_Draft] = []
    rejected: list[Rejected] = []
    codings = {codec: coding(policy, codec, treatment) for codec in policy.chosen(tuple(codecs))}
    for codec, coded in codings.items():
        offers = offers_of(policy, codec, coded.dynamic_range)
        if not offers:
            raise InvalidSpec(
                f"ladder {policy.name} has no {codec} rung, only {', '.join(policy.offered)}: take"
                f" a ladder that has one (the preset all has every codec), add one or drop {codec}"
            )
        fitted, left_out = _choose(offers, treatment)
        drafts += fitted
        rejected += left_out
    gop = gop_frames(
        treatment.fps, policy.gop_s, halved=any(draft.fps < treatment.fps for draft in drafts)
    )
    return Ladder(
        policy=policy.name,
        rungs=_rungs(drafts, codings, treatment.fps, gop),
        rejected=tuple(rejected),
        segment_s=segment_s(treatment.fps, gop, policy.segment_gops),
    )


def _choose(
    offers: Sequence[PolicyRung], treatment: Treatment
) -> tuple[list[_Draft], list[Rejected]]:
    """Return what becomes of the offers of one codec, smallest first."""
    picture = Size(treatment.display_width, treatment.display_height)
    too_big = [offer for offer in offers if scale_into(picture, _box(offer, picture)) > NEARLY]
    fitting = [offer for offer in offers if offer not in too_big]
    thin = [offer for offer in fitting if _is_thin(offer, picture)]
    drafts = [_as_offered(offer, picture, treatment.fps) for offer in fitting if offer not in thin]
    if too_big and _leaves_room(drafts, picture):
        drafts.append(_at_source_size(too_big.pop(0), picture, treatment.fps, drafts))
    if not drafts:  # a ribbon of a picture, larger than every box
        drafts.append(_as_offered(thin.pop(), picture, treatment.fps))
    rejected = [
        *(_reject(t, picture, f"a {picture} picture would be too thin to see") for t in thin),
        *(_reject(t, picture, f"larger than the source, {picture}") for t in too_big),
    ]
    unique, doubles = _without_doubles(drafts)
    return unique, rejected + doubles


def _box(offer: PolicyRung, picture: Size) -> Size:
    return Size(offer.width, offer.height).turned_like(picture)


def _is_thin(offer: PolicyRung, picture: Size) -> bool:
    thinnest = min(THINNEST, picture.even.short)  # a source that is a ribbon itself may stay one
    return fit_into(picture, _box(offer, picture)).short < thinnest


def _leaves_room(drafts: Sequence[_Draft], picture: Size) -> bool:
    """Return whether the source is clearly larger than every rung so far."""
    return all(picture.even.long > CLEARLY_LARGER * draft.size.long for draft in drafts)


def _as_offered(offer: PolicyRung, picture: Size, fps: Fraction) -> _Draft:
    box = _box(offer, picture)
    size = fit_into(picture, box)
    rung_fps, rate = _rate(offer, fps)
    fit = "the source's own size" if size == picture.even else f"fits {box}"
    return _Draft(offer.codec, size, rung_fps, offer.max_bps, offer.crf, f"{fit}{rate}")


def _at_source_size(
    offer: PolicyRung, picture: Size, fps: Fraction, below: Sequence[_Draft]
) -> _Draft:
    """Return the first too big rung at the source's size, with the share of its cap it can use.

    It becomes the best rung, so its cap and quality never fall below the one beneath it.
    """
    box = _box(offer, picture)
    size = picture.even
    full = scale_into(picture, box) ** 2 * picture.pixels  # pixels of the offer, were it upscaled
    share = float(size.pixels / full) ** BITS_EXPONENT
    cap_bps = max(MIN_CAP_BPS, round(offer.max_bps * share / 1000) * 1000)
    cap_bps = max([cap_bps, *(draft.max_bps for draft in below)])
    crf = min([offer.crf, *(draft.crf for draft in below)])
    rung_fps, rate = _rate(offer, fps)
    return _Draft(
        offer.codec,
        size,
        rung_fps,
        min(cap_bps, offer.max_bps),
        crf,
        f"the source's own size: {box} would be upscaled, so the cap follows the pixels{rate}",
    )


def _rate(offer: PolicyRung, fps: Fraction) -> tuple[Fraction, str]:
    """Return the frame rate of a rung and what to say about it."""
    if offer.half_rate and fps > HALVED_ABOVE_FPS:
        return fps / 2, f"; half of {float(fps):.6g} fps, as the ladder asks for small pictures"
    return fps, ""


def rung_name(codec: CodecName, width: int, height: int, max_bps: int) -> str:
    """Return what a rung is called: "h264-720p-3000k"."""
    return f"{codec}-{min(width, height)}p-{round(max_bps / 1000)}k"


def _reject(offer: PolicyRung, picture: Size, reason: str) -> Rejected:
    box = _box(offer, picture)
    name = rung_name(offer.codec, box.width, box.height, offer.max_bps)
    return Rejected(name, offer.codec, box.width, box.height, offer.max_bps, reason)


def _without_doubles(drafts: Sequence[_Draft]) -> tuple[list[_Draft], list[Rejected]]:
    """Return the drafts that differ in size, rate or cap, and the others as rejected."""
    kept: dict[tuple[Size, Fraction, int], _Draft] = {}
    doubles = []
    for draft in drafts:
        first = kept.setdefault((draft.size, draft.fps, draft.max_bps), draft)
        if first is not draft:
            size = draft.size
            doubles.append(
                Rejected(
                    draft.name,
                    draft.codec,
                    size.width,
                    size.height,
                    draft.max_bps,
                    f"the same size, frame rate and cap as {first.name}",
                )
            )
    return list(kept.values()), doubles


def _rungs(
    drafts: Sequence[_Draft], codings: Mapping[CodecName, Coding], fps: Fraction, gop: int
) -> tuple[Rung, ...]:
    ordered = sorted(drafts, key=lambda draft: (draft.max_bps, draft.size.pixels, draft.fps))
    taken: set[str] = set()
    rungs = []
    for draft in ordered:
        name = unused_name(draft.name, taken)
        coded = codings[draft.codec]
        rungs.append(
            Rung(
                name=name,
                codec=draft.codec,
                width=draft.size.width,
                height=draft.size.height,
                fps=draft.fps,
                gop_frames=gop if draft.fps == fps else gop // 2,
                preset=coded.preset,
                crf=draft.crf,
                max_bps=draft.max_bps,
                buffer_bits=int(draft.max_bps * BUFFER_S),
                reason=draft.reason,
                bit_depth=coded.bit_depth,
                dynamic_range=coded.dynamic_range,
                film_grain=coded.film_grain,
            )
        )
    return tuple(rungs)


def unused_name(name: str, taken: set[str]) -> str:
    """Return `name`, numbered where rungs differ in nothing a name tells."""
    number = 1
    unused = name
    while unused in taken:
        number += 1
        unused = f"{name}-{number}"
    taken.add(unused)
    return unused
