"""A whole farm of real processes for fault tests: servers, workers, reconcilers, and a desk."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil
from sqlalchemy import select

from farm.states import StepState
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Worker as WorkerRow
from storage.wakeups import Wakeups, celery_app
from tests.faults import history
from tests.faults.desk import Desk, Seen
from tests.faults.lines import draw_lines
from tests.faults.network import Network
from tests.faults.processes import Member
from tests.faults.servers import Places, Servers, credentials, environment
from tests.faults.variables import desk_settings, shared_variables

T = TypeVar("T")

LOG_TAIL_LINES = 40


@dataclass(frozen=True, slots=True)
class Caught:
    """A running step, its worker, and its program, which was suspended."""

    step: Seen
    worker: Member
    program: psutil.Process


class FaultFarm(Desk):
    """Servers, workers and reconcilers in `folder`, as long as a `with` lasts.

    Each process has a state and a scratch directory and network lines of its own. Use it from the
    main thread: what it starts ends with the thread that started it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        reconcilers: int = 1,
        places: Places | None = None,
        first: Mapping[str, str] | None = None,
        cluster: Path | None = None,
        **settings: str,
    ) -> None:
        """`settings` are those of every process, as variables; `first` of workers' first start.

        A `cluster` saves the making of one: PostgreSQL starts with a copy of it.
        """
        self.folder = folder
        self.places = places or Places(str(folder / "work"), str(folder / "origin"))
        self._first = first or {}
        self._cluster = cluster
        self._variables = shared_variables(self.places, settings)
        self._names = (
            [f"worker-{n}" for n in range(workers)],
            [f"reconciler-{n}" for n in range(reconcilers)],
        )
        self._closing = ExitStack()
        self.servers: Servers
        self.network: Network
        self.workers: list[Member] = []
        self.reconcilers: list[Member] = []

    def __enter__(self) -> FaultFarm:
        with ExitStack() as undo:
            undo.callback(self._closing.close)
            self._start()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def _start(self) -> None:
        enter = self._closing.enter_context
        enter(environment(credentials(self.places)))
        self.servers = enter(Servers(self.folder / "servers", self._cluster))
        self.network = enter(Network())
        self.database = Database(self.servers.database_url)
        self._closing.callback(self.database.close)
        self.wakeups = Wakeups(celery_app(self.servers.broker_url))
        migrate(self.database)
        history.install(self.database)
        self.settings = desk_settings(
            self._variables, self.servers, self.places, folder=self.folder
        )
        for name in self._names[0]:
            self.workers.append(self._member(name, "worker"))
        for name in self._names[1]:
            self.reconcilers.append(self._member(name, "reconcile"))
        self._closing.callback(self._kill_all)
        for worker in self.workers:
            worker.start(**self._first)
        for reconciler in self.reconcilers:
            reconciler.start()
        self.wait_until(lambda: all(self.is_ready(worker) for worker in self.workers), "ready")

    @property
    def members(self) -> list[Member]:
        return [*self.workers, *self.reconcilers]

    def member(self, name: str, *arguments: str) -> Member:
        """Return one more process, not started."""
        return self._member(name, *arguments)

    def _member(self, name: str, *arguments: str) -> Member:
        lines = draw_lines(self.network, self.servers, self.places)
        return Member(name, [*arguments], self.folder / name, self._variables, lines)

    def is_ready(self, worker: Member) -> bool:
        """Return whether a worker has reported itself to PostgreSQL."""
        assert worker.alive, (
            f"{worker.name} ended with {worker.status}: {worker.log_text()[-2000:]}"
        )
        with self.database.begin() as session:
            names = session.scalars(select(WorkerRow.name)).all()
        return any(name.endswith(f":{worker.pid}") for name in names)

    def restart(self, member: Member, **environment: str) -> None:
        """Start a process that has ended; a worker is waited for."""
        member.start(**environment)
        if member in self.workers:
            self.wait_until(lambda: self.is_ready(member), f"{member.name} ready")

    def worker_of(self, step: Seen) -> Member:
        """Return the worker that has, or had, a step."""
        return next(w for w in self.workers if (step.worker or "").endswith(f":{w.pid}"))

    def catch(self, job_id: str, kind: str, besides: Member | None = None) -> Caught:
        """Suspend a media program in the middle of a step of a kind; return all three.

        What is suspended does not end while a test does something to it.
        """
        workers = [worker for worker in self.workers if worker is not besides]
        return self.wait_for(lambda: self._catch(job_id, kind, workers), f"a program of {kind}")

    def _catch(self, job_id: str, kind: str, workers: list[Member]) -> Caught | None:
        steps = {
            f"{job_id[:8]}-{step.id}-{step.epoch}": step
            for step in self.steps(job_id)
            if (step.kind, step.state) == (kind, StepState.RUNNING)
        }
        for worker in workers:
            for program in worker.media_programs():
                with suppress(psutil.NoSuchProcess):
                    step = steps.get(Path(program.cwd()).name)
                    if step is not None:
                        program.suspend()
                        return Caught(step, worker, program)
        return None

    def stop_postgres(self, how: signal.Signals = signal.SIGINT) -> None:
        """End PostgreSQL as `Servers.stop_postgres` does; the desk hangs up as well."""
        self.servers.stop_postgres(how)
        self.database.close()

    def start_postgres(self, **variables: str) -> None:
        """Start PostgreSQL again, with these variables in its environment."""
        self.servers.start_postgres(**variables)

    def reconcile_once(self, **environment: str) -> None:
        """Run one pass of a reconciler, housekeeping included."""
        past = sum(1 for _ in self.folder.glob("reconcile-once-*"))
        reconciler = self.member(f"reconcile-once-{past}", "reconcile", "--once")
        reconciler.start(**environment)
        status = reconciler.wait()
        assert status == 0, f"the pass ended with {status}: {reconciler.log_text()[-2000:]}"

    def log_tails(self) -> dict[str, str]:
        """Return the ends of the logs of all processes by name."""
        found = {member.name: member.log_text() for member in self.members}
        return {
            name: "\n".join(text.splitlines()[-LOG_TAIL_LINES:]) for name, text in found.items()
        }

    def _kill_all(self) -> None:
        for member in self.members:
            member.kill()
