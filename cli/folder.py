"""`reelfarm watch-folder`: media files handed in as they appear, each once."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from watchfiles import watch as changes_in

from api.client import ReelFarm
from cli.api_request import job_request
from cli.document import print_line
from cli.dropped import FoundTitle, Settling, found_in
from cli.request import RunOptions
from cli.taken import TakenTitles
from farm.errors import (
    InvalidSpec,
    KeyReused,
    NotPermitted,
    NotSignedIn,
    ReelFarmError,
    StorageUnavailable,
)
from farm.settings import Settings
from farm.signals import told_to_stop
from farm.spec import asset_name

LOOK_EVERY_S = 5.0  # at least: folders of other machines tell nobody of changes
UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
TRY_AGAIN_S = 30.0


def settling_time(text: str) -> float:
    """Return the seconds that "10s", "2m" or "90" mean; raise InvalidSpec for what means none."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh]?)", text.strip())
    if found is None:
        raise InvalidSpec(f"--settle {text!r}: give a time as in 10s or 2m")
    return float(found[1]) * UNITS_S[found[2]]


def watch(
    farm: ReelFarm, folder: Path, settle_s: float, asked: RunOptions, settings: Settings
) -> None:
    """Hand in what appears in a folder, until told to stop.

    Raises NotSignedIn or NotPermitted where the farm takes nothing by this key; whatever else is
    wrong with one file is told, and ends nothing.
    """
    folder = folder.absolute()
    watched = WatchedFolder(farm, folder, settle_s, asked, TakenTitles(settings, farm.url, folder))
    every_s = max(0.1, min(LOOK_EVERY_S, settle_s / 2))
    with told_to_stop() as stop:
        print_line(f"watching {folder}; Ctrl-C ends it")
        watched.look()
        for _ in moments(folder, every_s, stop):
            watched.look()


def moments(folder: Path, every_s: float, stop: threading.Event) -> Iterator[object]:
    """Give a moment to look whenever something changed in a folder, and every so often."""
    try:
        yield from changes_in(
            folder,
            watch_filter=None,
            rust_timeout=round(every_s * 1000),
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
    except (OSError, RuntimeError) as error:  # no watches left, say, or the folder is gone
        _remark(f"{folder} does not tell of changes ({error}): looked at every {every_s:g} s")
        while not stop.wait(every_s):
            yield None


class WatchedFolder:
    """A folder, what was seen in it, and what became of that."""

    def __init__(
        self, farm: ReelFarm, folder: Path, settle_s: float, asked: RunOptions, taken: TakenTitles
    ) -> None:
        self._farm = farm
        self._folder = folder
        self._asked = asked
        self._taken = taken
        self._settling = Settling(settle_s)
        self._refused: set[str] = set()
        self._not_before = 0.0  # the farm is away, or takes no more for the moment

    def look(self) -> None:
        """Hand in what has stopped growing since the last look, and is new."""
        seen, titles = found_in(self._folder)
        settled = self._settling.look(seen, time.monotonic())
        for title in titles:
            if title.name in self._taken or title.name in self._refused:
                continue
            if time.monotonic() >= self._not_before and title.files <= settled:
                self._hand_in(title)

    def _hand_in(self, title: FoundTitle) -> None:
        shown = title.file.relative_to(self._folder)
        try:
            accepted = self._farm.submit(**self._request(title), idempotency_key=title.name)
        except (NotSignedIn, NotPermitted):
            raise
        except KeyReused:  # handed in before, by other options or with other sidecars
            self._remember(title)
        except ReelFarmError as error:
            _remark(f"{shown}: {error.message}")
            if error.retryable:
                wait_s = TRY_AGAIN_S if error.retry_after_s is None else error.retry_after_s
                self._not_before = time.monotonic() + wait_s
            else:
                self._refused.add(title.name)  # until it is another file
        else:
            print_line(f"{accepted['id']} {shown}")
            for name in title.ignored:
                _remark(f"{shown}: {name} was left out: name it like movie.en.srt, with a language")
            self._remember(title)

    def _remember(self, title: FoundTitle) -> None:
        try:
            self._taken.add(title.name)
        except StorageUnavailable as error:
            _remark(error.message)

    def _request(self, title: FoundTitle) -> dict[str, Any]:
        place = title.file.relative_to(self._folder).with_suffix("")
        source = replace(
            self._asked,
            source=str(title.file),
            # Folders are part of the name: two titles are not one asset.
            asset=asset_name("-".join(place.parts) + ".mp4"),
        )
        body = job_request(source)
        subtitles = [
            {
                "language": said.language,
                "forced": said.forced,
                "hearing_impaired": said.hearing_impaired,
                "uri": title.file.with_name(name).as_uri(),
            }
            for name, said in title.sidecars.subtitles
        ]
        chapters = title.sidecars.chapters
        if subtitles:
            body["subtitles"] = subtitles
        if chapters is not None:
            body["chapters"] = title.file.with_name(chapters).as_uri()
        return body


def _remark(text: str) -> None:
    sys.stderr.write(f"reelfarm: {' '.join(text.split())}\n")
