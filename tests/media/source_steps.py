"""The first steps of a job, run without a farm around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from farm.facts import Analysis, Source
from farm.parts import Part, Product
from farm.serial import from_json
from farm.spec import JobSpec
from planning.params import AnalyzeParams, ThumbnailsParams
from planning.treatment import make_treatment
from tests.conftest import MakeContext, a_spec, stored
from workers.steps import analyze, ingest


def ingested(make: MakeContext, source: Path | str, **spec: Any) -> Part:
    """Return the part of `ingest` for a source."""
    context = make(spec=spec_of(source, **spec))
    return stored(ingest.run(context).products[""])


def analyzed(
    make: MakeContext, source: Path, part: Part, *, allow_partial: bool = False
) -> Product:
    """Return the product of `analyze` for an ingested source."""
    params = AnalyzeParams(allow_partial)
    context = make(spec=spec_of(source), params=params, inputs={"ingest": part})
    return analyze.run(context).products[""]


def analysis_of(make: MakeContext, source: Path, part: Part) -> Analysis:
    return from_json(Analysis, analyzed(make, source, part).facts)


def source_of(part: Part) -> Source:
    return from_json(Source, part.facts)


def picture_params(part: Part, analysis: Analysis) -> ThumbnailsParams:
    """Return how the pictures of a source are made."""
    media = source_of(part).media
    assert media.picture is not None
    treatment = make_treatment(media.picture, media, analysis)
    assert analysis.timeline is not None
    return ThumbnailsParams(treatment, analysis.timeline)


def spec_of(source: Path | str, **changes: Any) -> JobSpec:
    return a_spec(Path("unused"), Path("unused")).model_copy(
        update={"source": str(source), **changes}
    )
