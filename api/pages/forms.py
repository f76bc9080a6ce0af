"""What pages' routes work with: whoever is signed in, and forms that prove where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.context import Farm
from api.cookies import check_form_token, session_token
from farm.access import Caller, Scope
from farm.errors import InvalidSpec, NotSignedIn, TooLarge, UnsupportedContent
from services.sessions import caller_of_session

MOST_BYTES = 64 << 10
MOST_PASTED_BYTES = 8 << 20  # as it is encoded; larger catalogs go to the API, which streams
MOST_FIELDS = 100
TOKEN_FIELD = "form_token"
URLENCODED = "application/x-www-form-urlencoded"


async def _form(request: Request) -> Mapping[str, str]:
    return await _read_form(request, MOST_BYTES)


async def _large_form(request: Request) -> Mapping[str, str]:
    return await _read_form(request, MOST_PASTED_BYTES)


async def _read_form(request: Request, most_bytes: int) -> Mapping[str, str]:
    """Return the fields of a form of ours; raise NotPermitted for one that is not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != URLENCODED:
        raise UnsupportedContent(f"a form comes as {URLENCODED}, not as {kind or 'nothing'!a}")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise TooLarge(f"a form has {most_bytes} bytes at most", limit_bytes=most_bytes)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InvalidSpec("the form cannot be read: load the page again") from error
    fields = dict(pairs)
    check_form_token(request, fields.pop(TOKEN_FIELD, ""))
    return fields


def _reader(request: Request, farm: Farm) -> Caller:
    """Return whoever is signed in and may read; raise NotSignedIn or NotPermitted."""
    token = session_token(request)
    if token is None:
        raise NotSignedIn("nobody is signed in here")
    caller = caller_of_session(farm.database, token)
    caller.check(Scope.READ)
    return caller


Form = Annotated[Mapping[str, str], Depends(_form)]
LargeForm = Annotated[Mapping[str, str], Depends(_large_form)]
PageReader = Annotated[Caller, Depends(_reader)]
