"""`reelfarm status`, `watch`, `retry`, `cancel`, ...: what becomes of titles of a running farm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from cli.connection import farm_client
from cli.document import print_json, print_line, show
from cli.request import checked_name

if TYPE_CHECKING:
    from api.client import JobStanding

SomeJob = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB]", help="The job's id; without one: the farm.", show_default=False
    ),
]


def status(
    job: SomeJob = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Show a job, or the farm: its workers, what runs, what waits and what went wrong."""
    from cli.status import print_farm, print_job

    with farm_client(url, key, state) as farm:
        if job is None:
            show(farm.overview(), print_farm, as_json)
        else:
            show(farm.job(job), print_job, as_json)


def watch(
    job: options.JobId,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Follow a job to its end; the exit status is that of `reelfarm run`.

    Ctrl-C ends the watching, not the job.
    """
    from cli.watch import follow_to_its_end

    with farm_client(url, key, state, patience_s=options.WATCHING_PATIENCE_S) as farm:
        follow_to_its_end(farm, job, as_json)


def retry(
    job: options.JobId,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A rendition or track of its record to make anew; several times.",
            show_default=False,
        ),
    ] = None,
    wait: options.Wait = False,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Make a title again, as a new job, and print its id; what was made is used again."""
    from cli.watch import follow_to_its_end

    with farm_client(url, key, state) as farm:
        accepted = farm.retry(job, *(only or ()))
        if wait:
            follow_to_its_end(farm, accepted["id"], as_json)
        elif as_json:
            print_json(dict(accepted))
        else:
            print_line(accepted["id"])


def cancel(
    job: options.JobId,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """End a job: its running steps are stopped within seconds. An ended one stays as it is."""
    with farm_client(url, key, state) as farm:
        _tell(farm.cancel(job), as_json)


def pause(
    job: options.JobId,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Start no more steps of a job; those that run go on to their end."""
    with farm_client(url, key, state) as farm:
        _tell(farm.pause(job), as_json)


def resume(
    job: options.JobId,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Let a paused job go on."""
    with farm_client(url, key, state) as farm:
        _tell(farm.resume(job), as_json)


def priority(
    job: options.JobId,
    number: Annotated[
        int,
        typer.Argument(min=-10, max=10, metavar="N", help="From -10 to 10; higher goes first."),
    ],
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Let a job's turn come sooner or later: `priority JOB -- -5` for less than 0."""
    with farm_client(url, key, state) as farm:
        _tell(farm.prioritise(job, number), as_json)


def rollback(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="The asset.", show_default=False)],
    generation: Annotated[
        int, typer.Argument(min=1, metavar="N", help="The number after g in its URL.")
    ],
    origin: Annotated[
        str | None,
        typer.Option(metavar="DIR|s3://...", help="Where it is, if it is at several places."),
    ] = None,
    tenant: options.Tenant = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Let players have an earlier generation of an asset again."""
    whose = None if tenant is None else checked_name("--tenant", tenant)
    with farm_client(url, key, state, whose) as farm:
        answer = farm.rollback(asset, generation, origin)
    if as_json:
        print_json(answer)
    else:
        print_line(f"{asset} is at generation {generation}")


def _tell(standing: JobStanding, as_json: bool) -> None:
    if as_json:
        print_json(dict(standing))
    else:
        print_line(f"{standing['id']} {standing['state']}")
