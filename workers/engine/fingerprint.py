"""What a part is made from, as one hash: equal fingerprints are equal parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import TypeVar

from farm.parts import Part
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
    common = {
        "kind": kind.name,
        "revision": kind.revision,
        "reelfarm": _version(),
        "tools": {tool: builds.of(tool) for tool in sorted(kind.tools)},
        "fonts": builds.of_fonts() if kind.draws_text(params) else None,
        "job": None if kind.cacheable else [claimed.job_id, claimed.key],
    }
    made_from = {reference: part.digest for reference, part in sorted(inputs.items())}
    return {
        name: digest(
            {
                **common,
                "inputs": {
                    reference: digest_
                    for reference, digest_ in made_from.items()
                    if kind.made_from(name, reference)
                },
                "part": name,
                "material": material,
            }
        )
        for name, material in kind.parts(params).items()
    }


@cache
def _version() -> str:
    return version("reelfarm")
