"""Publishing: upload an immutable generation, read it back, then move the two pointers to it."""

from __future__ import annotations

from pathlib import PurePosixPath

from farm.errors import ConformanceFailed, QualityRejected, ReelFarmError, StorageUnavailable
from farm.facts import Packaged, Published, Verdict
from farm.parts import FileRef
from farm.serial import digest
from storage.objects import Headers, ObjectStore
from storage.stores import open_store, work_store
from workers.packaging.pointer import point_dash, point_hls
from workers.steps.contract import StepContext, StepKind, StepResult, whole

CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
}
IMMUTABLE = "public, max-age=31536000, immutable"
POINTER = "max-age=10"
MANIFESTS = (".m3u8", ".mpd")


def run(context: StepContext) -> StepResult:
    """Publish what was packaged, unless the verdict rejects it."""
    assert context.generations is not None
    _refuse_rejected(context)
    files = _generation_files(context)
    content = digest({name: file.sha256 for name, file in files.items()})
    number = context.generations.reserve(content)
    title = f"{context.spec.tenant}/{context.spec.asset}"
    prefix = f"{title}/g{number}-{content[:8]}"
    origin = open_store(context.spec.origin)
    # Segments before the playlists that name them: nobody ever reads about what is not there yet.
    for name in sorted(files, key=lambda name: (PurePosixPath(name).suffix in MANIFESTS, name)):
        _upload(context, origin, f"{prefix}/{name}", files[name])
    for name, file in files.items():
        _read_back(origin, f"{prefix}/{name}", file)
    packaged = context.facts("package", Packaged)
    hls, dash = f"{title}/master.m3u8", f"{title}/manifest.mpd"
    below = prefix.removeprefix(f"{title}/")
    master = origin.get_bytes(f"{prefix}/{packaged.hls}").decode()
    mpd = origin.get_bytes(f"{prefix}/{packaged.dash}")
    with context.generations.publishing(number):
        origin.put_bytes(hls, point_hls(master, below).encode(), _headers(hls, POINTER))
        origin.put_bytes(dash, point_dash(mpd, below), _headers(dash, POINTER))
    return whole(
        Published(
            hls=origin.url(hls),
            dash=origin.url(dash),
            report=origin.url(f"{prefix}/report/index.html"),
            origin_prefix=prefix,
            generation=number,
            objects=len(files) + 2,
            size_bytes=sum(file.size_bytes for file in files.values()),
        )
    )


def _refuse_rejected(context: StepContext) -> None:
    verdict = context.facts("verify", Verdict)
    if verdict.verdict == "pass":
        return
    failed = [check for check in verdict.checks if check.outcome == "fail"]
    quality = all(check.rule.startswith("vmaf") for check in failed)
    kind: type[ReelFarmError] = QualityRejected if quality else ConformanceFailed
    report = context.inputs["verify"].files["report/index.html"]
    report_url = work_store(context.settings.work).url(report.key)
    raise kind(
        f"{context.spec.source}: rejected by QC, nothing was published: "
        + "; ".join(f"{check.rule}: {check.evidence}" for check in failed[:3])
        + f"; the report is {report_url}",
        checks=[check.rule for check in failed],
        report=report_url,
    )


def _generation_files(context: StepContext) -> dict[str, FileRef]:
    """Return every file of the generation by its path below it."""
    files = dict(context.inputs["package"].files)
    files.update(context.inputs["verify"].files)
    if thumbnails := context.inputs.get("thumbnails"):
        files.update({f"thumbnails/{name}": file for name, file in thumbnails.files.items()})
    return files


def _headers(key: str, cache_control: str) -> Headers:
    return Headers(CONTENT_TYPES[PurePosixPath(key).suffix], cache_control)


def _upload(context: StepContext, origin: ObjectStore, key: str, file: FileRef) -> None:
    there = origin.head(key)
    if there and (there.sha256, there.size_bytes) == (file.sha256, file.size_bytes):
        return  # an earlier, interrupted publication of the same content
    local = context.scratch / "object"
    context.fetch(file, local)
    origin.put_file(key, local, _headers(key, IMMUTABLE))
    local.unlink()


def _read_back(origin: ObjectStore, key: str, file: FileRef) -> None:
    there = origin.head(key)
    if there is None or (there.sha256, there.size_bytes) != (file.sha256, file.size_bytes):
        raise StorageUnavailable(
            f"{key} did not arrive whole at the origin: it has {there}, not {file.sha256}"
        )


# What the origin holds is the world's to change, so publishing is never taken as done.
KIND = StepKind("publish", run, cacheable=False)
