"""Whatever an agent hands over, and whatever fails here: its own work goes on."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import Trace


class Hostile:
    """Everything that can be asked of it raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def _raise(self, *_arguments: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __bool__ = __eq__ = __iter__ = __len__ = _raise
    __hash__ = __call__ = __getitem__ = _raise


CIRCULAR: dict[str, Any] = {}
CIRCULAR["self"] = CIRCULAR

GARBAGE: dict[str, Any] = {
    "hostile": Hostile(),
    "circular": CIRCULAR,
    "none": None,
    "number": 7,
    "not a number": float("nan"),
    "huge": "x" * 3_000_000,
    "surrogate": "\ud800",
    "bytes": b"\xff",
    "list": [],
    "dict": {},
    "class": object,
    "exception": ValueError(Hostile()),
    "function": lambda: 1 / 0,
}


def told(trace: Trace, value: Any) -> Iterator[Callable[[], Any]]:
    """Every public function, with garbage for everything that it takes."""
    yield lambda: trace.llm(value, value, value, messages=value, parameters=value)
    yield lambda: trace.llm(duration_ms=value, error=value, prompt_tokens=value, parent=value)
    yield lambda: trace.llm(status=value, finish_reason=value, http_status=value, metadata=value)
    for tell in (
        trace.memory_read,
        trace.memory_write,
        trace.error,
        trace.final_answer,
        trace.agent_spawn,
        trace.agent_join,
        trace.agent_leave,
        trace.task_completion,
        trace.event,
    ):
        yield lambda tell=tell: tell(value, data=value)  # type: ignore[misc]
    yield lambda: trace.agent_communication(value, value, value, value)
    yield lambda: trace.agent_handoff(value, value, value, value)
    yield lambda: trace.task_assignment(value, value, value)
    yield lambda: trace.add_llm_token(value, value, value)
    yield lambda: trace.start_run(
        value, agent_type=value, session_id=value, user_id=value, metadata=value
    ).end(value)
    yield lambda: worked(trace.run(value, metadata=value))
    yield lambda: worked(trace.stage(value, input=value, data=value, parent=value))
    yield lambda: worked(trace.agent(value, input=value))
    yield lambda: worked(trace.tool(value, value))
    yield lambda: worked(trace.within(value))
    yield lambda: step(trace, value)
    yield lambda: stream(trace, value)
    yield lambda: trace.flush(0)
    # Called wrongly.
    yield lambda: trace.event()  # type: ignore[call-arg]
    yield lambda: trace.start_run("a", 1, 2, nothing=value)  # type: ignore[call-arg,arg-type]
    yield lambda: worked(trace.stage("a", nothing=value))  # type: ignore[call-arg]


def worked(opening: Any) -> None:
    with opening as opened:
        if hasattr(opened, "output"):
            opened.output = GARBAGE

    def work(argument: object) -> object:
        return argument

    assert opening(work)(GARBAGE) is GARBAGE


def step(trace: Trace, value: Any) -> None:
    started = trace.start_step(value, value, input=value, data=value, parent=value)
    started.error(value)
    started.end(output=value, status=value, input=value)


def stream(trace: Trace, value: Any) -> None:
    started = trace.start_llm_stream(
        value,
        value,
        messages=value,
        parameters=value,
        provider=value,
        name=value,
        metadata=value,
        parent=value,
    )
    started.add_token(value, value, value)
    started.add_token(value)
    started.add_token("x", kind=value)
    started.add_token("x", metadata=value)
    started.first_chunk()
    started.error(value, value)
    started.end(
        status=value,
        finish_reason=value,
        prompt_tokens=value,
        completion_tokens=value,
        http_status=value,
        response=value,
        streaming=value,
        metadata=value,
    )


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_never_raises(outbox: RecordingOutbox, name: str) -> None:
    value = GARBAGE[name]
    for trace in (outbox.trace(), outbox.trace(token_sample_rate=0.5), Trace()):
        for tell in told(trace, value):
            tell()
    assert outbox.open_streams == []


class BrokenOutbox(RecordingOutbox):
    def put(self, _event: Any) -> None:
        raise RuntimeError("broken")

    put_tokens = open_stream = close_stream = open_run = close_run = put  # type: ignore[assignment]

    def flush(self, _timeout: float | None = None) -> bool:
        raise RuntimeError("broken")


def test_an_outbox_that_fails_is_said_and_disturbs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trace = BrokenOutbox().trace()
    for tell in told(trace, "a"):
        tell()
    assert trace.flush() is False
    assert "broken" in caplog.text


def test_settings_that_cannot_be_made_are_said_and_disturb_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> Any:
        raise OSError("no environment")

    monkeypatch.setattr("llm_stream._destination.settings_of", broken)
    trace = Trace()
    assert not trace.is_recording
    for tell in told(trace, "a"):
        tell()
    assert list(trace.trace_stream("ab")) == ["a", "b"]
    assert "no environment" in caplog.text


def test_a_logging_handler_that_fails_disturbs_nothing(outbox: RecordingOutbox) -> None:
    class Failing(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            raise RuntimeError("no log")

    handler = Failing()
    logger = logging.getLogger("llm_stream")
    logger.addHandler(handler)
    try:
        outbox.trace().start_step("no such type", "a").end()
    finally:
        logger.removeHandler(handler)
    assert outbox.of_type("step_start")[0]["step_type"] == "custom"


def test_each_mistake_is_said_once(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    for _ in range(100):
        trace.start_step("no such type", "a", parent="no parent").end()  # type: ignore[arg-type]

    assert len(caplog.records) == 2
    for record in caplog.records:
        assert record.name == "llm_stream"
        assert record.levelno == logging.WARNING
        assert "\n" not in record.getMessage()


def test_when_it_is_off_work_goes_on_and_nothing_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outbox = RecordingOutbox(enabled=False)
    for trace in (outbox.trace(), Trace()):

        @trace.tool("double")
        def double(number: int) -> int:
            return 2 * number

        with trace.run("run") as run, trace.stage("stage") as stage:
            assert run.id == stage.id == ""
            assert double(2) == 4
            stage.output = 1
            run.error("a")
        with trace.start_llm_stream("m") as stream:
            stream.add_token("a")
            trace.add_llm_token("b")
        with pytest.raises(ValueError, match="own"), trace.start_llm_stream("m"):
            raise ValueError("own")
        assert list(trace.trace_stream("ab")) == ["a", "b"]
        assert trace.flush() is True
        assert not trace.is_recording
        assert not trace.is_in_run

    assert outbox.events == []
    assert outbox.open_streams == []
    assert caplog.records == []


def test_switching_it_off_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_STREAM_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("LLM_STREAM_ENABLED", "false")
    before = threading.active_count()
    trace = Trace()
    for tell in told(trace, "a"):
        tell()
    assert threading.active_count() == before


def test_cancelling_passes_through_at_once(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def work() -> None:
        async with trace.run("run"), trace.stage("stage"):
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert outbox.end_of("stage")["status"] == "aborted"
    assert outbox.end_of("run")["status"] == "failed"


def test_it_loads_nothing_that_takes_long() -> None:
    slow = ("asyncio", "http.client", "ssl", "subprocess", "langchain_core", "autogen_core")
    program = f"import llm_stream, sys; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
