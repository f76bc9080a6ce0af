"""What a field takes, from its least to its most: said wherever a figure or a length is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# The errors of pydantic's that tell of one end of a range, though there may be two.
ONE_END = frozenset(
    {
        *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
        *("too_short", "too_long", "string_too_short", "string_too_long"),
    }
)
_LEAST, _MOST = ("ge", "gt", "min_length"), ("le", "lt", "max_length")


def mistakes(model: Any, problems: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return each field of a model that is at fault, and why, with the range it takes.

    `problems` are the errors of pydantic's, their places being seen from the model; None where the
    model is not known.
    """
    found = list(problems)
    return [
        {"field": ".".join(str(part) for part in problem["loc"]), "message": _told(model, problem)}
        for problem in found
        if not _is_echo(problem, found)
    ]


def _is_echo(problem: Mapping[str, Any], problems: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a list is called too short because what is in it is at fault itself."""
    place = tuple(problem["loc"])
    return problem["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and tuple(other["loc"][: len(place)]) == place
        for other in problems
    )


def _told(model: Any, problem: Mapping[str, Any]) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] not in ONE_END:
        return message
    annotation, rules = model, list[Any]()
    for place in problem["loc"]:
        annotation, rules = _inside(annotation, place)
        if annotation is None:
            return message
    least, most = _end(rules, _LEAST), _end(rules, _MOST)
    return message if least is None or most is None else f"{message}: give {least} to {most}"


def _inside(annotation: Any, place: int | str) -> tuple[Any, list[Any]]:
    """Return what is at a place within a type, and the rules it is held to; None: nobody knows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(place))
        return (None, []) if field is None else (field.annotation, _flat(field.metadata))
    members, origin = get_args(annotation), get_origin(annotation)
    if origin is Annotated:
        return _inside(members[0], place)
    if origin in (Union, UnionType):
        return _member(members, place)
    return _bare(members[1] if origin is dict else members[0]) if members else (None, [])


def _member(members: Iterable[Any], place: int | str) -> tuple[Any, list[Any]]:
    """Return the one of several types that a place names, or what is there in one of them."""
    for member in members:
        if getattr(member, "__name__", None) == place:
            return member, []
    found = (_inside(member, place) for member in members)
    return next((each for each in found if each[0] is not None), (None, []))


def _bare(annotation: Any) -> tuple[Any, list[Any]]:
    if get_origin(annotation) is Annotated:
        inner, *rules = get_args(annotation)
        return inner, _flat(rules)
    return annotation, []


def _flat(rules: Iterable[Any]) -> list[Any]:
    flat: list[Any] = []
    for rule in rules:
        flat += rule.metadata if isinstance(rule, FieldInfo) else [rule]
    return flat


def _end(rules: Iterable[Any], names: Iterable[str]) -> str | None:
    for rule in rules:
        for name in names:
            if (value := getattr(rule, name, None)) is not None:
                return str(value)
    return None
