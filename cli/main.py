"""The `reelfarm` command: parses, calls one function, prints, and turns errors into exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.request import RunOptions, job_spec
from farm.errors import ReelFarmError
from farm.settings import Settings

app = typer.Typer(
    name="reelfarm",
    help="Transcode titles into HLS + DASH, measured and published.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Source = Annotated[str, typer.Argument(help="The title: a media file.", show_default=False)]
Origin = Annotated[str, typer.Option(help="Where to publish: a directory.")]
Subtitles = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LANG[:forced][:sdh][:Name]=FILE",
        help="A subtitle file (SRT, WebVTT, ASS, TTML); may be given several times.",
        show_default=False,
    ),
]
Chapters = Annotated[
    str | None, typer.Option(metavar="FILE", help="WebVTT, FFMETADATA or JSON chapters.")
]
LadderOption = Annotated[str, typer.Option(metavar="NAME|FILE.yaml", help="The ladder policy.")]
CodecOption = Annotated[str, typer.Option(metavar="CODEC[,CODEC]", help="Codecs to make.")]
Asset = Annotated[
    str | None, typer.Option(metavar="ID", help="The asset's id; default: the file's name.")
]
BurnIn = Annotated[
    str | None, typer.Option(metavar="LANG", help="Draw this text into the picture.")
]
DualText = Annotated[
    str | None,
    typer.Option(metavar="ABOVE+BELOW", help="One more track with two languages, as in en+de."),
]
Loudness = Annotated[str, typer.Option(metavar="source|ebu-r128", help="Audio level.")]
AllowPartial = Annotated[
    bool, typer.Option("--allow-partial", help="Publish what survives of a truncated source.")
]
QcFile = Annotated[str | None, typer.Option("--qc", metavar="FILE.yaml", help="QC thresholds.")]
StateDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Database, work and logs; default $REELFARM_STATE_DIR."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command()
def run(
    source: Source,
    origin: Origin = "out",
    subtitles: Subtitles = None,
    chapters: Chapters = None,
    ladder: LadderOption = "apple",
    codec: CodecOption = "h264",
    asset: Asset = None,
    external_id: Annotated[str | None, typer.Option(help="Your own id for the title.")] = None,
    burn_in: BurnIn = None,
    dual_text: DualText = None,
    loudness: Loudness = "source",
    allow_partial: AllowPartial = False,
    qc: QcFile = None,
    state: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Make and publish one title: probe, encode, package, measure, verify, publish."""
    from cli.run import outcome, run_job

    options = RunOptions(
        source,
        origin,
        tuple(subtitles or ()),
        chapters,
        ladder,
        codec,
        asset,
        external_id,
        burn_in,
        dual_text,
        loudness,
        allow_partial,
        qc,
    )
    try:
        record = run_job(job_spec(options), _settings(state))
    except ReelFarmError as error:
        if as_json:
            _print_json({"id": None, "state": "FAILED", "error": error.as_json()})
        raise
    if as_json:
        _print_json(record)
    if failure := outcome(record):
        raise failure
    if not as_json:
        _print_published(record)


def _settings(state: Path | None) -> Settings:
    return Settings(state_dir=state.absolute()) if state else Settings()


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _print_published(record: dict[str, Any]) -> None:
    outputs = record["outputs"]
    for name, key in (("HLS", "hls"), ("DASH", "dash"), ("report", "report")):
        sys.stdout.write(f"{name:<8}{outputs[key]}\n")


@app.command()
def doctor(state: StateDir = None, as_json: AsJson = False) -> None:
    """Try every tool, encoder, device and server for real, and say what works."""
    from cli.doctor import diagnose, print_diagnosis

    diagnosis = diagnose(_settings(state))
    if as_json:
        _print_json(diagnosis)
    else:
        print_diagnosis(diagnosis)
    if not diagnosis["healthy"]:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; what a user can cause is one line on stderr and an exit status."""
    try:
        app()
    except ReelFarmError as error:
        sys.stderr.write(f"reelfarm: {error.message}\n")
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
