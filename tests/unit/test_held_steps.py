"""Which steps of a provenance would be reused on a host, and what is said of the others."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from farm.command import Tool
from farm.errors import ReelFarmError
from farm.serial import from_json
from farm.settings import Settings
from qc.reproduction.document import FIRST_SCHEMA, read_provenance
from qc.reproduction.outcome import StepHeld
from tests.unit.provenances import ALL, SOURCE, Host, planned_steps, recorded, report
from workers.local.held_commands import CommandsToday, delivered
from workers.local.held_steps import hold_steps
from workers.programs.tools import Tools, find_tools
from workers.steps.expected import ExpectedCommands
from workers.steps.facts import Facts, program_limits
from workers.steps.registry import step_kind

Document = dict[str, Any]


@pytest.fixture(scope="session")
def document(settings: Settings, tools: Tools) -> Document:
    return recorded(ExpectedCommands(SOURCE.media, settings, tools, planned_steps()))


def held(
    document: Document,
    host: Host | None = None,
    changed: frozenset[str] = frozenset(),
    told: bytes | None = None,
) -> dict[str, StepHeld]:
    settings = Settings()
    commands = CommandsToday(settings, find_tools(settings), delivered(told) if told else None)
    provenance = read_provenance(json.dumps(document).encode(), "here")
    return {step.key: step for step in hold_steps(provenance, changed, host or Host(), commands)}


def anew(steps: Mapping[str, StepHeld]) -> dict[str, tuple[str, ...]]:
    return {key: step.why for key, step in steps.items() if step.outcome != "same"}


def test_on_the_host_that_made_it_every_step_would_be_reused(document: Document) -> None:
    steps = held(document)
    assert {step.outcome for step in steps.values()} == {"same"}
    assert {step.commands.outcome for step in steps.values()} == {"unknown"}  # without the report
    place = {key: number for number, key in enumerate(steps)}
    assert place["ingest"] < place["analyze"] < place["encode:0"] < place["package"]


def test_its_programs_are_those_it_would_run_with_the_tracks_of_the_report(
    document: Document,
) -> None:
    steps = held(document, told=json.dumps(report()).encode())
    known = {key: step.commands.outcome for key, step in steps.items() if step.kind != "package"}
    assert set(known.values()) == {"same"}  # packaging looks at tracks, of which this has none
    changed = copy.deepcopy(document)
    [step] = [step for step in changed["steps"] if step["key"] == "encode:0"]
    step["commands"][0].append("-more")
    found = held(changed, told=json.dumps(report()).encode())["encode:0"]
    assert (found.outcome, found.commands.outcome) == ("same", "differs")
    assert [argv[-1] for argv in found.commands.then] == ["-more"]
    assert [argv[-1] == "-more" for argv in found.commands.now] == [False]


def test_parts_that_were_made_one_after_the_other_are_known_to_be_made_by_the_same_programs(
    document: Document, settings: Settings, tools: Tools
) -> None:
    changed = copy.deepcopy(document)
    [step] = [step for step in changed["steps"] if step["key"] == "encode:0"]
    kind = step_kind("encode")
    params = from_json(kind.params, step["params"])
    commands = [
        command
        for part in step["parts"]
        for command in kind.commands(
            Facts(frozenset({part}), program_limits(settings), threads=3, source=SOURCE.media),
            params,
        )
    ]
    step["commands"] = [tools.argv(command) for command in commands]
    assert len(step["commands"]) == 2
    told = json.dumps(report()).encode()
    assert held(changed, told=told)["encode:0"].commands.outcome == "same"


def test_another_build_of_a_tool_makes_what_it_decides_anew_and_all_that_is_made_of_that(
    document: Document,
) -> None:
    why = anew(held(document, Host({**ALL, Tool.PACKAGER: "v4"})))
    assert why == {"package": ("another build of packager",)}
    why = anew(held(document, Host({**ALL, Tool.FFMPEG: "n10"})))
    assert why["encode:0"][0] == "another build of ffmpeg"
    assert why["package"][0].startswith("made of what would be another: audio:")
    assert "chapters" not in why


def test_of_another_source_nothing_is_reused_but_what_is_made_of_files_beside_it(
    document: Document,
) -> None:
    why = anew(held(document, changed=frozenset({"ingest"})))
    assert why["ingest"] == ("its files are others, or are read otherwise",)
    assert why["analyze"] == ("made of what would be another: ingest",)
    beside = anew(held(document, changed=frozenset({"ingest#chapters"})))
    assert set(beside) == {"ingest", "chapters", "package"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda step: step["made_as"].update(reelfarm="0.0.1"), "reelfarm 0.0.1 -> "),
        (lambda step: step["made_as"].update(revision=99), "revision 99 -> "),
        (lambda step: step["params"].update(new=1), "its parameters read otherwise: new"),
        (lambda step: step["params"].pop("chunk"), "its parameters cannot be read any more"),
        (lambda step: step.update(kind="carve"), "ReelFarm has no step of the kind 'carve'"),
        (lambda step: step.update(inputs=["ghost"]), "made of what is not listed: ghost"),
        (
            lambda step: next(iter(step["parts"].values())).update(fingerprint="0" * 64),
            "its fingerprint is another, though nothing that is written down is",
        ),
    ],
)
def test_what_differs_of_a_step_is_named(
    document: Document, change: Callable[[Document], object], said: str
) -> None:
    changed = copy.deepcopy(document)
    [step] = [step for step in changed["steps"] if step["key"] == "encode:0"]
    change(step)
    why = anew(held(changed))
    assert why["encode:0"][0].startswith(said)
    assert "package" in why


def test_of_the_first_schema_it_is_only_told_that_tools_differ(document: Document) -> None:
    old = {**document, "schema": FIRST_SCHEMA}
    old["steps"] = [
        {
            **{name: step[name] for name in ("key", "tools", "devices", "commands")},
            "parts": {name: part["digest"] for name, part in step["parts"].items()},
        }
        for step in document["steps"]
    ]
    assert {step.outcome for step in held(old).values()} == {"unknown"}
    other = held(old, Host({**ALL, Tool.PACKAGER: "v4"}))
    assert other["package"].why == ("another build of packager",)
    assert other["chapters"].outcome == "unknown"


def test_a_document_that_was_tampered_with_anywhere_is_refused_or_held_but_never_a_traceback(
    document: Document,
) -> None:
    told = json.dumps(report()).encode()
    small = {**document, "steps": document["steps"][::7]}
    refused = 0
    for number, changed in enumerate(_broken(small)):
        try:
            held(changed, told=told if number % 40 == 0 else None)
        except ReelFarmError as error:
            assert error.exit_status == 2
            refused += 1
    assert refused > 20


def _broken(document: Document) -> Iterator[Document]:
    """Give a document with each of its values in turn replaced by one of another kind."""
    for number, path in enumerate(_paths(document)):
        changed = copy.deepcopy(document)
        place: Any = changed
        for word in path[:-1]:
            place = place[word]
        place[path[-1]] = (None, "x", -1, [], {"a": {}}, "0/0", 1e300)[number % 7]
        yield changed


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for word, each in pairs:
        if "commands" in before:
            continue
        yield (*before, word)
        if isinstance(each, dict | list):
            yield from _paths(each, (*before, word))
