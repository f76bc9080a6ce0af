"""`make demo`: publish a real clip with subtitles and chapters, as a content team would."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from api.app import listen
from bench.clips import BUILD, bunny_720p

ENGLISH = """\
WEBVTT

00:00:00.500 --> 00:00:02.400
The <i>big</i> rabbit wakes up.

00:00:02.800 --> 00:00:05.000
- A butterfly!
- Let's look at it.
"""
GERMAN = """\
1
00:00:00,500 --> 00:00:02,400
Der <i>große</i> Hase wacht auf.

2
00:00:02,800 --> 00:00:05,000
- Ein Schmetterling!
- Schauen wir ihn an.
"""
CHAPTERS = """\
WEBVTT

00:00:00.000 --> 00:00:02.600
Morning

00:00:02.600 --> 00:00:05.300
The butterfly
"""


READY = "The farm is up"
WITHIN_S = 60.0


def main() -> None:
    """Fetch the clip, publish it with `reelfarm run`, and show it in a farm on the same state.

    At a terminal the farm goes on until Ctrl-C; elsewhere it is asked for the title, and ended.
    """
    desk = BUILD / "demo"
    desk.mkdir(parents=True, exist_ok=True)
    for name, text in (("en.vtt", ENGLISH), ("de.srt", GERMAN), ("chapters.vtt", CHAPTERS)):
        (desk / name).write_text(text, encoding="utf-8")
    reelfarm = Path(sys.executable).with_name("reelfarm")
    published = subprocess.run(
        [
            *(str(reelfarm), "run", str(bunny_720p()), "--asset", "bunny"),
            *("--subtitles", f"en={desk / 'en.vtt'}", "--subtitles", f"de={desk / 'de.srt'}"),
            *("--chapters", str(desk / "chapters.vtt")),
            *("--origin", str(desk / "origin"), "--state", str(desk / "state")),
        ],
        check=False,
    )
    if published.returncode != 0:
        sys.exit(published.returncode)
    with listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
    argv = [str(reelfarm), "up", "--state", str(desk / "state"), "--port", f"{port}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as farm:
        try:
            link = _sign_in_link(farm)
            _check_shown(port, desk / "state" / "admin.key")
            print(f"\nSee the title in the farm, player and all:\n  {link}")
            if sys.stdout.isatty():
                print("Ctrl-C ends the farm.", flush=True)
                farm.wait()
            else:
                print(f"(while it is up: {' '.join(argv[:-2])})", flush=True)
        except KeyboardInterrupt:
            pass
        finally:
            farm.send_signal(signal.SIGTERM)


def _sign_in_link(farm: subprocess.Popen[str]) -> str:
    """Return what the farm says of its pages, once it is up."""
    assert farm.stdout is not None
    link = ""
    for line in farm.stdout:
        if line.startswith("pages"):
            link = line.removeprefix("pages").strip()
        if line.startswith(READY):
            return link
    raise SystemExit("the farm did not come up: its last words are above")


def _check_shown(port: int, key: Path) -> None:
    """Return if the farm knows the title as published; exit with what it says otherwise."""
    answer = httpx.get(
        f"http://127.0.0.1:{port}/v1/jobs",
        params={"asset": "bunny", "state": "PUBLISHED"},
        headers={"Authorization": f"Bearer {key.read_text().strip()}"},
        timeout=WITHIN_S,
        trust_env=False,
    )
    if not answer.json().get("items"):
        raise SystemExit(f"the farm does not show the title: {answer.text}")


if __name__ == "__main__":
    main()
