"""A generation's provenance as it is read again: of this version, or of the one before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, ValidationError

from farm.errors import InvalidSource
from farm.serial import from_json
from qc.conformance.presentation import is_elsewhere
from qc.provenance import SCHEMA

FIRST_SCHEMA = "reelfarm-provenance/1"  # without what fingerprints are of
MOST_BYTES = 64 << 20  # a two-hour title cut into hundreds of chunks has some 4 MB

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file by its content."""

    sha256: Digest
    size_bytes: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class BuildTold:
    """A program that made a part."""

    version: str
    build: str


@dataclass(frozen=True, slots=True)
class PartTold:
    """A part by its content, and what it was known by; None of what is made in every job."""

    digest: Digest
    fingerprint: Digest | None = None


@dataclass(frozen=True, slots=True)
class MadeAs:
    """What decided a part beside its step's parameters, inputs and programs."""

    reelfarm: str
    revision: int
    fonts: str | None = None


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step; `params` and `made_as` are None where the document does not say."""

    key: str
    kind: str
    parts: dict[str, PartTold]
    params: dict[str, Any] | None = None
    inputs: tuple[str, ...] = ()
    made_as: MadeAs | None = None
    tools: dict[str, BuildTold] = field(default_factory=dict)
    devices: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class QcTold:
    """The verdict, and the digest of it with all checks."""

    verdict: str
    sha256: Digest


@dataclass(frozen=True, slots=True)
class ProvenanceTold:
    """What a generation says of itself; `request` is the job's, without where anything lies."""

    schema: str
    reelfarm: str
    tenant: str
    asset: str
    external_id: str | None
    source: FileTold
    request: dict[str, Any]
    steps: tuple[StepTold, ...]
    qc: QcTold
    files: dict[str, FileTold]

    @property
    def digests(self) -> dict[str, str]:
        """Return the digest of every part, by the reference with which steps name it."""
        return {
            f"{step.key}#{name}" if name else step.key: part.digest
            for step in self.steps
            for name, part in step.parts.items()
        }


def read_provenance(content: bytes, where: str) -> ProvenanceTold:
    """Return the provenance that a file holds; raise InvalidSource, naming it, where it is none."""
    if len(content) > MOST_BYTES:
        raise InvalidSource(f"{where} is larger than {MOST_BYTES >> 20} MiB: no provenance is")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidSource(f"{where} is no JSON ({error}): it is damaged") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in (SCHEMA, FIRST_SCHEMA):
        raise InvalidSource(
            f"{where} is no provenance that this version reads ({schema!a:.60}):"
            " give the provenance.json of a generation"
        )
    try:
        told = from_json(
            ProvenanceTold, _of_first(document) if schema == FIRST_SCHEMA else document
        )
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise InvalidSource(f"{where} is damaged at {place[:80]}: {fault['msg']}") from error
    if strange := [name for name in told.files if is_elsewhere(name) or _is_odd(name)]:
        raise InvalidSource(f"{where} is damaged: {strange[0][:80]!a} is no file of a generation")
    return told


def _of_first(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of the first schema as one of this: a part was its digest alone."""
    steps = document.get("steps")
    return {**document, "steps": [_of_first_step(step) for step in steps or ()]}


def _of_first_step(step: Any) -> Any:
    if not isinstance(step, dict) or not isinstance(step.get("parts"), dict):
        return step  # reading it says what is wrong
    parts = {name: {"digest": digest} for name, digest in step["parts"].items()}
    return {**step, "kind": str(step.get("key")).partition(":")[0], "parts": parts}


def _is_odd(name: str) -> bool:
    """Return whether a name is another spelling of a file's, or one that no file has."""
    return "\\" in name or any(part in ("", ".", "..") for part in name.split("/"))
