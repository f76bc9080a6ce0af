"""How much of a running step is done: one share, whatever the step does one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeVar

from farm.command import Command

T = TypeVar("T")
QUICK = Fraction(1, 50)  # a command that cannot tell its progress, against the longest that can


class StepProgress:
    """A share from 0 to 1 that never goes back.

    What is reported counts within the innermost `up_to`: a step that fetches, runs programs and
    stores gives each a stretch of the whole. Commands share a stretch by the lengths of what they
    make, so that two of them do not go from 0 to 1 twice. Threads may report at once.
    """

    def __init__(self, tell: Callable[[float], None] = lambda _: None) -> None:
        """`tell` is called with the share of the whole step, whenever it has grown."""
        self._tell = tell
        self._told = 0.0
        self._from, self._to = 0.0, 1.0
        self._commands_from = 0.0
        self._weights: list[float] = []  # of commands to come
        self._ended = 0.0  # weight of commands that have ended

    def report(self, share: float) -> None:
        """Note how much of this stretch is done, from 0 to 1."""
        self._reach(self._from, share)

    @contextmanager
    def up_to(self, share: float) -> Iterator[None]:
        """Make a stretch of what is done in the block: up to `share` of the one around it."""
        around = self._from, self._to
        end = self._from + (self._to - self._from) * share
        self._from, self._to = min(max(self._told, self._from), end), end
        try:
            yield
            self.report(1.0)
        finally:
            self._from, self._to = around

    def over(self, items: Collection[T]) -> Iterator[T]:
        """Yield the items, reporting how many of them are done."""
        for number, item in enumerate(items):
            self.report(number / len(items))
            yield item
        self.report(1.0)

    def expect(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Note that these commands fill the rest of this stretch; return them."""
        longest_s = max((command.duration_s or 0 for command in commands), default=0) or 1
        self._weights = [float(command.duration_s or QUICK * longest_s) for command in commands]
        self._ended, self._commands_from = 0.0, max(self._told, self._from)
        return commands

    @contextmanager
    def running(self, command: Command) -> Iterator[Callable[[Fraction], None]]:
        """Count a command; yield what to call with the seconds that its output has reached."""
        weight = self._weights.pop(0) if self._weights else 1.0
        total = self._ended + weight + sum(self._weights)

        def reached(at_s: Fraction) -> None:
            if command.duration_s:
                done = weight * min(1.0, float(at_s / command.duration_s))
                self._reach(self._commands_from, (self._ended + done) / total)

        yield reached
        self._ended += weight
        self._reach(self._commands_from, self._ended / total)

    def _reach(self, start: float, share: float) -> None:
        reached = start + (self._to - start) * min(1.0, max(0.0, share))
        if reached > self._told:
            self._told = reached
            self._tell(reached)
