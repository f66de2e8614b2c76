"""What an agent tells of itself: steps and calls that are over when they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ._calls import CallEnd, CallStart, put_call_end, put_call_start
from ._clock import now_ns
from ._destination import Destinations
from ._events import given, put_error, put_event
from ._failures import failure_of
from ._llm_stream import LlmStream
from ._place import new_id
from ._runs import Run
from ._safely import never_raises, short
from ._steps import Step
from ._wire import LONGEST_WORD

#: A year.
_LONGEST_MS = 366 * 24 * 3_600_000

Data = Optional[Mapping[str, Any]]


class Telling:
    """``data``: whatever else is known; shown as it is."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations

    @never_raises()
    def llm(
        self,
        model: str | None = None,
        prompt: str | None = None,
        response: Any = None,
        *,
        messages: Any = None,
        parameters: Data = None,
        provider: str | None = None,
        name: str | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        finish_reason: str | None = None,
        http_status: int | None = None,
        duration_ms: float | None = None,
        error: object = None,
        status: str | None = None,
        metadata: Data = None,
        parent: Run | Step | LlmStream | None = None,
    ) -> None:
        """The whole of a call that was not streamed and has just ended."""
        place = self._destinations.place_for(parent)
        if place is None:
            return
        duration_ns = _nanoseconds(duration_ms)
        call_id = new_id()
        start = CallStart(model, prompt, messages, parameters, provider, name, metadata)
        put_call_start(place, call_id, now_ns() - duration_ns, start, False, None)
        end = CallEnd(
            status=status,
            failure=None if error is None else failure_of(error),
            finish_reason=finish_reason,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            http_status=http_status,
            response=response,
        )
        put_call_end(place, call_id, duration_ns, end)

    @never_raises()
    def memory_read(self, key: str, value: Any = None, data: Data = None) -> None:
        self._tell("memory_read", key, data, input={"key": key}, output=value)

    @never_raises()
    def memory_write(self, key: str, value: Any = None, data: Data = None) -> None:
        self._tell("memory_write", key, data, input={"key": key, "value": value})

    @never_raises()
    def error(self, error: object, data: Data = None) -> None:
        """An exception, or what happened in words."""
        place = self._destinations.place_for(None)
        if place is not None:
            put_error(place, error, data)

    @never_raises()
    def final_answer(self, answer: Any, data: Data = None) -> None:
        self._tell("final_answer", "final answer", data, output=answer)

    @never_raises()
    def agent_spawn(self, agent: str, data: Data = None) -> None:
        self._tell("agent_spawn", agent, data)

    @never_raises()
    def agent_join(self, agent: str, data: Data = None) -> None:
        self._tell("agent_join", agent, data)

    @never_raises()
    def agent_leave(self, agent: str, data: Data = None) -> None:
        self._tell("agent_leave", agent, data)

    @never_raises()
    def agent_communication(
        self, from_agent: str, to_agent: str, message: Any, data: Data = None
    ) -> None:
        words = {"from": from_agent, "to": to_agent, "message": message}
        self._tell("agent_communication", _about("message to", to_agent), data, **words)

    @never_raises()
    def agent_handoff(
        self, from_agent: str, to_agent: str, reason: str | None = None, data: Data = None
    ) -> None:
        words = {"from": from_agent, "to": to_agent, "reason": reason}
        self._tell("agent_handoff", _about("hand-off to", to_agent), data, **words)

    @never_raises()
    def task_assignment(self, task: str, to_agent: str, data: Data = None) -> None:
        self._tell("task_assignment", task, data, to=to_agent)

    @never_raises()
    def task_completion(self, task: str, data: Data = None) -> None:
        self._tell("task_completion", task, data)

    @never_raises()
    def event(self, name: str, data: Data = None) -> None:
        """Anything else."""
        self._tell("custom", name, data)

    def _tell(self, step_type: str, name: object, data: Data, **known: object) -> None:
        place = self._destinations.place_for(None)
        if place is not None:
            put_event(place, step_type, name, data, given(**known))


def _about(what: str, name: object) -> str:
    return f"{what} {short(name, LONGEST_WORD)}"


def _nanoseconds(duration_ms: object) -> int:
    if isinstance(duration_ms, (int, float)) and 0 <= duration_ms < _LONGEST_MS:
        return int(duration_ms * 1_000_000)
    return 0
