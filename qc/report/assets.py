"""What the page is made with: our own files, and uPlot, which `make assets` fetches (MIT)."""

from __future__ import annotations

from importlib.resources import files

from farm.errors import NotInstalled

PLOT_SCRIPT = "vendor/uplot/dist/uPlot.iife.min.js"
CHART = "chart.js"
SOUND = "sound.js"
DRAWING = (SOUND, CHART)  # in this order: the first hears of what the second draws
PLOT_STYLE = "vendor/uplot/dist/uPlot.min.css"


def read_asset(name: str) -> str:
    """Return a file of the report; raise NotInstalled where the build did not fetch it."""
    try:
        return files("qc.report").joinpath(name).read_text("utf-8")
    except FileNotFoundError as error:
        raise NotInstalled(
            f"{name} is not in this installation, and without it no report can be written:"
            " run `make assets` before installing from source, or use a built package"
        ) from error


def require_assets() -> None:
    """Raise NotInstalled where a report could not be written."""
    for name in (PLOT_SCRIPT, PLOT_STYLE):
        read_asset(name)
