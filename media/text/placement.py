"""Where a cue stands: WebVTT cue settings from other formats' alignments, and sound ones kept."""

from __future__ import annotations

from typing import Literal

from webvtt import CueSettings

from media.text.anchors import without_anchors

Band = Literal["top", "middle", "bottom"]

# Line 0 is the first line from the top, snapped to the player's grid (W3C WebVTT, section 4.4).
_TOP, _MIDDLE = "line:0", "line:45%"
_SIDES = {0: "align:left", 1: "", 2: "align:right"}
_MAX_SETTINGS_CHARS = 200
_DRAFT_ALIGNMENTS = {"align:middle": "align:center"}  # the spelling before 2015


def settings_for(alignment: int) -> str:
    """Return the cue settings for a numeric-keypad alignment: 2, bottom centre, needs none."""
    line = _TOP if alignment > 6 else _MIDDLE if alignment > 3 else ""
    return f"{line} {_SIDES[(alignment - 1) % 3]}".strip()


def sound_settings(written: str, text: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the settings in `written` that reach players as meant for `text`, and the others.

    Shaka Packager warns about "size:110%" and players ignore it; "vertical:rl" it writes as
    "direction:rl", which no player knows, so such a cue gives up its place. Of "line:90%,end" it
    loses the part behind the comma: see `anchors`. Regions are not kept: their definitions need
    not survive segmentation.
    """
    if len(written) > _MAX_SETTINGS_CHARS:
        return "", ("settings of unreasonable length",)
    settings = [_DRAFT_ALIGNMENTS.get(setting, setting) for setting in written.split()]
    kept: dict[str, str] = {}  # by name
    dropped = []
    for setting in settings:
        name, _, value = setting.partition(":")
        valid = CueSettings.VALIDATORS.get(name)
        if valid is not None and valid(value) and name != "region":
            kept[name] = setting  # the last of a name counts
        else:
            dropped.append(setting)
    if "vertical" in kept:  # the others count from another edge then
        return "", (kept["vertical"], *dropped)
    kept, lost = without_anchors(kept, text)
    return " ".join(kept.values()), (*dropped, *lost)


def band(settings: str) -> Band:
    """Return the part of the picture cues with these (valid) settings stand in."""
    values = dict(setting.split(":") for setting in settings.split())
    line = values.get("line", "").partition(",")[0]
    if not line:
        return "bottom"
    if line.endswith("%"):
        share = float(line[:-1])
        return "top" if share < 34 else "middle" if share < 67 else "bottom"
    return "bottom" if line.startswith("-") or len(line) > 1 else "top"


def alignment_for(settings: str) -> int:
    """Return the numeric-keypad alignment nearest to these (valid) settings."""
    values = dict(setting.split(":") for setting in settings.split())
    rows = {"top": 7, "middle": 4, "bottom": 1}
    column = {"left": 0, "start": 0, "right": 2, "end": 2}.get(values.get("align", ""), 1)
    return rows[band(settings)] + column
