"""`reelfarm submit`, `catalog`, `watch-folder`: titles handed in to a running farm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.api_request import job_request
from cli.connection import PATIENCE_S, farm_client
from cli.document import print_json, print_line
from cli.request import RunOptions, checked_name
from farm.errors import InvalidSpec
from farm.settings import load_settings
from farm.spec.request import STANDARD_LADDER


def submit(
    source: options.SourceArgument,
    origin: options.PublishTo = None,
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
    qc: options.QcName = None,
    tenant: options.Tenant = None,
    catalog: options.Catalog = None,
    priority: options.Priority = 0,
    webhook: options.Webhook = None,
    once: options.IdempotencyKey = None,
    wait: options.Wait = False,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Hand one title to the farm and print the job's id, without waiting for it.

    Files of this machine are named by their paths: the workers must see them at the same places.
    """
    from cli.watch import follow_to_its_end

    request = job_request(
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
            device=device,
            audio=audio,
            program=program,
            excerpt=excerpt,
            allow_partial=allow_partial,
            qc=qc,
            catalog=catalog,
            priority=priority,
            webhook=webhook,
        )
    )
    patience_s = options.WATCHING_PATIENCE_S if wait else PATIENCE_S
    with farm_client(url, key, state, _tenant(tenant), patience_s) as farm:
        accepted = farm.submit(**request, idempotency_key=once)
        if wait:
            follow_to_its_end(farm, accepted["id"], as_json)
        elif as_json:
            print_json(dict(accepted))
        else:
            print_line(accepted["id"])


def catalog(
    file: Annotated[
        Path, typer.Argument(help="Titles as NDJSON, CSV or JSON, one a row; -: stdin.")
    ],
    name: Annotated[
        str | None, typer.Option(metavar="ID", help="The catalog's name; default: the file's.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="ndjson|csv|json", help="Default: as the file's ending."),
    ] = None,
    on_change: Annotated[
        str,
        typer.Option(
            metavar="conflict|update",
            help="A title that is there with another request: refuse the row, or take it.",
        ),
    ] = "conflict",
    tenant: options.Tenant = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Hand in a whole catalog; what was handed in before stays as it is.

    Each row that is refused is told on stderr, with what to do; the exit status is 2 then.
    """
    from cli.catalog import catalog_upload, print_receipt, refusal_of

    upload = catalog_upload(file, name, form, on_change)
    with farm_client(url, key, state, _tenant(tenant)) as farm, upload.opened() as stream:
        receipt = farm.upload_catalog(upload.name, stream, upload.content_type, upload.on_change)
    if as_json:
        print_json(dict(receipt))
    else:
        print_receipt(receipt)
    if refusal := refusal_of(receipt):
        raise refusal


def watch_folder(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where titles appear, at any depth below it.")
    ],
    settle: Annotated[
        str,
        typer.Option(metavar="TIME", help="A file is taken when it stayed the same for so long."),
    ] = "10s",
    origin: options.PublishTo = None,
    ladder: options.LadderName = STANDARD_LADDER,
    codec: options.Codecs = None,
    burn_in: options.BurnIn = None,
    dual_text: options.DualText = None,
    captions: options.CaptionsMode = "text",
    loudness: options.LoudnessMode = "source",
    deinterlace: options.Deinterlace = "frame",
    device: options.DeviceUse = "prefer",
    audio: options.AudioFile = None,
    program: options.Program = None,
    allow_partial: options.AllowPartial = False,
    qc: options.QcName = None,
    tenant: options.Tenant = None,
    catalog: options.Catalog = None,
    priority: options.Priority = 0,
    webhook: options.Webhook = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
) -> None:
    """Hand in each media file that appears in a folder, once, until Ctrl-C.

    Beside movie.mp4 belong to it: movie.en.srt, movie.de.forced.vtt, movie.chapters.vtt.
    """
    from cli.folder import settling_time, watch

    asked = RunOptions(
        source="",
        origin=origin,
        ladder=ladder,
        codec=codec,
        burn_in=burn_in,
        dual_text=dual_text,
        captions=captions,
        loudness=loudness,
        deinterlace=deinterlace,
        device=device,
        audio=audio,
        program=program,
        allow_partial=allow_partial,
        qc=qc,
        catalog=catalog,
        priority=priority,
        webhook=webhook,
    )
    settle_s = settling_time(settle)
    if not folder.is_dir():
        raise InvalidSpec(f"{folder} is no folder: check the path")
    with farm_client(url, key, state, _tenant(tenant)) as farm:
        watch(farm, folder, settle_s, asked, load_settings(state))


def _tenant(name: str | None) -> str | None:
    return None if name is None else checked_name("--tenant", name)
