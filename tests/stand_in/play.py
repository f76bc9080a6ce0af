"""Play a device with NVENC: see tests/stand_in/__init__.py. Copied to where it is run from."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORDERS = json.loads((HERE / "orders.json").read_text())
REAL = ORDERS["real"]
CODECS = ("h264", "hevc", "av1")

OF_THE_DEVICE = {
    *("-init_hw_device", "-filter_hw_device", "-hwaccel", "-hwaccel_device"),
    *("-hwaccel_output_format", "-extra_hw_frames", "-b:v", "-b_ref_mode", "-forced-idr"),
    *("-multipass", "-no-scenecut", "-rc", "-rc-lookahead", "-spatial-aq", "-temporal-aq"),
    *("-strict_gop", "-tune", "-profile:v", "-bf"),
}
SAID = {
    "sessions": "[h264_nvenc @ 0x5] OpenEncodeSessionEx failed: out of memory (10): (no details)",
    "surfaces": "[h264 @ 0x5] No decoder surfaces left",
    "gone": "[AVHWDeviceContext @ 0x5] cu->cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA-"
    "capable device is detected",
    "unsuited": "[h264_nvenc @ 0x5] Provided device doesn't support required NVENC features",
    "unknown": "[h264_nvenc @ 0x5] something nobody has heard of",
}


def main() -> int:
    args = sys.argv[1:]
    if "-init_hw_device" not in args:
        os.execv(REAL, [REAL, *args])
    fault = (HERE / "fault").read_text()
    asked = [args[at + 1] for at, arg in enumerate(args) if arg == "-c:v"]
    sessions = [name for name in asked if name.endswith("_nvenc")]
    if fault in SAID:
        return fails(fault)
    if any(name not in ORDERS["encoders"] for name in sessions):
        return fails("unsuited")
    # Clips that devices are tried with lie in folders of their codecs' names.
    if (clip := Path.cwd().name.partition("-")[0]) in CODECS and clip not in ORDERS["decodes"]:
        return fails("unsuited")
    # Of one that encodes nothing sessions are decodes.
    if not opened(len(sessions) if ORDERS["encoders"] else 1):
        note("refused")
        return fails("sessions")
    try:
        note("begun")
        return encoded(args, fault)
    finally:
        closed()


def fails(how: str) -> int:
    sys.stderr.write(f"{SAID[how]}\n[vost#0:0 @ 0x5] Error while opening encoder\n")
    return 187


def encoded(args: list[str], fault: str) -> int:
    if fault == "stall":
        time.sleep(3600)
    child = subprocess.Popen([REAL, *translated(args, fault)])
    if fault == "gone mid-encode":
        time.sleep(0.3)
        child.send_signal(signal.SIGKILL)
        child.wait()
        sys.stderr.write("[h264_nvenc @ 0x5] EncodePicture failed!: unrecoverable internal error\n")
        return 1
    status = child.wait()
    time.sleep(ORDERS["hold_s"])
    return status


def translated(args: list[str], fault: str) -> list[str]:
    """Return the arguments that make the processor do what the device was asked for."""
    # Other entropy coding, other parameter sets.
    preset = "veryfast" if fault == "another model" else "ultrafast"
    out: list[str] = []
    words = iter(args)
    for word in words:
        if word in OF_THE_DEVICE:
            next(words)
        elif word == "-filter_complex":
            graph = re.sub(r"scale_cuda=(\d+):(\d+)[^\[]*", r"scale=\1:\2", next(words))
            graph = re.sub(r"hwupload|hwdownload", "null", graph)
            if fault == "garbage":
                graph = re.sub(r"setsar=1(\[s\d+\])(?=;|$)", r"lutyuv=y=200:u=30:v=30\1", graph)
            out += [word, graph]
        elif word == "-frames:v" and "null" in args:
            out += [word, next(words) and "1"]  # decoded in no time
        elif word == "-c:v" and (name := next(words)).endswith("_nvenc"):
            out += ["-c:v", "libx264", "-x264-params", "open-gop=0:stitchable=1:scenecut=0"]
        elif word == "-c:v":
            out += [word, name]
        elif word == "-cq":
            out += ["-crf", next(words)]
        elif word == "-preset":
            asked = next(words)
            out += [word, preset if asked == "p5" else asked]
        else:
            out.append(word)
    return out


def opened(count: int) -> bool:
    with (HERE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = held_now()
        if sum(held.values()) + count > ORDERS["capacity"]:
            return False
        held[str(os.getpid())] = count
        (HERE / "sessions.json").write_text(json.dumps(held))
        peak = HERE / "peak"
        before = int(peak.read_text()) if peak.exists() else 0
        peak.write_text(str(max(before, sum(held.values()))))
    return True


def closed() -> None:
    with (HERE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = held_now()
        held.pop(str(os.getpid()), None)
        (HERE / "sessions.json").write_text(json.dumps(held))


def held_now() -> dict[str, int]:
    """Return sessions by process, those of the dead left out."""
    path = HERE / "sessions.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    return {pid: count for pid, count in held.items() if Path(f"/proc/{pid}").exists()}


def note(name: str) -> None:
    with (HERE / name).open("a") as file:
        file.write("x")


sys.exit(main())
