"""Builds the image without a registry and publishes a clip in it: `make image`, as root.

buildah builds the Dockerfile on a Debian that debootstrap makes, under the name of its FROM.
Then, as the image's own user and with few open files, `reelfarm doctor` must be content and
`reelfarm run` must publish. Ends with status 1 where either is not, and where the programs are
missing. Needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
NAME = "reelfarm"
USER = "10001:10001"
HOME = "/var/lib/reelfarm"
NEEDED = ("buildah", "debootstrap")
DEBIAN = "bookworm"  # as the FROM says; its Python is 3.11 too
PACKAGES = ("python3", "python3-venv", "python3-pip", "ca-certificates")
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
# As a host gives them that is not asked: below what the farm would like, and not to be raised.
FEW_FILES = "nofile=1024:1024"
# chroot and vfs: neither a daemon, nor namespaces, nor a file system of its own.
ENVIRONMENT = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
# Of pip; root has them in the same places in the image as here.
CONFIGURATIONS = (Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf")
CLIP = (
    *("-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=4"),
    *("-f", "lavfi", "-i", "sine=duration=4", "-pix_fmt", "yuv420p", "-y", f"{HOME}/clip.mp4"),
)


def base_of(dockerfile: str) -> str:
    """Return the name of the image that every stage starts from; raise ValueError for several."""
    names = set(re.findall(r"^FROM\s+(\S+)", dockerfile, re.MULTILINE))
    if len(names) != 1:
        raise ValueError(f"the Dockerfile starts from {sorted(names)}: one image can be made here")
    return str(names.pop())


def missing() -> list[str]:
    """Return the programs that are not here."""
    return [name for name in NEEDED if shutil.which(name) is None]


def make_base(name: str, folder: Path) -> None:
    """Make a Debian with Python and commit it under a name of Docker Hub's."""
    root = folder / "root"
    included = f"--include={','.join(PACKAGES)}"
    _run("debootstrap", "--variant=minbase", included, DEBIAN, str(root))
    (root / "usr/bin/python").symlink_to("python3")
    if (Path("/") / CERTIFICATES).exists():  # also what this machine trusts besides
        shutil.copyfile(Path("/") / CERTIFICATES, root / CERTIFICATES)
    container = _run("buildah", "from", "scratch")
    _run("buildah", "add", "--quiet", container, str(root), "/")
    _run("buildah", "commit", "--quiet", "--rm", container, f"docker.io/library/{name}")


def as_here(folder: Path) -> list[str]:
    """Return options that let the build fetch packages as this machine does: they do not stay."""
    npm, known = folder / "npmrc", Path.home() / ".npmrc"
    # Node has certificates of its own, unless npm is told to take the system's.
    npm.write_text(f"{known.read_text() if known.exists() else ''}\ncafile=/{CERTIFICATES}\n")
    options = ["--volume", f"{npm}:{known}:ro"]
    for path in CONFIGURATIONS:
        if path.exists():
            options += ["--volume", f"{path}:{path}:ro"]
    return options


def try_out() -> None:
    """Publish a clip in the image, as its own user."""
    container = _run("buildah", "from", "--pull=never", "--ulimit", FEW_FILES, NAME)
    inside = ("buildah", "run", "--user", USER, container, "--")
    try:
        _say(_run(*inside, "reelfarm", "doctor"))
        find = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
        ffmpeg = _run(*inside, "/opt/reelfarm/bin/python", "-c", find)
        _run(*inside, ffmpeg, *CLIP)
        places = ("--origin", f"{HOME}/origin", "--state", f"{HOME}/state")
        record = _run(*inside, "reelfarm", "run", f"{HOME}/clip.mp4", *places, "--json")
        _say(f"published in the image as {USER}: job {json.loads(record)['id']}")
    finally:
        _run("buildah", "rm", container)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _run(*argv: str) -> str:
    """Return what a program printed; leave with its exit status where it failed."""
    finished = subprocess.run(
        argv,
        cwd=REPOSITORY,
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{finished.stdout}{argv[0]} {argv[1]} ended with status {finished.returncode}")
    return finished.stdout.strip()


def main() -> None:
    """Build the image and try it out."""
    if names := missing():
        sys.exit(
            f"make image: {' and '.join(names)} not found: the image was neither built nor tried;"
            f" apt-get install {' '.join(names)}"
        )
    with tempfile.TemporaryDirectory(prefix="reelfarm-image-") as folder:
        make_base(base_of((REPOSITORY / "Dockerfile").read_text("utf-8")), Path(folder))
        build = ("buildah", "bud", "--pull=never", "--network", "host", *as_here(Path(folder)))
        _run(*build, "--tag", NAME, ".")
    try_out()


if __name__ == "__main__":
    main()
