"""Which fonts burnt-in text is drawn with: fontconfig's answer read."""

from __future__ import annotations

from pathlib import Path

from farm.command import Tool
from media.text.fonts import list_fonts, read_fonts

# fc-match 2.14 on Debian 12 with fonts-dejavu-core and fonts-noto-cjk
PRINTED = """\
0 /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
2 /usr/share/fonts/opentype/noto/NotoSansCJK Regular.ttc
"""


def test_the_fonts_are_listed_best_first_in_each_style() -> None:
    command = list_fonts(":bold")
    assert command.tool == Tool.FC_MATCH
    assert command.args == ("--sort", "--format", "%{index} %{file}\n", "Sans:bold")
    assert command.limits.wall_s == 60


def test_a_font_is_a_file_and_its_place_in_it() -> None:
    assert list(read_fonts(PRINTED)) == [
        ("0", Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")),
        ("2", Path("/usr/share/fonts/opentype/noto/NotoSansCJK Regular.ttc")),
    ]
    assert list(read_fonts("")) == []
