"""A rendition is made by one encoder: chunks of two are found before they are joined.

Where a chunk went to the processor, or devices of two models had a part, the odd ones are those the
processor did not make. They are made again there: the one encoder that all chunks can have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from farm.devices import CPU_NAME
from farm.facts import EncodedVideo
from farm.trials import Missed
from media.graphs.stitch import part_name
from media.isobmff.sample_entry import read_configured
from planning.params import StitchParams
from planning.remakes import on_processor
from workers.steps.contract import StepContext
from workers.steps.result import StepResult, run_again


def odd_by_device(encoded: Mapping[int, EncodedVideo]) -> list[int]:
    """Return the chunks to be made again where some were made on a device and others not."""
    on_devices = [index for index, video in encoded.items() if video.device != CPU_NAME]
    return on_devices if len(on_devices) < len(encoded) else []


def odd_by_parameters(
    context: StepContext[StitchParams], encoded: Mapping[int, EncodedVideo]
) -> list[int]:
    """Return all chunks where devices made them, and their parameter sets differ.

    The chunks are in the scratch directory.
    """
    if len(encoded) < 2 or all(video.device == CPU_NAME for video in encoded.values()):
        return []
    kinds = {read_configured(context.scratch / part_name(index)).configuration for index in encoded}
    return list(encoded) if len(kinds) > 1 else []


def made_again(
    params: StitchParams,
    references: Mapping[int, str],
    odd: Sequence[int],
    others: Sequence[str],
    missed: Missed | None,
) -> StepResult:
    """Return the result that has the odd chunks made again on the processor, and this step after.

    `references` are its inputs by chunk, `others` those beside them; `missed` is what the chunks
    are corrected for.
    """
    steps = [on_processor(params, chunk, missed) for chunk in params.encodes if chunk.index in odd]
    again = {int(step.key.rpartition(":")[2]): f"{step.key}#{params.rung.name}" for step in steps}
    return run_again(steps, (*others, *{**references, **again}.values()))
