"""The options of the command line, each with its help text, as Typer reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WATCHING_PATIENCE_S = 60.0  # of one who waits for a title anyway

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="The title: a media file, s3:// or https://.", show_default=False
    ),
]
Origin = Annotated[str, typer.Option(metavar="DIR|s3://...", help="Where to publish.")]
Subtitles = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LANG[:forced|:sdh|:lyrics][:Name]=FILE",
        help="A subtitle file (SRT, WebVTT, ASS, TTML, SCC, STL, SAMI, MicroDVD, MPL2) or lyrics"
        " (LRC); several times.",
        show_default=False,
    ),
]
Chapters = Annotated[
    str | None, typer.Option(metavar="FILE", help="WebVTT, FFMETADATA or JSON chapters.")
]
LadderName = Annotated[str, typer.Option(metavar="NAME|FILE.yaml", help="The ladder policy.")]
Codecs = Annotated[
    str | None,
    typer.Option(
        metavar="CODEC[,CODEC]",
        help="Codecs to make of the ladder's: h264, hevc, av1; default: what the ladder says.",
    ),
]
AssetId = Annotated[
    str | None, typer.Option(metavar="ID", help="The asset's id; default: the file's name.")
]
ExternalId = Annotated[str | None, typer.Option(metavar="ID", help="Your own id for the title.")]
BurnIn = Annotated[
    str | None, typer.Option(metavar="LANG", help="Draw this text into the picture.")
]
DualText = Annotated[
    str | None,
    typer.Option(metavar="ABOVE+BELOW", help="One more track with two languages, as in en+de."),
]
CaptionsMode = Annotated[
    str,
    typer.Option(
        metavar="text|passthrough|drop[:CC1=LANG,...]",
        help="Captions inside the picture: tracks of text, kept there, or left out.",
    ),
]
LoudnessMode = Annotated[
    str, typer.Option(metavar="source|ebu-r128", help="Audio as loud as it is, or at -23 LUFS.")
]
Deinterlace = Annotated[
    str,
    typer.Option(
        metavar="frame|field", help="Interlaced video: a picture of each frame, or of each field."
    ),
]
DeviceUse = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="prefer|require|cpu-only",
        help="Encode on GPUs where they are as good, on nothing else, or never.",
    ),
]
AudioFile = Annotated[
    str | None,
    typer.Option(
        "--audio", metavar="FILE.yaml", help="Which channels of the source make which audio track."
    ),
]
Program = Annotated[
    int | None,
    typer.Option(
        "--program",
        min=0,
        max=65535,
        metavar="N",
        help="Of a transport stream with several programmes: this one; default: the first.",
    ),
]
ExcerptRange = Annotated[
    str | None,
    typer.Option(
        "--excerpt",
        metavar="START+DURATION",
        help="This stretch of the source alone, in seconds, as in 62.5+30; ten minutes at most.",
    ),
]
AllowPartial = Annotated[
    bool, typer.Option("--allow-partial", help="Publish what survives of a truncated source.")
]
QcFile = Annotated[str | None, typer.Option("--qc", metavar="FILE.yaml", help="QC thresholds.")]
StateDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Database, work and logs; default $REELFARM_STATE_DIR."),
]
Queues = Annotated[
    str | None,
    typer.Option(
        metavar="io,cpu,qc,gpu",
        help="Kinds of steps to take, with cpu those for its GPUs; default $REELFARM_QUEUES or"
        " io,cpu,qc.",
    ),
]
Cores = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Cores to use; 0: all; default $REELFARM_CORES or 0."),
]
FarmUrl = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="The farm's API; default $REELFARM_URL, or reelfarm up's here."
    ),
]
FarmKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="A key of it; others on this machine see options, so better by $REELFARM_KEY.",
    ),
]
PublishTo = Annotated[
    str | None,
    typer.Option(
        "--origin",
        metavar="DIR|s3://...",
        help="Where to publish; default: the tenant's place, or the farm's.",
    ),
]
QcName = Annotated[
    str | None, typer.Option("--qc", metavar="NAME|FILE.yaml", help="QC thresholds.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Follow it to its end, as reelfarm watch does.")]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="KEY",
        help="Of your making: the same title with the same key is handed in once.",
    ),
]
Tenant = Annotated[
    str | None,
    typer.Option(
        metavar="ID", help="With an operator's key: on whose behalf; default: the tenant default."
    ),
]
Catalog = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The batch it belongs to; shares are fair here, too."),
]
Priority = Annotated[
    int, typer.Option(min=-10, max=10, metavar="N", help="From -10 to 10; higher goes first.")
]
Webhook = Annotated[
    str | None, typer.Option(metavar="URL", help="Called, signed, when the job ends.")
]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
