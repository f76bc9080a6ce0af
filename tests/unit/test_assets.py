"""Fetching pinned JavaScript: what is not what was pinned gets nowhere."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def assets() -> ModuleType:
    """The script, which is no part of any package."""
    spec = importlib.util.spec_from_file_location("assets", REPOSITORY / "deploy" / "assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "plot-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as packed:
        for name in ("LICENSE", "dist/plot.js", "src/plot.js"):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            packed.addfile(entry, io.BytesIO(name.encode()))
    return path


def test_every_pin_of_ours_has_version_and_digest(assets: ModuleType) -> None:
    for pins in ("deploy/assets.txt", "deploy/pages.txt", "tests/browser/players.txt"):
        for pin in assets.read_pins((REPOSITORY / pins).read_text()):
            assert pin.version[0].isdigit()
            assert len(base64.b64decode(pin.integrity.removeprefix("sha512-"))) == 64


def test_pins_of_scoped_packages_and_their_files_are_read(assets: ModuleType) -> None:
    text = "# why\n\n@a/plot@1.0.0 sha512-AA== LICENSE dist/plot.js\nhls.js@1.7.4 sha512-BB==\n"
    assert assets.read_pins(text) == [
        assets.Pin("@a/plot", "1.0.0", "sha512-AA==", frozenset({"LICENSE", "dist/plot.js"})),
        assets.Pin("hls.js", "1.7.4", "sha512-BB==", frozenset()),
    ]


def test_another_archive_than_the_pinned_one_is_refused(assets: ModuleType, archive: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    pin = assets.Pin("plot", "1.0.0", f"sha512-{digest}", frozenset())
    assets.check_integrity(pin, archive.read_bytes())
    with pytest.raises(SystemExit, match=r"plot@1\.0\.0 is sha512-\S+, but sha512-\S+ is pinned"):
        assets.check_integrity(pin, archive.read_bytes() + b"!")


def test_only_the_files_that_are_wanted_are_unpacked(
    assets: ModuleType, archive: Path, tmp_path: Path
) -> None:
    def unpacked(*files: str) -> set[str]:
        into = tmp_path / ("+".join(files).replace("/", "-") or "all")
        assets.unpack(assets.Pin("plot", "1.0.0", "", frozenset(files)), archive, into)
        return {p.relative_to(into).as_posix() for p in into.rglob("*") if p.is_file()}

    assert unpacked("LICENSE", "dist/plot.js") == {"package/LICENSE", "package/dist/plot.js"}
    assert unpacked() == {"package/LICENSE", "package/dist/plot.js", "package/src/plot.js"}
    with pytest.raises(SystemExit, match=r"plot@1\.0\.0 has no dist/absent\.js"):
        unpacked("dist/absent.js")
