"""The check every DAG passes before it is stored."""

import pytest

from farm.plan import Resource, StepPlan, StepSize, check_plan, part_of, step_of


def test_references_name_a_step_and_perhaps_a_part() -> None:
    assert (step_of("encode:0#top"), part_of("encode:0#top")) == ("encode:0", "top")
    assert (step_of("ingest"), part_of("ingest")) == ("ingest", "")


def test_a_step_of_unknown_size_takes_a_core_and_a_quarter_of_a_gibibyte() -> None:
    assert StepPlan("a", "k").size == StepSize(Resource.CPU, 1.0, 256 * 1024 * 1024)


def test_a_plan_comes_back_in_an_order_that_can_run() -> None:
    steps = [
        StepPlan("c", "k", inputs=("b#x",)),
        StepPlan("b", "k", after=("a",)),
        StepPlan("a", "k", inputs=("there",)),
    ]
    assert [step.key for step in check_plan(steps, {"there"})] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("steps", "existing", "complaint"),
    [
        ([StepPlan("a", "k"), StepPlan("a", "k")], (), "'a' is planned twice"),
        ([StepPlan("a", "k")], ("a",), "'a' is planned twice"),
        ([StepPlan("a", "k", inputs=("gone#x",))], (), r"needs \['gone'\], which nobody makes"),
        (
            [StepPlan("a", "k", inputs=("b",)), StepPlan("b", "k", after=("a",))],
            (),
            "wait for each other",
        ),
    ],
)
def test_a_plan_that_cannot_run_is_refused(
    steps: list[StepPlan], existing: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_plan(steps, existing)
