"""A ladder policy: what is offered to every title, before it meets one."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from farm.ladder import CODEC_NAMES, CodecName
from farm.trials import QualityMetric

# Of x264 and x265, who call them alike.
EncoderPreset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"
]
MAX_RUNGS = 24
MAX_CRF = 51  # of H.264 and HEVC
MAX_AV1_CRF = 63
# SVT-AV1 takes no finer ones (its manual, parameter crf).
AV1_CRF_STEP = 0.25


class PolicyRung(BaseModel):
    """One rung a ladder policy offers: a box the picture must fit in, and its rate control."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codec: CodecName = "h264"
    width: int = Field(ge=64, le=8192, description="box width in pixels for a landscape picture")
    height: int = Field(ge=64, le=8192, description="box height in pixels")
    max_bps: int = Field(ge=10_000, le=200_000_000, description="VBV cap in bit/s")
    hdr_max_bps: int | None = Field(
        None, ge=10_000, le=200_000_000, description="the cap where the rung is HDR"
    )
    crf: float = Field(ge=0, le=MAX_AV1_CRF, description="to 51 for h264 and hevc, to 63 for av1")
    half_rate: bool = Field(False, description="halve the frame rate of sources above 30 fps")

    @field_validator("crf")
    @classmethod
    def _of_the_codec(cls, crf: float, info: ValidationInfo) -> float:
        codec = info.data.get("codec", "h264")
        if codec != "av1" and crf > MAX_CRF:
            # As it is said where one bound holds for all.
            raise ValueError(
                f"Input should be less than or equal to {MAX_CRF} for {codec}: give 0 to {MAX_CRF}"
            )
        if codec == "av1" and crf % AV1_CRF_STEP:
            raise ValueError(f"av1 takes quarter steps, as 30, 30.25 or 30.5, not {crf:g}")
        return crf

    @model_validator(mode="after")
    def _is_one_that_can_be_hdr(self) -> PolicyRung:
        if self.hdr_max_bps is not None and self.codec == "h264":
            raise ValueError("hdr_max_bps is for hevc and av1: h264 is always SDR, leave it out")
        return self


STEREO_RANGE_BPS = (24_000, 512_000)


class AudioPolicy(BaseModel):
    """Bit rates for AAC-LC, in bit/s."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stereo_bps: int = Field(160_000, ge=STEREO_RANGE_BPS[0], le=STEREO_RANGE_BPS[1])
    surround_bps: int = Field(384_000, ge=96_000, le=1_024_000)
    ladder_bps: tuple[int, ...] = Field(
        (64_000, 96_000, 160_000), description="stereo rates of an audio-only title"
    )

    @field_validator("ladder_bps")
    @classmethod
    def _make_a_ladder(cls, rates: tuple[int, ...]) -> tuple[int, ...]:
        low, high = STEREO_RANGE_BPS
        if not rates or len(set(rates)) < len(rates) or not all(low <= r <= high for r in rates):
            raise ValueError(
                f"give one or more different rates from {low} to {high} bit/s, not {list(rates)}"
            )
        return rates


class AdaptiveRules(BaseModel):
    """How a ladder follows a title's own rate-quality curves; scores are VMAF, 0 to 100."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: QualityMetric = Field("vmaf_v1", description="what decides; v0.6.1 is told beside it")
    top_quality: float = Field(95.0, ge=50, le=100, description="above it more bits do not show")
    step_quality: float = Field(6.0, ge=1, le=30, description="from rung to rung, about")
    min_ratio: float = Field(1.5, ge=1.1, le=4, description="of the rates of two neighbours")
    max_ratio: float = Field(2.0, ge=1.2, le=8)
    min_bps: int = Field(145_000, ge=10_000, description="of the lowest rung, for cellular")
    max_rungs: int = Field(8, ge=1, le=16, description="of each codec")
    cap_ratio: float = Field(2.0, ge=1.1, le=5, description="VBV cap by predicted average rate")
    min_windows: int = Field(6, ge=1, le=64, description="GOPs to try, where the title has them")
    max_windows: int = Field(24, ge=1, le=64)
    share: float = Field(0.08, gt=0, le=1, description="of the encode's cost, for trials")
    most_miss: float | None = Field(
        None,
        ge=0.5,
        le=20,
        description="VMAF v0.6.1 that a rung may be off its prediction; further off it is encoded"
        " once more. Unset: nobody looks",
    )

    @field_validator("max_ratio", "max_windows")
    @classmethod
    def _not_below_its_least(cls, most: float, info: ValidationInfo) -> float:
        name = str(info.field_name).replace("max_", "min_")
        least = info.data.get(name)
        if least is not None and most < least:
            raise ValueError(f"{most:g} is below {name}, {least:g}: give {least:g} or more")
        return most


class LadderPolicy(BaseModel):
    """A ladder as a preset or a user's YAML file states it, before it meets a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    source: str = Field("", description="where the figures come from")
    policy: Literal["fixed", "per-title", "per-shot"] = Field(
        "fixed",
        description="make the rungs as they stand, choose among their sizes by trials, or do that"
        " and choose CRFs shot by shot as well",
    )
    adaptive: AdaptiveRules = AdaptiveRules()
    preset: EncoderPreset = Field("medium", description="of x264, for h264")
    hevc_preset: EncoderPreset = Field("medium", description="of x265, for hevc")
    # Of 480p animation, 7 took 2 % more bits than 6 at equal VMAF for a fifth less CPU time, and 8
    # a quarter more: docs/ladders.md has the figures.
    av1_preset: int = Field(7, ge=0, le=13, description="of SVT-AV1, for av1; lower is slower")
    bit_depth: Literal[8, 10] = Field(10, description="of hevc and av1 where they are SDR")
    hdr: Literal["keep", "tone-map"] = Field(
        "keep", description="what hevc and av1 make of PQ and HLG; h264 is always tone-mapped"
    )
    film_grain: int = Field(0, ge=0, le=50, description="of av1: how much grain is drawn again")
    gop_s: float = Field(2.0, ge=0.5, le=10)
    segment_gops: int = Field(3, ge=1, le=10, description="GOPs in a segment")
    pictures: bool = Field(True, description="false: only sound is made, whatever the source is")
    crop: bool = Field(False, description="cut off black bars that are there all the time")
    rungs: tuple[PolicyRung, ...] = Field((), max_length=MAX_RUNGS, validate_default=True)
    codecs: tuple[CodecName, ...] = Field(
        (),
        description="made where a request names none; by default h264, where a rung has it,"
        " else all",
    )
    audio: AudioPolicy = AudioPolicy()

    @field_validator("rungs")
    @classmethod
    def _are_some(
        cls, rungs: tuple[PolicyRung, ...], info: ValidationInfo
    ) -> tuple[PolicyRung, ...]:
        if info.data.get("pictures", True):
            if not rungs:
                raise ValueError(f"Tuple should have at least 1 item: give 1 to {MAX_RUNGS}")
        elif rungs:
            raise ValueError("pictures is false, so nothing would be made of them: leave them out")
        return rungs

    @field_validator("codecs")
    @classmethod
    def _have_rungs(
        cls, codecs: tuple[CodecName, ...], info: ValidationInfo
    ) -> tuple[CodecName, ...]:
        offered = {rung.codec for rung in info.data.get("rungs", ())}
        if lacking := [codec for codec in codecs if codec not in offered]:
            raise ValueError(f"no rung is {lacking[0]}: add one or leave {lacking[0]} out")
        return codecs

    @property
    def offered(self) -> tuple[CodecName, ...]:
        """Return the codecs that rungs are in, what plays everywhere first."""
        there = {rung.codec for rung in self.rungs}
        return tuple(codec for codec in CODEC_NAMES if codec in there)

    def chosen(self, asked: tuple[CodecName, ...]) -> tuple[CodecName, ...]:
        """Return the codecs of a title: those asked for, or what the ladder says without."""
        if asked:
            return tuple(dict.fromkeys(asked))
        if self.codecs:
            return self.codecs
        return ("h264",) if "h264" in self.offered else self.offered
