"""What `reelfarm status` shows: a job's record, or the farm at a glance."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

STATES = ("QUEUED", "RUNNING", "BLOCKED", "QUARANTINED")
COLOURS = {
    **{"PUBLISHED": "green", "PLANNED": "green", "DONE": "green", "RUNNING": "cyan"},
    **{"PAUSED": "yellow", "SUPERSEDED": "yellow"},
}
BAD = ("FAILED", "REJECTED", "QUARANTINED", "CANCELLED")


def print_job(record: dict[str, Any]) -> None:
    """Print a job's state and steps for a person."""
    console = Console(soft_wrap=True)
    console.print(f"{record['id']} {record['asset']}: {_coloured(record['state'])}")
    if record["error"]:
        console.print(record["error"]["message"], markup=False, highlight=False)
    table = Table(box=None)
    for heading in ("step", "state", "%", "tries", "seconds"):
        table.add_column(heading, overflow="fold")
    for step in record["steps"]:
        wall_s = "" if step["wall_s"] is None else f"{step['wall_s']:.1f}"
        done, tries = f"{step['progress']:.0%}".rstrip("%"), f"{step['attempts']}"
        table.add_row(step["key"], _coloured(step["state"]), done, tries, wall_s)
    console.print(table)
    if record["outputs"]:
        for name in ("hls", "dash", "report"):
            console.print(f"{name:<8}{record['outputs'][name]}", markup=False, highlight=False)


def print_farm(document: dict[str, Any]) -> None:
    """Print the farm for a person."""
    console = Console(soft_wrap=True)
    if document["workers"] is not None:  # an operator's business
        console.print(_workers(document["workers"]))
    console.print(_steps(document["steps"]))
    jobs = ", ".join(f"{count} {state}" for state, count in sorted(document["jobs"].items()))
    console.print(f"jobs: {jobs or 'none under way'}")
    oldest_s = document["oldest_queued_s"]
    if oldest_s is not None:
        console.print(f"the longest wait of a step that could start: {oldest_s:.0f} s")
    for step in document["quarantined"]:
        console.print(f"[red]QUARANTINED[/] {step['job_id']} {step['asset']} {step['step']}")
        console.print(f"  {step['message']}", markup=False, highlight=False)


def _workers(workers: list[dict[str, Any]]) -> Table:
    table = Table(box=None, title=f"{len(workers)} workers", title_justify="left")
    for heading in ("worker", "queues", "cores", "memory", "running", ""):
        table.add_column(heading, overflow="fold")
    for worker in workers:
        table.add_row(
            worker["name"],
            ",".join(worker["queues"]),
            f"{worker['cores']}",
            f"{worker['memory_bytes'] >> 20} MiB",
            f"{worker['running']}",
            "[yellow]draining[/]" if worker["draining"] else "",
        )
    return table


def _steps(backlog: list[dict[str, Any]]) -> Table:
    table = Table(box=None, title="steps", title_justify="left")
    table.add_column("resource")
    for state in STATES:
        table.add_column(state.lower(), justify="right")
    counts = {(entry["resource"], entry["state"]): entry["steps"] for entry in backlog}
    for resource in sorted({resource for resource, _ in counts}):
        table.add_row(resource, *(f"{counts.get((resource, state), 0)}" for state in STATES))
    return table


def _coloured(state: str) -> str:
    colour = "red" if state in BAD else COLOURS.get(state)
    return f"[{colour}]{state}[/]" if colour else state
