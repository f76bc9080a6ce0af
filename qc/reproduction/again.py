"""A generation that was made again against the one before: which files differ, and why they may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from qc.reproduction.document import FileTold, ProvenanceTold
from qc.reproduction.outcome import FileMade, MadeAgain, Reproduction

OF_PICTURES = "encoders with several threads under a cap of their rate do not make the same twice"
OF_SOUND = "encoders of sound calculate in floating point: another processor may round otherwise"
OF_MANIFESTS = "it has rates and sizes that are measured of the media"
OF_REPORT = "it shows scores and pictures of what was encoded, and the name of the source"
MANIFESTS = (".m3u8", ".mpd")
MEDIA = (".m4s", ".mp4")


def hold_again(
    told: ProvenanceTold,
    made: Mapping[str, FileTold],
    held: Reproduction,
    *,
    job: str,
    folder: str,
    verdict: str,
) -> MadeAgain:
    """Return how the files that a job made compare to those that a provenance lists."""
    both = told.files.keys() & made.keys()
    same = sorted(name for name in both if made[name] == told.files[name])
    others = sorted(both - {*same})
    missing, extra = sorted(told.files.keys() - both), sorted(made.keys() - both)
    return MadeAgain(
        outcome="differs" if others or missing or extra else "same",
        job=job,
        folder=folder,
        verdict=verdict,
        same=tuple(same),
        differ=tuple(FileMade(name, _why(name, told, held)) for name in others),
        missing=tuple(missing),
        extra=tuple(extra),
    )


def _why(name: str, told: ProvenanceTold, held: Reproduction) -> str:
    """Return why a file may come out otherwise: of what is known to differ, that comes first."""
    if reasons := _known_reasons(held):
        return f"it was made otherwise: {'; '.join(reasons)}"
    path, keys = PurePosixPath(name), {step.key for step in told.steps}
    if path.suffix in MANIFESTS:
        return OF_MANIFESTS
    if path.parts[0] == "report":
        return OF_REPORT
    if path.suffix in MEDIA and f"stitch:{path.parts[0]}" in keys:
        return OF_PICTURES
    if path.suffix in MEDIA and f"audio:{path.parts[0]}" in keys:
        return OF_SOUND
    return "no reason is known"


def _known_reasons(held: Reproduction) -> list[str]:
    """Return what is another thing now than it was then, each once."""
    reasons = [f"ReelFarm {held.reelfarm.then} -> {held.reelfarm.now}"] * (
        held.reelfarm.outcome == "differs"
    )
    reasons += [
        f"another build of {name}" for name, tool in held.tools.items() if tool.outcome == "differs"
    ]
    return reasons
