"""Small media files for tests, made by FFmpeg on first use and kept for the session.

`Clips` makes and caches; every function below takes it and returns the path of one file. ACCEPTED
lists what the farm must take; `media_refused` makes what it must turn away.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Tool

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "96k")


@dataclass(frozen=True, slots=True)
class Clips:
    """A folder of clips; `run` runs a command in a directory with the real tools."""

    folder: Path
    run: Callable[[Command, Path], object]
    made: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def make(self, name: str, *args: str) -> Path:
        """Return the file `name`, made by FFmpeg with `args` (before the output) if it is new."""
        assert self.made.setdefault(name, args) == args, f"{name} is made in two ways"
        target = self.folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f"unfinished-{name}")
            argv = (*FFMPEG_PREAMBLE, *args, f"file:{unfinished}")
            self.run(Command(Tool.FFMPEG, argv, f"make {name}"), self.folder)
            unfinished.rename(target)
        return target

    def write(self, name: str, content: bytes) -> Path:
        """Return the file `name` holding `content`."""
        target = self.folder / name
        target.write_bytes(content)
        return target


Make = Callable[[Clips], Path]


def pattern(size: str = "320x180", rate: str = "24", duration_s: float = 3) -> tuple[str, ...]:
    """Return the input of a moving test picture."""
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={duration_s}")


def tone(duration_s: float = 3, hertz: int = 440, rate: int = 48000) -> tuple[str, ...]:
    """Return the input of a mono tone, some -21 LUFS."""
    source = f"sine=frequency={hertz}:sample_rate={rate}:duration={duration_s}"
    return ("-f", "lavfi", "-i", source)


def title(clips: Clips) -> Path:
    """72 frames at 24 fps, 320x180, and 3 s of stereo."""
    return clips.make("title.mp4", *pattern(), *tone(), *X264, *AAC, "-ac", "2")


def talkie(clips: Clips) -> Path:
    """4 s with sound and text, a key frame every second."""
    text = clips.write("text.srt", b"1\n00:00:01,000 --> 00:00:03,000\nHallo\n")
    given = (*pattern(duration_s=4), *tone(4), "-i", f"file:{text}")
    return clips.make("talkie.mkv", *given, *X264, "-g", "24", *AAC, "-ac", "2", "-c:s", "srt")


def jpeg(clips: Clips) -> Path:
    return clips.make("picture.jpg", *pattern(), "-frames:v", "1")


def with_zeros(path: Path, from_share: float, to_share: float) -> bytes:
    """Return an MP4 of ours with part of its media overwritten, as a failed disk leaves it."""
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    first, last = (start + round((end - start) * share) for share in (from_share, to_share))
    data[first:last] = bytes(last - first)
    return bytes(data)


def without_audio(clips: Clips) -> Path:
    return clips.make("mute.mp4", *pattern(), *X264)


def audio_only(clips: Clips) -> Path:
    return clips.make("song.m4a", *tone(), *AAC, "-ac", "2")


def audio_with_cover(clips: Clips) -> Path:
    """A song with cover art."""
    cover = ("-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic")
    return clips.make("cover.m4a", *tone(), "-i", str(jpeg(clips)), *cover, *AAC)


def rotated(clips: Clips) -> Path:
    """A phone's film: 320x180 stored, to be turned by 90 degrees clockwise."""
    source = ("-display_rotation:v:0", "-90", "-i", str(title(clips)))
    return clips.make("rotated.mp4", *source, "-c", "copy")


def odd_size(clips: Clips) -> Path:
    """321x179 in 4:4:4, which alone can have odd sizes."""
    colour = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p")
    odd = ("-vf", "format=yuv444p,scale=321:179,setsar=1")
    return clips.make("odd.mp4", *pattern(), *tone(), *odd, *colour, *AAC)


def anamorphic(clips: Clips) -> Path:
    """Pixels of 4:3: 240x180 stored, 320x180 shown."""
    return clips.make("anamorphic.mp4", *pattern("240x180"), "-vf", "setsar=4/3", *X264)


def variable_rate(clips: Clips) -> Path:
    """24 fps, then every third frame dropped in the second half."""
    drop = ("-vf", r"select='lt(t\,1.5)+mod(n\,3)'", "-fps_mode", "passthrough")
    return clips.make("variable.mp4", *pattern(), *tone(), *drop, *X264, *AAC)


def start_offset(clips: Clips) -> Path:
    """MPEG-TS whose picture starts half a second after its sound."""
    late = ("-itsoffset", "0.5", *pattern(), *tone())
    return clips.make("offset.ts", *late, "-map", "0", "-map", "1", *X264, *AAC)


def edit_list(clips: Clips) -> Path:
    """1.5 s cut out of a title by edit list, the frames before it still in the file."""
    return clips.make("edited.mp4", "-ss", "1.5", "-i", str(title(clips)), "-c", "copy")


def interlaced(clips: Clips) -> Path:
    """25 frames of two fields a second, top field first, flagged so."""
    weave = ("-vf", "interlace=scan=tff:lowpass=linear", "-flags", "+ilme+ildct")
    x264 = (*X264, "-x264-params", "tff=1")
    return clips.make("interlaced.mp4", *pattern(rate="50"), *tone(), *weave, *x264, *AAC)


def ten_bit(clips: Clips) -> Path:
    colour = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    return clips.make("ten-bit.mp4", *pattern(), *tone(), *colour, *AAC)


def _hdr(transfer: str) -> tuple[str, ...]:
    space = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"
    ten_bits = ("-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    return ("-vf", f"format=yuv420p10le,{space}", "-c:v", "libx264", *ten_bits)


def hdr10(clips: Clips) -> Path:
    return clips.make("hdr10.mp4", *pattern(), *tone(), *_hdr("smpte2084"), *AAC)


def hlg(clips: Clips) -> Path:
    return clips.make("hlg.mp4", *pattern(), *tone(), *_hdr("arib-std-b67"), *AAC)


def scratched(clips: Clips) -> Path:
    """A title with a short hole in its media, over which decoders paper."""
    return clips.write("scratched.mp4", with_zeros(title(clips), 0.5, 0.53))


def clean_aperture(clips: Clips) -> Path:
    """A camera's film: of 320x180 stored, the middle 304x160 is to be shown (`clap`)."""
    data = bytearray(title(clips).read_bytes())
    aperture = struct.pack(">8I", 304, 1, 160, 1, 0, 1, 0, 1)  # ISO/IEC 14496-12, 12.1.4
    box = struct.pack(">I", 40) + b"clap" + aperture
    at = data.index(b"avcC") - 4
    for kind in (b"avc1", b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        size = data.rindex(kind, 0, at) - 4
        data[size : size + 4] = struct.pack(">I", struct.unpack_from(">I", data, size)[0] + 40)
    data[at:at] = box
    return clips.write("clean-aperture.mp4", bytes(data))


def hostile_name(clips: Clips) -> Path:
    """A name that means something to options, shells, image sequences and protocols."""
    return clips.write("-i;$(x)'%03d:.mp4", title(clips).read_bytes())


def surround(clips: Clips) -> Path:
    """English 5.1, German stereo and an English commentary, a second longer than the picture."""
    sources = (*pattern(), *tone(4), *tone(4, 660), *tone(4, 880))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3")
    layouts = ("-ac:a:0", "6", "-ac:a:1", "2", "-ac:a:2", "1")
    languages = [f"-metadata:s:a:{i}=language={tag}" for i, tag in enumerate(("eng", "ger", "eng"))]
    tags = tuple(word for language in languages for word in language.split("=", 1))
    comment = ("-disposition:a:2", "comment", "-metadata:s:a:2", "title=Commentary")
    return clips.make("surround.mkv", *sources, *maps, *X264, *AAC, *layouts, *tags, *comment)


def scenes(clips: Clips) -> Path:
    """2.5 s of a test picture between bars, 3 s of black, 3 s of one still; sound only at first."""
    shots = (
        "testsrc2=size=320x140:rate=24:duration=2.5,pad=320:180:0:20,setsar=1[a];"
        "color=black:size=320x180:rate=24:duration=3,setsar=1[b];"
        "smptebars=size=320x140:rate=24:duration=3,pad=320:180:0:20,setsar=1[c];"
        "[a][b][c]concat=n=3[v]"
    )
    sound = (*tone(2.5), "-filter_complex", f"{shots};[0:a]apad=whole_dur=8.5[s]")
    return clips.make("scenes.mp4", *sound, "-map", "[v]", "-map", "[s]", *X264, *AAC)


def moving_webp(clips: Clips) -> Path:
    """A source that ffprobe does not know, and that nobody can seek in."""
    return clips.make("moving.webp", *pattern(), "-c:v", "libwebp_anim")


ACCEPTED: dict[str, Make] = {
    "title": title,
    "without audio": without_audio,
    "audio only": audio_only,
    "audio with cover": audio_with_cover,
    "rotated": rotated,
    "odd size": odd_size,
    "non-square pixels": anamorphic,
    "variable rate": variable_rate,
    "start offset": start_offset,
    "edit list": edit_list,
    "interlaced": interlaced,
    "ten bits": ten_bit,
    "hdr10": hdr10,
    "hlg": hlg,
    "clean aperture": clean_aperture,
    "scratched": scratched,
    "hostile name": hostile_name,
    "surround": surround,
    "moving webp": moving_webp,
}
