"""The worst moments on the page: source and rendition side by side."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from qc.report.data import ReportData
from qc.report.words import clock, score


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture inside the page, and the name of the large one beside it."""

    name: str
    label: str
    description: str
    jpeg: str  # in base64


@dataclass(frozen=True, slots=True)
class ShownMoment:
    at: str
    rung: str
    words: str
    pair: tuple[Picture, Picture]


def shown_moments(report: ReportData, pictures: Mapping[str, bytes]) -> list[ShownMoment]:
    """Return the moments in the order of their numbers, which begin with 1."""
    shown = []
    for number, still in enumerate(report.stills, 1):
        moment, seen = still.moment, still.moment.score
        at = clock(seen.time_s)
        source, encode = still.source_name, still.rendition_name
        pair = (
            _picture(source, "Source", f"Moment {number}, source at {at}", pictures),
            _picture(encode, "Encode", f"Moment {number}, {moment.rung} at {at}", pictures),
        )
        words = (
            f"VMAF {score(seen.vmaf)}, {score(moment.drop)} below the median"
            f" · SSIM {seen.ssim:.4f} · PSNR {seen.psnr:.1f} dB · frame {seen.frame}"
        )
        shown.append(ShownMoment(at, moment.rung, words, pair))
    return shown


def _picture(name: str, label: str, description: str, pictures: Mapping[str, bytes]) -> Picture:
    return Picture(name, label, description, base64.b64encode(pictures[name]).decode())
