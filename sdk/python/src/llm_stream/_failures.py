"""Errors of models and of the agent's work, as a trace shows them."""

from __future__ import annotations

import sys
import traceback
from typing import Any, NamedTuple

from ._safely import short, text_of
from ._wire import LONGEST_WORD

_LONGEST_MESSAGE = 10_000
_MOST_PLACES = 30

_STATUS_OF_CODE = {
    "CLIENT_ABORT": "aborted",
    "TRUNCATED": "truncated",
    "INTERRUPTED": "interrupted",
}
_CODE_OF_HTTP_STATUS = {
    401: "AUTH_ERROR",
    403: "AUTH_ERROR",
    408: "TIMEOUT",
    429: "RATE_LIMIT",
    504: "TIMEOUT",
}


class Failure(NamedTuple):
    status: str
    code: str
    message: str
    http_status: int | None


def failure_of(error: object, code: object = None) -> Failure:
    """``error``: an exception, or what happened in words."""
    http_status = http_status_of(error)
    known = short(code, LONGEST_WORD) if code else _code_of(error, http_status)
    message = short(message_of(error), _LONGEST_MESSAGE)
    return Failure(_STATUS_OF_CODE.get(known, "failed"), known, message, http_status)


def is_abort(error: object) -> bool:
    """What ends work from outside, without being its failure."""
    # Not imported here: it takes longer than all of this package, and not every agent needs it.
    asyncio = sys.modules.get("asyncio.exceptions")
    cancelled = getattr(asyncio, "CancelledError", GeneratorExit)
    return isinstance(error, (cancelled, GeneratorExit, KeyboardInterrupt, SystemExit))


def shown_error(error: object) -> Any:
    """As the data of a step hold it."""
    if not isinstance(error, BaseException):
        return short(error, _LONGEST_MESSAGE)
    shown = {"name": type(error).__name__, "message": short(message_of(error), _LONGEST_MESSAGE)}
    stack = _stack_of(error)
    return {**shown, "stack": stack} if stack else shown


def _stack_of(error: BaseException) -> str:
    """Where it came through, without the lines of the source: they would be read from the disk."""
    places = [
        f'File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return "\n".join(places[-_MOST_PLACES:])


def message_of(error: object) -> str:
    text = text_of(error)
    return text if text else type(error).__name__


def http_status_of(error: object) -> int | None:
    """Of the exceptions of the vendors' clients, httpx, requests, aiohttp and urllib."""
    response = _member(error, "response")
    found = (
        _member(error, "status_code"),
        _member(response, "status_code"),
        _member(error, "status"),
        _member(error, "code"),
    )
    return next((status for status in found if type(status) is int and 100 <= status <= 599), None)


def _code_of(error: object, http_status: int | None) -> str:
    if is_abort(error):
        return "CLIENT_ABORT"
    if http_status in _CODE_OF_HTTP_STATUS:
        return _CODE_OF_HTTP_STATUS[http_status]
    if isinstance(error, BaseException):
        names = [kind.__name__ for kind in type(error).__mro__]
        if any("Timeout" in name for name in names):
            return "TIMEOUT"
        if any(name.endswith(("ConnectionError", "ConnectError")) for name in names):
            return "UPSTREAM_UNREACHABLE"
    return "LLM_ERROR"


def _member(value: object, name: str) -> object:
    try:
        return getattr(value, name, None)
    except Exception:
        return None
