"""A farm over its API: titles handed in, followed and steered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Literal, Unpack
from urllib.parse import quote

from api.client.connection import Connection, SentBody
from api.client.documents import (
    AcceptedTitle,
    CatalogReceipt,
    FarmEvent,
    JobDocument,
    JobLine,
    JobStanding,
    WantedJobs,
)
from api.client.places import find_farm, job_path
from api.client.reviews import Reviews
from farm.settings import Settings, load_settings

Action = Literal["cancel", "pause", "resume", "priority", "retry"]
PATIENCE_S = 10.0
PAGE = 200  # of a list, as long as the API gives them


class ReelFarm:
    """A farm over its API; what it answers is the API's JSON, what it refuses an error of ours.

    Every error is a `farm.errors.ReelFarmError` with `code`, `message`, `detail`, `fix`,
    `retryable` and `retry_after_s`. What passes (no connection, 503, 429) is tried again, for
    `patience_s` and with nothing done twice.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        tenant: str | None = None,
        patience_s: float = PATIENCE_S,
        trust_env: bool = False,
        settings: Settings | None = None,
    ) -> None:
        """By default the farm of REELFARM_URL and REELFARM_KEY, or one `reelfarm up` runs here.

        `tenant`: of operators' keys, whom to act for. `trust_env`: go by the proxies of the
        environment, which are otherwise left alone. Raises InvalidSpec or NotSignedIn saying what
        to set.
        """
        self.url, held = find_farm(settings or load_settings(), url, key)
        self._connection = Connection(self.url, held, tenant, patience_s, trust_env)
        self.reviews = Reviews(self._connection)
        self.call = self._connection.ask  # for what has no method of its own

    def __enter__(self) -> ReelFarm:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._connection.close()

    def submit(
        self, source: str, *, idempotency_key: str | None = None, **fields: Any
    ) -> AcceptedTitle:
        """Hand in one title: `source` and the other fields of `POST /v1/jobs`.

        With an `idempotency_key` of your own the same title is handed in once, whoever asks again,
        even from another process; without one at least no retry of this call does it twice.
        """
        answer: AcceptedTitle = self._connection.ask(
            "POST",
            "/v1/jobs",
            body={"source": source, **fields},
            idempotency_key=idempotency_key,
        )
        return answer

    def upload_catalog(
        self,
        name: str,
        stream: IO[bytes] | Iterable[bytes],
        content_type: str,
        on_change: Literal["conflict", "update"] = "conflict",
    ) -> CatalogReceipt:
        """Hand in titles by rows: application/x-ndjson, text/csv or application/json.

        The stream is sent as it is read, however long. Titles that are there already, by their
        `external_id`, stay as they are; those whose row differs are refused, or are updated.
        """
        receipt: CatalogReceipt = self._connection.ask(
            "POST",
            "/v1/catalogs",
            query={"name": name, "on_change": on_change},
            upload=SentBody(stream, content_type),
        )
        return receipt

    def job(self, job_id: str) -> JobDocument:
        """Return a job's record as it stands."""
        record: JobDocument = self._connection.ask("GET", job_path(job_id))
        return record

    def jobs(self, **wanted: Unpack[WantedJobs]) -> Iterator[JobLine]:
        """Give all jobs that match, the newest first, however many there are."""
        query = {**_written(wanted), "limit": PAGE}
        after: str | None = None
        while True:
            page = self._connection.ask("GET", "/v1/jobs", query={**query, "after": after})
            yield from page["items"]
            if (after := page["next"]) is None:
                return

    def events(
        self, job_id: str | None = None, after: str | None = None, types: Iterable[str] = ()
    ) -> Iterator[FarmEvent]:
        """Follow events as they become true; a connection that breaks goes on where it was.

        Those of one job come from its beginning to its end, which ends the iterator; those of the
        farm from now on. `after` is the `id` of an event seen before: what came later comes first.
        """
        path = "/v1/events/stream" if job_id is None else f"{job_path(job_id)}/events"
        query = {"type": list(types)} if job_id is None else {}
        wanted = frozenset(types)
        for event in self._connection.follow(path, query, after):
            if not wanted or event["type"] in wanted:
                yield event  # type: ignore[misc]

    def wait(self, job_id: str) -> JobDocument:
        """Return a job's record once it has ended; what it ended with is in `state` and `error`."""
        for _ in self.events(job_id):
            pass
        return self.job(job_id)

    def cancel(self, job_id: str) -> JobStanding:
        """End a job; one that has ended stays as it is."""
        return self._do(job_id, "cancel")

    def pause(self, job_id: str) -> JobStanding:
        """Start no more steps of a job."""
        return self._do(job_id, "pause")

    def resume(self, job_id: str) -> JobStanding:
        """Let a paused job go on."""
        return self._do(job_id, "resume")

    def prioritise(self, job_id: str, priority: int) -> JobStanding:
        """Let a job's turn come sooner or later: from -10 to 10, higher goes first."""
        standing: JobStanding = self._connection.ask(
            "PUT", f"{job_path(job_id)}/priority", body={"priority": priority}
        )
        return standing

    def retry(self, job_id: str, *only: str, idempotency_key: str | None = None) -> AcceptedTitle:
        """Make a title again, as a new job: what was made is used again.

        With `only` (renditions and tracks by their names in the record) these are made anew.
        """
        answer: AcceptedTitle = self._connection.ask(
            "POST",
            f"{job_path(job_id)}/retry",
            body={"only": list(only)},
            idempotency_key=idempotency_key,
        )
        return answer

    def act_on_all(
        self, action: Action, *, priority: int | None = None, **wanted: Unpack[WantedJobs]
    ) -> int:
        """Do something to every job that matches and has not ended; return to how many.

        Or retry those that did not come out.
        """
        body: dict[str, Any] = {"action": action, "filter": _written(wanted)}
        if priority is not None:
            body["priority"] = priority
        answer = self._connection.ask("POST", "/v1/jobs/actions", body=body)
        done: int = answer["jobs"]
        return done

    def rollback(self, asset: str, generation: int, origin: str | None = None) -> dict[str, Any]:
        """Let players have an earlier generation of an asset again."""
        body = {"generation": generation, **({} if origin is None else {"origin": origin})}
        path = f"/v1/assets/{quote(asset, safe='')}/rollback"
        answer: dict[str, Any] = self._connection.ask("POST", path, body=body)
        return answer

    def quality(self, catalog: str | None = None) -> dict[str, Any]:
        """Return how the newest titles score, of one catalog or all: in `words` and in figures."""
        of = "" if catalog is None else f"/catalogs/{quote(catalog, safe='')}"
        answer: dict[str, Any] = self._connection.ask("GET", f"/v1{of}/quality")
        return answer

    def overview(self) -> dict[str, Any]:
        """Return what the farm does now, as far as it is the key's to see."""
        answer: dict[str, Any] = self._connection.ask("GET", "/v1/farm")
        return answer

    def _do(self, job_id: str, action: str) -> JobStanding:
        standing: JobStanding = self._connection.ask("POST", f"{job_path(job_id)}/{action}")
        return standing


def _written(wanted: WantedJobs) -> dict[str, Any]:
    """Return a filter as JSON and queries have it; raise ValueError for a time without zone."""
    written: dict[str, Any] = {}
    for name, value in wanted.items():
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{name}: give a time with its zone")
            written[name] = value.isoformat()
        elif name == "state":
            written[name] = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        else:
            written[name] = value
    return written
