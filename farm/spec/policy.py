"""QC policies: what a title must measure up to, what a person decides, what each check weighs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from farm.checks import OF_RUNGS, Severity, family_of, is_check
from farm.ladder import Rung
from farm.spec.rung_class import RungClass, check_classes, class_of

# By which model pictures are scored: libvmaf's of television seen from three heights away, the same
# without gain from enhancement (NEG), seen on a phone, or in 4K; and version 1 of the first.
VmafModel = Literal[
    "vmaf_v0.6.1", "vmaf_v0.6.1neg", "vmaf_v0.6.1_phone", "vmaf_4k_v0.6.1", "vmaf_v1"
]
LoudnessTargetName = Literal["ebu-r128", "atsc-a85", "streaming-14", "streaming-16", "streaming-27"]
# What else is measured of the frames that are scored: XPSNR, and banding (CAMBI).
CrossCheck = Literal["xpsnr", "cambi"]
THRESHOLDS = ("top_harmonic_mean", "top_p5", "top_p1", "top_worst_window")


class ReviewBelow(BaseModel):
    """Below these a person decides, where the title is not rejected anyway; None: nobody is asked.

    VMAF is 0-100 (`model`), of the best rung against the source.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_harmonic_mean: float | None = Field(None, ge=0, le=100)
    top_p5: float | None = Field(None, ge=0, le=100)
    top_p1: float | None = Field(None, ge=0, le=100)
    top_worst_window: float | None = Field(None, ge=0, le=100)


class QcPolicy(BaseModel):
    """Thresholds a title must meet; None leaves a threshold out. VMAF is 0-100 (`model`).

    `top_*` judge the best rung against the source; `rungs` judge rungs by size and codec, the best
    ones among them; `rung_floor` judges the harmonic mean of every rung, and only warns: low rungs
    are meant to be low.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("standard", min_length=1, max_length=128)
    top_harmonic_mean: float | None = Field(80.0, ge=0, le=100)
    top_p5: float | None = Field(70.0, ge=0, le=100)
    top_p1: float | None = Field(60.0, ge=0, le=100)
    top_worst_window: float | None = Field(
        None, ge=0, le=100, description="the lowest mean of any stretch of 2 s"
    )
    rungs: tuple[RungClass, ...] = Field(
        (),
        max_length=32,
        description="thresholds of other rungs: the first class that fits a rung counts",
        examples=[[{"name": "hd", "min_lines": 720, "harmonic_mean": 85, "review": {"p5": 75}}]],
    )
    rung_floor: float | None = Field(10.0, ge=0, le=100)
    blank_s: float = Field(
        10.0, gt=0, le=86_400, description="black, frozen or silent for longer does not pass"
    )
    max_blockiness: float | None = Field(None, gt=0, description="FFmpeg's blockdetect, the median")
    max_blur: float | None = Field(None, gt=0, description="FFmpeg's blurdetect, the median")
    loudness_target: LoudnessTargetName | None = Field(
        None,
        description="what every track is held against; none: normalised ones against EBU R 128",
    )
    review: ReviewBelow = ReviewBelow()
    checks: dict[str, Severity] = Field(
        {},
        max_length=64,
        description="what a check weighs that does not pass, by its id; `text-*` is every track's",
        examples=[{"black": "review", "text-*": "fail"}],
    )
    publish: Literal["gated", "review-always", "ungated"] = Field(
        "gated",
        description="gated: what passes; review-always: what a person approves; ungated: anything",
    )
    model: VmafModel = "vmaf_v0.6.1"
    sampling: Literal["sampled", "full"] = Field(
        "sampled",
        description="sampled: as many frames as it takes to tell; full: every frame is scored",
    )
    subsample: int | None = Field(
        None, ge=1, le=49, description="score every n-th frame instead; odd"
    )
    cross_checks: tuple[CrossCheck, ...] = Field(
        (), max_length=2, description="measured beside VMAF, SSIM and PSNR, of the same frames"
    )
    max_banding: float = Field(
        5.0,
        gt=0,
        description="CAMBI that a rendition may add to the source's, in 5 % of its frames",
    )
    repair: int = Field(
        1,
        ge=0,
        le=2,
        description="how often scenes that miss a threshold are encoded again with more bits",
    )

    @property
    def stride(self) -> int | None:
        """Return how far apart scored frames are, None where measuring finds out by itself."""
        return 1 if self.sampling == "full" else self.subsample

    def limits(self, rung: Rung, *, is_top: bool) -> dict[str, tuple[float, ...]]:
        """Return what figures of a rung are held against, by the names of `Stats`."""
        asked: dict[str, set[float]] = {}
        if is_top:
            for name in THRESHOLDS:
                for value in (getattr(self, name), getattr(self.review, name)):
                    if value is not None:
                        asked.setdefault(name.removeprefix("top_"), set()).add(value)
        if own := class_of(self.rungs, rung.codec, rung.width, rung.height):
            for limits in (own.limits(), own.review.limits()):
                for figure, value in limits.items():
                    asked.setdefault(figure, set()).add(value)
        return {figure: tuple(sorted(values)) for figure, values in asked.items()}

    @field_validator("rungs")
    @classmethod
    def _apart(cls, rungs: tuple[RungClass, ...]) -> tuple[RungClass, ...]:
        check_classes(rungs)
        return rungs

    @field_validator("checks")
    @classmethod
    def _known(cls, checks: dict[str, Severity]) -> dict[str, Severity]:
        for name in checks:
            if not is_check(name):
                raise ValueError(f"{name!a} is no check: docs/qc.md lists them")
        return checks

    @field_validator("subsample")
    @classmethod
    def _odd(cls, subsample: int | None) -> int | None:
        # An even one always hits the same places in a pyramid of B-frames: scores are flattered
        # by up to 0.7 VMAF (Netflix/vmaf issue 1214).
        if subsample is not None and subsample % 2 == 0:
            raise ValueError(f"{subsample} is even, which biases scores: use {subsample + 1}")
        return subsample

    @model_validator(mode="after")
    def _speaks_of_its_own_classes(self) -> QcPolicy:
        rules = {each.rule for each in self.rungs}
        for name in self.checks:
            if family_of(name) == OF_RUNGS and not name.endswith("*") and name not in rules:
                raise ValueError(f"checks: {name} is no check: no class of `rungs` is called so")
        return self

    @model_validator(mode="after")
    def _one_way_to_sample(self) -> QcPolicy:
        if self.sampling == "full" and self.subsample not in (None, 1):
            raise ValueError(
                f"sampling: full scores every frame, subsample: {self.subsample} does not: leave"
                " one of them out"
            )
        return self

    @model_validator(mode="after")
    def _person_before_rejection(self) -> QcPolicy:
        for name in THRESHOLDS:
            least, asked = getattr(self, name), getattr(self.review, name)
            if least is not None and asked is not None and asked < least:
                raise ValueError(
                    f"review.{name} {asked:g} is below {name} {least:g}, where titles are rejected"
                )
        return self
