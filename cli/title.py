"""`reelfarm run`, `plan` and `probe`: one title on this machine; `doctor`: this machine."""

from __future__ import annotations

import sys
from typing import Any

import typer

from cli import options
from cli.document import print_json, show
from cli.request import RunOptions, job_spec
from farm.errors import ReelFarmError, explained
from farm.settings import load_settings
from farm.spec.request import STANDARD_LADDER


def run(
    source: options.SourceArgument,
    origin: options.Origin = "out",
    subtitles: options.Subtitles = None,
    chapters: options.Chapters = None,
    ladder: options.LadderName = STANDARD_LADDER,
    codec: options.Codecs = None,
    asset: options.AssetId = None,
    external_id: options.ExternalId = None,
    burn_in: options.BurnIn = None,
    dual_text: options.DualText = None,
    captions: options.CaptionsMode = "text",
    loudness: options.LoudnessMode = "source",
    deinterlace: options.Deinterlace = "frame",
    device: options.DeviceUse = "prefer",
    audio: options.AudioFile = None,
    program: options.Program = None,
    excerpt: options.ExcerptRange = None,
    allow_partial: options.AllowPartial = False,
    qc: options.QcFile = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Make and publish one title: probe, encode, package, measure, verify, publish."""
    from cli.run import failure_of, run_job

    asked = RunOptions(
        source=source,
        origin=origin,
        subtitles=tuple(subtitles or ()),
        chapters=chapters,
        ladder=ladder,
        codec=codec,
        asset=asset,
        external_id=external_id,
        burn_in=burn_in,
        dual_text=dual_text,
        captions=captions,
        loudness=loudness,
        deinterlace=deinterlace,
        device=device,
        audio=audio,
        program=program,
        excerpt=excerpt,
        allow_partial=allow_partial,
        qc=qc,
    )
    try:
        record = run_job(job_spec(asked), load_settings(state))
    except ReelFarmError as error:
        if as_json:
            print_json({"id": None, "state": "FAILED", "error": explained(error.as_json())})
        raise
    if as_json:
        print_json(record)
    if failure := failure_of(record):
        raise failure
    if not as_json:
        print_published(record)


def plan(
    source: options.SourceArgument,
    origin: options.Origin = "out",
    subtitles: options.Subtitles = None,
    chapters: options.Chapters = None,
    ladder: options.LadderName = STANDARD_LADDER,
    codec: options.Codecs = None,
    asset: options.AssetId = None,
    burn_in: options.BurnIn = None,
    dual_text: options.DualText = None,
    captions: options.CaptionsMode = "text",
    loudness: options.LoudnessMode = "source",
    deinterlace: options.Deinterlace = "frame",
    device: options.DeviceUse = "prefer",
    audio: options.AudioFile = None,
    program: options.Program = None,
    excerpt: options.ExcerptRange = None,
    qc: options.QcFile = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the probe, the ladder with its reasons, and every command; encode nothing.

    Of a ladder that follows the title, run the analysis and the trials that decide it.
    """
    from cli.plan import plan_document, print_plan
    from cli.tried_plan import tried_plan_document

    asked = RunOptions(
        source=source,
        origin=origin,
        subtitles=tuple(subtitles or ()),
        chapters=chapters,
        ladder=ladder,
        codec=codec,
        asset=asset,
        burn_in=burn_in,
        dual_text=dual_text,
        captions=captions,
        loudness=loudness,
        deinterlace=deinterlace,
        device=device,
        audio=audio,
        program=program,
        excerpt=excerpt,
        qc=qc,
    )
    spec, settings = job_spec(asked), load_settings(state)
    planned = plan_document if spec.ladder.policy == "fixed" else tried_plan_document
    show(planned(spec, settings), print_plan, as_json)


def probe(
    source: options.SourceArgument,
    program: options.Program = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what a source is made of."""
    from cli.plan import print_probe, probe_document

    show(probe_document(source, load_settings(), program), print_probe, as_json)


def doctor(as_json: options.AsJson = False) -> None:
    """Try every tool, encoder, device and server for real, and say what works."""
    from cli.doctor import diagnose, print_diagnosis

    diagnosis = diagnose(load_settings())
    show(diagnosis, print_diagnosis, as_json)
    if not diagnosis["healthy"]:
        raise typer.Exit(1)


def print_published(record: dict[str, Any]) -> None:
    """Print where a published title is."""
    outputs = record["outputs"]
    for name, key in (("HLS", "hls"), ("DASH", "dash"), ("report", "report")):
        sys.stdout.write(f"{name:<8}{outputs[key]}\n")
