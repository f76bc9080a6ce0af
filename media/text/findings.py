"""What was mended in a text track or a list of chapters, gathered into a few sentences."""

from __future__ import annotations

from dataclasses import dataclass

from media.text.cue import timestamp

MAX_EXAMPLE_CHARS = 40

# Said by readers and by the mending alike.
AT_BEGINNING = "clipped to the title's beginning"
BEFORE_TITLE = "dropped: before the title's beginning"
UNREADABLE_TIMES = "skipped: unreadable times"
HIDDEN_TEXT = "text that the file hides is left out"
LOST_SETTING = "lost a setting that cannot be delivered"


@dataclass(slots=True)
class _Tally:
    thing: str
    count: int
    first_ms: int | None
    example: str


class Findings:
    """Counts what happened to single cues, so that thousands of them make one sentence."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally | None] = {}

    def say(self, sentence: str) -> None:
        """Add a sentence about the whole file, once."""
        self._tallies.setdefault(sentence, None)

    def note(
        self, what: str, at_ms: int | None = None, *, thing: str = "cue", example: str = ""
    ) -> None:
        """Count one `thing` that `what` ("clipped to ...") happened to at `at_ms`.

        `what` is ours, so that the sentences stay few; what a file says goes into `example`.
        """
        tally = self._tallies.setdefault(what, _Tally(thing, 0, at_ms, example))
        if tally is not None:
            tally.count += 1

    def sentences(self) -> tuple[str, ...]:
        """Return "3 cues clipped to the title's end (first at 00:00:28.000)" and the like."""
        return tuple(
            what if tally is None else _sentence(what, tally)
            for what, tally in self._tallies.items()
        )


def _sentence(what: str, tally: _Tally) -> str:
    things = tally.thing if tally.count == 1 else f"{tally.thing}s"
    sentence = f"{tally.count} {things} {what}"
    if tally.first_ms is None:
        return sentence
    time = f"{'-' if tally.first_ms < 0 else ''}{timestamp(abs(tally.first_ms))}"
    example = f": {tally.example[:MAX_EXAMPLE_CHARS]}" if tally.example else ""
    return f"{sentence} ({'' if tally.count == 1 else 'first '}at {time}{example})"
