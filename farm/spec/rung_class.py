"""Classes of rungs, by size and codec, and what a QC policy asks of the rungs of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from farm.ladder import CODEC_NAMES, CodecName
from farm.scored import lines_of

FigureName = Literal["harmonic_mean", "p5", "p1", "worst_window"]  # of VMAF, as `Stats` has them
FIGURES: tuple[FigureName, ...] = get_args(FigureName)
TAKEN = ("floor",)  # vmaf-rung-floor is another check
Vmaf = Annotated[float, Field(ge=0, le=100)]
ClassName = Annotated[
    str, StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
]


class FiguresBelow(BaseModel):
    """VMAF, 0-100; None leaves a figure out. `worst_window` is the lowest mean of any 2 s."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    harmonic_mean: Vmaf | None = None
    p5: Vmaf | None = None
    p1: Vmaf | None = None
    worst_window: Vmaf | None = None

    def limits(self) -> dict[FigureName, float]:
        """Return the figures that anything is asked of."""
        limits = ((name, getattr(self, name)) for name in FIGURES)
        return {name: limit for name, limit in limits if limit is not None}


class RungClass(FiguresBelow):
    """Rungs of a size and codec, and their thresholds: below them a title fails."""

    name: ClassName | None = Field(
        None, description="of its check, vmaf-rung-NAME; unless given, what it fits: h264-720p"
    )
    min_lines: int | None = Field(
        None, ge=1, le=4320, description="1920x800 is one of 1080; none: of any size"
    )
    codec: tuple[CodecName, ...] | None = Field(
        None, min_length=1, max_length=len(CODEC_NAMES), description="none: in any codec"
    )
    review: FiguresBelow = Field(FiguresBelow(), description="below these a person decides")

    @property
    def label(self) -> str:
        """Return the name, or what it fits."""
        lines = [f"{self.min_lines}p"] if self.min_lines else []
        return self.name or "-".join([*(self.codec or ()), *lines]) or "all"

    @property
    def rule(self) -> str:
        """Return the id of its check."""
        return f"vmaf-rung-{self.label}"

    @property
    def least_lines(self) -> int:
        return self.min_lines or 0

    @property
    def codecs(self) -> tuple[CodecName, ...]:
        return self.codec or CODEC_NAMES

    def told(self) -> str:
        """Return in words which rungs it fits."""
        codecs = ", ".join(self.codec or ("any codec",))
        return f"{codecs}, {f'from {self.min_lines} lines on' if self.min_lines else 'any size'}"

    @model_validator(mode="after")
    def _asks_for_something(self) -> RungClass:
        if not self.limits() and not self.review.limits():
            raise ValueError(
                f"{self.label} asks for nothing: give one of {', '.join(FIGURES)}, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _person_before_rejection(self) -> RungClass:
        for figure, asked in self.review.limits().items():
            least = self.limits().get(figure, 0.0)
            if asked < least:
                raise ValueError(
                    f"review.{figure} {asked:g} is below {figure} {least:g}, where titles are"
                    " rejected"
                )
        return self

    @model_validator(mode="after")
    def _has_a_free_name(self) -> RungClass:
        if self.label in TAKEN:
            raise ValueError(f"vmaf-rung-{self.label} is another check: name the class otherwise")
        return self


def check_classes(classes: Sequence[RungClass]) -> None:
    """Raise ValueError where two classes go by one name, or one has no rung left to it.

    The first class that fits a rung has it.
    """
    labels: set[str] = set()
    taken_from: dict[CodecName, int] = {}  # lines, on which classes before have all rungs
    for each in classes:
        if each.label in labels:
            raise ValueError(f"two classes are called {each.label}: give them names of their own")
        labels.add(each.label)
        lines = each.least_lines
        if all(lines >= taken_from.get(codec, lines + 1) for codec in each.codecs):
            raise ValueError(
                f"no rung is left for class {each.label}: classes before it have all that it fits,"
                " and the first that fits counts: move it up, or leave it out"
            )
        taken_from |= {codec: min(lines, taken_from.get(codec, lines)) for codec in each.codecs}


def class_of(classes: Sequence[RungClass], codec: str, width: int, height: int) -> RungClass | None:
    """Return the first class that fits a rung, None where none does."""
    lines = max(lines_of(width, height), min(width, height))  # 576 of 1024x576, which goes by 540
    fitting = (each for each in classes if codec in each.codecs and lines >= each.least_lines)
    return next(fitting, None)
