"""`reelfarm reviews`, `approve`, `reject`, ...: a person's verdict; `verdict`: a policy's."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli import options
from cli.connection import farm_client
from cli.document import print_json, print_line
from farm.errors import InvalidSpec, ReelFarmError, ReviewRejected
from farm.settings import load_settings

if TYPE_CHECKING:
    from farm.facts import Verdict
    from storage.postgres.database import Database
    from storage.wakeups import Wakeups

Reason = Annotated[
    str, typer.Option(metavar="WORDS", help="Why: it is kept with the title.", show_default=False)
]
TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Though somebody else reviews the title.")
]
EXIT_STATUS = {"pass": 0, "rejected": 3, "review": 4}


def reviews(
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """List the titles that wait for a person, the one that waits longest first."""
    with farm_client(url, key, state) as farm:
        found = list(farm.reviews.open())
    if as_json:
        print_json({"items": found})
        return
    for each in found:
        asked = ", ".join(check["rule"] for check in each["asked"]) or "all of it"
        who = f"  ({each['claimed_by']} has it)" if each["claimed_by"] else ""
        print_line(f"{each['job_id']}  {each['asset']}  {asked}{who}")


def approve(
    job: options.JobId,
    reason: Reason,
    take_over: TakeOver = False,
    wait: options.Wait = False,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Let a title be published that waits for a person; of `reelfarm run`, publish it now."""
    decided = _Decided(job, "approve", reason, url, key, state)
    if decided.over_api:
        decided.tell_farm(take_over, wait, as_json)
    else:
        decided.bring_to_its_end(as_json)


def reject(
    job: options.JobId,
    reason: Reason,
    take_over: TakeOver = False,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """End the job of a title that waits for a person; what was live of it stays live."""
    decided = _Decided(job, "reject", reason, url, key, state)
    if decided.over_api:
        decided.tell_farm(take_over, False, as_json)
    else:
        decided.bring_to_its_end(as_json)


def comment(
    job: options.JobId,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What to say.")],
    at: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="The moment it is about.", show_default=False),
    ] = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
) -> None:
    """Say something of a title that waits, or of a moment of it."""
    with farm_client(url, key, state) as farm:
        farm.reviews.comment(job, words, at)


def waive(
    job: options.JobId,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id.")],
    reason: Reason,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
) -> None:
    """Say of one check of a title that waits why it may be as it is."""
    with farm_client(url, key, state) as farm:
        farm.reviews.waive(job, check, reason)


def verdict(
    record: Annotated[
        Path, typer.Argument(metavar="RECORD.json", help="A job record; - reads stdin.")
    ],
    qc: options.QcFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what a QC policy makes of a title, from its job record alone.

    The exit status is 0 for pass, 4 for review, 3 for rejected.
    """
    from cli.request import qc_policy
    from farm.record_of_qc import qc_record
    from farm.spec import QcPolicy
    from qc.verdict import verdict_on

    found = verdict_on(_read(record), qc_policy(qc) if qc is not None else QcPolicy())
    if as_json:
        print_json(qc_record(found))
    else:
        _print_verdict(found)
    raise typer.Exit(EXIT_STATUS[found.verdict])


def _print_verdict(found: Verdict) -> None:
    print_line(found.verdict)
    for check in found.checks:
        if check.outcome != "pass":
            print_line(f"{check.outcome:<8}{check.rule}: {check.evidence}")


def _read(path: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        document = json.loads(text)
    except OSError as error:
        raise InvalidSpec(f"{path}: {error.strerror}: check the path") from error
    except ValueError as error:
        raise InvalidSpec(f"{path} is no JSON ({error}): give a job record") from error
    if not isinstance(document, dict):
        raise InvalidSpec(f"{path} is no job record: give what reelfarm run --json prints")
    return document


@dataclass(frozen=True, slots=True)
class _Decided:
    """A verdict from the command line, and where the title is that it is about."""

    job: str
    verdict: Literal["approve", "reject"]
    reason: str
    url: str | None
    key: str | None
    state: Path | None

    @property
    def over_api(self) -> bool:
        """Return whether a farm is named, or runs here; else the title is of `reelfarm run`."""
        from api.client.places import running_farm

        settings = load_settings(self.state)
        return bool(self.url or settings.url) or running_farm(settings) is not None

    def tell_farm(self, take_over: bool, wait: bool, as_json: bool) -> None:
        from cli.watch import follow_to_its_end

        with farm_client(self.url, self.key, self.state) as farm:
            if take_over:
                farm.reviews.claim(self.job, take_over=True)
            decide = farm.reviews.approve if self.verdict == "approve" else farm.reviews.reject
            review = decide(self.job, self.reason)
            if wait:
                follow_to_its_end(farm, self.job, as_json)
            elif as_json:
                print_json(review)
            else:
                print_line(f"{self.job} {review['verdict']}")

    def bring_to_its_end(self, as_json: bool) -> None:
        from cli.run import decide_here, failure_of
        from cli.title import print_published

        record = decide_here(self.job, load_settings(self.state), self._decide)
        if as_json:
            print_json(record)
        failure: ReelFarmError | None = failure_of(record)
        if failure is not None and not (
            self.verdict == "reject" and failure.code == ReviewRejected.code
        ):
            raise failure
        if not as_json and record["outputs"]:
            print_published(record)
        elif not as_json:
            print_line(f"{self.job} {record['state']}")

    def _decide(self, database: Database, wakeups: Wakeups) -> None:
        from farm.access import LOCAL
        from services import reviews as use

        if self.verdict == "approve":
            use.approve(database, wakeups, LOCAL, self.job, self.reason)
        else:
            use.reject(database, LOCAL, self.job, self.reason)
