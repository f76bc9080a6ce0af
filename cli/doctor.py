"""`reelfarm doctor`: what works here, for a person or a program."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from farm.settings import Settings
from workers.local.doctor import DoctorFinding, examine


def diagnose(settings: Settings) -> dict[str, Any]:
    """Return `{healthy, findings}`; healthy when everything the farm needs works."""
    findings = list(examine(settings))
    return {
        "healthy": all(finding.works or not finding.required for finding in findings),
        "findings": [asdict(finding) for finding in findings],
    }


def print_diagnosis(diagnosis: dict[str, Any]) -> None:
    """Print the findings as a table on stdout."""
    table = Table(box=None)
    for heading in ("", "tried", "seen"):
        table.add_column(heading, overflow="fold")
    for fields in diagnosis["findings"]:
        finding = DoctorFinding(**fields)
        table.add_row(_mark(finding), finding.name, finding.seen)
    Console().print(table)


def _mark(finding: DoctorFinding) -> str:
    if finding.works:
        return "[green]works[/]"
    return "[red]FAILS[/]" if finding.required else "[dim]absent[/]"
