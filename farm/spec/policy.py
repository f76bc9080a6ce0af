"""What a title must be to be published."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator


class QcPolicy(BaseModel):
    """Thresholds a title must meet; None leaves a threshold out. VMAF is 0-100 (v0.6.1).

    `top_*` judge the best rung against the source; `rung_floor` judges the harmonic mean of
    every rung, and only warns: low rungs are meant to be low.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("standard", min_length=1, max_length=128)
    top_harmonic_mean: float | None = Field(80.0, ge=0, le=100)
    top_p5: float | None = Field(70.0, ge=0, le=100)
    top_p1: float | None = Field(60.0, ge=0, le=100)
    rung_floor: float | None = Field(10.0, ge=0, le=100)
    subsample: int = Field(5, ge=1, le=49, description="score every n-th frame; odd")

    @field_validator("subsample")
    @classmethod
    def _odd(cls, subsample: int) -> int:
        # An even one always hits the same places in a pyramid of B-frames: scores are flattered
        # by up to 0.7 VMAF (Netflix/vmaf issue 1214).
        if subsample % 2 == 0:
            raise ValueError(f"{subsample} is even, which biases scores: use {subsample + 1}")
        return subsample
