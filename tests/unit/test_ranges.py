"""What is said of fields at fault: each by its name, figures and lengths with what they may be."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from farm.spec import JobRequest, refused
from farm.spec.ranges import mistakes
from tests.unit.test_bounds import LADDER, RUNG

Share = Annotated[float, Field(gt=0, le=1)]


class Inner(BaseModel):
    count: int = Field(1, ge=1, le=9)


class Outer(BaseModel):
    name: str = Field("a", min_length=1, max_length=3)
    least: int = Field(0, ge=0)
    shares: list[Share] = Field([], max_length=2)
    by_name: dict[str, Inner] = {}
    either: Inner | Annotated[int, Field(ge=3, le=4)] | None = None
    pair: tuple[Inner, ...] = Field((), min_length=0, max_length=4)
    deep: Annotated[Inner | None, Field(description="of nothing")] = None


def told(model: type[BaseModel], given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return {each["field"]: each["message"] for each in mistakes(model, caught.value.errors())}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"name": ""}, "name", "String should have at least 1 character: give 1 to 3"),
        ({"name": "abcd"}, "name", "String should have at most 3 characters: give 1 to 3"),
        ({"least": -1}, "least", "Input should be greater than or equal to 0"),
        ({"shares": [0.5, 2]}, "shares.1", "Input should be less than or equal to 1: give 0 to 1"),
        ({"shares": [0]}, "shares.0", "Input should be greater than 0: give 0 to 1"),
        (
            *({"by_name": {"x": {"count": 0}}}, "by_name.x.count"),
            "Input should be greater than or equal to 1: give 1 to 9",
        ),
        (
            *({"pair": [{}, {"count": 10}]}, "pair.1.count"),
            "Input should be less than or equal to 9: give 1 to 9",
        ),
        (
            *({"deep": {"count": 10}}, "deep.count"),
            "Input should be less than or equal to 9: give 1 to 9",
        ),
        ({"least": []}, "least", "Input should be a valid integer"),
    ],
)
def test_a_figure_is_refused_with_the_range_it_may_be_in(
    given: dict[str, Any], field: str, message: str
) -> None:
    assert told(Outer, given) == {field: message}


def test_of_several_types_each_is_told_with_its_own() -> None:
    found = told(Outer, {"either": {"count": 10}})
    assert found["either.Inner.count"].endswith("give 1 to 9")


def test_a_list_is_not_called_too_short_for_what_is_wrong_in_it() -> None:
    assert list(told(JobRequest, {"source": "/a", "ladder": {**LADDER, "rungs": []}})) == [
        *("ladder.str", "ladder.LadderPolicy.rungs")
    ]
    wrong = {**LADDER, "rungs": [{**RUNG, "crf": 99}]}
    assert list(told(JobRequest, {"source": "/a", "ladder": wrong})) == [
        *("ladder.str", "ladder.LadderPolicy.rungs.0.crf")
    ]


def test_without_a_model_the_message_stays_as_it_is() -> None:
    problem = {"type": "less_than_equal", "msg": "Input should be less", "loc": ("limit",)}
    assert mistakes(None, [problem]) == [{"field": "limit", "message": "Input should be less"}]
    assert mistakes(Outer, [{**problem, "loc": ("unknown", 0)}])[0]["field"] == "unknown.0"


def test_a_request_is_refused_in_one_line_and_by_its_fields() -> None:
    with pytest.raises(ValidationError) as caught:
        JobRequest.model_validate({"source": "a", "priority": 11})
    error = refused(caught.value, JobRequest)
    assert error.message == (
        "the request is not valid: source: 'a' is no location: give file:///, s3:// or https://;"
        " priority: Input should be less than or equal to 10: give -10 to 10"
    )
    assert [field["field"] for field in error.detail["fields"]] == ["source", "priority"]  # type: ignore[attr-defined]
