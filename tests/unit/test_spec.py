"""A request has one spelling of each language, whoever makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from farm.errors import InvalidSpec
from farm.serial import digest, to_json
from farm.spec import JobSpec, SubtitleSpec, read_spec
from tests.conftest import a_spec
from tests.unit.titles import media, plan, spec, steps, subtitle


def asked(**changes: Any) -> JobSpec:
    return a_spec(Path("/a.mkv"), Path("/o"), **changes)


def test_languages_are_normalised_wherever_a_request_names_one() -> None:
    made = asked(
        burn_in="ger",
        dual_text=("ENG", "pt_br"),
        subtitles=[{"language": "fre", "uri": "/a.srt"}, {"language": "", "uri": "/b.srt"}],
    )
    assert (made.burn_in, made.dual_text) == ("de", ("en", "pt-BR"))
    assert [sidecar.language for sidecar in made.subtitles] == ["fr", "und"]


def test_two_spellings_are_one_request_and_one_plan() -> None:
    one, other = (
        spec(burn_in=language, subtitles=(subtitle(language, name="Deutsch"),)).model_copy(
            update={"subtitles": (SubtitleSpec(language=language, uri="/a/de.srt"),)}
        )
        for language in ("ger", "de")
    )
    assert one == other
    assert digest(to_json(one)) == digest(to_json(other))
    assert steps(plan(one, media())) == steps(plan(other, media()))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"burn_in": "klingonese"}, "burn_in"),
        ({"dual_text": ("en", "x-")}, "dual_text.1"),
        (
            {"subtitles": [{"language": "en", "uri": "/a"}, {"language": "?", "uri": "/b"}]},
            "subtitles.1.language",
        ),
    ],
)
def test_a_language_nobody_knows_is_refused_by_the_name_of_its_field(
    wrong: dict[str, Any], field: str
) -> None:
    fields = {**to_json(asked()), **wrong}
    with pytest.raises(InvalidSpec) as refused:
        read_spec(fields)
    message = refused.value.message
    assert message.startswith(f"the request is not valid: {field}: ")
    assert message.endswith("is not a language: give a BCP-47 tag such as en, de or pt-BR")
    with pytest.raises(ValidationError):
        JobSpec.model_validate(fields)


def test_a_request_of_the_version_before_is_read_with_its_languages_as_they_are_now() -> None:
    row = {
        **to_json(asked()),
        "burn_in": "ger",
        "subtitles": [
            {
                **{"language": "ger", "forced": False, "hearing_impaired": False},
                **{"name": None, "uri": "/a.srt"},
            }
        ],
    }
    assert read_spec(row) == asked(burn_in="de", subtitles=[{"language": "de", "uri": "/a.srt"}])
