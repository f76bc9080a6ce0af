"""How titles score as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from farm.facts import VerdictWord
from farm.ladder import CodecName
from farm.scored import KeptScore
from qc.trends.changes import ScoreChange
from qc.trends.look import CodecScores, QualityLook
from qc.trends.words import ToolNames, changed, titles_told, told, tool_names

MOST_OUTLIERS = 50  # of a codec, the lowest ones


class SpreadShown(BaseModel):
    """Scores in order: the lowest, the quarters' ends, the highest."""

    model_config = ConfigDict(from_attributes=True)

    titles: int
    low: float
    q1: float
    median: float
    q3: float
    high: float


class SeriesShown(BaseModel):
    """Rungs whose scores can be held against each other."""

    model_config = ConfigDict(from_attributes=True)

    codec: CodecName
    lines: int = Field(description="the size they go by: 1080 of 1920x800, too")
    policy: str = Field(description="the ladder's name")
    device: str = Field(examples=["cpu", "nvenc"])
    model: str = Field(description="of VMAF")
    scored_lines: int = Field(description="the size they were scored at")


class MakerShown(BaseModel):
    """What made them; empty where it is not known."""

    model_config = ConfigDict(from_attributes=True)

    tool: str = Field(description="FFmpeg's version, as it says itself")
    build: str = Field(description="digest of all it says of itself")
    reelfarm: str
    preset: str = Field(description="of the encoder")
    policy_version: int | None = Field(description="of a ladder of the tenant's own")
    policy_digest: str = Field(description="of what the ladder says")


class OutlierShown(BaseModel):
    """A title far below the rest."""

    job: str
    asset: str
    lines: int
    harmonic_mean: float
    p5: float
    p1: float
    verdict: VerdictWord
    links: dict[str, str]


class PeriodShown(BaseModel):
    """A day or a week (UTC) in which titles were verified."""

    model_config = ConfigDict(from_attributes=True)

    start: datetime
    end: datetime
    spread: SpreadShown


class MadeByShown(BaseModel):
    """The top rungs of one series that one tool, preset and ladder made."""

    model_config = ConfigDict(from_attributes=True)

    series: SeriesShown
    maker: MakerShown
    first: datetime
    last: datetime
    spread: SpreadShown


class CodecQuality(BaseModel):
    """The top rungs in one codec, of each title the newest one."""

    codec: CodecName
    harmonic_mean: SpreadShown
    p5: SpreadShown
    p1: SpreadShown
    fence: float | None = Field(
        description="a harmonic mean below it is far below the rest; null: too few titles to say"
    )
    far_below: int = Field(description="titles below the fence")
    outliers: list[OutlierShown] = Field(description="the lowest 50 of them")
    periods: list[PeriodShown] = Field(description="of the harmonic mean, in order")
    made_by: list[MadeByShown] = Field(description="the newest first")


class WhatChanged(BaseModel):
    """One thing that was another one before."""

    what: str = Field(examples=["FFmpeg", "the preset"])
    before: str
    after: str


class MoveShown(BaseModel):
    """By how much the harmonic mean is higher after a change, and how sure that is."""

    by: float = Field(description="the estimate of Hodges and Lehmann")
    low: float = Field(description="of its 95 % interval")
    high: float
    p: float = Field(description="how likely so much is where nothing moved, of this test alone")


class ChangeShown(BaseModel):
    """What a change of what makes rungs did to the scores of comparable ones."""

    series: SeriesShown
    before: MakerShown
    after: MakerShown
    what: list[WhatChanged]
    since: datetime
    outcome: Literal["moved", "unmoved", "too few"]
    scores_before: SpreadShown
    scores_after: SpreadShown
    pairs: int = Field(description="titles made on both sides; 0: others were compared")
    compared: str = Field(description="the titles, in words")
    test: str | None = Field(examples=["Wilcoxon signed-rank", "Mann-Whitney U"])
    moved: MoveShown | None = Field(description="null: too few to say")


class QualityShown(BaseModel):
    """How titles score, in words and in figures."""

    words: list[str]
    titles: int
    since: datetime | None = Field(description="when the oldest of them was verified")
    is_whole: bool = Field(description="false: older titles of the last 90 days were not looked at")
    codecs: list[CodecQuality]
    changes: list[ChangeShown] = Field(description="the latest first")


def quality_of(look: QualityLook) -> QualityShown:
    """Return what is shown of a look."""
    names = tool_names(look)
    return QualityShown(
        words=told(look),
        titles=look.titles,
        since=look.since,
        is_whole=look.is_whole,
        codecs=[_codec(codec) for codec in look.codecs],
        changes=[_change(change, names) for change in look.changes],
    )


def _codec(codec: CodecScores) -> CodecQuality:
    return CodecQuality(
        codec=codec.codec,
        harmonic_mean=SpreadShown.model_validate(codec.harmonic_mean),
        p5=SpreadShown.model_validate(codec.p5),
        p1=SpreadShown.model_validate(codec.p1),
        fence=codec.fence,
        far_below=len(codec.outliers),
        outliers=[_outlier(row) for row in codec.outliers[:MOST_OUTLIERS]],
        periods=[PeriodShown.model_validate(period) for period in codec.periods],
        made_by=[MadeByShown.model_validate(made) for made in codec.makers],
    )


def _outlier(row: KeptScore) -> OutlierShown:
    score = row.score
    return OutlierShown(
        job=row.job_id,
        asset=row.asset,
        lines=score.series.lines,
        harmonic_mean=score.harmonic_mean,
        p5=score.p5,
        p1=score.p1,
        verdict=score.verdict,
        links={"self": f"/v1/jobs/{row.job_id}", "page": f"/titles/{row.job_id}"},
    )


def _change(change: ScoreChange, names: ToolNames) -> ChangeShown:
    what = changed(change.series, change.before, change.after, names)
    shift = change.shift
    return ChangeShown(
        series=SeriesShown.model_validate(change.series),
        before=MakerShown.model_validate(change.before),
        after=MakerShown.model_validate(change.after),
        what=[WhatChanged(what=each.what, before=each.before, after=each.after) for each in what],
        since=change.since,
        outcome=change.outcome,
        scores_before=SpreadShown.model_validate(change.scores_before),
        scores_after=SpreadShown.model_validate(change.scores_after),
        pairs=change.pairs,
        compared=titles_told(change),
        test=change.test,
        moved=MoveShown(by=shift.by, low=shift.low, high=shift.high, p=shift.p) if shift else None,
    )
