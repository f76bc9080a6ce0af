"""The DAG folded by kind: a node a kind of step, an edge where one kind waits for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.states import (
    CANCELLED,
    DONE,
    FAILED,
    NEEDS_A_PERSON,
    REUSED,
    RUNNING,
    WAITING,
    ShownState,
)
from farm.states import StepState
from storage.postgres.timeline import TimedStep

ROW_PX = 40  # a node, and the space below it


@dataclass(frozen=True, slots=True)
class KindNode:
    """All steps of one kind."""

    kind: str
    steps: int
    done: int
    state: ShownState
    waits_for: tuple[str, ...]
    critical: bool

    @property
    def words(self) -> str:
        """Return what stands in the node."""
        return self.kind if self.steps == 1 else f"{self.kind} {self.done}/{self.steps}"


def fold_by_kind(
    steps: Sequence[TimedStep], needs: Mapping[str, Sequence[str]], on_path: frozenset[str]
) -> tuple[KindNode, ...]:
    """Return the nodes in the order in which the steps were planned."""
    kinds: dict[str, list[TimedStep]] = {}
    for step in steps:
        kinds.setdefault(step.kind, []).append(step)
    kind_of = {step.key: step.kind for step in steps}
    return tuple(
        KindNode(
            kind=kind,
            steps=len(its),
            done=sum(step.state == StepState.DONE for step in its),
            state=_state(its),
            waits_for=tuple(
                dict.fromkeys(
                    kind_of[need]
                    for step in its
                    for need in needs.get(step.key, ())
                    if kind_of[need] != kind
                )
            ),
            critical=any(step.key in on_path for step in its),
        )
        for kind, its in kinds.items()
    )


def graph_data(nodes: Sequence[KindNode]) -> dict[str, Any]:
    """Return the graph as the script takes it that lays it out."""
    return {
        "nodes": [
            {
                "id": node.kind,
                "words": node.words,
                "fill": node.state.fill,
                "stroke": node.state.stroke,
                "state": node.state.word,
                "tone": node.state.tone,
                "critical": node.critical,
            }
            for node in nodes
        ],
        "edges": [[need, kind] for kind, needs in without_detours(nodes).items() for need in needs],
        "height": _height(nodes),
    }


def without_detours(nodes: Sequence[KindNode]) -> dict[str, list[str]]:
    """Return what each kind waits for, but what something else that it waits for waited for."""
    reached: dict[str, set[str]] = {}
    for node in nodes:
        reached[node.kind] = set(node.waits_for).union(
            *(reached.get(need, set()) for need in node.waits_for)
        )
    return {
        node.kind: [
            need
            for need in node.waits_for
            if not any(need in reached.get(other, ()) for other in node.waits_for if other != need)
        ]
        for node in nodes
    }


def _height(nodes: Sequence[KindNode]) -> int:
    """Return about how tall the drawing will be, so that nothing moves when it is there."""
    ranks: dict[str, int] = {}
    for node in nodes:  # in an order in which whatever a node waits for comes before it
        ranks[node.kind] = 1 + max((ranks.get(need, 0) for need in node.waits_for), default=0)
    return 16 + ROW_PX * max(Counter(ranks.values()).values(), default=1)


def _state(steps: Sequence[TimedStep]) -> ShownState:
    counts = Counter(step.state for step in steps)
    for state, shown in (
        (StepState.QUARANTINED, NEEDS_A_PERSON),
        (StepState.FAILED, FAILED),
        (StepState.RUNNING, RUNNING),
        (StepState.CANCELLED, CANCELLED),
    ):
        if counts[state]:
            return shown
    if counts[StepState.DONE] < len(steps):
        return WAITING
    return REUSED if all(step.reused for step in steps) else DONE
