"""Where a generation comes from: enough to make it again, and to prove that it was not changed.

It holds no time of day and no host: parts that were known already are named with the programs that
made them, whenever that was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePath, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from farm.facts import Source, Verdict
from farm.parts import COMMANDS, MADE_AS, TOOLS, FileRef, Part, StepMade
from farm.plan import part_of, step_of
from farm.serial import digest, to_json
from farm.spec import JobSpec

PROVENANCE_NAME = "provenance.json"
SCHEMA = "reelfarm-provenance/2"
# Whose the title is and where it lies is not what it was made of; URLs may hold signatures.
NOT_MATERIAL = frozenset(
    {
        *("source", "origin", "tenant", "asset", "external_id", "catalog", "priority", "webhook"),
        *("metadata", "versions", "retry_of", "remake", "digests", "plan", "from_plan", "mode"),
    }
)


def provenance(
    spec: JobSpec,
    made: Mapping[str, Part],
    steps: Sequence[StepMade],
    source: Source,
    verdict: Verdict,
    files: Mapping[str, tuple[str, int]],
) -> dict[str, Any]:
    """Return the document.

    `made` is what each of the `steps` of the job has made, by reference; `files` are SHA-256 and
    size of everything else in the generation.
    """
    asked = spec.model_dump(mode="json")
    # Of sidecars the name alone: where they lie is nobody's business, and a URL may be signed.
    for sidecar in asked["subtitles"]:
        sidecar["uri"] = last_name(sidecar["uri"])
    if asked["chapters"] is not None:
        asked["chapters"] = last_name(asked["chapters"])
    return {
        "schema": SCHEMA,
        "reelfarm": version("reelfarm"),
        "tenant": spec.tenant,
        "asset": spec.asset,
        "external_id": spec.external_id,
        "source": {"sha256": source.sha256, "size_bytes": source.media.size_bytes},
        "request": {name: value for name, value in asked.items() if name not in NOT_MATERIAL},
        "steps": [_step(step, made) for step in steps],
        "qc": {"verdict": verdict.verdict, "sha256": digest(to_json(verdict))},
        "files": {
            name: {"sha256": sha256, "size_bytes": size_bytes}
            for name, (sha256, size_bytes) in sorted(files.items())
        },
    }


def dumped(document: Mapping[str, Any]) -> str:
    """Return the document as its file holds it."""
    return f"{json.dumps(document, indent=1, ensure_ascii=False)}\n"


def last_name(uri: str) -> str:
    """Return a file's name alone, without hosts, folders and signatures."""
    parts = urlsplit(uri)
    is_uri = "://" in uri and parts.scheme.isalnum()
    return PurePosixPath(unquote(parts.path) if is_uri else uri).name


def references(files: Mapping[str, FileRef], folder: str = "") -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of stored files by their names below the generation."""
    return {f"{folder}{name}": (file.sha256, file.size_bytes) for name, file in files.items()}


def _step(step: StepMade, made: Mapping[str, Part]) -> dict[str, Any]:
    """Return a step as it was planned, its parts, and the programs and devices that made them."""
    told: dict[str, Any] = {
        "key": step.key,
        "kind": step.kind,
        "params": step.params,
        "inputs": list(step.inputs),
        "made_as": None,
        "parts": {},
        "tools": {},
        "devices": [],
        "commands": [],
    }
    for reference, part in sorted(made.items()):
        if step_of(reference) != step.key:
            continue
        name = part_of(reference)
        told["parts"][name] = {"digest": part.digest, "fingerprint": step.fingerprints.get(name)}
        told["made_as"] = told["made_as"] or part.evidence.get(MADE_AS)
        told["tools"] |= part.evidence.get(TOOLS, {})
        told["commands"] += [
            [PurePath(program).name, *words] for program, *words in part.evidence.get(COMMANDS, [])
        ]
        if (device := _device(part)) is not None and device not in told["devices"]:
            told["devices"].append(device)
    return told


def _device(part: Part) -> str | None:
    facts = part.facts
    if not isinstance(facts, dict) or "device" not in facts:
        return None
    return f"{facts['device']} {facts.get('driver') or ''}".strip()
