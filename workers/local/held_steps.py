"""The steps of a provenance held against this machine: what would be reused, and why the rest not.

Nothing is run but the tools' own words on their versions.
"""

from __future__ import annotations

from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from farm.errors import InvalidSource, ToolFailed
from farm.plan import step_of
from farm.serial import from_json, to_json
from qc.reproduction.document import ProvenanceTold, StepTold
from qc.reproduction.outcome import StepHeld
from workers.engine.fingerprint import fingerprints_of, made_as
from workers.local.held_commands import NONSENSE, UNKNOWN, CommandsToday
from workers.programs.builds import Builds
from workers.steps.contract import StepKind
from workers.steps.registry import step_kind


def hold_steps(
    told: ProvenanceTold, changed: Collection[str], builds: Builds, commands: CommandsToday
) -> tuple[StepHeld, ...]:
    """Return each step, those it builds on before it.

    `changed` are the parts of `ingest` that are made of other files than then. Raises InvalidSource
    where steps wait for each other.
    """
    steps = {step.key: step for step in told.steps}
    needs = {
        step.key: {step_of(each) for each in step.inputs} & steps.keys() for step in told.steps
    }
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise InvalidSource(
            f"the provenance is damaged: steps of it wait for {error.args[1][0]}"
        ) from error
    held = _Held(told, set(changed), builds, commands)
    return tuple(held.hold(steps[key]) for key in order)


class _Held:
    def __init__(
        self,
        told: ProvenanceTold,
        changed: set[str],
        builds: Builds,
        commands: CommandsToday,
    ) -> None:
        self._told = told
        self._digests = told.digests
        self._changed = changed  # references to what is, or would be, another part than then
        self._builds = builds
        self._commands = commands

    def hold(self, step: StepTold) -> StepHeld:
        """Return how a step would come out today, and remember it for those that build on it."""
        try:
            kind = step_kind(step.kind)
        except LookupError:
            return self._anew(step, [f"ReelFarm has no step of the kind {step.kind!a} any more"])
        if step.params is None:
            return self._of_first_schema(step, kind)
        try:
            params = from_json(kind.params, step.params)
            why, other = self._differences(step, kind, params, step.params)
        except ValidationError:
            return self._anew(step, ["its parameters cannot be read any more"])
        except ToolFailed as error:
            return self._anew(step, [error.message])
        except NONSENSE:
            return self._anew(step, ["its parameters make no sense"])
        commands = self._commands.hold(step, kind, params)
        self._changed |= {_reference(step, name) for name in other}
        return StepHeld(step.key, step.kind, "differs" if why else "same", tuple(why), commands)

    def _differences(
        self, step: StepTold, kind: StepKind[Any], params: Any, told: dict[str, Any]
    ) -> tuple[list[str], set[str]]:
        """Return why parts would be made anew, and which; `params` are those that are told.

        A kind that runs in every job leaves the same of the same: only what it is made of counts.
        """
        mine = {name for name in step.parts if _reference(step, name) in self._changed}
        why = ["its files are others, or are read otherwise"] if mine else []
        if others := sorted(each for each in step.inputs if each in self._changed):
            why.append(f"made of what would be another: {_few(others)}")
        if absent := sorted(each for each in step.inputs if each not in self._digests):
            why.append(f"made of what is not listed: {_few(absent)}")
        if not kind.cacheable:
            return why, set(step.parts) if others or absent else mine
        why = [*self._of_tools(step, kind), *self._of_recipe(step, kind, params, told), *why]
        if why:
            return why, set(step.parts)
        digests = {each: self._digests[each] for each in step.inputs}
        prints = fingerprints_of(kind, params, digests, self._builds)
        other = {n for n, part in step.parts.items() if part.fingerprint != prints.get(n)}
        if other:
            why.append("its fingerprint is another, though nothing that is written down is")
        return why, other

    def _of_recipe(
        self, step: StepTold, kind: StepKind[Any], params: Any, told: dict[str, Any]
    ) -> list[str]:
        """Return what else a fingerprint is of that is another now."""
        why = []
        if step.made_as is not None:
            then, now = to_json(step.made_as), made_as(kind, params, self._builds)
            why = [f"{name} {then[name]} -> {now[name]}" for name in now if then[name] != now[name]]
        read = to_json(params)
        if names := sorted(n for n in read.keys() | told.keys() if read.get(n) != told.get(n)):
            why.append(f"its parameters read otherwise: {', '.join(names)}")
        return why

    def _of_first_schema(self, step: StepTold, kind: StepKind[Any]) -> StepHeld:
        """Return what can be told of a step of which neither parameters nor inputs are known."""
        if kind.cacheable and (why := self._of_tools(step, kind)):
            return self._anew(step, why)
        return StepHeld(step.key, step.kind, "unknown", (), UNKNOWN)

    def _of_tools(self, step: StepTold, kind: StepKind[Any]) -> list[str]:
        return [
            f"another build of {tool.value}"
            for tool in kind.tools
            if (then := step.tools.get(tool.value)) and then.build != self._builds.of(tool)
        ]

    def _anew(self, step: StepTold, why: list[str]) -> StepHeld:
        self._changed |= {_reference(step, name) for name in step.parts}
        return StepHeld(step.key, step.kind, "differs", tuple(why), UNKNOWN)


def _reference(step: StepTold, name: str) -> str:
    return f"{step.key}#{name}" if name else step.key


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
