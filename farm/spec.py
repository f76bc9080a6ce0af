"""What a content team asks for: the validated request behind a job."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from farm.ladder import CODECS, Codec, LadderPolicy

ASSET_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


class SubtitleSpec(BaseModel):
    """One sidecar subtitle file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(description="BCP-47, normalised")
    forced: bool = False
    hearing_impaired: bool = False
    name: str | None = Field(None, max_length=64)
    uri: str


class QcPolicy(BaseModel):
    """Thresholds a title must meet; None leaves a threshold out. VMAF is 0-100 (v0.6.1).

    `top_*` judge the best rung against the source; `rung_floor` judges the harmonic mean of
    every rung, and only warns: low rungs are meant to be low.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "standard"
    top_harmonic_mean: float | None = 80.0
    top_p5: float | None = 70.0
    top_p1: float | None = 60.0
    rung_floor: float | None = 10.0
    subsample: int = Field(5, ge=1, le=49, description="score every n-th frame; odd")

    @field_validator("subsample")
    @classmethod
    def _odd(cls, subsample: int) -> int:
        # An even one always hits the same places in a pyramid of B-frames: scores are flattered
        # by up to 0.7 VMAF (Netflix/vmaf issue 1214).
        if subsample % 2 == 0:
            raise ValueError(f"{subsample} is even, which biases scores: use {subsample + 1}")
        return subsample


class JobSpec(BaseModel):
    """A complete, self-contained request: workers need nothing else to make the title."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str = Field("default", pattern=ASSET_PATTERN)
    asset: str = Field(pattern=ASSET_PATTERN)
    external_id: str | None = Field(None, max_length=256)
    source: str
    origin: str
    subtitles: tuple[SubtitleSpec, ...] = Field((), max_length=64)
    chapters: str | None = None
    ladder: LadderPolicy
    codecs: tuple[Codec, ...] = CODECS
    burn_in: str | None = Field(None, description="language of the text to draw into the picture")
    dual_text: tuple[str, str] | None = Field(
        None, description="two languages to combine in one more track, the first one above"
    )
    loudness: Literal["source", "ebu-r128"] = "source"
    allow_partial: bool = False
    qc: QcPolicy = QcPolicy()
    catalog: str | None = Field(
        None, pattern=ASSET_PATTERN, description="the batch it came in with, for fair shares"
    )
    priority: int = Field(0, ge=-10, le=10, description="higher goes first")
    webhook: str | None = Field(
        None, max_length=2048, pattern=r"^https?://", description="told when the job ends"
    )

    @property
    def files(self) -> tuple[str, ...]:
        """Return the URI of every file that is named: the source, sidecars, chapters."""
        chapters = () if self.chapters is None else (self.chapters,)
        return (self.source, *(sidecar.uri for sidecar in self.subtitles), *chapters)

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str) -> str:
        # Generations are numbered per origin: two spellings of one place would count apart.
        return origin.removeprefix("file://").rstrip("/") or "/"
