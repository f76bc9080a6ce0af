"""From command-line options to a title as the API takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cli.request import RunOptions, absolute, parse_subtitle, qc_policy, title_fields
from farm.errors import InvalidSource
from farm.spec import JobRequest, refused
from farm.uri import path_of
from ladders.load import load_policy


def job_request(options: RunOptions) -> dict[str, Any]:
    """Return the body of `POST /v1/jobs` that these options make, without what goes unsaid.

    Files of this machine become file:// locations; names of ladders and QC policies stay names,
    which the farm knows. Raises InvalidSpec naming the option at fault, InvalidSource for a file
    that is not here.
    """
    subtitles = (parse_subtitle(text) for text in options.subtitles)
    fields = {
        **title_fields(options),
        "source": file_location(options.source),
        "origin": None if options.origin is None else _location(options.origin),
        "subtitles": [{**each.model_dump(), "uri": file_location(each.uri)} for each in subtitles],
        "chapters": file_location(options.chapters) if options.chapters else None,
        "ladder": load_policy(options.ladder) if _is_file(options.ladder) else options.ladder,
    }
    if options.qc is not None:
        fields["qc"] = qc_policy(options.qc) if _is_file(options.qc) else options.qc
    try:
        request = JobRequest.model_validate(fields)
    except ValidationError as error:
        raise refused(error, JobRequest) from error
    body: dict[str, Any] = request.model_dump(mode="json", exclude_defaults=True)
    return body


def file_location(location: str) -> str:
    """Return a location as it is, or the file:// one of a file of this machine.

    Raises InvalidSource where there is no such file here.
    """
    found = _location(location)
    if found != location and not Path(path_of(found)).is_file():
        raise InvalidSource(
            f"{location!r} is no file here: check the path; one that only the farm's machines see"
            f" is {found}"
        )
    return found


def _location(location: str) -> str:
    """Return a location that means the same on every machine that sees the same disks."""
    found = absolute(location)
    return found if "://" in found else Path(found).as_uri()


def _is_file(policy: str) -> bool:
    return Path(policy).suffix.lower() in (".yaml", ".yml")
