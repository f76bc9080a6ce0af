"""Printing how a generation holds against its provenance, for a person."""

from __future__ import annotations

import shlex
from collections import defaultdict

from cli.document import print_line
from qc.reproduction.document import ProvenanceTold
from qc.reproduction.outcome import (
    CommandsHeld,
    FilesHeld,
    MadeAgain,
    Reproduction,
    Sameness,
    StepHeld,
    ThenAndNow,
)
from workers.local.reproduction import sidecar_names

MARKS: dict[Sameness, str] = {"same": "✓", "differs": "✗", "unknown": "?"}
MOST_NAMES = 20  # of files of one fate


def print_reproduction(held: Reproduction, told: ProvenanceTold) -> None:
    """Print what is the same, what differs and why, and what nobody could look at."""
    print_line(f"{held.generation}: {held.tenant}/{held.asset}")
    _print_files(held.files)
    _print_fact("content", held.content, "as the generation's name says")
    _print_fact("QC record", held.qc, f"the verdict {told.qc.verdict}, as it was held")
    _print_fact("source", held.source, "the same file")
    names = sidecar_names(told)
    for part, fact in held.sidecars.items():
        _print_fact(names[part], fact, "the same file")
    _print_fact("ReelFarm", held.reelfarm, str(held.reelfarm.now))
    for tool, fact in held.tools.items():
        _print_fact(tool, fact, str(fact.now))
    _print_steps(held.steps)
    if held.again is not None:
        _print_again(held.again)


def _print_fact(what: str, fact: ThenAndNow, same: str) -> None:
    if fact.outcome == "same":
        told = same
    elif fact.outcome == "unknown":
        told = f"not looked at: {fact.why}"
    else:
        told = f"then {fact.then}, now {fact.now or 'nothing'}" + (f": {fact.why}" * bool(fact.why))
    print_line(f"{MARKS[fact.outcome]} {what}: {told}")


def _print_files(files: FilesHeld) -> None:
    if files.outcome == "unknown":
        print_line(f"? files: not looked at: {files.why}")
        return
    unknown = "; whether there are others, nobody can tell" if files.extra is None else ""
    print_line(f"{MARKS[files.outcome]} files: {files.same} are as they were{unknown}")
    for fate, names in (
        ("changed", files.changed),
        ("missing", files.missing),
        ("not listed", files.extra or ()),
    ):
        _print_names(fate, names)


def _print_names(fate: str, names: tuple[str, ...]) -> None:
    for name in names[:MOST_NAMES]:
        print_line(f"    {fate}: {name}")
    if len(names) > MOST_NAMES:
        print_line(f"    and {len(names) - MOST_NAMES} more; --json has all")


def _print_steps(steps: tuple[StepHeld, ...]) -> None:
    outcomes: dict[Sameness, list[StepHeld]] = defaultdict(list)
    for step in steps:
        outcomes[step.outcome].append(step)
    if reused := outcomes["same"]:
        print_line(f"✓ steps: {len(reused)} would be reused")
    if unknown := outcomes["unknown"]:
        print_line(
            f"? steps: of {len(unknown)} the provenance is too old to tell what decided them"
        )
    by_reason: dict[str, list[str]] = defaultdict(list)
    for step in outcomes["differs"]:
        by_reason["; ".join(step.why)].append(step.key)
    for reason, keys in by_reason.items():
        print_line(f"✗ steps: {len(keys)} would be made anew: {reason}")
        _print_names("anew", tuple(keys))
    for step in steps:
        if step.commands.outcome == "differs":
            _print_commands(step.key, step.commands)


def _print_commands(key: str, commands: CommandsHeld) -> None:
    print_line(f"  {key} is not known to run the same programs:")
    for when, argvs in (("then", commands.then), ("now", commands.now)):
        for argv in argvs:
            print_line(f"    {when}: {shlex.join(argv)}")


def _print_again(again: MadeAgain) -> None:
    print_line(
        f"{MARKS[again.outcome]} made again in {again.folder} (verdict {again.verdict}):"
        f" {len(again.same)} files came out the same"
    )
    by_reason: dict[str, list[str]] = defaultdict(list)
    for file in again.differ:
        by_reason[file.why].append(file.name)
    for why, names in by_reason.items():
        print_line(f"  {len(names)} differ: {why}")
        _print_names("differs", tuple(names))
    _print_names("missing", again.missing)
    _print_names("new", again.extra)
