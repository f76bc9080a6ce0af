"""Scoring pictures of a rendition against the source's: VMAF, SSIM and luma PSNR.

VMAF, PSNR and CAMBI come from libvmaf, SSIM and XPSNR from FFmpeg's filters of those names, the
first at a tenth of what libvmaf's costs. Of single frames only these are scaled and scored. VMAF's
motion feature looks at the neighbours in the reference, and XPSNR's weights at the one before, so
each is scored amid its own: bit by bit as in a run over all frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.spec import CrossCheck, VmafModel
from media.graphs.look import PictureLook
from media.graphs.picture import SCALER, copies

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
LEAST_CAMBI_SIDE = 216  # pixels, of the longer side: of smaller pictures libvmaf takes no CAMBI
DUMMIES = NEIGHBOURS - 1  # pictures before the first, so that its middle one is a third


@dataclass(frozen=True, slots=True)
class HowScored:
    """By what renditions are scored: at which size, by which model, and what else is measured."""

    size: tuple[int, int]  # width, height
    model: VmafModel
    cross_checks: Sequence[CrossCheck] = ()

    @property
    def takes_cambi(self) -> bool:
        """Return whether libvmaf is asked for CAMBI, the source's and what was added to it."""
        return "cambi" in self.cross_checks and max(self.size) >= LEAST_CAMBI_SIDE


@dataclass(frozen=True, slots=True)
class ScoredPictures:
    """Whose pictures are scored: `place` names the rendition's logs."""

    place: int
    fps: Fraction
    look: PictureLook


def vmaf_name(place: int) -> str:
    """Return the name of libvmaf's log of a rendition (JSON)."""
    return f"vmaf-{place}.json"


def ssim_name(place: int) -> str:
    """Return the name of the SSIM log of a rendition."""
    return f"ssim-{place}.log"


def xpsnr_name(place: int) -> str:
    """Return the name of the XPSNR log of a rendition, which counts as libvmaf's does, from one."""
    return f"xpsnr-{place}.log"


def scored(
    rendition: Any,
    reference: tuple[Any, Any],
    samples: range,
    of: ScoredPictures,
    how: HowScored,
) -> Any:
    """Return a stream that scores `samples` of a rendition as it flows.

    The k-th sample, counted from one, is frame 3 k of libvmaf's log, whose frame 0 is a dummy.
    `reference` is the same stream twice.
    """
    fps = of.fps
    first, last, step = samples[0], samples[-1], samples.step
    of_samples = f"between(n,{first},{last})*not(mod(n-{first},{step}))"
    beside = f"between(n,{first - 1},{last + 1})*lt(mod(n-{first - 1},{step}),{NEIGHBOURS})"
    amid, middle = reference
    picked = numbered(rendition.filter("select", of_samples), fps)
    picked = _compared(picked, numbered(middle.filter("select", of_samples), fps), of, how)
    # Each as often as the reference has pictures for it, and so a dummy before the first.
    filled = picked.filter("tpad", start=1, start_mode="clone")
    filled = filled.filter("settb", f"1/({_rate(fps)})").filter("setpts", f"N*{NEIGHBOURS}")
    neighbours = amid.filter("select", beside)
    neighbours = _sized(neighbours.filter("tpad", start=DUMMIES, start_mode="clone"), of, how)
    filled = filled.filter("fps", fps=_rate(fps))
    return _vmaf(filled, numbered(neighbours, fps), NEIGHBOURS, of, how)


def scored_whole(
    rendition: Any, reference: tuple[Any, Any], of: ScoredPictures, how: HowScored
) -> Any:
    """Return a stream that scores all frames of a rendition; each is itself in both logs."""
    all_of_it, again = reference
    picked = numbered(_compared(rendition, again, of, how), of.fps)
    return _vmaf(picked, _sized(all_of_it, of, how), 1, of, how)


def numbered(stream: Any, fps: Fraction) -> Any:
    """Return the stream with its n-th frame at exactly n / fps."""
    return stream.filter("settb", f"1/({_rate(fps)})").filter("setpts", "N")


def untagged(stream: Any) -> Any:
    """Return the stream without colour tags: where they differ, scaling would convert colours."""
    unknown = ("color_primaries", "color_trc", "colorspace", "range")
    return stream.filter("setparams", **dict.fromkeys(unknown, "unknown"))


def _compared(rendition: Any, reference: Any, of: ScoredPictures, how: HowScored) -> Any:
    pair = [_sized(rendition, of, how), _sized(reference, of, how)]
    return ffmpeg.filter(pair, "ssim", stats_file=ssim_name(of.place))


def _sized(stream: Any, of: ScoredPictures, how: HowScored) -> Any:
    return stream.filter("scale", *how.size, flags=SCALER).filter("format", of.look.pixel_format)


def _vmaf(
    rendition: Any, reference: Any, subsample: int, of: ScoredPictures, how: HowScored
) -> Any:
    if "xpsnr" in how.cross_checks:
        rendition, again = copies(rendition, 2)
        # It hands on its first input, which is the reference (Helmrich et al., ICASSP 2020).
        reference = ffmpeg.filter([reference, again], "xpsnr", stats_file=xpsnr_name(of.place))
    cambi = ("name=cambi:full_ref=true",) if how.takes_cambi else ()
    return ffmpeg.filter(
        [rendition, reference],  # in this order (FFmpeg documentation, filter libvmaf)
        "libvmaf",
        model=f"{MODELS[how.model]}:name={METRIC}",
        feature="|".join(("name=psnr:enable_chroma=false", *cambi)),
        n_subsample=subsample,
        # 0 scores in the filter's own thread. With any others libvmaf queues pictures without
        # bound as soon as decoding is faster than scoring (Netflix/vmaf#1587).
        n_threads=0,
        log_fmt="json",
        log_path=vmaf_name(of.place),
    )


def _rate(fps: Fraction) -> str:
    return f"{fps.numerator}/{fps.denominator}"
