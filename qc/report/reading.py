"""A title's report read back from report.json: what other pages show of it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    Check,
    EncodedVideo,
    Packaged,
    Source,
    TextTrack,
    Verdict,
)
from farm.ladder import Ladder
from farm.scores import FrameScore, Scores
from farm.serial import from_json
from farm.spec import QcPolicy
from qc.foretold import curve_from_parquet
from qc.frames import ScoredFrames, from_parquet
from qc.moments import Moment
from qc.report.data import DOCUMENT_NAME, ReportData, Still
from qc.sampling.curve import ScoreCurve

_PICTURE = re.compile(r'<a href="([^"]+)"><img [^>]*src="data:image/jpeg;base64,([^"]+)"')


def scored_files(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of the file with every single score, by rung, in the ladder's order."""
    return {
        each["rung"]: each["scores"]["frames"]
        for each in document["renditions"]
        if each["scores"] is not None
    }


def curve_files(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of the file with what is expected between scored frames, by rung.

    Rungs of which that was not kept have none.
    """
    return {
        each["rung"]: name
        for each in document["renditions"]
        if each["scores"] is not None and (name := each["scores"].get("curve"))
    }


def report_of_files(bring: Callable[[str], bytes]) -> ReportData:
    """Return the report whose files `bring` gives by their names beside the page."""
    text = bring(DOCUMENT_NAME)
    document = json.loads(text)
    scored, expected = scored_files(document), curve_files(document)
    return report_of(
        text,
        {rung: from_parquet(bring(name)) for rung, name in scored.items()},
        {rung: curve_from_parquet(bring(name)) for rung, name in expected.items()},
    )


def report_of(
    text: bytes,
    frames: Mapping[str, ScoredFrames],
    curves: Mapping[str, ScoreCurve] | None = None,
) -> ReportData:
    """Return what `report_json` wrote as `text`.

    `frames` are those of its `scored_files`, `curves` those of its `curve_files`.
    """
    read = json.loads(text)
    return ReportData(
        tenant=read["tenant"],
        asset=read["asset"],
        external_id=read["external_id"],
        source_name=read["source"]["name"],
        source=from_json(Source, read["source"]),
        analysis=from_json(Analysis, read["analysis"]),
        policy=from_json(QcPolicy, read["policy"]),
        ladder=from_json(Ladder, read["ladder"]),
        renditions=tuple(from_json(EncodedVideo, each) for each in read["renditions"]),
        packaged=from_json(Packaged, read["packaged"]),
        scores=tuple(
            from_json(Scores, {"rung": each["rung"], **each["scores"]})
            for each in read["renditions"]
            if each["scores"] is not None
        ),
        frames=frames,
        audios=tuple(from_json(AudioTrack, each) for each in read["audio"]),
        texts=tuple(from_json(TextTrack, each) for each in read["text"]),
        chapters=from_json(ChapterList, read["chapters"]),
        verdict=Verdict(read["verdict"], tuple(from_json(Check, each) for each in read["checks"])),
        stills=tuple(_still(each) for each in read["worst_moments"]),
        curves=curves or {},
        approved=read.get("approved") is not None,
    )


def _still(told: Mapping[str, Any]) -> Still:
    score = from_json(FrameScore, told)
    return Still(
        Moment(told["rung"], score, told["drop"]), told["source_picture"], told["rendition_picture"]
    )


def small_pictures(page: str) -> dict[str, bytes]:
    """Return the small pictures inside a page that `report_html` made, by the large ones' names."""
    return {name: base64.b64decode(jpeg) for name, jpeg in _PICTURE.findall(page)}
