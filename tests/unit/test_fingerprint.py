"""What a part is known by: only what decides its content enters its fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from farm.parts import Part
from farm.serial import from_json
from planning.first import first_steps
from storage.postgres.claims import Claim
from tests.unit.provenances import ALL, Host
from tests.unit.titles import LOW, TOP, plan, spec, steps, subtitle, trials
from workers.engine.fingerprint import fingerprints, fingerprints_of
from workers.steps.registry import KINDS, step_kind

BEGAN = datetime(2026, 11, 26, tzinfo=UTC)
USES = {
    "ingest": {"ffprobe", "ffmpeg"},
    "analyze": {"ffmpeg", "ffprobe"},
    "cut": set(),
    "trial": {"ffmpeg"},
    "ladder": set(),
    "plan": set(),
    "encode": {"ffmpeg"},
    "stitch": {"ffmpeg", "ffprobe"},
    "audio": {"ffmpeg", "ffprobe"},
    "text": {"ffmpeg"},
    "chapters": set(),
    "thumbnails": {"ffmpeg"},
    "package": {"packager"},
    "measure": {"ffmpeg"},
    "verify": {"ffmpeg"},
    "publish": set(),
}


def prints(kind: str, host: Host, *, burn_in: bool = False) -> dict[str, str]:
    """Return the fingerprints of a title's first step of this kind, made on a host."""
    wish = spec(subtitles=(subtitle("en"),), burn_in="en" if burn_in else None)
    asked = wish.model_copy(update={"plan": kind == "plan"})
    everything = (*first_steps(asked), *trials(), *plan(wish).steps)
    planned = next(step for step in everything if step.kind == kind)
    made = step_kind(kind)
    params = from_json(made.params, planned.params)
    claimed = Claim(
        1, "job", "step", kind, "", planned.params, ("ingest",), {}, 1, 1.0, 1, False, BEGAN
    )
    return fingerprints(made, claimed, params, {"ingest": Part({"sha256": "abc"})}, host)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_tools_a_kind_uses_decide_its_fingerprint(kind: str) -> None:
    here = prints(kind, Host())
    decide = {tool for tool in ALL if prints(kind, Host({**ALL, tool: "another"})) != here}
    assert decide == USES[kind]
    assert prints(kind, Host()) == here


@pytest.mark.parametrize("kind", KINDS)
def test_only_where_text_is_drawn_do_fonts_decide(kind: str) -> None:
    draws = kind in {"encode", "measure", "verify"}
    other = Host(fonts="Liberation")
    assert (prints(kind, Host(), burn_in=True) != prints(kind, other, burn_in=True)) == draws
    assert prints(kind, Host()) == prints(kind, other)


def test_a_rungs_scores_are_not_made_anew_for_the_sake_of_another_rung() -> None:
    kind, host = step_kind("measure"), Host()
    params = from_json(kind.params, steps(plan())["measure:0"].params)
    renditions = {f"stitch:{rung}": "of before" for rung in (LOW, TOP)}
    before = fingerprints_of(kind, params, {"ingest": "source", **renditions}, host)
    after = fingerprints_of(
        kind, params, {"ingest": "source", **renditions, f"stitch:{LOW}": "another"}, host
    )
    assert {rung for rung in before if before[rung] != after[rung]} == {LOW}
