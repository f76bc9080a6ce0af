"""Which devices this machine has, and who answers for them: nodes, identities, drivers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from farm.devices import DeviceKind
from farm.settings import Settings

NVIDIA = Path("/proc/driver/nvidia")
DRM = Path("/sys/class/drm")
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class DeviceNode:
    """A device that may work: `key` is equal in every process and container of the machine."""

    kind: DeviceKind
    address: str  # what FFmpeg is told: "0", "renderD128"
    key: str
    driver: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.address}"


def find_nodes(settings: Settings) -> tuple[DeviceNode, ...]:
    """Return the devices that settings name, or all whose nodes are there, tried or not."""
    named = settings.device_names
    names = _found() if named is None else [name.partition(":") for name in named]
    return tuple(_node(kind, address) for kind, _, address in names)


def _found() -> list[tuple[str, str, str]]:
    nvidia = [path for path in Path("/dev").glob("nvidia[0-9]*") if path.name[6:].isdigit()]
    # CUDA counts those that are there, and with CUDA_DEVICE_ORDER=PCI_BUS_ID in their order.
    numbered = enumerate(sorted(nvidia, key=lambda path: int(path.name[6:])))
    vaapi = sorted(Path("/dev/dri").glob("renderD*"))
    return [
        *(("nvenc", ":", str(number)) for number, _ in numbered),
        # An NVIDIA device has a node there, too, and no VAAPI to speak of.
        *(("vaapi", ":", path.name) for path in vaapi if _driver_of(path.name) != "nvidia"),
    ]


def _node(kind: str, address: str) -> DeviceNode:
    if kind == "nvenc":
        identity, driver = _nvidia(int(address))
        return DeviceNode("nvenc", address, _key(identity or f"nvenc:{address}"), driver)
    device = (DRM / address / "device").resolve()
    return DeviceNode("vaapi", address, _key(f"vaapi:{device.name}:{address}"), _vaapi(address))


def _key(identity: str) -> str:
    """Return an identity within the machine as one within the farm."""
    boot = _text(BOOT)  # the same in every container
    return f"{hashlib.sha256(boot.encode()).hexdigest()[:12]}/{identity}"


def _nvidia(number: int) -> tuple[str, str]:
    """Return the UUID and the driver of the CUDA device with this number, "" for what is unknown"""
    minors = sorted(
        int(path.name[6:]) for path in Path("/dev").glob("nvidia[0-9]*") if path.name[6:].isdigit()
    )
    minor = minors[number] if number < len(minors) else None
    version = re.search(r"Kernel Module(?: for \S+)?\s+(\S+)", _text(NVIDIA / "version"))
    driver = f"NVIDIA {version[1]}" if version else "NVIDIA"
    for about in sorted(NVIDIA.glob("gpus/*/information")):
        facts = dict(re.findall(r"^([^:]+):\s*(.*)$", _text(about), re.MULTILINE))
        if facts.get("Device Minor", "").strip() == str(minor):
            return facts.get("GPU UUID", ""), f"{facts.get('Model', 'NVIDIA')}, driver {driver}"
    return "", driver


def _vaapi(address: str) -> str:
    device = DRM / address / "device"
    ids = " ".join(
        text for name in ("vendor", "device") if (text := _text(device / name).strip())
    ).replace("0x", "")
    return " ".join(word for word in (_driver_of(address), ids) if word) or "VAAPI"


def _driver_of(address: str) -> str:
    link = DRM / address / "device" / "driver"
    return link.resolve().name if link.exists() else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
