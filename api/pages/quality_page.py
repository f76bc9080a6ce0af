"""How titles score: what is to be said in words, then drawn, then title by title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages import states
from api.pages.catalogs import OneCatalog
from api.pages.drawings.score_spread import ScoreSpreadDrawing, draw_spread
from api.pages.drawings.score_time import OverTimeDrawing, draw_over_time, numbered
from api.pages.forms import PageReader
from api.pages.page import show
from api.pages.states import ShownState
from api.v1.shown_quality import MOST_OUTLIERS
from qc.trends import changes, spread, words
from qc.trends.changes import ScoreChange
from qc.trends.look import CodecScores, MadeBy, QualityLook
from services import quality

routes = APIRouter(include_in_schema=False)

OUTCOMES = {
    "moved": states.NEEDS_A_PERSON,
    "unmoved": states.DONE,
    "too few": states.WAITING,
}


RULES = {
    "false_alarms": changes.FALSE_ALARMS,
    "least_move": changes.LEAST_MOVE,
    "least_group": changes.LEAST_GROUP,
    "least_pairs": changes.LEAST_PAIRS,
    "least_titles": spread.LEAST_TITLES,
    "far_out": spread.FAR_OUT,
    "least_gap": spread.LEAST_GAP,
}


@dataclass(frozen=True, slots=True)
class ShownCodec:
    """One codec as it is drawn."""

    name: str
    words: str
    scores: CodecScores
    spread: ScoreSpreadDrawing
    over_time: OverTimeDrawing
    made_by: list[tuple[str, MadeBy]]  # with the number it has in the drawing


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One change as a row: what it was, and what it did."""

    change: ScoreChange
    state: ShownState
    moved: str
    rungs: str
    what: list[words.Changed]
    titles: str
    interval: str


@routes.get("/quality")
def of_all(request: Request, farm: Farm, caller: PageReader) -> Response:
    look = quality.look(farm.database, caller)
    return show(request, "quality.html.j2", caller, catalog=None, **_facts(look))


@routes.get("/catalogs/{name}/quality")
def of_catalog(request: Request, farm: Farm, caller: PageReader, name: OneCatalog) -> Response:
    look = quality.look(farm.database, caller, name)
    return show(request, "quality.html.j2", caller, catalog=name, **_facts(look))


def _facts(look: QualityLook) -> dict[str, Any]:
    names = words.tool_names(look)
    moved = [change for change in look.changes if change.outcome == "moved"]
    return {
        "look": look,
        "moved": [words.change_told(change, names) for change in moved],
        "otherwise": "" if moved or not look.codecs else words.none_moved(look, names),
        "codecs": [
            ShownCodec(
                name=words.CODECS[codec.codec],
                words=words.spread_told(codec),
                scores=codec,
                spread=draw_spread(codec),
                over_time=draw_over_time(codec),
                made_by=numbered(codec),
            )
            for codec in look.codecs
        ],
        "changes": [
            _change(change, names)
            for change in sorted(look.changes, key=lambda change: change.outcome != "moved")
        ],
        "tools": names,
        "policy_told": words.policy_told,
        "rung_told": words.rung_told,
        "most_outliers": MOST_OUTLIERS,
        "rules": RULES,
        "within_days": quality.WITHIN_DAYS,
        "most_rows": quality.MOST_ROWS,
    }


def _change(change: ScoreChange, names: words.ToolNames) -> ShownChange:
    return ShownChange(
        change=change,
        state=OUTCOMES[change.outcome],
        moved=words.moved_told(change),
        rungs=words.rung_told(change.series),
        what=words.changed(change.series, change.before, change.after, names),
        titles=words.titles_told(change),
        interval=words.interval_told(change),
    )
