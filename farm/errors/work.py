"""Errors of the work on a title: its source, the programs, the verdict on what they made."""

from __future__ import annotations

from farm.errors.base import ReelFarmError


class InvalidSource(ReelFarmError):
    """It is missing, empty, damaged, hostile or not media."""

    code = "invalid_source"
    title = "The source cannot be used"
    fix = "Check the location, export or upload the file again, and submit the title anew."
    http_status = 422
    exit_status = 2


class UnsupportedMedia(ReelFarmError):
    """It is sound, but of a kind that no title is made of (a picture, say)."""

    code = "unsupported_media"
    title = "The farm does not take this kind of source"
    fix = "Convert it to a kind that docs/sources.md lists, and submit the title anew."
    http_status = 422
    exit_status = 2


class ToolFailed(ReelFarmError):
    """A program ended with an error; `detail` holds its command, exit code and last lines."""

    code = "tool_failed"
    title = "A media program failed"
    fix = (
        "Read the last lines of the program in the error's detail. Where they blame the source,"
        " mend it; otherwise retry, and report what comes again."
    )
    retryable = True
    retry_after_s = 60.0


class ToolStalled(ReelFarmError):
    """A program outlived its wall limit or stopped making progress, and was killed."""

    code = "tool_stalled"
    title = "A media program stood still"
    fix = (
        "Retry when the farm is less busy. A title that is honestly slow needs a longer"
        " REELFARM_STALL_S or REELFARM_WALL_S."
    )
    retryable = True
    retry_after_s = 300.0


class DeviceFailed(ReelFarmError):
    """An encode on a GPU went wrong there; `detail` holds the device, its driver and the fault."""

    code = "device_failed"
    title = "A GPU failed"
    fix = (
        "Look at the device on the farm's page; it is tried again by itself. With `device: prefer`"
        " titles go to another one, or to the CPU, and do not end with this."
    )
    retryable = True
    retry_after_s = 300.0


class QualityRejected(ReelFarmError):
    """The measured quality misses the policy's thresholds; nothing was published."""

    code = "quality_rejected"
    title = "The quality is below the policy"
    fix = (
        "Open the report at the worst moment: a bad source wants a better one, a ladder too mean"
        " for it more bits. Or submit with another QC policy."
    )
    exit_status = 3


class ConformanceFailed(ReelFarmError):
    """What was packaged breaks a rule players depend on; nothing was published."""

    code = "conformance_failed"
    title = "What was packaged breaks a delivery rule"
    fix = "Read in the report which rule; where no ladder of yours causes it, report it."
    exit_status = 3


class InvalidAlignment(ConformanceFailed):
    """A rendition does not show the source's frames in their places: no score of it would count."""

    code = "invalid_alignment"
    title = "A rendition is shifted against the source"
    fix = (
        "Encode the rung again: name it in `remake` when you retry. Where it comes again, report it"
        " with the error's detail, which says from when on and by how many frames."
    )


class ReviewNeeded(ReelFarmError):
    """The title is made, and a person has to decide whether it is published."""

    code = "review_needed"
    title = "A person has to decide"
    fix = "Look at the report and the title's page, then reelfarm approve or reelfarm reject it."
    exit_status = 4


class ReviewRejected(ReelFarmError):
    """A reviewer said no; nothing was published. `detail` holds who, and the reason."""

    code = "review_rejected"
    title = "A reviewer rejected the title"
    fix = "Read the reviewer's reason and notes in the job record; mend the cause and submit anew."
    exit_status = 3


class MixedEncoders(ReelFarmError):
    """Chunks of one rendition want decoders set up differently; `detail` names them."""

    code = "mixed_encoders"
    title = "Parts of one rendition do not fit together"
    fix = (
        "Make the rendition anew as a whole: retry the job with `only` naming it, on workers with"
        " the same encoders."
    )


class Cancelled(ReelFarmError):
    """Somebody cancelled the job, or its lease was lost while the step ran."""

    code = "cancelled"
    title = "Cancelled"
    fix = "Retry the job if it is wanted after all: what was made already is used again."
    http_status = 409


class Superseded(ReelFarmError):
    """A job submitted later had published the asset already; `detail` names it."""

    code = "superseded"
    title = "A newer submission was published first"
    fix = "Nothing is wrong. Roll the asset back to this generation if this is the one wanted."
    http_status = 409


class Quarantined(ReelFarmError):
    """The step killed its worker three times and will not be tried again."""

    code = "quarantined"
    title = "A step killed its workers"
    fix = "Look for an out-of-memory kill on the worker that is named; give workers more memory."
