from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Union

from ._calls import CallEnd, CallStart, put_call_end, put_call_start
from ._clock import now_ns
from ._context import current_place, current_stream, enter, enter_stream, leave
from ._destination import Destinations
from ._events import fields_of, put_error, put_event
from ._failures import failure_of
from ._llm_stream import LlmStream, RecordedStream
from ._opening import Opening
from ._place import Place, RunFrame, new_id
from ._runs import RecordedRun, Run, RunWithinRun, run_fields
from ._safely import never_raises
from ._steps import RecordedStep, Step

Data = Optional[Mapping[str, Any]]
AnyParent = Union[Run, Step, LlmStream]

_NO_RUN = Run(None)
_NO_STREAM = LlmStream(None)


class Trace:
    """Records what an agent does. Nothing of it raises, waits or does I/O, but ``configure`` and ``flush``."""

    def __init__(self) -> None:
        self._destinations = Destinations()

    def configure(
        self,
        *,
        endpoint: str | None = None,
        token: str | None = None,
        enabled: bool | None = None,
        store_tokens: bool | None = None,
        store_responses: bool | None = None,
        token_sample_rate: float | None = None,
        default_run_name: str | None = None,
        when_away: str | None = None,
        spool_folder: str | None = None,
        buffer_megabytes: float | None = None,
        exit_timeout_seconds: float | None = None,
        handle_signals: bool | None = None,
    ) -> None:
        options = {name: value for name, value in locals().items() if name != "self"}
        self._destinations.configure(options)

    # By hand.

    @never_raises(_NO_RUN)
    def start_run(
        self,
        name: str = "run",
        *,
        agent_type: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: Any = None,
    ) -> Run:
        """Whoever starts it ends it, and names it as ``parent`` of what is within. Within a run: a step of that."""
        around = current_place()
        fields = run_fields(agent_type, session_id, user_id, metadata)
        if around is not None and not around.run.has_ended:
            return RunWithinRun(RecordedStep(around, "agent", name, None, fields))
        destination = self._destinations.current
        if not destination.outbox.enabled:
            return Run(None)
        return RecordedRun(RunFrame(destination.outbox, destination.settings), name, fields)

    def start_step(
        self,
        type: str,
        name: str | None = None,
        *,
        input: Any = None,
        data: Data = None,
        parent: AnyParent | None = None,
    ) -> Step:
        """Whoever starts it ends it, and names it as ``parent`` of what is within."""
        try:
            place = self._destinations.place_for(parent)
            if place is not None:
                return RecordedStep(place, type, type if name is None else name, input, data)
        except Exception:
            pass
        return Step(None)

    @never_raises(_NO_STREAM)
    def start_llm_stream(
        self,
        model: str | None = None,
        prompt: str | None = None,
        *,
        messages: Any = None,
        parameters: Data = None,
        provider: str | None = None,
        name: str | None = None,
        metadata: Data = None,
        parent: AnyParent | None = None,
    ) -> LlmStream:
        place = self._destinations.place_for(parent)
        if place is None:
            return LlmStream(None)
        start = CallStart(model, prompt, messages, parameters, provider, name, metadata)
        stream = RecordedStream(place, start)
        stream.started_within = current_stream()
        enter_stream(stream)
        return stream

    def flush(self, timeout: float = 5.0) -> bool:
        return self._destinations.current.outbox.flush(timeout)


trace = Trace()
