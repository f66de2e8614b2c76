"""`trace_stream`: what an agent reads stays what it is, and is recorded."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest
from recording_outbox import RecordingOutbox


def chat(text: str | None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": None, **fields}]}


CHUNKS = [chat(""), chat("Hel"), chat("lo"), chat(None, finish_reason="stop")]


class Source:
    """Says whether it was closed."""

    def __init__(self, chunks: list[Any], error: BaseException | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.is_closed = False

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self.chunks
            if self.error is not None:
                raise self.error
        finally:
            self.is_closed = True

    async def stream(self) -> AsyncIterator[Any]:
        for chunk in self:
            await asyncio.sleep(0)
            yield chunk


def test_chunks_pass_through_and_their_text_is_recorded(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    got = list(trace.trace_stream(CHUNKS, model="m", prompt="Hi", provider="openai"))

    assert [id(chunk) for chunk in got] == [id(chunk) for chunk in CHUNKS]
    assert outbox.text() == "Hello"
    assert outbox.named("m")["request"] == "Hi"
    end = outbox.end_of("m")
    assert end["status"] == "completed"
    assert end["finish_reason"] == "stop"
    assert end["first_chunk_us"] <= outbox.tokens()[0]["offset_us"]


def test_a_function_is_called_within_the_call_when_it_starts(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    def ask() -> list[str]:
        trace.event("asked")
        return ["a", "b"]

    stream = trace.trace_stream(ask, model="m")
    assert outbox.events == []
    assert list(stream) == ["a", "b"]
    assert outbox.parent_of("asked") == "m"
    assert outbox.text() == "ab"


@pytest.mark.parametrize("form", ["iterable", "function", "awaitable", "coroutine function"])
def test_asynchronous_sources_of_every_form(outbox: RecordingOutbox, form: str) -> None:
    trace = outbox.trace()

    async def ask() -> AsyncIterator[Any]:
        await asyncio.sleep(0)
        trace.event("asked")
        return Source(CHUNKS).stream()

    async def read() -> list[Any]:
        forms: dict[str, Any] = {
            "iterable": lambda: Source(CHUNKS).stream(),
            "function": lambda: lambda: Source(CHUNKS).stream(),
            "awaitable": ask,
            "coroutine function": lambda: ask,
        }
        return [chunk async for chunk in trace.trace_stream(forms[form](), model="m")]

    assert asyncio.run(read()) == CHUNKS
    assert outbox.text() == "Hello"
    assert outbox.end_of("m")["finish_reason"] == "stop"
    if form in ("awaitable", "coroutine function"):
        assert outbox.parent_of("asked") == "m"


def test_a_list_can_be_read_with_async_for(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def read() -> list[str]:
        return [chunk async for chunk in trace.trace_stream(["a", "b"], model="m")]

    assert asyncio.run(read()) == ["a", "b"]
    assert outbox.end_of("m")["status"] == "completed"


def test_an_error_of_the_source_fails_the_call_and_passes_through(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    error = ConnectionResetError("gone")
    source = Source([chat("a")], error)
    with pytest.raises(ConnectionResetError) as caught:
        list(trace.trace_stream(source, model="m"))

    assert caught.value is error
    end = outbox.end_of("m")
    assert end["status"] == "failed"
    assert end["error"] == {"code": "UPSTREAM_UNREACHABLE", "message": "gone"}
    assert outbox.text() == "a"


def test_an_error_of_the_function_fails_the_call(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    def ask() -> list[str]:
        raise PermissionError("no key")

    with pytest.raises(PermissionError, match="no key"):
        list(trace.trace_stream(ask, model="m"))
    assert outbox.end_of("m")["status"] == "failed"


def test_a_wrong_source_fails_as_it_does_without(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with pytest.raises(TypeError, match="not iterable"):
        list(trace.trace_stream(7, model="m"))  # type: ignore[arg-type]
    assert outbox.end_of("m")["status"] == "failed"


def test_a_loop_that_is_left_aborts_the_call(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    source = Source(CHUNKS)
    for _chunk in trace.trace_stream(source, model="m"):
        break

    gc.collect()
    end = outbox.end_of("m")
    assert end["status"] == "aborted"
    assert end["error"]["code"] == "CLIENT_ABORT"
    assert source.is_closed


def test_leaving_after_the_last_chunk_aborts_nothing(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    for chunk in trace.trace_stream(CHUNKS, model="m"):
        if chunk["choices"][0]["finish_reason"]:
            break

    gc.collect()
    assert outbox.end_of("m")["status"] == "completed"


def test_an_iterator_of_the_agent_goes_on_after_a_break(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    own = iter("abc")
    for _chunk in trace.trace_stream(own, model="m"):
        break

    assert list(own) == ["b", "c"]


def test_closing_closes_the_source(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    source = Source(CHUNKS)
    with closing(trace.trace_stream(source, model="m")) as stream:
        next(stream)
    assert source.is_closed
    assert outbox.end_of("m")["status"] == "aborted"

    async def read() -> bool:
        other = Source(CHUNKS)
        async with trace.trace_stream(other.stream(), model="async") as stream:
            await stream.__anext__()
        return other.is_closed

    assert asyncio.run(read())
    assert outbox.end_of("async")["status"] == "aborted"


def test_a_cancelled_task_aborts_the_call(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def never() -> AsyncIterator[str]:
        yield "a"
        await asyncio.Event().wait()

    async def read(got: asyncio.Event) -> None:
        async for _chunk in trace.trace_stream(never(), model="m"):
            got.set()

    async def main() -> None:
        got = asyncio.Event()
        task = asyncio.create_task(read(got))
        await got.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert outbox.end_of("m")["status"] == "aborted"
    assert outbox.end_of("m")["error"]["code"] == "CLIENT_ABORT"
    assert outbox.text() == "a"


def test_text_of_says_what_is_text(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    def text_of(chunk: int) -> Any:
        return {
            0: None,
            1: "a",
            2: ("b", "reasoning"),
            3: [("c", "text"), ("d", "tool_name")],
            4: [],
        }[chunk]

    assert list(trace.trace_stream(range(5), model="m", text_of=text_of)) == list(range(5))
    found = [(token["token"], token.get("kind")) for token in outbox.tokens()]
    assert found == [("a", None), ("b", "reasoning"), ("c", None), ("d", "tool_name")]


def test_a_text_of_that_fails_is_said_once(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    texts: Any = [lambda _chunk: 1 / 0, lambda chunk: chunk.text]
    for text_of in texts:
        assert list(trace.trace_stream("ab", model="m", text_of=text_of)) == ["a", "b"]

    (record,) = [record for record in caplog.records if "text_of" in record.getMessage()]
    assert "ZeroDivisionError" in record.getMessage()
    assert [end["status"] for end in outbox.of_type("llm_call_end")] == ["completed"] * 2


def test_chunks_without_known_text_are_said(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    list(trace.trace_stream([{"unknown": 1}], model="m"))
    assert "text_of" in caplog.text


def test_nothing_is_recorded_of_a_stream_that_is_never_read(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    trace.trace_stream(["a"], model="m")
    gc.collect()
    assert outbox.events == []


def test_the_stream_is_within_what_is_open_where_it_is_read(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    run = trace.start_run("by hand")
    list(trace.trace_stream("ab", model="with parent", parent=run))
    with trace.run("around"):
        list(trace.trace_stream("ab", model="within"))

    assert outbox.parent_of("with parent") == "by hand"
    assert outbox.parent_of("within") == "around"
