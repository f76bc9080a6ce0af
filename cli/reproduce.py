"""`reelfarm reproduce`: is a generation what it was published as, and could it be made again?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from cli.connection import farm_client
from cli.document import print_json
from farm.errors import InvalidSpec, NotFound
from farm.settings import Settings, load_settings

if TYPE_CHECKING:
    from qc.reproduction.document import ProvenanceTold
    from workers.local.reproduction import Given

JOB = re.compile(r"^[0-9a-f]{32}$")
REPORT = "/report/index.html"  # below the generation, as a record names it


def reproduce(
    generation: Annotated[
        str,
        typer.Argument(
            metavar="GENERATION|JOB",
            help="A published title or one of its generations: a folder, a manifest, a"
            " provenance.json, s3:// or https:// of one, or a job's id.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="What it was made of, to be held against it; of a job: where that had it.",
            show_default=False,
        ),
    ] = None,
    sidecar: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A subtitle or chapter file it was made of, known by its name; several times;"
            " those beside the source need not be named.",
            show_default=False,
        ),
    ] = None,
    encode: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Make it again below this folder, and say which files come out the same.",
            show_default=False,
        ),
    ] = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Hold a generation against its provenance: what is as it was, what would be reused today.

    Nothing is encoded unless --encode asks for it. The exit status is 0 where all is the same, 1
    where something differs; what nobody could look at counts as neither.
    """
    from dataclasses import replace

    from cli.generation import read_generation
    from cli.remade import make_again
    from cli.reproduced import print_reproduction
    from farm.serial import to_json
    from qc.reproduction.outcome import worst
    from workers.local.reproduction import reproduction

    settings = load_settings(state)
    where, files = generation, tuple[str, ...]()
    if JOB.match(generation) and not Path(generation).exists():
        where, files = _of_job(generation, url, key, settings)
    told, found = read_generation(where, settings)
    given = _given(told, source, sidecar or (), files)
    held = reproduction(told, found, given, settings)
    if encode is not None:
        again = make_again(told, held, given, encode, state)
        held = replace(held, again=again, outcome=worst(held.outcome, again.outcome))
    if as_json:
        print_json(to_json(held))
    else:
        print_reproduction(held, told)
    if held.outcome == "differs":
        raise typer.Exit(1)


def _of_job(
    job: str, url: str | None, key: str | None, settings: Settings
) -> tuple[str, tuple[str, ...]]:
    """Return where a job has published its generation, and the files that it was made of."""
    from api.client.places import running_farm

    if url or settings.url or running_farm(settings) is not None:
        with farm_client(url, key, settings.state_dir) as farm:
            record = farm.job(job)
        files: tuple[str, ...] = (record["source"]["uri"],)
    else:
        record, files = _of_run(job, settings)
    if record["outputs"] is None:
        raise NotFound(f"job {job} has published nothing: it is {record['state']}", input=job)
    return record["outputs"]["report"].removesuffix(REPORT), files


def _of_run(job: str, settings: Settings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the record of a title of `reelfarm run`, and the files of its request."""
    from farm.access import LOCAL
    from farm.spec import read_spec
    from services.records import read_job, read_record
    from workers.local.stack import Stack

    if not settings.state_dir.is_dir():
        raise NotFound(
            f"there is no job {job}: no farm is named, and {settings.state_dir} is no state"
            " directory",
            input=job,
        )
    with Stack(settings, workers=0) as stack:
        spec = read_spec(read_job(stack.database, LOCAL, job).spec)
        return read_record(stack.database, LOCAL, job), spec.files


def _given(
    told: ProvenanceTold, source: str | None, sidecars: Sequence[str], of_job: Sequence[str]
) -> Given:
    """Return where the files lie: those that are named, those of the job, those beside the source.

    Those `of_job`, its source before all others, may be gone since.

    Raises InvalidSpec for a file of a name that the generation was made without.
    """
    from cli.request import absolute
    from farm.uri import path_of, scheme_of
    from qc.provenance import last_name
    from workers.local.reproduction import Given, sidecar_names

    names = sidecar_names(told)
    for file in sidecars:
        if last_name(file) not in names.values():
            raise InvalidSpec(
                f"--sidecar {file}: it was made without a file of that name, and with"
                f" {', '.join(names.values()) or 'none at all'}"
            )
    named, source = source is not None, source or next(iter(of_job), None)
    by_name = {last_name(file): absolute(file) for file in (*of_job[1:], *sidecars)}
    if source is not None and scheme_of(source) in ("", "file"):
        folder = path_of(source).parent
        for name in names.values():
            if name not in by_name and name == last_name(name) and (folder / name).is_file():
                by_name[name] = absolute(str(folder / name))
    return Given(
        None if source is None else absolute(source),
        {part: by_name[name] for part, name in names.items() if name in by_name},
        expected=named or not of_job,
    )
