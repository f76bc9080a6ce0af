"""How large and how slow a request may be, whatever the application makes of its body."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import BodyBounds, StreamedRoute

NEVER = None  # a chunk that does not come


async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body as a whole, and say how much it was; what is wrong with it is a bad request."""
    try:
        body = await Request(scope, receive).body()
    except Exception:
        await PlainTextResponse("bad", 400)(scope, receive, send)
        return
    await PlainTextResponse(f"{len(body)}")(scope, receive, send)


async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body as it comes, and say what stopped that."""
    count = 0
    try:
        async for chunk in Request(scope, receive).stream():
            count += len(chunk)
    except Exception as error:
        await PlainTextResponse(f"{count} then {type(error).__name__}", 400)(scope, receive, send)
        return
    await PlainTextResponse(f"{count}")(scope, receive, send)


async def careless(scope: Scope, receive: Receive, send: Send) -> None:
    """Read, and let everything through."""
    await Request(scope, receive).body()


async def unread(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without a look at the body."""
    await PlainTextResponse("no", 401)(scope, receive, send)


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer while the body comes."""

    await send({"type": "http.response.start", "status": 200, "headers": []})
    async for chunk in Request(scope, receive).stream():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def asked(
    app: ASGIApp,
    chunks: list[bytes | None],
    *,
    path: str = "/v1/jobs",
    method: str = "POST",
    length: str | None = None,
    **bounds: Any,
) -> tuple[int, str]:
    """Return the status and the text (of a problem, its code) that a request gets."""
    left, sent = list(chunks), list[Message]()

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        chunk = left.pop(0)
        if chunk is NEVER:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", length.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    given = {"most_bytes": 10, "silence_s": 0.05, "whole_within_s": 60.0, **bounds}
    asyncio.run(BodyBounds(app, **given)(scope, receive, send))
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    return sent[0]["status"], json.loads(text)["code"] if text.startswith("{") else text


Answer = Callable[[Scope, Receive, Send], Awaitable[None]]


@pytest.mark.parametrize("app", [whole, streaming])
def test_a_body_up_to_the_bound_is_read(app: Answer) -> None:
    assert asked(app, [b"x" * 10], length="10") == (200, "10")
    assert asked(app, [b"x" * 4, b"", b"x" * 6]) == (200, "10")
    assert asked(app, [b""]) == (200, "0")


@pytest.mark.parametrize("app", [whole, streaming, careless, unread])
def test_a_length_beyond_the_bound_is_refused_before_anything_is_read(app: Answer) -> None:
    assert asked(app, [NEVER], length="11") == (413, "too_large")
    assert asked(app, [NEVER], length="9" * 40) == (413, "too_large")


@pytest.mark.parametrize("app", [whole, streaming, careless])
def test_what_turns_out_longer_is_refused_whatever_the_route_would_answer(app: Answer) -> None:
    assert asked(app, [b"x" * 4, b"x" * 7, NEVER]) == (413, "too_large")
    assert asked(app, [b"x" * 11], length="5") == (413, "too_large")


@pytest.mark.parametrize("app", [whole, streaming, careless])
def test_a_client_that_falls_silent_is_told_so(app: Answer) -> None:
    assert asked(app, [b"x" * 4, NEVER]) == (408, "client_too_slow")
    assert asked(app, [NEVER]) == (408, "client_too_slow")


def test_a_body_that_trickles_in_has_to_be_whole_in_time() -> None:
    async def trickle(scope: Scope, receive: Receive, send: Send) -> None:
        async def slow() -> Message:
            await asyncio.sleep(0.02)
            return await receive()

        await BodyBounds(whole, 10, silence_s=0.05, whole_within_s=0.1)(scope, slow, send)

    chunks: list[bytes | None] = [b"x"] * 9
    assert asked(trickle, chunks, whole_within_s=60.0, silence_s=60.0) == (408, "client_too_slow")


def test_a_route_that_looks_at_no_body_waits_for_none() -> None:
    assert asked(unread, [NEVER]) == (401, "no")


def of_stream(**own: Any) -> dict[str, Any]:
    """Return what to ask of a path of which POST has a body that is a stream."""
    stream = StreamedRoute(re.compile("/v1/big/[a-z]+"), frozenset({"POST"}), **own)
    return {"streamed": [stream], "path": "/v1/big/one"}


def test_a_stream_is_as_long_as_it_is_and_the_route_answers_for_its_end() -> None:
    stream = of_stream()
    assert asked(streaming, [b"x" * 30] * 3, length="90", **stream) == (200, "90")
    assert asked(streaming, [b"x" * 30, NEVER], **stream) == (400, "30 then ClientTooSlow")
    assert asked(streaming, [b"x" * 5] * 3, whole_within_s=0.0, **stream) == (200, "15")


@pytest.mark.parametrize(
    ("path", "method"), [("/v1/big", "POST"), ("/v1/big/one/more", "POST"), ("/v1/big/one", "PUT")]
)
def test_what_is_beside_a_stream_is_bounded_as_everything_is(path: str, method: str) -> None:
    beside = {**of_stream(), "path": path, "method": method}
    assert asked(streaming, [b"x" * 15], **beside) == (413, "too_large")


def test_a_stream_may_have_a_bound_of_its_own() -> None:
    own = of_stream(most_bytes=20)
    assert asked(streaming, [b"x" * 15, b"x" * 5], **own) == (200, "20")
    assert asked(streaming, [b"x" * 15, b"x" * 6], **own) == (400, "15 then TooLarge")
    assert asked(streaming, [NEVER], length="21", **own) == (413, "too_large")


def test_a_route_that_has_a_patience_of_its_own_is_left_to_it() -> None:
    async def hurried(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await Request(scope, receive).body()
        await PlainTextResponse("enough", 400)(scope, receive, send)

    assert asked(hurried, [b"x", NEVER], **of_stream(patient=True)) == (400, "enough")


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    with pytest.raises(Exception, match="more than 10 bytes"):
        asked(answering, [b"x" * 4, b"x" * 7, NEVER])


def test_the_wait_for_a_client_to_leave_takes_as_long_as_it_takes() -> None:
    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.sleep(0.1)
        assert (await receive())["type"] == "http.disconnect"
        await PlainTextResponse("left")(scope, receive, send)

    assert asked(patient, [b"x"]) == (200, "left")
