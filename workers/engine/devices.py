"""This worker's devices: tried when it starts, and again while their circuit breakers are open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from farm.devices import DeviceReport
from farm.errors import ReelFarmError
from farm.settings import Settings
from storage.postgres import breakers, devices
from storage.postgres.database import Database
from workers.devices.clips import prepare_clips
from workers.devices.nodes import DeviceNode, find_nodes
from workers.devices.tryouts import try_again, try_device
from workers.programs.tools import Tools

log = logging.getLogger("reelfarm.worker")

LOOK_S = 2.0  # how often breakers are looked at
TRIED_FOR_S = 24 * 3600.0  # what another process found out counts for so long


def learn_devices(
    settings: Settings, database: Database, tools: Tools, worker: str
) -> tuple[DeviceReport, ...]:
    """Return what the devices of this machine can, and have the farm know it.

    Of several processes on one machine the first one tries them, and the others believe it: a
    device that is at work has no sessions to spare for tryouts.
    """
    nodes = find_nodes(settings)
    if not nodes:
        return ()
    with database.begin_long() as session:
        devices.take_turns(session, nodes[0].key.partition("/")[0])
        known = {
            node.key: report
            for node in nodes
            if (
                report := devices.known(
                    session, node.key, node.driver, settings.lease_s, TRIED_FOR_S
                )
            )
            and report.works
        }
        tried = _tried([node for node in nodes if node.key not in known], settings, tools)
        for report in tried:
            devices.note(session, worker, report)
            if report.works:  # whatever there was before
                breakers.close(session, report.key)
        devices.see(session, worker, list(known))
    reports = (*known.values(), *tried)
    for report in reports:
        log.info("device %s (%s): %s", report.name, report.driver, told(report))
    return reports


def told(report: DeviceReport) -> str:
    """Return what a device can, as a line of a log has it."""
    works = [f"{each.codec} {each.bit_depth} bit" for each in report.capabilities if each.works]
    if works:
        return f"encodes {', '.join(works)}, {report.sessions} at once"
    nothing = f"encodes nothing: {report.why_nothing}"
    if not report.only_decodes:
        return nothing
    return f"decodes {', '.join(report.decodes)}, {report.decode_sessions} at once; {nothing}"


def _tried(
    nodes: Sequence[DeviceNode], settings: Settings, tools: Tools
) -> tuple[DeviceReport, ...]:
    if not nodes:
        return ()
    with TemporaryDirectory(prefix="reelfarm-devices-") as parent:

        def attempt(node: DeviceNode) -> DeviceReport:
            folder = Path(parent) / node.name.replace(":", "-")
            prepare_clips(tools, folder)
            return try_device(node, tools, folder, settings.device_sessions)

        with ThreadPoolExecutor(len(nodes), "device") as threads:
            return tuple(threads.map(attempt, nodes))


class DeviceWatch:
    """A thread that tries devices again whose breakers were open for long enough."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        tools: Tools,
        reports: Sequence[DeviceReport],
    ) -> None:
        self._settings = settings
        self._database = database
        self._tools = tools
        self._reports = {report.key: report for report in reports if report.works}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)

    def start(self) -> None:
        """Begin to watch, where there is anything to watch."""
        if self._reports:
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a tryout that runs is left to its limits."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_S):
            try:
                self.look()
            except ReelFarmError as error:
                log.warning("devices: %s", error.message)
            except Exception:
                log.exception("devices: a defect in ReelFarm")

    def look(self) -> None:
        """Try one device that is due for it, and close its breaker or open it for longer."""
        with self._database.begin() as session:
            due = breakers.take_tryout(session, list(self._reports))
        if due is None:
            return
        report = self._reports[due]
        with TemporaryDirectory(prefix="reelfarm-devices-") as folder:
            prepare_clips(self._tools, Path(folder) / "clips")
            reason = try_again(report, self._tools, Path(folder) / "clips")
        with self._database.begin() as session:
            if reason is None:
                breakers.close(session, due)
            else:
                breakers.reopen(session, due, reason, self._settings.device_pause_s)
        if reason is None:
            log.info("device %s works again", report.name)
        else:
            log.warning("device %s still does not work: %s", report.name, reason)
