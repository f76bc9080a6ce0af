"""Sources of kinds that come seldom: taken as they are meant, or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.errors import UnsupportedMedia
from planning.params import ThumbnailsParams
from tests.conftest import MakeContext
from tests.media.media_factory import AAC, X264, Clips, tone
from tests.media.shown import Run, disc, disc_box, numbered, shown
from tests.media.source_steps import analysis_of, ingested, picture_params, source_of
from workers.steps import thumbnails

DVCC = bytes((0, 0, 0, 32)) + b"dvcC" + bytes((1, 0))


def broadcast(clips: Clips) -> Path:
    """Return a transport stream whose programme gets other identifiers in its middle."""
    parts = []
    for n, (first, at_s) in enumerate(((256, 0), (512, 2))):
        graph = f"{numbered(25, 100)},trim=start_frame={50 * n},setpts=N/25/TB,trim=end_frame=50"
        given = ("-f", "lavfi", "-i", graph, *tone(2, 440 * (n + 1)), *X264, "-bf", "0", *AAC)
        pids = ("-streamid", f"0:{first}", "-streamid", f"1:{first + 1}")
        parts.append(clips.make(f"map-{n}.ts", *given, *pids, "-output_ts_offset", str(at_s)))
    return clips.write("maps.ts", b"".join(part.read_bytes() for part in parts))


def test_streams_go_on_where_the_programme_map_changes(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, broadcast(clips))
    assert len(title.media.audio) == 1
    # By their timestamps the parts overlap by 20 ms, and the second lies between two frames.
    assert len(set(range(100)) - set(title.numbers)) <= 2
    assert title.numbers == sorted(title.numbers)
    assert title.analysis.duration_s == pytest.approx(4, abs=0.1)


def test_a_turn_that_is_no_quarter_is_ignored(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    plain = clips.make("upright.mp4", "-f", "lavfi", "-i", disc("256x144", 10), *X264)
    turned = ("-display_rotation:v:0", "30", "-i", f"file:{plain}", "-c", "copy")
    title = shown(step_context, run_command, clips.make("crooked.mp4", *turned))
    assert title.frames[5].size == (256, 144)
    assert disc_box(title.frames[5]) == pytest.approx((92, 36, 164, 108), abs=2)
    assert title.frames[5].convert("L").getpixel((2, 2)) == pytest.approx(80, abs=6)  # no corner


@pytest.mark.parametrize(("profile", "compatible"), [(5, 0), (8, 1)])
def test_dolby_vision_is_taken_where_its_base_layer_is_for_everyone(
    profile: int, compatible: int, clips: Clips, step_context: MakeContext
) -> None:
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=1")
    given = ("-f", "lavfi", "-i", numbered(25, 5), "-pix_fmt", "yuv420p10le", *coded)
    plain = clips.make("hevc.mp4", *given, "-tag:v", "hvc1").read_bytes()
    record = DVCC + bytes((profile << 1, 3 << 3 | 5, compatible << 4)) + bytes(19)
    path = clips.write(f"vision-{profile}.mp4", with_box(plain, record))
    if compatible:
        vision = source_of(ingested(step_context, path)).media.video[0].dolby_vision
        assert vision is not None
        assert vision.name == "8.1"
        return
    with pytest.raises(UnsupportedMedia, match="is Dolby Vision of profile 5, which has no base"):
        ingested(step_context, path)


def with_box(data: bytes, box: bytes) -> bytes:
    """Return an MP4 whose index is its last box with one more box in its sample entry."""
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"):
        at = data.index(kind, data.index(b"moov"))
        size = int.from_bytes(data[at - 4 : at], "big") + len(box)
        data = data[: at - 4] + size.to_bytes(4, "big") + data[at:]
    end = at - 4 + size - len(box)
    return data[:end] + box + data[end:]


def test_an_encrypted_file_is_called_encrypted(clips: Clips, step_context: MakeContext) -> None:
    keys = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32)
    given = ("-f", "lavfi", "-i", numbered(25, 25), *tone(1), *X264, *AAC)
    path = clips.make("encrypted.mp4", *given, *keys, "-encryption_kid", "1" * 32)
    with pytest.raises(UnsupportedMedia, match="is encrypted, and there is no key for it here"):
        ingested(step_context, path)


def test_a_gif_that_moves_is_video_and_one_that_does_not_is_a_picture(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    moving = clips.make("moving.gif", "-f", "lavfi", "-i", numbered(25, 50))
    title = shown(step_context, run_command, moving)
    assert title.numbers == list(range(50))
    path = clips.make("still.gif", "-f", "lavfi", "-i", numbered(25, 1))
    with pytest.raises(UnsupportedMedia, match="is a picture"):
        analysis_of(step_context, path, ingested(step_context, path))


def test_one_key_frame_is_enough_for_thumbnails(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    given = ("-f", "lavfi", "-i", numbered(25, 200), *X264, "-g", "999", "-sc_threshold", "0")
    path = clips.make("one-key.mp4", *given)
    part = ingested(step_context, path)
    params: ThumbnailsParams = picture_params(part, analysis_of(step_context, path, part))
    context = step_context(params=params, inputs={"ingest": part}, source=path)
    files = thumbnails.run(context).products[""].files
    assert {"poster.jpg", "sprite-00.jpg", "thumbnails.vtt"} <= set(files)
    sheet = files["sprite-00.jpg"]
    grey = ("-vf", "format=gray", "-f", "rawvideo", "sheet.gray")
    run_command(
        Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, "-i", sheet.name, *grey), "see"), sheet.parent
    )
    data = (sheet.parent / "sheet.gray").read_bytes()
    tiles = [data[x + 20 * 1280 : x + 20 * 1280 + 256] for x in range(0, 1024, 256)]
    assert len(set(tiles)) == 4  # 2 s apart, each has a picture of its own


@pytest.mark.parametrize("name", ["counted.apng", "counted.webp", "counted.mov", "counted.avi"])
def test_pictures_that_ffprobe_cannot_decode_are_taken_as_ffmpeg_decodes_them(
    name: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    coded = {
        "apng": ("-plays", "0"),
        "webp": ("-c:v", "libwebp_anim", "-lossless", "1"),
        "mov": ("-c:v", "png"),
        "avi": ("-c:v", "zmbv"),
    }
    given = (
        "-f",
        "lavfi",
        "-i",
        f"{numbered(25, 50)},format=rgb24",
        *coded[name.partition(".")[2]],
    )
    pixels = ("-pix_fmt", "bgr0") if name.endswith("avi") else ()
    title = shown(step_context, run_command, clips.make(name, *given, *pixels))
    assert title.treatment.fps == 25
    assert title.numbers == list(range(50))
    assert title.media.picture is not None
    assert title.media.picture.pix_fmt in ("rgb24", "bgr0", "argb")


@pytest.mark.parametrize("name", ["still.apng", "still.webp"])
def test_what_may_move_and_does_not_is_a_picture(
    name: str, clips: Clips, step_context: MakeContext
) -> None:
    path = clips.make(name, "-f", "lavfi", "-i", numbered(25, 1), "-frames:v", "1")
    with pytest.raises(UnsupportedMedia, match="is a picture"):
        analysis_of(step_context, path, ingested(step_context, path))
