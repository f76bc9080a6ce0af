"""Publishing: upload an immutable generation, read it back, then move the two pointers to it.

Before that stands the gate: what is rejected is not published, and what a person is to decide on
waits for that person, unless the policy publishes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from shutil import copyfile

from farm.errors import ConformanceFailed, QualityRejected, ReelFarmError
from farm.facts import Published, Verdict
from farm.failpoint import reached
from farm.parts import FileRef
from farm.serial import digest
from planning.params import PublishParams
from services.locations import open_origin
from services.origin import pointers_to
from storage.objects.stores import work_store
from storage.postgres.generations import Asset, Numbered
from workers.publishing.upload import upload
from workers.steps.approved import approved_report, reference
from workers.steps.contract import StepContext, StepKind
from workers.steps.result import StepResult, ask_a_person, whole


def run(context: StepContext[PublishParams]) -> StepResult:
    """Publish what was packaged, unless the verdict rejects it or a person has to decide first.

    Where a newer submission of the asset came first, the pointers stay with that.
    """
    assert context.generations is not None
    verdict, policy = context.facts("verify", Verdict), context.spec.qc.publish
    if policy != "ungated":
        if verdict.verdict == "rejected":
            raise _rejection(context, verdict)
        if verdict.verdict == "review" and not context.params.approved:
            return ask_a_person([check for check in verdict.checks if check.outcome == "review"])
    files = _generation_files(context)
    own = approved_report(context) if _is_decided(context, verdict) else {}
    files |= {name: reference(name, path) for name, path in own.items()}
    content = digest({name: file.sha256 for name, file in files.items()})
    asset = Asset(context.spec.origin, context.spec.tenant, context.spec.asset)
    generation = Numbered(asset, context.generations.reserve(content), content)
    origin = open_origin(context.spec, context.origins(), context.settings)
    upload(
        origin,
        generation.folder,
        files,
        fetch=partial(_bring, context, own),
        staging=context.scratch / "objects",
        transfers=context.transfers,
        check_wanted=context.check_wanted,
        report=context.progress.report,
    )
    hls, dash = pointers_to(origin, generation)
    with context.generations.publishing(generation.number) as newest:
        reached("publish.before-pointer")
        context.check_wanted()
        if newest:
            hls.put(origin)
            reached("publish.between-pointers")
            context.check_wanted()
            dash.put(origin)
        reached("publish.after-pointers")
    return whole(
        Published(
            hls=origin.url(hls.key),
            dash=origin.url(dash.key),
            report=origin.url(f"{generation.folder}/report/index.html"),
            origin_prefix=generation.folder,
            generation=generation.number,
            objects=len(files) + 2,
            size_bytes=sum(file.size_bytes for file in files.values()),
        )
    )


def _rejection(context: StepContext[PublishParams], verdict: Verdict) -> ReelFarmError:
    failed = [check for check in verdict.checks if check.outcome == "fail"]
    quality = all(check.rule.startswith("vmaf") for check in failed)
    kind: type[ReelFarmError] = QualityRejected if quality else ConformanceFailed
    report = context.inputs["verify"].files["report/index.html"]
    report_url = work_store(context.settings).url(report.key)
    return kind(
        f"{context.spec.source}: rejected by QC, nothing was published: "
        + "; ".join(f"{check.rule}: {check.evidence}" for check in failed[:3])
        + f"; the report is {report_url}",
        checks=[check.rule for check in failed],
        report=report_url,
    )


def _is_decided(context: StepContext[PublishParams], verdict: Verdict) -> bool:
    """Return whether a person was asked, and approved: where all is published, nobody is."""
    asked = verdict.verdict == "review" and context.spec.qc.publish != "ungated"
    return asked and context.params.approved


def _bring(
    context: StepContext[PublishParams], own: Mapping[str, Path], file: FileRef, local: Path
) -> None:
    """Bring a file of the generation: of those that this step wrote, or of the work store's."""
    if file.key in own:
        copyfile(own[file.key], local)
    else:
        context.fetch(file, local)


def _generation_files(context: StepContext[PublishParams]) -> dict[str, FileRef]:
    """Return every file of the generation by its path below it."""
    files = dict(context.inputs["package"].files)
    files.update(context.inputs["verify"].files)
    if thumbnails := context.inputs.get("thumbnails"):
        files.update({f"thumbnails/{name}": file for name, file in thumbnails.files.items()})
    return files


# What the origin holds is the world's to change, so publishing is never taken as done.
KIND = StepKind("publish", PublishParams, run, cacheable=False)
