"""The kinds of steps a worker process knows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from workers.steps.contract import StepContext, StepKind
from workers.steps.registry import KINDS, register, step_kind
from workers.steps.result import StepResult


@dataclass(frozen=True)
class NoParams:
    """Of a kind that is told nothing."""


def do_nothing(context: StepContext[NoParams]) -> StepResult:
    return StepResult({})


def test_every_kind_of_ours_is_there_under_its_name() -> None:
    assert [step_kind(name).name for name in KINDS] == list(KINDS)


def test_a_kind_that_nobody_registered_is_unknown() -> None:
    with pytest.raises(LookupError, match="no step kind is called 'unheard-of'"):
        step_kind("unheard-of")


def test_a_process_can_know_kinds_of_its_own() -> None:
    first, second = (StepKind("test-only", NoParams, do_nothing, revision=n) for n in (1, 2))
    register(first)
    assert step_kind("test-only") is first
    register(second)
    assert step_kind("test-only") is second


def test_a_kind_of_ours_is_not_replaced() -> None:
    with pytest.raises(ValueError, match="'encode' is a kind of ReelFarm's own"):
        register(StepKind("encode", NoParams, do_nothing))
