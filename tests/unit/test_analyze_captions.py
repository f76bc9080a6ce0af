"""How the analysis comes by what pictures carry beside themselves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from farm.command import Limits
from farm.mediainfo import Disposition, TextStream
from media.captions.carried import Carried
from media.graphs.analyze import analyze_source
from media.graphs.analyze_captions import caption_streams, read_captions
from tests.line21 import pair, sei
from tests.unit.test_probe import recorded

LIMITS = Limits(wall_s=60, stall_s=10)
TRACK = TextStream(5, "eia_608", bitmap=False, language=None, title=None, disposition=Disposition())
THREE = b"\xfc" + pair(0x14, 0x20)


def test_what_pictures_carry_is_repeated_in_tiny_ones_and_tracks_of_captions_are_copied() -> None:
    args = analyze_source(replace(recorded("film"), text=(TRACK,)), LIMITS).args
    # What the colours mean is nothing to it, and the scaler refuses matrices it does not know.
    tiny = "[0:0]setparams=colorspace=bt709[g2s0];[g2s0]scale=16:16:flags=neighbor[g2s1]"
    at = args.index("[g2s2]") - 3
    assert args[at : args.index("-dec")] == (
        *("-filter_complex", f"{tiny};[g2s1]format=yuv420p[g2s2]"),
        *("-map", "[g2s2]", "-f", "tee", "-a53cc", "1", "-enc_time_base", "1/90000"),
        *("-fps_mode", "passthrough", "-preset", "ultrafast", "-threads:v", "1"),
        *("-tune", "zerolatency", "-vcodec", "libx264"),
        "[f=h264]captions-0.bin|[f=framecrc]captions-0.packets",
        *("-map", "0:5", "-f", "tee", "-codec", "copy"),
        "[f=data]captions-5.bin|[f=framecrc]captions-5.packets",
    )


def test_pictures_that_cannot_carry_captions_are_not_asked_for_them() -> None:
    film = recorded("film")
    prores = replace(film, video=(replace(film.video[0], codec="prores"),), text=(TRACK,))
    assert caption_streams(prores) == (TRACK,)
    assert caption_streams(replace(film, text=())) == (film.video[0],)
    assert caption_streams(replace(film, video=(), text=())) == ()
    plain = replace(prores, text=())
    assert not [arg for arg in analyze_source(plain, LIMITS).args if "captions" in arg]


def test_packets_are_read_with_the_times_of_their_list(tmp_path: Path) -> None:
    film = recorded("film")
    units = [sei([THREE]), b"\0\0\1\x65", sei([THREE, THREE])]
    (tmp_path / "captions-0.bin").write_bytes(b"".join(units))
    lines = (f"0, {3003 * n}, {3003 * n}, 3003, {len(u)}, 0x0" for n, u in enumerate(units))
    (tmp_path / "captions-0.packets").write_text("#tb 0: 1/90000\n" + "\n".join(lines) + "\n")
    assert list(read_captions(tmp_path, film, film.video[0])) == [
        Carried(0, THREE),
        Carried(33, b""),
        Carried(67, THREE * 2),
    ]


def test_packets_of_a_track_are_on_the_containers_clock(tmp_path: Path) -> None:
    late = replace(recorded("late-picture-ts"), text=(TRACK,))
    (tmp_path / "captions-5.bin").write_bytes(THREE)
    shown = round(Fraction(1421333, 1000000) * 600) + 600
    (tmp_path / "captions-5.packets").write_text(f"#tb 0: 1/600\n0, 0, {shown}, 20, 3, 0x0\n")
    assert list(read_captions(tmp_path, late, TRACK)) == [Carried(1001, THREE)]
