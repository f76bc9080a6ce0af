"""What a part is made from, as one hash: equal fingerprints are equal parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, TypeVar

from farm.parts import MADE_AS, TOOLS, Part
from farm.serial import digest
from storage.postgres.claims import Claim
from workers.programs.builds import Builds
from workers.steps.contract import StepKind

P = TypeVar("P")


def fingerprints(
    kind: StepKind[P],
    claimed: Claim,
    params: P,
    inputs: Mapping[str, Part],
    builds: Builds,
) -> dict[str, str]:
    """Return the fingerprint of every part the step makes, by part name.

    Over: the kind and its revision, ReelFarm's version, the part's own key material, the digests
    of the inputs it is made from, the builds of the tools the kind uses, and the fonts where it
    draws text: equal on every host. A kind the world decides on is salted with its job,
    so that its parts serve the job's later steps but no other job.
    """
    digests = {reference: part.digest for reference, part in inputs.items()}
    job = None if kind.cacheable else [claimed.job_id, claimed.key]
    return fingerprints_of(kind, params, digests, builds, job)


def fingerprints_of(
    kind: StepKind[P],
    params: P,
    inputs: Mapping[str, str],
    builds: Builds,
    job: list[str] | None = None,
) -> dict[str, str]:
    """Return the same of a step whose inputs are known by their digests alone."""
    common = {
        "kind": kind.name,
        "tools": {tool: builds.of(tool) for tool in sorted(kind.tools)},
        "job": job,
        **made_as(kind, params, builds),
    }
    return {
        name: digest(
            {
                **common,
                "inputs": {
                    reference: digest_
                    for reference, digest_ in sorted(inputs.items())
                    if kind.made_from(name, reference)
                },
                "part": name,
                "material": material,
            }
        )
        for name, material in kind.parts(params).items()
    }


def made_as(kind: StepKind[P], params: P, builds: Builds) -> dict[str, Any]:
    """Return what decides beside parameters, inputs and tools: version, revision and fonts."""
    return {
        "reelfarm": _version(),
        "revision": kind.revision,
        "fonts": builds.of_fonts() if kind.draws_text(params) else None,
    }


def made_with(kind: StepKind[P], params: P, builds: Builds) -> dict[str, Any]:
    """Return all of it as evidence that is kept with what was made, the tools with versions."""
    return {TOOLS: builds.described(kind.tools), MADE_AS: made_as(kind, params, builds)}


@cache
def _version() -> str:
    return version("reelfarm")
