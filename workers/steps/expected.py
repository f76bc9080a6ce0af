"""The commands of steps that are planned: from what the steps before them are expected to leave."""

from __future__ import annotations

from collections.abc import Sequence

from farm.command import Command, opening_with
from farm.facts import AudioTrack, TextTrack
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan, step_of
from farm.serial import from_json
from farm.settings import Settings
from planning.params import AudioParams, TextParams
from workers.programs.tools import Tools
from workers.steps import audio, text
from workers.steps.facts import (
    Facts,
    granted_threads,
    program_limits,
    spare_threads,
    worker_cores,
)
from workers.steps.registry import step_kind

Argv = tuple[str, ...]


class ExpectedCommands:
    """The programs of a title's steps on a worker like this one that has every core free."""

    def __init__(
        self, media: MediaInfo, settings: Settings, tools: Tools, steps: Sequence[StepPlan]
    ) -> None:
        self._media = media
        self._settings = settings
        self._tools = tools
        self._steps = {step.key: step for step in steps}

    def argvs(self, step: StepPlan) -> tuple[Argv, ...]:
        """Return the argv of each program the step would start, in order."""
        return tuple(
            tuple(self._tools.argv(opening_with(command, self._media.opened_with)))
            for command in self._commands(step)
        )

    def _commands(self, step: StepPlan) -> Sequence[Command]:
        kind = step_kind(step.kind)
        params = from_json(kind.params, step.params)
        return kind.commands(self._facts(step, frozenset(kind.parts(params))), params)

    def _facts(self, step: StepPlan, wanted: frozenset[str]) -> Facts:
        made = [self._steps[step_of(reference)] for reference in step.inputs]
        return Facts(
            wanted=wanted,
            limits=program_limits(self._settings),
            threads=spare_threads(granted_threads(step.size.cores, worker_cores(self._settings))),
            source=self._media,
            audios=tuple(self._audio(step) for step in made if step.kind == "audio"),
            texts=tuple(self._text(step) for step in made if step.kind == "text"),
        )

    def _audio(self, step: StepPlan) -> AudioTrack:
        return audio.expected(from_json(AudioParams, step.params))

    def _text(self, step: StepPlan) -> TextTrack:
        return text.expected(self._media, from_json(TextParams, step.params))
