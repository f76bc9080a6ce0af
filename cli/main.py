"""The `reelfarm` command: its verbs, and how errors become one line and an exit status."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli import clips, intake, jobs, keys, lint, quality, reproduce, reviews, roles, title
from cli.document import print_line
from cli.standard_files import flush_output, use_standard_files
from farm.errors import ReelFarmError

ONE_TITLE = "One title on this machine"
JOBS = "Jobs of a running farm"
REVIEWS = "Titles that wait for a person, and how titles score"
FARM = "A farm on one machine, or its parts on many"

app = typer.Typer(
    name="reelfarm",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print_line(f"reelfarm {version('reelfarm')}")
        raise typer.Exit


@app.callback()
def _before_all_verbs(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Transcode titles into HLS + DASH, measured and published."""


for panel, verbs in (
    (
        ONE_TITLE,
        (title.run, title.plan, title.probe, lint.lint, reproduce.reproduce, title.doctor),
    ),
    (
        JOBS,
        (
            *(intake.submit, intake.catalog, intake.watch_folder, jobs.status, jobs.watch),
            *(jobs.retry, jobs.cancel, jobs.pause, jobs.resume, jobs.priority, jobs.rollback),
        ),
    ),
    (
        REVIEWS,
        (
            *(reviews.reviews, reviews.approve, reviews.reject, reviews.comment, reviews.waive),
            *(clips.clips, reviews.verdict, quality.quality),
        ),
    ),
    (
        FARM,
        (
            *(roles.up, roles.worker, roles.reconcile, roles.migrate),
            *(roles.api, roles.flower, roles.health),
        ),
    ),
):
    for verb in verbs:
        app.command(rich_help_panel=panel)(verb)
app.add_typer(keys.app, name="key", rich_help_panel=FARM)


def main() -> None:
    """Run the command line; what a user can cause is one line on stderr and an exit status."""
    try:
        use_standard_files()
        try:
            app()
        finally:
            flush_output()
    except ReelFarmError as error:
        line = " ".join(error.message.split())  # a driver's own words may have line breaks
        sys.stderr.write(f"reelfarm: {line}\n")
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
