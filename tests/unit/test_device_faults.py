"""What FFmpeg says when a device fails is told apart, and said in words."""

from __future__ import annotations

import pytest

from farm.devices import DeviceFault, named_devices
from media.graphs.device_faults import fault_of, in_words

# The forms of FFmpeg's messages (libavcodec/nvenc.c, nvdec.c, libavutil/hwcontext_*.c).
SESSIONS = "[h264_nvenc @ 0x55] OpenEncodeSessionEx failed: out of memory (10): (no details)"
SURFACES = "[h264 @ 0x55] No decoder surfaces left"
NO_DEVICE = "[AVHWDeviceContext @ 0x1] cu->cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA device"
NO_DRIVER = "[AVHWDeviceContext @ 0x1] Cannot load libcuda.so.1"
FAILED = "[h264_nvenc @ 0x1] EncodePicture failed!: unrecoverable internal error (20)"
OLD = "[hevc_nvenc @ 0x1] 10 bit encode not supported"
FIELDS = "[av1_nvenc @ 0x1] Provided device doesn't support required NVENC features"
VAAPI = "[AVHWDeviceContext @ 0x1] Failed to initialise VAAPI connection: -1 (unknown libva error)."
ENTRY = "[h264_vaapi @ 0x1] No usable encoding entrypoint found for profile VAProfileH264High (7)."
AFTER = "[vost#0:0/h264_nvenc @ 0x2] Error while opening encoder - maybe incorrect parameters"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (SESSIONS, DeviceFault.SESSIONS),
        (SURFACES, DeviceFault.SURFACES),
        (NO_DEVICE, DeviceFault.GONE),
        (NO_DRIVER, DeviceFault.GONE),
        (FAILED, DeviceFault.GONE),
        (VAAPI, DeviceFault.GONE),
        (OLD, DeviceFault.UNSUITED),
        (FIELDS, DeviceFault.UNSUITED),
        (ENTRY, DeviceFault.UNSUITED),
        ("[in#0 @ 0x3] Error during demuxing: Invalid data", DeviceFault.UNKNOWN),
        ("", DeviceFault.UNKNOWN),
    ],
)
def test_each_known_message_is_one_kind_of_fault(line: str, fault: DeviceFault) -> None:
    assert fault_of(f"{line}\n{AFTER}") == fault


def test_a_fault_is_said_in_words_with_the_line_that_tells_of_it() -> None:
    assert in_words(DeviceFault.SESSIONS, f"{SESSIONS}\n{AFTER}") == (
        "it has no encoding session left (OpenEncodeSessionEx failed: out of memory (10): (no"
        " details))"
    )
    assert in_words(DeviceFault.STALLED, "") == "it stood still"
    assert in_words(DeviceFault.UNKNOWN, f"first\n{AFTER}") == (
        "the encode failed (Error while opening encoder - maybe incorrect parameters)"
    )


def test_only_the_devices_own_faults_tell_against_it() -> None:
    assert {fault for fault in DeviceFault if not fault.is_the_devices} == {
        DeviceFault.SESSIONS,
        DeviceFault.UNSUITED,
    }
    assert [fault for fault in DeviceFault if fault.opens_at_once] == [DeviceFault.GONE]


def test_devices_are_named_or_left_to_be_found() -> None:
    assert named_devices("auto") is None
    assert named_devices("none") == ()
    assert named_devices("nvenc:0, vaapi:renderD128") == ("nvenc:0", "vaapi:renderD128")
    for wrong in ("", "nvenc", "nvenc:one", "vaapi:/dev/dri/renderD128", "nvenc:0;rm"):
        with pytest.raises(ValueError, match="give auto, none, or names as nvenc:0"):
            named_devices(wrong)
