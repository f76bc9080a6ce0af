"""Scoring pictures of a rendition against the source's: VMAF, SSIM and luma PSNR.

VMAF and PSNR come from libvmaf, SSIM from FFmpeg's filter of that name, which costs a tenth of
libvmaf's. Of single frames only these are scaled and scored. VMAF's motion feature looks at the
neighbours in the reference, so each is scored amid its own: bit by bit as in a run over all frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.spec import VmafModel
from media.graphs.look import PictureLook
from media.graphs.picture import SCALER

# What libvmaf calls them; of v1 the one for pictures seen from three times their height.
MODELS: dict[VmafModel, str] = {
    "vmaf_v0.6.1": "version=vmaf_v0.6.1",
    "vmaf_v0.6.1neg": "version=vmaf_v0.6.1neg",
    "vmaf_v0.6.1_phone": "version=vmaf_v0.6.1:enable_transform=true",
    "vmaf_4k_v0.6.1": "version=vmaf_4k_v0.6.1",
    "vmaf_v1": "version=vmaf_v1.0.16_3d0h",
}
NEIGHBOURS = 3  # of the reference, for a score: the frame before, the frame, and the one after
METRIC = "vmaf"  # in libvmaf's log, whatever the model
DUMMIES = NEIGHBOURS - 1  # pictures before the first, so that its middle one is a third


@dataclass(frozen=True, slots=True)
class HowScored:
    """How pictures are scored: in which look, at which size, and into the logs of which place."""

    place: int
    fps: Fraction
    look: PictureLook
    size: tuple[int, int]  # width, height
    model: VmafModel


def vmaf_name(place: int) -> str:
    """Return the name of libvmaf's log of a rendition (JSON)."""
    return f"vmaf-{place}.json"


def ssim_name(place: int) -> str:
    """Return the name of the SSIM log of a rendition."""
    return f"ssim-{place}.log"


def scored(rendition: Any, reference: tuple[Any, Any], samples: range, how: HowScored) -> Any:
    """Return a stream that scores `samples` of a rendition as it flows.

    The k-th sample, counted from one, is frame 3 k of libvmaf's log, whose frame 0 is a dummy.
    `reference` is the same stream twice.
    """
    fps = how.fps
    first, last, step = samples[0], samples[-1], samples.step
    of_samples = f"between(n,{first},{last})*not(mod(n-{first},{step}))"
    beside = f"between(n,{first - 1},{last + 1})*lt(mod(n-{first - 1},{step}),{NEIGHBOURS})"
    amid, middle = reference
    picked = numbered(rendition.filter("select", of_samples), fps)
    picked = _compared(picked, numbered(middle.filter("select", of_samples), fps), how)
    # Each as often as the reference has pictures for it, and so a dummy before the first.
    filled = picked.filter("tpad", start=1, start_mode="clone")
    filled = filled.filter("settb", f"1/({_rate(fps)})").filter("setpts", f"N*{NEIGHBOURS}")
    neighbours = amid.filter("select", beside)
    neighbours = _sized(neighbours.filter("tpad", start=DUMMIES, start_mode="clone"), how)
    pair = [filled.filter("fps", fps=_rate(fps)), numbered(neighbours, fps)]
    return _vmaf(pair, NEIGHBOURS, how)


def scored_whole(rendition: Any, reference: tuple[Any, Any], how: HowScored) -> Any:
    """Return a stream that scores all frames of a rendition; each is itself in both logs."""
    all_of_it, again = reference
    picked = _compared(rendition, again, how)
    return _vmaf([numbered(picked, how.fps), _sized(all_of_it, how)], 1, how)


def numbered(stream: Any, fps: Fraction) -> Any:
    """Return the stream with its n-th frame at exactly n / fps."""
    return stream.filter("settb", f"1/({_rate(fps)})").filter("setpts", "N")


def untagged(stream: Any) -> Any:
    """Return the stream without colour tags: where they differ, scaling would convert colours."""
    unknown = ("color_primaries", "color_trc", "colorspace", "range")
    return stream.filter("setparams", **dict.fromkeys(unknown, "unknown"))


def _compared(rendition: Any, reference: Any, how: HowScored) -> Any:
    pair = [_sized(rendition, how), _sized(reference, how)]
    return ffmpeg.filter(pair, "ssim", stats_file=ssim_name(how.place))


def _sized(stream: Any, how: HowScored) -> Any:
    return stream.filter("scale", *how.size, flags=SCALER).filter("format", how.look.pixel_format)


def _vmaf(pair: list[Any], subsample: int, how: HowScored) -> Any:
    return ffmpeg.filter(
        pair,  # the rendition first (FFmpeg documentation, filter libvmaf)
        "libvmaf",
        model=f"{MODELS[how.model]}:name={METRIC}",
        feature="name=psnr:enable_chroma=false",
        n_subsample=subsample,
        # 0 scores in the filter's own thread. With any others libvmaf queues pictures without
        # bound as soon as decoding is faster than scoring (Netflix/vmaf#1587).
        n_threads=0,
        log_fmt="json",
        log_path=vmaf_name(how.place),
    )


def _rate(fps: Fraction) -> str:
    return f"{fps.numerator}/{fps.denominator}"
