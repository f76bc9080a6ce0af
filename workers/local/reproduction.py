"""A published generation held against its provenance and against this machine, encoding nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from farm.command import SOURCE_NAME
from farm.errors import InvalidSource
from farm.facts import Source
from farm.parts import FileRef, Part
from farm.serial import to_json
from farm.settings import Settings
from planning.first import CHAPTERS_PART, sidecar_part
from qc.provenance import PROVENANCE_NAME
from qc.reproduction.document import FileTold, ProvenanceTold
from qc.reproduction.files import REPORT_NAME, hold_content, hold_files, hold_qc
from qc.reproduction.outcome import SCHEMA, FilesHeld, Reproduction, ThenAndNow, worst
from services.locations import open_to_all
from storage.objects.store import sha256_of
from workers.local.dry_run import probe
from workers.local.held_commands import CommandsToday, delivered
from workers.local.held_steps import hold_steps
from workers.programs.builds import ASK_FOR_VERSION, Builds
from workers.programs.tools import find_tools
from workers.sources.access import open_sources
from workers.steps.ingest import MAX_SIDECAR_BYTES, SIDECAR_FILE

NOT_GIVEN = "nobody said where it is"


@dataclass(frozen=True, slots=True)
class GenerationFound:
    """A generation as it was read: its files by content, and whole what is looked into.

    `names` are all of its files, None where nobody can tell; with `files` None it is its provenance
    alone.
    """

    where: str
    folder: str  # the name of its folder
    provenance: FileTold
    files: Mapping[str, FileTold] | None
    names: Collection[str] | None
    report: bytes | None


@dataclass(frozen=True, slots=True)
class Given:
    """Where the files lie that a generation was made of, sidecars by the parts they became.

    Those that are `expected` there were named by whoever asks; others may be gone since.
    """

    source: str | None
    sidecars: Mapping[str, str]
    expected: bool = True


def reproduction(
    told: ProvenanceTold, found: GenerationFound, given: Given, settings: Settings
) -> Reproduction:
    """Return what of a generation is as its provenance says, and what would be reused of it today.

    Raises InvalidSource where a file that was given is not there, ToolFailed and NotInstalled where
    tools do not tell their versions.
    """
    tools = find_tools(settings)
    builds = Builds(tools)
    source, sidecars = _held_sources(told, given, settings)
    if found.files is None:
        why = "the provenance lies alone: give its generation"
        files = FilesHeld("unknown", 0, extra=None, why=why)
    else:
        files = hold_files(told, found.files, found.names)
    content = {name: file.sha256 for name, file in (found.files or {}).items()}
    report = found.report if REPORT_NAME not in files.changed else None
    commands = CommandsToday(settings, tools, delivered(report) if report is not None else None)
    other = {f"ingest#{part}" for part, held in sidecars.items() if held.outcome == "differs"}
    if source.outcome == "differs" or not _reads_the_same(told, source, given, settings):
        other.add("ingest")
    steps = hold_steps(told, other, builds, commands)
    qc = hold_qc(told, found.report)
    here = version("reelfarm")
    reelfarm = ThenAndNow("same" if told.reelfarm == here else "differs", told.reelfarm, here)
    used = _held_tools(told, builds)
    held = hold_content(found.folder, {**content, PROVENANCE_NAME: found.provenance.sha256}, files)
    facts = (source, *sidecars.values(), reelfarm, *used.values(), qc, held)
    outcomes = (*(fact.outcome for fact in facts), *(step.outcome for step in steps))
    return Reproduction(
        schema=SCHEMA,
        generation=found.where,
        tenant=told.tenant,
        asset=told.asset,
        outcome=worst(files.outcome, *outcomes),
        source=source,
        sidecars=sidecars,
        reelfarm=reelfarm,
        tools=used,
        qc=qc,
        content=held,
        files=files,
        steps=steps,
    )


def sidecar_names(told: ProvenanceTold) -> dict[str, str]:
    """Return the names of the files that came beside the source, by the parts they became."""
    given = told.request.get("subtitles")
    names = {
        sidecar_part(index): str(each.get("uri"))
        for index, each in enumerate(given if isinstance(given, list) else ())
        if isinstance(each, dict)
    }
    if (chapters := told.request.get("chapters")) is not None:
        names[CHAPTERS_PART] = str(chapters)
    return names


def _held_sources(
    told: ProvenanceTold, given: Given, settings: Settings
) -> tuple[ThenAndNow, dict[str, ThenAndNow]]:
    """Return whether the source and what came beside it are what they were."""
    with (
        tempfile.TemporaryDirectory(prefix="reelfarm-reproduce-") as folder,
        open_sources(open_to_all(settings), told.tenant) as sources,
    ):
        scratch = Path(folder)

        def of_source(uri: str) -> str:
            sources.bring(uri, scratch, lambda: None)
            return sha256_of(scratch / SOURCE_NAME)

        def of_sidecar(uri: str) -> str:
            copy = scratch / "sidecar"
            sources.copy(uri, copy, MAX_SIDECAR_BYTES, lambda: None)
            file = FileRef("", sha256_of(copy), copy.stat().st_size)
            return Part(None, {SIDECAR_FILE: file}).digest

        source = _held_file(told.source.sha256, given.source, of_source, given.expected)
        return source, {
            part: _held_file(
                told.digests.get(f"ingest#{part}"),
                given.sidecars.get(part),
                of_sidecar,
                given.expected,
            )
            for part in sidecar_names(told)
        }


def _reads_the_same(
    told: ProvenanceTold, source: ThenAndNow, given: Given, settings: Settings
) -> bool:
    """Return whether the same source is described as it was then, where that can be told.

    Of an excerpt it cannot: what describes that is cut out first.
    """
    digest, program = told.digests.get("ingest"), told.request.get("program")
    whole = told.request.get("excerpt") is None and isinstance(program, int | None)
    if source.outcome != "same" or given.source is None or digest is None or not whole:
        return True
    media = probe(given.source, open_to_all(settings), told.tenant, program)
    return Part(to_json(Source(told.source.sha256, media))).digest == digest


def _held_file(
    then: str | None, uri: str | None, digest_of: Callable[[str], str], expected: bool
) -> ThenAndNow:
    if uri is None or then is None:
        return ThenAndNow("unknown", then, None, NOT_GIVEN)
    try:
        now = digest_of(uri)
    except InvalidSource as error:
        if expected:
            raise
        return ThenAndNow("unknown", then, None, error.message)
    return ThenAndNow("same" if now == then else "differs", then, now)


def _held_tools(told: ProvenanceTold, builds: Builds) -> dict[str, ThenAndNow]:
    """Return the programs that made the generation, beside those of this machine."""
    then: dict[str, dict[str, str]] = {}
    for step in told.steps:
        for name, build in step.tools.items():
            then.setdefault(name, {})[build.build] = build.version
    now = builds.described(tool for tool in ASK_FOR_VERSION if tool.value in then)
    return {name: _held_tool(then[name], now.get(name)) for name in sorted(then)}


def _held_tool(then: Mapping[str, str], now: Mapping[str, str] | None) -> ThenAndNow:
    was = "; ".join(_build(version, build) for build, version in sorted(then.items()))
    if now is None:
        return ThenAndNow("differs", was, None, "ReelFarm runs no such program any more")
    here = _build(now["version"], now["build"])
    return ThenAndNow("same" if {*then} == {now["build"]} else "differs", was, here)


def _build(version: str, build: str) -> str:
    """Return a build as people tell it from others, without whose it is."""
    return f"{version.partition(' Copyright')[0]} (build {build[:8]})"
