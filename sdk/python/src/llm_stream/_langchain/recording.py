"""From what LangChain begins and ends to runs, steps and streams of the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from .. import _context
from .._settings import switched_on
from .._trace import trace
from .._wire import StepType
from .beginning import Beginning
from .calls import outcome_of, request_of, response_of
from .chunks import Token
from .ending import end_run
from .open_runs import OpenRun, OpenRuns
from .values import known_input, readable

_open_runs = OpenRuns()


class Recording:
    """Of one handler."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def begin_step(
        self, beginning: Beginning, step_type: StepType, given: Any, data: Mapping[str, Any]
    ) -> None:
        run = self._begin(beginning)
        if run is None:
            return
        run.step = trace.start_step(
            step_type,
            beginning.name,
            parent=run.parent,
            input=known_input(given),
            data={**data, **beginning.facts},
        )
        run.parent = run.step
        if step_type in ("tool_call", "stage"):
            # What the agent records by itself within a tool or a node belongs there. Only of these it is sure that
            # they end in the context in which they began: a chain may be a generator.
            run.scope = _context.enter(run.step._place)

    def begin_hidden(self, beginning: Beginning) -> None:
        """It is not shown; what it does belongs to what it is within."""
        self._begin(beginning)

    def begin_call(
        self,
        beginning: Beginning,
        serialized: Mapping[str, Any] | None,
        invocation: Any,
        asked: Mapping[str, Any],
    ) -> None:
        """``asked``: the prompt or the messages."""
        run = self._begin(beginning)
        if run is None:
            return
        run.stream = trace.start_llm_stream(
            name=beginning.name,
            metadata=beginning.facts,
            parent=run.parent,
            **request_of(serialized, beginning.metadata, invocation),
            **{name: readable(value) for name, value in asked.items()},
        )
        run.parent = run.stream
        self._watch_task(run, beginning.run_id)

    def chunk(self, run_id: UUID, token: Any, chunk: Any) -> None:
        run = self._streaming(run_id, "chunk")
        if run is not None:
            _add(run, run.chunks.of_chunk(token, chunk))

    def event(self, run_id: UUID, event: Any) -> None:
        run = self._streaming(run_id, "event")
        if run is not None and isinstance(event, Mapping):
            _add(run, run.chunks.of_event(event))

    def note(self, run_id: UUID, name: str, data: Any) -> None:
        """An event of the agent's own."""
        run = _open_runs.get(run_id, self._owner)
        if run is None:
            return
        known = readable(data)
        fields = known if isinstance(known, dict) else {"data": known}
        trace.start_step("custom", name, parent=run.parent, data=fields).end()

    def end_step(self, run_id: UUID, output: Any, given: Any = None) -> None:
        """``given``: what a chain that streams has only now got whole."""
        run = _open_runs.take(run_id, self._owner)
        if run is not None:
            end_run(run, output=output, given=given)

    def end_call(self, run_id: UUID, result: Any) -> None:
        run = _open_runs.take(run_id, self._owner)
        if run is None:
            return
        outcome = outcome_of(result)
        if run.token_source is None:
            outcome["streaming"] = False
        if not run.has_tokens:
            outcome["response"] = response_of(result)
        end_run(run, outcome=outcome)

    def fail(self, run_id: UUID, error: BaseException) -> None:
        run = _open_runs.take(run_id, self._owner)
        if run is not None:
            end_run(run, error=error)

    def _begin(self, beginning: Beginning) -> OpenRun | None:
        """None: it is not recorded, or by another handler."""
        if not trace.is_recording or not switched_on("LLM_STREAM_LANGCHAIN"):
            return None
        run = _open_runs.add(beginning.run_id, beginning.parent_id, self._owner)
        if run is None:
            return None
        oldest = _open_runs.take_oldest()
        if oldest is not None:
            end_run(oldest)
        if run.parent is None and not _is_within_run():
            name = beginning.name or beginning.metadata.get("ls_model_name") or "LLM call"
            run.parent = run.own_run = trace.start_run(name, **beginning.conversation)
        return run

    def _streaming(self, run_id: UUID, source: str) -> OpenRun | None:
        run = _open_runs.get(run_id, self._owner)
        if run is None or run.token_source not in (None, source):
            return None
        run.token_source = source
        return run

    def _watch_task(self, run: OpenRun, run_id: UUID) -> None:
        """LangChain does not tell when the task of a call is cancelled while nothing has come yet."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return
        if task is not None:
            ended = partial(self._task_ended, run_id)
            task.add_done_callback(ended)
            run.stop_watching = partial(task.remove_done_callback, ended)

    def _task_ended(self, run_id: UUID, task: asyncio.Task[Any]) -> None:
        run = _open_runs.get(run_id, self._owner)
        # A generator that has begun to stream may go on in another task.
        if run is not None and (task.cancelled() or run.token_source is None):
            self.fail(run_id, asyncio.CancelledError())


def _is_within_run() -> bool:
    place = _context.current_place()
    return place is not None and not place.run.has_ended


def _add(run: OpenRun, tokens: list[Token]) -> None:
    stream = run.stream
    if stream is None:
        return
    if not tokens:
        # A role, a ping, or what the provider has counted.
        stream.first_chunk()
    for text, kind, metadata in tokens:
        run.has_tokens = True
        stream.add_token(text, kind, metadata)
