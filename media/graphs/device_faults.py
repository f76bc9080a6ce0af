"""What FFmpeg says when a device fails, told apart: parsers of its last lines."""

from __future__ import annotations

from farm.devices import DeviceFault

# Of FFmpeg's sources (libavcodec/nvenc.c, nvdec.c, vaapi_encode.c, libavutil/hwcontext_*.c): parts
# of lines, the first that is found decides. What says why comes before what only says that.
SIGNS: tuple[tuple[str, DeviceFault], ...] = (
    ("OpenEncodeSessionEx failed: out of memory", DeviceFault.SESSIONS),
    ("OpenEncodeSessionEx failed: incompatible client key", DeviceFault.SESSIONS),
    ("No decoder surfaces left", DeviceFault.SURFACES),
    ("No free surfaces", DeviceFault.SURFACES),
    ("CUDA_ERROR_NO_DEVICE", DeviceFault.GONE),
    ("CUDA_ERROR_INVALID_DEVICE", DeviceFault.GONE),
    ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", DeviceFault.GONE),
    ("CUDA_ERROR_ECC_UNCORRECTABLE", DeviceFault.GONE),
    ("CUDA_ERROR_ILLEGAL_ADDRESS", DeviceFault.GONE),
    ("CUDA_ERROR_LAUNCH_FAILED", DeviceFault.GONE),
    ("CUDA_ERROR_UNKNOWN", DeviceFault.GONE),
    ("CUDA_ERROR_DEVICE_UNAVAILABLE", DeviceFault.GONE),
    ("Cannot load libcuda", DeviceFault.GONE),
    ("Cannot load nvcuda", DeviceFault.GONE),
    ("Cannot load libnvidia-encode", DeviceFault.GONE),
    ("unrecoverable internal error", DeviceFault.GONE),  # NV_ENC_ERR_GENERIC and its like
    ("Failed to initialise VAAPI connection", DeviceFault.GONE),
    ("No VA display found", DeviceFault.GONE),
    ("Device creation failed", DeviceFault.GONE),
    ("Failed to sync surface", DeviceFault.GONE),
    ("CUDA_ERROR_OUT_OF_MEMORY", DeviceFault.SURFACES),
    ("No capable devices found", DeviceFault.UNSUITED),
    ("doesn't support required NVENC features", DeviceFault.UNSUITED),
    ("not supported", DeviceFault.UNSUITED),  # "10 bit encode not supported", "B frames as ..."
    ("No usable encoding profile found", DeviceFault.UNSUITED),
    ("No usable encoding entrypoint found", DeviceFault.UNSUITED),
    ("Driver does not support", DeviceFault.UNSUITED),
    ("Failed setup for format", DeviceFault.UNSUITED),  # it does not decode such a source
    ("Impossible to convert between the formats", DeviceFault.UNSUITED),
)

WORDS = {
    DeviceFault.SESSIONS: "it has no encoding session left",
    DeviceFault.SURFACES: "it has no room for more pictures",
    DeviceFault.GONE: "its driver does not answer",
    DeviceFault.STALLED: "it stood still",
    DeviceFault.GARBAGE: "its pictures are not those of the source",
    DeviceFault.UNSUITED: "it cannot do this",
    DeviceFault.UNKNOWN: "the encode failed",
}


def fault_of(stderr: str) -> DeviceFault:
    """Return which fault FFmpeg's last lines tell of, UNKNOWN where they tell of none."""
    return next((fault for sign, fault in SIGNS if sign in stderr), DeviceFault.UNKNOWN)


def in_words(fault: DeviceFault, stderr: str) -> str:
    """Return a fault as a person reads it, with the line that tells of it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    signs = [sign for sign, told in SIGNS if told is fault]
    telling = next((line for line in lines if any(sign in line for sign in signs)), None)
    line = telling or (lines[-1] if lines else "")
    return f"{WORDS[fault]} ({_bare(line)})" if line else WORDS[fault]


def _bare(line: str) -> str:
    """Return a line of FFmpeg's log without its sender's address and level."""
    while line.startswith("[") and "]" in line:
        line = line.partition("]")[2].strip()
    return line
