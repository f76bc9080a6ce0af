"""The worst moments on the page: source and rendition side by side, and a way to flip them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from qc.report.data import Still
from qc.report.markup import Raw, joined, tag, text
from qc.report.words import clock, score


def moments_section(stills: Sequence[Still], pictures: Mapping[str, bytes]) -> Raw:
    """Return the moments as figures, with their JPEGs inside the page."""
    if not stills:
        return Raw("")
    return tag(
        "section",
        tag("h2", "Worst moments", id="moments"),
        tag(
            "p",
            "Where a rung falls furthest below its own median, one frame for each moment. Open a"
            " picture to flip between source and encode at full size.",
            class_="lead",
        ),
        tag("div", *(_moment(i, s, pictures) for i, s in enumerate(stills, 1)), class_="moments"),
        aria_labelledby="moments",
    )


def viewer() -> Raw:
    """Return the dialog in which page.js shows pictures at full size."""
    return tag(
        "dialog",
        tag(
            "div",
            tag("strong", "", id="viewer-title"),
            tag("button", "Flip (space)", type="button", id="viewer-flip"),
            tag("button", "Close", type="button", id="viewer-close"),
            class_="viewer-bar",
        ),
        Raw('<img id="viewer-picture" alt="">'),
        id="viewer",
        aria_labelledby="viewer-title",
    )


def _moment(number: int, still: Still, pictures: Mapping[str, bytes]) -> Raw:
    seen = still.moment.score
    at = clock(seen.time_s)
    caption = joined(
        [
            tag("span", str(number), class_="number", aria_hidden="true"),
            tag("strong", at),
            tag("span", still.moment.rung, class_="rung"),
            tag(
                "span",
                f"VMAF {score(seen.vmaf)}, {score(still.moment.drop)} below the median"
                f" · SSIM {seen.ssim:.4f} · PSNR {seen.psnr:.1f} dB · frame {seen.frame}",
                class_="muted",
            ),
        ]
    )
    return tag(
        "figure",
        tag("figcaption", caption),
        tag(
            "div",
            _picture(pictures[still.source_name], "Source", f"Moment {number}, source at {at}"),
            _picture(
                pictures[still.rendition_name],
                "Encode",
                f"Moment {number}, {still.moment.rung} at {at}",
            ),
            class_="pair",
        ),
        id=f"moment-{number}",
        tabindex="-1",
    )


def _picture(jpeg: bytes, label: str, description: str) -> Raw:
    encoded = base64.b64encode(jpeg).decode()
    picture = Raw(
        f'<img loading="lazy" alt="{text(description)}" src="data:image/jpeg;base64,{encoded}">'
    )
    return tag(
        "button",
        picture,
        tag("span", label, class_="label", aria_hidden="true"),
        type="button",
        title="Open to flip between source and encode",
    )
