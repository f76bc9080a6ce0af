"""A job's request as workers get it: whole, with every name resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from farm.errors import InvalidSpec
from farm.ladder_policy import LadderPolicy
from farm.spec.policy import QcPolicy
from farm.spec.ranges import mistakes
from farm.spec.title import (
    ASSET_PATTERN,
    TEST_FOLDER,
    TitleFields,
    in_tests,
    one_spelling,
)


class JobSpec(TitleFields):
    """A complete, self-contained request: workers need nothing else to make the title."""

    tenant: str = Field("default", pattern=ASSET_PATTERN)
    asset: str = Field(pattern=ASSET_PATTERN)
    origin: str
    ladder: LadderPolicy
    qc: QcPolicy = QcPolicy()
    versions: dict[str, int] = Field({}, description="of the tenant's own documents it came from")
    retry_of: str | None = Field(None, max_length=32, description="the job that is made again")
    remake: tuple[str, ...] = Field(
        (), max_length=64, description="renditions and tracks to make anew, though they are known"
    )
    digests: dict[str, str] = Field(
        {}, description="SHA-256 by URI, of the files that came with one"
    )
    catalog: str | None = Field(
        None, pattern=ASSET_PATTERN, description="the batch it came in with, for fair shares"
    )
    plan: bool = Field(False, description="stop after analysis, and say what the rest would be")
    from_plan: str | None = Field(None, max_length=32, description="the plan that was submitted")

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str) -> str:
        return one_spelling(origin)

    @model_validator(mode="after")
    def _tests_apart(self) -> JobSpec:
        parent, _, folder = self.origin.rpartition("/")
        apart = folder == TEST_FOLDER and not in_tests(parent)
        if not apart if self.mode == "test" else in_tests(self.origin):
            raise ValueError(
                f"{self.origin!a} is no origin of {self.mode} titles: tests, and they alone, are"
                f" published below {TEST_FOLDER}"
            )
        return self


def read_spec(fields: Mapping[str, Any]) -> JobSpec:
    """Return the request that these fields make; raise InvalidSpec naming each field at fault."""
    try:
        return JobSpec.model_validate(fields)
    except ValidationError as error:
        raise refused(error, JobSpec) from error


def refused(error: ValidationError, model: type[BaseModel]) -> InvalidSpec:
    """Return what a user reads of a model's fields that are not valid: each by its name, and why.

    Of figures and lengths it says what they may be.
    """
    fields = mistakes(model, error.errors(include_url=False, include_context=False))
    sentences = "; ".join(f"{each['field']}: {each['message']}" for each in fields)
    return InvalidSpec(f"the request is not valid: {sentences}", fields=fields)
