"""Beginning and end of a call, as they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._clock import microseconds
from ._events import fields_of, given
from ._failures import Failure
from ._place import Place
from ._plain import plain
from ._safely import say_once, short
from ._tokens import SampledTokens
from ._wire import CALL_STATUSES, LONGEST_NAME, LONGEST_WORD

#: Of a line, which may have 4 MiB.
_MOST_BYTES_OF_RESPONSE = 3_300_000


@dataclass(frozen=True)
class CallStart:
    """What is known when a call is sent; whatever the agent has given."""

    model: Any = None
    prompt: Any = None
    messages: Any = None
    parameters: Any = None
    provider: Any = None
    name: Any = None
    metadata: Any = None


@dataclass(frozen=True)
class CallEnd:
    """What is known when it is over; whatever the agent has given."""

    status: Any = None
    failure: Failure | None = None
    finish_reason: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    http_status: Any = None
    response: Any = None
    streaming: Any = None
    metadata: Any = None


def put_call_start(
    around: Place,
    call_id: str,
    started_ns: int,
    start: CallStart,
    streaming: bool,
    sample_rate: float | None,
) -> None:
    run, parent_id = around
    event: dict[str, Any] = {"type": "llm_call_start", "llm_call_id": call_id, "run_id": run.id}
    event.update(given(parent_id=parent_id))
    if start.name is not None:
        event["name"] = short(start.name, LONGEST_NAME)
    event.update(_words(model=start.model, provider=start.provider))
    event["streaming"] = streaming
    event["timestamp_us"] = run.clock.wall_us(started_ns)
    event.update(given(request=_request(start), sample_rate=sample_rate))
    if start.metadata is not None:
        event["data"] = fields_of(start.metadata)
    run.outbox.put(event)


def put_call_end(
    around: Place,
    call_id: str,
    duration_ns: int,
    end: CallEnd,
    first_chunk_ns: int | None = None,
    sampled: SampledTokens | None = None,
) -> None:
    """``first_chunk_ns``: since the call started."""
    failure = end.failure
    event: dict[str, Any] = {
        "type": "llm_call_end",
        "llm_call_id": call_id,
        "status": _status(end.status, failure),
        "duration_us": max(0, microseconds(duration_ns)),
    }
    if isinstance(end.streaming, bool):
        event["streaming"] = end.streaming
    if first_chunk_ns is not None:
        event["first_chunk_us"] = max(0, microseconds(first_chunk_ns))
    if failure is not None:
        event["error"] = {"code": failure.code, "message": failure.message}
    usage = given(
        prompt_tokens=_count(end.prompt_tokens, "prompt_tokens"),
        completion_tokens=_count(end.completion_tokens, "completion_tokens"),
    )
    if usage:
        event["usage"] = usage
    event.update(_words(finish_reason=end.finish_reason))
    event.update(given(http_status=_http_status(end)))
    response = end.response
    if sampled is not None:
        event["received_tokens"] = sampled.statistics.count
        event["statistics"] = sampled.statistics.figures()
        if response is None:
            response = sampled.response or None
    if around.run.settings.store_responses:
        event.update(given(response=plain(response, _MOST_BYTES_OF_RESPONSE)))
    if end.metadata is not None:
        event["data"] = fields_of(end.metadata)
    around.run.outbox.put(event)


def _request(start: CallStart) -> Any:
    """A prompt alone is a text; with more it is an object like the body of a request."""
    known = given(prompt=start.prompt, messages=start.messages)
    request = plain({**fields_of(start.parameters), **known})
    if not request:
        return None
    return request["prompt"] if list(request) == ["prompt"] else request


def _words(**values: object) -> dict[str, str]:
    return {name: short(value, LONGEST_WORD) for name, value in values.items() if value is not None}


def _status(status: object, failure: Failure | None) -> str:
    if status is not None:
        if isinstance(status, str) and status in CALL_STATUSES:
            return status
        say_once(
            "status",
            f'"{short(status, 80)}" is no status of a call and is not used: '
            f"use one of {', '.join(sorted(CALL_STATUSES))}.",
        )
    return failure.status if failure else "completed"


def _count(value: object, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return int(value)
    say_once(name, f"{name} must be a whole number from 0, and is not recorded otherwise.")
    return None


def _http_status(end: CallEnd) -> int | None:
    if end.http_status is None:
        return end.failure.http_status if end.failure else None
    status = end.http_status
    if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 999:
        return int(status)
    say_once("http_status", "http_status must be from 100 to 999, and is not recorded otherwise.")
    return None
