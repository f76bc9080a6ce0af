"""What of an encode is done on a device, and what its filters can do there."""

from __future__ import annotations

from dataclasses import dataclass

from farm.devices import DeviceKind
from farm.ladder import Treatment
from media.graphs.colour import delivered_colour
from media.graphs.hardware import Hardware


@dataclass(frozen=True, slots=True)
class OnDevice:
    """What of an encode is done on which device; rungs that are not named are the processor's."""

    kind: DeviceKind
    address: str  # "0", "renderD128"
    rungs: frozenset[str]
    decoded: str | None = None  # the form of pictures it decodes; None: the processor decodes
    constant_qp: bool = False  # it knows no other rate control

    @property
    def decodes(self) -> bool:
        """Return whether the source is decoded there."""
        return self.decoded is not None


def filters_on_device(treatment: Treatment, hardware: Hardware, burn_in: bool) -> bool:
    """Return whether nothing between decoding and scaling needs the processor.

    That is a picture which is one already, of one size and shape, in the colours it is delivered
    in, with nothing drawn into it.
    """
    deinterlaces = treatment.deinterlace and not treatment.film
    colour = treatment.colour
    return not (
        burn_in
        or treatment.film
        or treatment.woven is not None
        or (deinterlaces and hardware.deinterlacer is None)
        or treatment.tone_map
        or treatment.alpha
        or treatment.shapes
        or treatment.resized
        or treatment.recoloured
        or treatment.picture_frames is not None  # the last one is held, and captions let go
        or treatment.captions
        or colour.range != "tv"
        or (colour.matrix, colour.primaries)
        != (delivered_colour(treatment).matrix, delivered_colour(treatment).primaries)
    )
