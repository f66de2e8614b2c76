from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from ._calls import CallStart
from ._chunk_text import TextOf
from ._context import current_place, current_stream, enter_stream
from ._destination import Destinations
from ._llm_stream import LlmStream
from ._opening import Opening, ToolOpening, Within
from ._place import Parent, RunFrame
from ._recorded_stream import RecordedStream
from ._runs import RecordedRun, Run, RunWithinRun, run_fields
from ._safely import never_raises, say_once
from ._steps import RecordedStep, Step
from ._told import Telling
from ._trace_stream import Chunk, StreamSource, TracedStream

AnyParent = Union[Run, Step, LlmStream]


class Trace(Telling):
    """Records what an agent does. Nothing of it raises, waits or does I/O, but ``configure`` and ``flush``.

    Without an endpoint, or when recording is switched off, all of it does nothing.
    """

    def __init__(self, destinations: Destinations | None = None) -> None:
        super().__init__(destinations or Destinations())

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
        spool_megabytes: float | None = None,
        buffer_megabytes: float | None = None,
        exit_timeout_seconds: float | None = None,
        handle_signals: bool | None = None,
    ) -> None:
        """Options that are not given stay as they are: at first as the environment (``LLM_STREAM_…``) says.

        Raises TypeError or ValueError, which name the option that is wrong. A wrong variable of the environment is
        said in a warning and not used. What is open goes on to where it was started.

        ``endpoint``: base URL of a capture; without one nothing is recorded. ``store_tokens``: False: only figures,
        and the response if ``store_responses``. ``token_sample_rate``: 0 to 1; always with the first and the last
        token. ``default_run_name``: where what happens outside of any run belongs to. ``when_away``: "drop" or
        "spool" what the capture does not take. ``spool_megabytes``: most that waits in the files of ``spool_folder``.
        ``buffer_megabytes``: most that waits in memory.
        ``exit_timeout_seconds``: how long the end of the process may wait. ``handle_signals``: whether SIGTERM and
        SIGHUP are flushed before they end the process.
        """
        options = {name: value for name, value in locals().items() if name != "self"}
        self._destinations.configure(options)

    @property
    @never_raises(lambda: False)
    def is_recording(self) -> bool:
        """False: there is no endpoint, or recording is switched off."""
        return self._destinations.current.outbox.enabled

    @property
    @never_raises(lambda: False)
    def is_in_run(self) -> bool:
        """Whether a run is open around, so that what is started belongs to it."""
        around = current_place()
        return around is not None and not around.run.has_ended

    # For `with`, `async with`, and as decorators.

    @never_raises(lambda: Opening(Run))
    def run(
        self,
        name: str,
        *,
        agent_type: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: Any = None,
    ) -> Opening[Run]:
        """An exception fails it and goes on. Within another run it is a step of that one, of type agent."""
        return Opening(
            lambda: self.start_run(
                name,
                agent_type=agent_type,
                session_id=session_id,
                user_id=user_id,
                metadata=metadata,
            )
        )

    @never_raises(lambda: Opening(Step))
    def stage(
        self,
        name: str,
        *,
        input: Any = None,
        data: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
    ) -> Opening[Step]:
        return Opening(
            lambda: self.start_step("stage", name, input=input, data=data, parent=parent)
        )

    @never_raises(lambda: Opening(Step))
    def agent(
        self,
        name: str,
        *,
        input: Any = None,
        data: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
    ) -> Opening[Step]:
        return Opening(
            lambda: self.start_step("agent", name, input=input, data=data, parent=parent)
        )

    @never_raises(lambda: Opening(Step))
    def tool(
        self,
        name: str,
        input: Any = None,
        *,
        data: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
    ) -> Opening[Step]:
        """Set ``output`` of the step. Of a decorated function they are its arguments and what it returns."""
        return ToolOpening(
            lambda given: self.start_step("tool_call", name, input=given, data=data, parent=parent),
            input,
        )

    @never_raises(lambda: Opening(lambda: Within(None)))
    def within(self, parent: AnyParent) -> Opening[Within]:
        """What happens in it belongs to what was started by hand, also in a thread of its own."""
        place = parent._place if isinstance(parent, Parent) else None
        return Opening(lambda: Within(place))

    # By hand: whoever starts it ends it, and names it as `parent` of what is within.

    @never_raises(Run)
    def start_run(
        self,
        name: str,
        *,
        agent_type: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: Any = None,
    ) -> Run:
        """Within another run it is a step of that one, of type agent."""
        destination = self._destinations.current
        if not destination.outbox.enabled:
            return Run()
        fields = run_fields(agent_type, session_id, user_id, metadata)
        around = current_place()
        if around is not None and not around.run.has_ended:
            return RunWithinRun(RecordedStep(around, "agent", name, None, fields))
        return RecordedRun(RunFrame(destination.outbox, destination.settings), name, fields)

    @never_raises(Step)
    def start_step(
        self,
        type: str,
        name: str | None = None,
        *,
        input: Any = None,
        data: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
    ) -> Step:
        """``type``: tool_call, memory_read, memory_write, agent, stage, custom, …"""
        place = self._destinations.place_for(parent)
        if place is None:
            return Step()
        return RecordedStep(place, type, name, input, data)

    @never_raises(LlmStream)
    def start_llm_stream(
        self,
        model: str | None = None,
        prompt: str | None = None,
        *,
        messages: Any = None,
        parameters: Mapping[str, Any] | None = None,
        provider: str | None = None,
        name: str | None = None,
        streaming: bool = True,
        metadata: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
    ) -> LlmStream:
        """A call of a model; to be used with ``with``, or to be ended by hand.

        ``prompt`` or ``messages``, and ``parameters`` (temperature, tools, …): what is sent, in whatever form the
        model takes it. ``name``: shown in the timeline; default: the model.
        """
        start = CallStart(model, prompt, messages, parameters, provider, name, metadata)
        stream = self._llm_stream(start, streaming, parent)
        if isinstance(stream, RecordedStream):
            stream.started_within = current_stream()
            enter_stream(stream)
        return stream

    def trace_stream(
        self,
        source: StreamSource[Chunk],
        *,
        model: str | None = None,
        prompt: str | None = None,
        messages: Any = None,
        parameters: Mapping[str, Any] | None = None,
        provider: str | None = None,
        name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        parent: AnyParent | None = None,
        text_of: TextOf | None = None,
    ) -> TracedStream[Chunk]:
        """Gives the chunks of a model's stream as they come, and records what is text in them.

        ``source``: an iterable, an asynchronous one, something to await that gives one, or a function that does: it
        is called when the call starts, so that its wait is seen. ``text_of``: what of a chunk is text, where it is
        not one of the OpenAI, Anthropic, Ollama or Gemini clients, nor a str: a text, a pair of text and kind, or a
        list of pairs.
        """
        start = CallStart(model, prompt, messages, parameters, provider, name, metadata)
        return TracedStream(source, lambda: self._llm_stream(start, True, parent), text_of)

    @never_raises()
    def add_llm_token(
        self, text: str, kind: str = "text", metadata: Mapping[str, Any] | None = None
    ) -> None:
        """To the stream that was started last in this context and is open."""
        stream = current_stream()
        if isinstance(stream, LlmStream):
            stream.add_token(text, kind, metadata)
        elif self.is_recording:
            say_once(
                "no stream",
                "trace.add_llm_token was called where no stream is open and the token is not recorded: "
                "call trace.start_llm_stream before it.",
            )

    @never_raises(lambda: False)
    def flush(self, timeout: float = 5.0) -> bool:
        """Waits until all is with the capture (True), or ``timeout`` seconds are over."""
        return self._destinations.current.outbox.flush(timeout)

    @never_raises(LlmStream)
    def _llm_stream(self, start: CallStart, streaming: bool, parent: AnyParent | None) -> LlmStream:
        place = self._destinations.place_for(parent)
        return LlmStream() if place is None else RecordedStream(place, start, streaming)


trace = Trace()
trace_stream = trace.trace_stream
