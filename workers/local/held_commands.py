"""The argv of a provenance's steps beside those that the same steps would run today."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from farm.command import opening_with
from farm.facts import AudioTrack, Source, TextTrack
from farm.serial import from_json
from farm.settings import Settings
from qc.reproduction.document import StepTold
from qc.reproduction.outcome import CommandsHeld
from workers.engine.spent import MOST_ARGV_BYTES
from workers.programs.tools import Tools
from workers.steps.contract import StepKind
from workers.steps.expected import Argv
from workers.steps.facts import Facts, program_limits

UNKNOWN = CommandsHeld("unknown")
ON_DEVICES = {"-init_hw_device", "-hwaccel"}  # which device it was, only the farm knows
MOST_THREADS = 64
# What builders raise of parameters that nobody ever planned, in a document that was changed.
NONSENSE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What builders of commands look at, as the report has it; tracks by their steps' keys."""

    source: Source
    audios: Mapping[str, AudioTrack]
    texts: Mapping[str, TextTrack]


def delivered(report: bytes) -> Delivered | None:
    """Return what a generation's report.json tells of its source and tracks, None for nothing."""
    try:
        document = json.loads(report)
        source = {key: value for key, value in document["source"].items() if key != "name"}
        audios = [from_json(AudioTrack, each) for each in document["audio"]]
        texts = [from_json(TextTrack, each) for each in document["text"]]
        return Delivered(
            from_json(Source, source),
            {f"audio:{each.name}": each for each in audios},
            {f"text:{each.name}": each for each in texts},
        )
    except (RecursionError, *NONSENSE):
        return None


class CommandsToday:
    """Holds argv against those of today, as far as they are known before a step runs."""

    def __init__(self, settings: Settings, tools: Tools, told: Delivered | None) -> None:
        """Without what the report tells, nothing is known."""
        self._limits = program_limits(settings)
        self._tools = tools
        self._told = told
        self._threads: int | None = None  # of the step before: most have as many

    def hold(self, step: StepTold, kind: StepKind[Any], params: Any) -> CommandsHeld:
        """Return what of a step's argv is not among those of the other time.

        Those that only a run adds are left out. The threads are those that were granted then:
        nothing of what is made hangs on them.
        """
        then = {argv[1:]: argv for argv in step.commands if argv}
        if self._told is None or ON_DEVICES & {word for argv in then for word in argv}:
            return UNKNOWN
        if any(device != "cpu" for device in step.devices):
            return UNKNOWN
        try:
            parts = frozenset(kind.parts(params))
            for threads in self._tried():
                now = self._argvs(step, kind, params, parts, threads)
                apart = (self._argvs(step, kind, params, frozenset({p}), threads) for p in parts)
                # All parts at once; or one after the other, as where a ladder has grown since.
                if _are_among(now, then) or all(_are_among(argvs, then) for argvs in apart):
                    self._threads = threads
                    return CommandsHeld("same")
            now = self._argvs(step, kind, params, parts, None)
        except NONSENSE:
            return UNKNOWN
        if not then or sum(len(word) + 1 for argv in now for word in argv) > MOST_ARGV_BYTES:
            return UNKNOWN  # not all were kept
        new = tuple(argv for argv in now if argv[1:] not in then)
        known = {argv[1:] for argv in now}
        return CommandsHeld(
            "differs", tuple(argv for words, argv in then.items() if words not in known), new
        )

    def _tried(self) -> Iterator[int | None]:
        yield self._threads
        yield None
        yield from range(1, MOST_THREADS + 1)

    def _argvs(
        self,
        step: StepTold,
        kind: StepKind[Any],
        params: Any,
        wanted: frozenset[str],
        threads: int | None,
    ) -> list[Argv]:
        assert self._told is not None
        media = self._told.source.media
        inputs = step.inputs
        facts = Facts(
            wanted=wanted,
            limits=self._limits,
            threads=threads,
            source=media if "ingest" in inputs else None,
            audios=tuple(self._told.audios[ref] for ref in inputs if ref in self._told.audios),
            texts=tuple(self._told.texts[ref] for ref in inputs if ref in self._told.texts),
        )
        commands = [opening_with(c, media.opened_with) for c in kind.commands(facts, params)]
        argvs = [self._tools.argv(command) for command in commands]
        return [(PurePath(program).name, *words) for program, *words in argvs]


def _are_among(now: Iterable[Argv], then: Container[Argv]) -> bool:
    return all(argv[1:] in then for argv in now)
