"""`reelfarm submit`, `status`, `watch`, `cancel`, `pause`, `resume`: jobs of a running farm."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options
from cli.connection import open_farm, part_settings
from cli.document import print_json, print_line, show
from cli.request import RunOptions, job_spec

SomeJob = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB]", help="The job's id; without one: the farm.", show_default=False
    ),
]


def submit(
    source: options.SourceArgument,
    origin: options.Origin = "out",
    subtitles: options.Subtitles = None,
    chapters: options.Chapters = None,
    ladder: options.LadderName = "apple",
    codec: options.Codecs = "h264",
    asset: options.AssetId = None,
    external_id: options.ExternalId = None,
    burn_in: options.BurnIn = None,
    dual_text: options.DualText = None,
    captions: options.CaptionsMode = "text",
    loudness: options.LoudnessMode = "source",
    deinterlace: options.Deinterlace = "frame",
    audio: options.AudioFile = None,
    program: options.Program = None,
    allow_partial: options.AllowPartial = False,
    qc: options.QcFile = None,
    tenant: options.Tenant = "default",
    catalog: options.Catalog = None,
    priority: options.Priority = 0,
    webhook: options.Webhook = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Hand one title to the farm and print the job's id, without waiting for it.

    Source, sidecars and origin must mean the same to the workers: s3:// locations, or paths on a
    disk they share.
    """
    from services.submit import submit as hand_in
    from workers.sources.access import open_sources

    spec = job_spec(
        RunOptions(
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
            audio=audio,
            program=program,
            allow_partial=allow_partial,
            qc=qc,
            tenant=tenant,
            catalog=catalog,
            priority=priority,
            webhook=webhook,
        )
    )
    with open_farm(part_settings(state)) as farm:
        files = open_sources(farm.settings, spec.tenant).identities(spec)
        job_id = hand_in(farm.database, farm.wakeups, spec, farm.settings, files)
    if as_json:
        print_json({"id": job_id, "asset": spec.asset, "state": "QUEUED"})
    else:
        print_line(job_id)


def status(
    job: SomeJob = None, state: options.StateDir = None, as_json: options.AsJson = False
) -> None:
    """Show a job, or the farm: its workers, what runs, what waits and what went wrong."""
    from dataclasses import asdict

    from cli.status import print_farm, print_job
    from services.records import read_farm, read_record

    with open_farm(part_settings(state)) as farm:
        if job is None:
            seen = read_farm(farm.database, alive_within_s=farm.settings.lease_s)
            show(asdict(seen), print_farm, as_json)
        else:
            show(read_record(farm.database, job), print_job, as_json)


def watch(
    job: options.JobId, state: options.StateDir = None, as_json: options.AsJson = False
) -> None:
    """Follow a job to its end; the exit status is that of `reelfarm run`.

    Ctrl-C ends the watching, not the job.
    """
    from cli.run import failure_of
    from cli.title import print_published
    from cli.watch import watch_job

    with open_farm(part_settings(state)) as farm:
        record = watch_job(farm, job)
    if as_json:
        print_json(record)
    if failure := failure_of(record):
        raise failure
    if not as_json:
        print_published(record)


def cancel(job: options.JobId, state: options.StateDir = None) -> None:
    """End a job: its running steps are stopped within seconds. An ended one stays as it is."""
    from services import control

    with open_farm(part_settings(state)) as farm:
        print_line(f"{job} {control.cancel(farm.database, job)}")


def pause(job: options.JobId, state: options.StateDir = None) -> None:
    """Start no more steps of a job; those that run go on to their end."""
    from services import control

    with open_farm(part_settings(state)) as farm:
        print_line(f"{job} {control.pause(farm.database, job)}")


def resume(job: options.JobId, state: options.StateDir = None) -> None:
    """Let a paused job go on."""
    from services import control

    with open_farm(part_settings(state)) as farm:
        print_line(f"{job} {control.resume(farm.database, farm.wakeups, job)}")
