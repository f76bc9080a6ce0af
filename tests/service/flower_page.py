"""Flower as its users meet it: over HTTP, with a password."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

USER, PASSWORD = "ops", "a secret: with a colon"


@dataclass(frozen=True, slots=True)
class Page:
    """A running Flower, asked over HTTP."""

    port: int

    def get(self, path: str, credentials: str | None = f"{USER}:{PASSWORD}") -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if credentials is not None:
            token = base64.b64encode(credentials.encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def tasks(self) -> dict[str, dict[str, Any]]:
        status, body = self.get("/api/tasks")
        assert status == 200
        tasks: dict[str, dict[str, Any]] = json.loads(body)
        return tasks
