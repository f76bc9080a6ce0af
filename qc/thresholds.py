"""One threshold of a policy held against what a rung measured: told apart, or left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.checks import CheckOutcome
from farm.scores import Bounds, Stats
from farm.spec import FigureName

FIGURE_WORDS: dict[FigureName, str] = {
    "harmonic_mean": "harmonic mean",
    "p5": "5th percentile",
    "p1": "1st percentile",
    "worst_window": "worst 2 s",
}
GRAVITY: tuple[CheckOutcome, ...] = ("pass", "warn", "review", "fail")


@dataclass(frozen=True, slots=True)
class RungFigures:
    """What a rung measured; `low` and `high` are between what its figures may be."""

    name: str
    vmaf: Stats
    low: Stats
    high: Stats

    @classmethod
    def of(cls, name: str, vmaf: Stats, bounds: Bounds | None) -> RungFigures:
        """Return them; without bounds every frame was scored, or they are of an older record."""
        bounds = bounds or Bounds(vmaf, vmaf)
        return cls(name, vmaf, bounds.low, bounds.high)

    def between(self, figure: FigureName) -> tuple[float, float]:
        """Return between what a figure may be.

        Of older records, which have no worst window, all that is known of it: it is no lower than
        the lowest frame, and no higher than the mean.
        """
        low, high = getattr(self.low, figure), getattr(self.high, figure)
        return (self.low.min if low is None else low, self.high.mean if high is None else high)

    def told(self, figure: FigureName) -> str:
        """Return a figure in words, with its bounds where it is an estimate."""
        value: float | None = getattr(self.vmaf, figure)
        low, high = self.between(figure)
        if value is None:
            return f"{self.name}: not measured, from {low:.2f} (lowest) to {high:.2f} (mean)"
        between = f" ({low:.2f} to {high:.2f})" if high > low else ""
        return f"{self.name}: {value:.2f}{between}"


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a figure: below `least` a title fails, below `asked` a person decides."""

    figure: FigureName
    least: float | None
    asked: float | None

    @property
    def words(self) -> str:
        said = (
            (self.least, "at least {:g} is asked for"),
            (self.asked, "below {:g} a person decides"),
        )
        return ", ".join(words.format(limit) for limit, words in said if limit is not None)

    def outcome(self, rung: RungFigures) -> CheckOutcome:
        """Return what comes of a rung.

        What may be on either side, though as much was scored as is worth it, a person decides.
        """
        low, high = rung.between(self.figure)
        if self.least is not None and high < self.least:
            return "fail"
        unsure = any(limit is not None and low < limit for limit in (self.least, self.asked))
        return "review" if unsure else "pass"


def gravest(outcomes: Sequence[CheckOutcome]) -> CheckOutcome:
    """Return the outcome that counts of several, `pass` of none."""
    return max(outcomes, key=GRAVITY.index, default="pass")
