"""A generation made again from its provenance, by the very machinery of `reelfarm run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.generation import read_generation
from cli.run import failure_of, run_job
from farm.errors import InvalidSpec
from farm.settings import load_settings
from farm.spec import JobSpec, read_spec
from farm.uri import path_of
from planning.first import CHAPTERS_PART, sidecar_part
from qc.reproduction.again import hold_again
from qc.reproduction.document import ProvenanceTold
from qc.reproduction.outcome import MadeAgain, Reproduction
from workers.local.reproduction import Given, sidecar_names

ORIGIN, STATE = "origin", "state"  # below the folder that is given


def make_again(
    told: ProvenanceTold, held: Reproduction, given: Given, folder: Path, state: Path | None
) -> MadeAgain:
    """Make a generation again below `folder`, and return how its files compare.

    Its state is `state`, or lies there, too, so that nothing is reused but what this made before.
    Raises InvalidSpec where a file that it was made of is not given, or is another one, and what
    the job fails with.
    """
    folder = folder.expanduser().absolute()
    spec = spec_again(told, held, given, folder)
    record = run_job(spec, load_settings(state or folder / STATE))
    if failure := failure_of(record):
        raise failure
    made = path_of(record["outputs"]["report"]).parents[1]
    again, _ = read_generation(str(made), load_settings(state))
    return hold_again(
        told,
        again.files,
        held,
        job=record["id"],
        folder=str(made),
        verdict=record["qc"]["verdict"],
    )


def spec_again(told: ProvenanceTold, held: Reproduction, given: Given, folder: Path) -> JobSpec:
    """Return the request that a provenance tells of, with its files where they are given."""
    names = {"": "the source", **sidecar_names(told)}
    facts = {"": held.source, **held.sidecars}
    for part, fact in facts.items():
        if fact.outcome == "unknown":
            option = "--sidecar" if part else "--source"
            raise InvalidSpec(
                f"to make it again, {names[part]} is needed: say with {option} where it lies"
            )
        if fact.outcome == "differs":
            raise InvalidSpec(
                f"{names[part]} is not the one that it was made of: give that to make it again"
            )
    fields: dict[str, Any] = {
        **told.request,
        "tenant": told.tenant,
        "asset": told.asset,
        "external_id": told.external_id,
        "source": given.source,
        "origin": str(folder / ORIGIN),
    }
    if sidecars := fields.get("subtitles"):
        fields["subtitles"] = [
            {**sidecar, "uri": given.sidecars[sidecar_part(index)]}
            for index, sidecar in enumerate(sidecars)
        ]
    if fields.get("chapters") is not None:
        fields["chapters"] = given.sidecars[CHAPTERS_PART]
    if told.qc.verdict != "pass" and isinstance(fields.get("qc"), dict):
        # Whoever let it out then has decided; what is made again is to be compared, not published.
        fields["qc"] = {**fields["qc"], "publish": "ungated"}
    return read_spec(fields)
