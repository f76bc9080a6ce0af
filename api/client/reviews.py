"""Titles that wait for a person, over the API: what is said of them, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from api.client.connection import Connection
from api.client.places import job_path

PAGE = 200  # of a list, as long as the API gives them


class Reviews:
    """The reviews of a farm; what changes one returns it as it stands then."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> Iterator[dict[str, Any]]:
        """Give the titles that wait for a person, the one that waits longest first."""
        after: str | None = None
        while True:
            query = {"limit": PAGE, "after": after}
            page = self._connection.ask("GET", "/v1/reviews", query=query)
            yield from page["items"]
            if (after := page["next"]) is None:
                return

    def of(self, job_id: str) -> dict[str, Any]:
        """Return what is to be decided of a title, what was said, and the verdict."""
        review: dict[str, Any] = self._connection.ask("GET", f"{job_path(job_id)}/review")
        return review

    def claim(self, job_id: str, *, take_over: bool = False) -> dict[str, Any]:
        """Take a review on, so that others are refused."""
        return self._post(job_id, "claim", {"take_over": take_over})

    def release(self, job_id: str) -> dict[str, Any]:
        """Give a review back."""
        path = f"{job_path(job_id)}/review/claim"
        review: dict[str, Any] = self._connection.ask("DELETE", path)
        return review

    def comment(self, job_id: str, words: str, time_s: float | None = None) -> dict[str, Any]:
        """Say something of a title, or of the moment `time_s` of it."""
        return self._post(job_id, "notes", {"words": words, "time_s": time_s})

    def waive(self, job_id: str, check: str, reason: str) -> dict[str, Any]:
        """Say of a check why it may be as it is."""
        return self._post(job_id, "notes", {"words": reason, "waives": check})

    def approve(self, job_id: str, reason: str) -> dict[str, Any]:
        """Let a title be published."""
        return self._post(job_id, "approve", {"reason": reason})

    def reject(self, job_id: str, reason: str) -> dict[str, Any]:
        """End a title's job without publishing it."""
        return self._post(job_id, "reject", {"reason": reason})

    def clips(self, job_id: str) -> list[dict[str, Any]]:
        """Return the clips of a title's worst stretches, the worst first.

        Raises NotFound saying why, where there are none.
        """
        answer = self._connection.ask("GET", f"{job_path(job_id)}/clips")
        clips: list[dict[str, Any]] = answer["clips"]
        return clips

    def save_clips(self, job_id: str, folder: Path) -> list[Path]:
        """Write the files of a title's clips to a folder, the source's first; return their paths.

        Raises as `clips` does, and OSError where it cannot be written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        saved = []
        for path in (clip[side] for clip in self.clips(job_id) for side in ("source", "encode")):
            saved.append(folder / PurePosixPath(path).name)
            self._connection.save(path, saved[-1])
        return saved

    def _post(self, job_id: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"{job_path(job_id)}/review/{what}"
        review: dict[str, Any] = self._connection.ask("POST", path, body=body)
        return review
