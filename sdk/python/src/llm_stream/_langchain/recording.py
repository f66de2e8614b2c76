"""From what LangChain begins and ends to runs, steps and streams of the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from .. import _context
from .._failures import ABORTS
from .._settings import switched_on
from .._trace import trace
from .._wire import StepType
from .calls import outcome_of, request_of, response_of
from .chunks import Token
from .open_runs import OpenRun, OpenRuns
from .values import readable

_HIDDEN = "langsmith:hidden"

_open_runs = OpenRuns()


class Beginning(NamedTuple):
    """What LangChain tells of everything that begins."""

    run_id: UUID
    parent_id: UUID | None
    name: str | None
    tags: list[str] | None
    metadata: Mapping[str, Any] | None


class Recording:
    """Of one handler."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def begin_step(
        self, beginning: Beginning, step_type: StepType, given: Any, data: dict[str, Any]
    ) -> None:
        run = self._begin(beginning, beginning.name or step_type)
        if run is None:
            return
        run.step = trace.start_step(
            step_type,
            beginning.name or step_type,
            parent=run.parent,
            input=readable(given),
            data={**data, **_facts(beginning)},
        )
        run.parent = run.step
        if step_type in ("tool_call", "stage"):
            # What the agent records by itself within a tool or a node belongs there. Only of these it is sure that
            # they end in the context in which they began: a chain may be a generator.
            run.scope = _context.enter(run.step._place)

    def end_step(self, run_id: UUID, output: Any) -> None:
        run = _open_runs.take(run_id, self._owner)
        if run is not None:
            _finish(run, output=output)

    def begin_call(
        self,
        beginning: Beginning,
        serialized: Mapping[str, Any] | None,
        invocation: Any,
        sent: Mapping[str, Any],
    ) -> None:
        request = request_of(serialized, beginning.metadata, invocation)
        run = self._begin(beginning, beginning.name or request["model"] or "LLM call")
        if run is None:
            return
        run.stream = trace.start_llm_stream(
            name=beginning.name,
            metadata=_facts(beginning),
            parent=run.parent,
            **request,
            **sent,
        )
        run.parent = run.stream
        self._watch_task(beginning.run_id)

    def chunk(self, run_id: UUID, token: Any, chunk: Any) -> None:
        run = self._streaming(run_id, "chunk")
        if run is not None:
            _add(run, run.chunks.of_chunk(token, chunk))

    def event(self, run_id: UUID, event: Any) -> None:
        run = self._streaming(run_id, "event")
        if run is not None and isinstance(event, Mapping):
            _add(run, run.chunks.of_event(event))

    def end_call(self, run_id: UUID, result: Any) -> None:
        run = _open_runs.take(run_id, self._owner)
        if run is None:
            return
        outcome = outcome_of(result)
        if run.token_source is None:
            outcome["streaming"] = False
        if not run.has_tokens:
            outcome["response"] = response_of(result)
        _finish(run, outcome=outcome)

    def fail(self, run_id: UUID, error: BaseException) -> None:
        run = _open_runs.take(run_id, self._owner)
        if run is not None:
            _fail(run, error)

    def note(self, run_id: UUID, name: str, data: Any) -> None:
        """An event of the agent's own."""
        run = _open_runs.get(run_id, self._owner)
        if run is not None:
            trace.start_step("custom", name, parent=run.parent, data=_as_data(data)).end()

    def _begin(self, beginning: Beginning, name: str) -> OpenRun | None:
        """None: not to be shown."""
        if not switched_on("LLM_STREAM_LANGCHAIN"):
            return None
        run = _open_runs.add(beginning.run_id, beginning.parent_id, self._owner)
        if run is None or _HIDDEN in (beginning.tags or ()):
            return None
        oldest = _open_runs.take_oldest()
        if oldest is not None:
            _finish(oldest)
        if run.parent is None and not _is_within_run():
            run.parent = run.own_run = trace.start_run(name, **_conversation(beginning.metadata))
        return run

    def _streaming(self, run_id: UUID, source: str) -> OpenRun | None:
        run = _open_runs.get(run_id, self._owner)
        if run is None or run.token_source not in (None, source):
            return None
        run.token_source = source
        return run

    def _watch_task(self, run_id: UUID) -> None:
        """LangChain does not tell when the task of a call is cancelled while nothing has come yet."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return
        if task is not None:
            task.add_done_callback(lambda done: self._task_ended(run_id, done))

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
        stream.first_chunk()
    for token in tokens:
        run.has_tokens = True
        stream.add_token(token.text, kind=token.kind, metadata=token.metadata)


def _fail(run: OpenRun, error: BaseException) -> None:
    if isinstance(error, ABORTS):
        # LangChain does not tell of what was cancelled with it.
        for inner in _open_runs.take_within(run):
            _finish(inner, error)
    _finish(run, error)


def _finish(
    run: OpenRun,
    error: BaseException | None = None,
    output: Any = None,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    _context.leave(run.scope)
    if run.stream is not None:
        if error is not None:
            run.stream.error(error)
        run.stream.end(**(outcome or {}))
    if run.step is not None:
        run.step.output = readable(output)
        run.step._finish(error)
    if run.own_run is not None:
        run.own_run._finish(error)


def _facts(beginning: Beginning) -> dict[str, Any]:
    """With the id it is found again in other tools."""
    facts: dict[str, Any] = {"langchain_run_id": str(beginning.run_id)}
    return {**facts, "tags": beginning.tags} if beginning.tags else facts


def _conversation(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """In the words that LangChain's users have for it."""
    known = metadata or {}
    names = ("session_id", "thread_id", "conversation_id")
    session = next((known[name] for name in names if known.get(name)), None)
    user = known.get("user_id")
    return {
        "session_id": None if session is None else str(session),
        "user_id": None if user is None else str(user),
    }


def _as_data(data: Any) -> dict[str, Any]:
    known = readable(data)
    return known if isinstance(known, dict) else {"data": known}
