"""`reelfarm clips`: the worst stretches of a title, to look at before deciding."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.connection import farm_client
from cli.document import print_json, print_line
from farm.errors import InvalidSpec


def clips(
    job: options.JobId,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the files there.", show_default=False),
    ] = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """List clips of a title's worst stretches, source and encode, and fetch them."""
    with farm_client(url, key, state) as farm:
        found = farm.reviews.clips(job)
        try:
            saved = farm.reviews.save_clips(job, to) if to is not None else []
        except OSError as error:
            raise InvalidSpec(f"--to {to}: {error.strerror}: give a folder to write to") from error
    if as_json:
        print_json({"clips": found})
        return
    for each in found:
        print_line(
            f"{each['name']}  {each['rung']}  {each['at_s']:.3f} s  VMAF {each['score']:.1f}"
            f"  {each['source']}  {each['encode']}"
        )
    for path in saved:
        print_line(str(path))
