"""docs/access.md and docs/ladders.md show requests: all of them are made, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.service.api_server import ApiServer
from tests.service.test_api_guide import documents
from tests.waiting import HANGS_AFTER_S

GUIDES = ("access.md", "ladders.md")


def test_every_request_that_the_guides_show_is_answered(api: ApiServer, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        if "CI" in os.environ:
            pytest.fail("curl is missing: .ci/run installs it")
        pytest.skip("curl is missing: install it to try the examples of docs/access.md")
    texts = [(REPOSITORY / "docs" / name).read_text() for name in GUIDES]
    blocks = [block for text in texts for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    assert sum(len(re.findall(r"^ask ", block, re.MULTILINE)) for block in blocks) >= 11
    ran = subprocess.run(
        ["bash", "-c", "set -eu\n" + "\n".join(blocks)],
        env={**os.environ, "REELFARM_URL": api.url, "REELFARM_KEY": api.token("*")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    answers = documents(ran.stdout)
    assert [answer["detail"] for answer in answers if "code" in answer] == []
    [own, *_] = [answer for answer in answers if "acts_for" in answer]
    assert (own["tenant"], own["name"]) == ("studio-a", "studio A, first")
    ladders = [answer for answer in answers if answer.get("name") == "mine"]
    assert [ladder["version"] for ladder in ladders] == [1, 1]
    log = (tmp_path / "first-key.json").read_text()
    assert '"token"' in log
