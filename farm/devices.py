"""Devices that encode or decode beside the processor: what they can, and how they fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from farm.ladder import CodecName

DeviceKind = Literal["nvenc", "vaapi"]
DEVICE_KINDS: tuple[DeviceKind, ...] = ("nvenc", "vaapi")
DEVICE_NAME = re.compile(r"nvenc:\d{1,3}|vaapi:renderD\d{1,5}")
CPU_NAME = "cpu"  # what records say a rendition was made on, where no device had a part in it

DevicePolicy = Literal["require", "prefer", "cpu-only"]
DEVICE_POLICIES: tuple[DevicePolicy, ...] = ("require", "prefer", "cpu-only")


class DeviceFault(StrEnum):
    """The ways in which an encode on a device ends badly."""

    SESSIONS = "sessions"  # the device has no session left: somebody beside the farm uses it
    SURFACES = "surfaces"  # its decoder holds too many pictures
    GONE = "gone"  # the driver or the device went away
    STALLED = "stalled"  # no progress
    GARBAGE = "garbage"  # it ended well, and the pictures are others
    UNSUITED = "unsuited"  # it cannot do what this title needs, and says so
    UNKNOWN = "unknown"

    @property
    def is_the_devices(self) -> bool:
        """Return whether it tells against the device, and not against what it was given."""
        return self not in (DeviceFault.SESSIONS, DeviceFault.UNSUITED)

    @property
    def opens_at_once(self) -> bool:
        """Return whether a single one shows that nothing else would work either."""
        return self is DeviceFault.GONE


@dataclass(frozen=True, slots=True)
class Capability:
    """What came of a real encode on a device in one codec and depth.

    `reason` says in words why it does not work, "" where it does. `constant_qp`: the device knows
    no other rate control, so that nothing caps a rung's rate.
    """

    codec: CodecName
    bit_depth: int
    encoder: str  # as FFmpeg calls it
    works: bool
    reason: str = ""
    pixels_per_s: float = 0.0
    constant_qp: bool = False


@dataclass(frozen=True, slots=True)
class DecodeGain:
    """What decoding a source in one codec on a device spares the processor, which encodes it.

    `saved_s` is processor time that a million pixels take less, `start_s` what beginning to decode
    there takes each time. `pixels_per_s`: of several at once, together.
    """

    codec: str
    bit_depths: tuple[int, ...]
    pixels_per_s: float
    saved_s: float
    start_s: float


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """A device of a worker's machine as its tryouts showed it.

    `key` is the same for every process that shares the device. `sessions` is how many encodes it
    takes at once, `decodes` the codecs of sources that it decoded. One that encodes nothing, as
    datacentre GPUs without NVENC, may decode for the processor: `decode_sessions` at once, with
    these `gains`. The decoder of one that encodes has its own encodes to decode for.
    """

    key: str
    name: str  # "nvenc:0", "vaapi:renderD128": as the machine calls it
    kind: DeviceKind
    driver: str
    sessions: int
    capabilities: tuple[Capability, ...] = ()
    decodes: tuple[str, ...] = ()
    decode_sessions: int = 0
    gains: tuple[DecodeGain, ...] = ()

    @property
    def works(self) -> bool:
        """Return whether anything of a title can be done on it."""
        return self.encodes or self.only_decodes

    @property
    def encodes(self) -> bool:
        """Return whether it encodes anything."""
        return self.sessions > 0 and any(each.works for each in self.capabilities)

    @property
    def only_decodes(self) -> bool:
        """Return whether it decodes for encodes of the processor, and does nothing else."""
        return not self.encodes and self.decode_sessions > 0 and bool(self.gains)

    @property
    def pixels_per_s(self) -> float:
        """Return what it encodes in whatever codec it is slowest at, 0 where nothing works."""
        return min((each.pixels_per_s for each in self.capabilities if each.works), default=0.0)

    @property
    def decode_pixels_per_s(self) -> float:
        """Return what it decodes for the processor in the codec it is slowest at, else 0."""
        return min((each.pixels_per_s for each in self.gains), default=0.0)

    @property
    def why_nothing(self) -> str:
        """Return why it encodes nothing, each reason once."""
        return "; ".join(dict.fromkeys(each.reason for each in self.capabilities if each.reason))

    def gain(self, codec: str, bit_depth: int) -> DecodeGain | None:
        """Return what decoding such a source there spares the processor, None where it cannot."""
        if not self.only_decodes:
            return None
        fits = (each for each in self.gains if each.codec == codec and bit_depth in each.bit_depths)
        return next(fits, None)

    def can(self, codec: str, bit_depth: int) -> bool:
        """Return whether it encodes this."""
        return any(
            each.works and (each.codec, each.bit_depth) == (codec, bit_depth)
            for each in self.capabilities
        )


@dataclass(frozen=True, slots=True)
class HeldDevice:
    """The device that a step was given with its lease."""

    key: str
    name: str
    kind: DeviceKind
    driver: str

    @property
    def address(self) -> str:
        """Return what FFmpeg is told of it: a number, or the name of a node."""
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Fallback:
    """Why a step was not done on a device: "" for `device` where none was there to be had."""

    device: str
    driver: str
    fault: str  # a DeviceFault, or "absent", "mixed"
    reason: str
    to: str  # "another device", "cpu", "the same device, later"


def named_devices(text: str) -> tuple[str, ...] | None:
    """Return the devices that a setting names, None where it leaves them to be found.

    Raises ValueError for what is no name of a device.
    """
    if text == "auto":
        return None
    names = () if text == "none" else tuple(name.strip() for name in text.split(","))
    for name in names:
        if not DEVICE_NAME.fullmatch(name):
            raise ValueError(f"{name!r}: give auto, none, or names as nvenc:0 and vaapi:renderD128")
    return names
