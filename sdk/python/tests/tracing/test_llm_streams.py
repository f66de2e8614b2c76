"""Streams: tokens, their times and batches, and how calls end."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
from email.message import Message
from enum import Enum
from typing import Any

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import _recorded_stream


class Clock:
    """Moves only when it is told to."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_recorded_stream, "now_ns", clock)
    return clock


def test_a_call_says_what_was_sent_and_what_came(outbox: RecordingOutbox, clock: Clock) -> None:
    trace = outbox.trace()
    with trace.start_llm_stream(
        model="gpt",
        prompt="Say hello.",
        provider="openai",
        name="greeting",
        metadata={"attempt": 2},
    ) as stream:
        clock.ns += 99_999_600
        stream.first_chunk()
        clock.ns += 50_000_000
        stream.add_token("Hm", kind="reasoning")
        clock.ns += 1_000_400
        stream.add_token("Hel")
        stream.add_token("lo", metadata={"logprob": -0.5})
        clock.ns += 9_000_000
        stream.end(finish_reason="stop", prompt_tokens=7, completion_tokens=3, metadata={"id": "x"})

    start = outbox.named("greeting")
    assert start["streaming"] is True
    assert start["model"] == "gpt"
    assert start["provider"] == "openai"
    assert start["request"] == "Say hello."
    assert start["data"] == {"attempt": 2}
    assert "sample_rate" not in start
    assert outbox.tokens() == [
        {"token": "Hm", "offset_us": 150_000, "kind": "reasoning"},
        {"token": "Hel", "offset_us": 151_000},
        {"token": "lo", "offset_us": 151_000, "metadata": {"logprob": -0.5}},
    ]
    end = outbox.end_of("greeting")
    assert end == {
        "type": "llm_call_end",
        "llm_call_id": stream.id,
        "status": "completed",
        "duration_us": 160_000,
        "first_chunk_us": 100_000,
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
        "finish_reason": "stop",
        "data": {"id": "x"},
    }
    assert outbox.open_streams == []


def test_messages_and_parameters_are_sent_like_a_body(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    messages = [{"role": "user", "content": "Hi"}]
    stream = trace.start_llm_stream(
        "m", messages=messages, parameters={"temperature": 0.2, "tools": [{"name": "t"}]}
    )
    messages.append({"role": "user", "content": "changed afterwards"})
    stream.end(response={"text": "Hello"}, http_status=200, streaming=False)

    assert outbox.named("m")["request"] == {
        "temperature": 0.2,
        "tools": [{"name": "t"}],
        "messages": [{"role": "user", "content": "Hi"}],
    }
    end = outbox.end_of("m")
    assert end["response"] == {"text": "Hello"}
    assert end["http_status"] == 200
    assert end["streaming"] is False


def test_tokens_are_handed_over_in_batches_of_a_thousand(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    for number in range(2_500):
        stream.add_token(str(number))

    assert [batch.count for batch in outbox.batches] == [1_000, 1_000]
    (open_stream,) = outbox.open_streams
    open_stream.seal()
    open_stream.seal()
    stream.end()
    assert [batch.first_index for batch in outbox.batches] == [0, 1_000, 2_000]
    assert [token["token"] for token in outbox.tokens()] == [str(n) for n in range(2_500)]
    assert all(batch.size > 50 * batch.count for batch in outbox.batches)


def test_large_tokens_do_not_wait_for_others(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.add_token("small")
    stream.add_token("x" * 20_000)

    (batch,) = outbox.batches
    assert batch.count == 2
    assert batch.size > 20_000
    stream.end()


def test_a_token_over_a_mebibyte_is_cut(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.start_llm_stream("m") as stream:
        stream.add_token("x" * (1_048_576 + 5), metadata={"source": "file"})

    (token,) = outbox.tokens()
    assert len(token["token"]) == 1_048_576
    assert token["metadata"] == {"source": "file", "cut_characters": 5}


class Kind(str, Enum):
    REASONING = "reasoning"


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no equality")

    __hash__ = None  # type: ignore[assignment]


def test_what_is_no_text_is_converted_or_is_no_token(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    with trace.start_llm_stream("m") as stream:
        given: list[Any] = ["", None, 17, Odd(), "\ud800", b"bytes", Kind.REASONING]
        for text in given:
            stream.add_token(text)
        stream.add_token("a", kind=Kind.REASONING)
        stream.add_token("b", kind=Odd())  # type: ignore[arg-type]
        stream.add_token("c", kind="no such kind")
        stream.add_token("d", metadata=Odd())  # type: ignore[arg-type]

    tokens = outbox.tokens()
    texts = [token["token"] for token in tokens]
    converted = ["17", "<Odd without a text>", "\ud800", "b'bytes'", "reasoning"]
    assert texts == [*converted, "a", "b", "c", "d"]
    assert [token.get("kind") for token in tokens[5:8]] == ["reasoning", "other", "other"]
    assert len(caplog.records) == 2


def test_a_stream_is_over_at_its_end(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.add_token("a")
    stream.end()
    for _ in range(1_500):
        stream.add_token("b")
    stream.error("late")
    stream.end(finish_reason="late")

    assert outbox.text() == "a"
    assert outbox.end_of("m")["status"] == "completed"
    assert "finish_reason" not in outbox.end_of("m")


class RateLimitError(Exception):
    status_code = 429


class HTTPStatusError(Exception):
    def __init__(self) -> None:
        super().__init__("no access")
        self.response = type("Response", (), {"status_code": 403})()


class ReadTimeout(Exception):
    pass


class ConnectError(Exception):
    pass


class Hostile(Exception):
    @property
    def status_code(self) -> int:
        raise RuntimeError("hostile")

    def __str__(self) -> str:
        raise RuntimeError("hostile")


NOT_FOUND = urllib.error.HTTPError("http://127.0.0.1", 401, "who?", Message(), None)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ValueError("boom"), "LLM_ERROR", "failed"),
        (RateLimitError("slow down"), "RATE_LIMIT", "failed"),
        (HTTPStatusError(), "AUTH_ERROR", "failed"),
        (NOT_FOUND, "AUTH_ERROR", "failed"),
        (TimeoutError(), "TIMEOUT", "failed"),
        (asyncio.TimeoutError(), "TIMEOUT", "failed"),
        (ReadTimeout(), "TIMEOUT", "failed"),
        (ConnectionRefusedError(), "UPSTREAM_UNREACHABLE", "failed"),
        (ConnectError(), "UPSTREAM_UNREACHABLE", "failed"),
        (asyncio.CancelledError(), "CLIENT_ABORT", "aborted"),
        (KeyboardInterrupt(), "CLIENT_ABORT", "aborted"),
        (GeneratorExit(), "CLIENT_ABORT", "aborted"),
        (Hostile(), "LLM_ERROR", "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_exception_ends_the_call_with_its_code_and_goes_on(
    outbox: RecordingOutbox, error: BaseException, code: str, status: str
) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.add_token("a")
    with pytest.raises(type(error)) as caught, stream:
        raise error

    assert caught.value is error
    end = outbox.end_of("m")
    assert end["error"]["code"] == code
    assert end["error"]["message"]
    assert end["status"] == status
    assert outbox.text() == "a"


def test_the_http_status_of_an_error_is_kept(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.error(RateLimitError("slow down"))
    stream.end()

    assert outbox.end_of("m")["http_status"] == 429


def test_a_code_of_ones_own_counts(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.error("cut off", code="TRUNCATED")
    stream.end()

    end = outbox.end_of("m")
    assert end["status"] == "truncated"
    assert end["error"] == {"code": "TRUNCATED", "message": "cut off"}


def test_wrong_figures_are_left_out_and_said_once(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    for _ in range(2):
        trace.start_llm_stream("m").end(
            prompt_tokens=-1,
            completion_tokens="7",  # type: ignore[arg-type]
            http_status=99,
            status="no such status",
        )

    for end in outbox.of_type("llm_call_end"):
        assert end["status"] == "completed"
        assert "usage" not in end
        assert "http_status" not in end
    assert len(caplog.records) == 4


def test_a_stream_that_is_open_when_the_process_ends_is_interrupted(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.add_token("a")
    (open_stream,) = outbox.open_streams
    open_stream.interrupt("The process ended.")
    stream.end()

    end = outbox.end_of("m")
    assert end["status"] == "interrupted"
    assert end["error"] == {"code": "INTERRUPTED", "message": "The process ended."}
    assert outbox.text() == "a"


def test_several_threads_may_add_to_one_stream_while_it_is_sealed(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    (open_stream,) = outbox.open_streams
    is_over = threading.Event()

    def add(name: str) -> None:
        for number in range(5_000):
            stream.add_token(f"{name}:{number}")

    def seal() -> None:
        while not is_over.is_set():
            open_stream.seal()

    sealer = threading.Thread(target=seal)
    sealer.start()
    adders = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    is_over.set()
    sealer.join()
    stream.end()

    texts = [token["token"] for token in outbox.tokens()]
    assert len(texts) == 20_000
    for name in "abcd":
        own = [text for text in texts if text.startswith(name)]
        assert own == [f"{name}:{number}" for number in range(5_000)]
    indexes = [batch.first_index for batch in outbox.batches]
    counts = [batch.count for batch in outbox.batches]
    assert indexes == [sum(counts[:position]) for position in range(len(counts))]


def test_a_call_does_not_end_before_its_tokens_however_slow_another_thread_puts_them(
    outbox: RecordingOutbox,
) -> None:
    """As it is when the garbage collector runs in the thread that sends."""
    put_tokens = outbox.put_tokens
    begun, held_up = threading.Event(), threading.Event()

    def slowly(batch: Any) -> None:
        begun.set()
        assert held_up.wait(20)
        put_tokens(batch)

    outbox.put_tokens = slowly  # type: ignore[method-assign]
    stream = outbox.trace().start_llm_stream("m")
    stream.add_token("a")
    sealing = threading.Thread(target=outbox.flush)
    sealing.start()
    assert begun.wait(20)
    threading.Timer(0.5, held_up.set).start()
    stream.end()
    sealing.join()
    assert [event["type"] for event in outbox.events[-2:]] == ["llm_tokens", "llm_call_end"]


def test_a_signal_in_the_middle_of_sealing_does_not_lock(outbox: RecordingOutbox) -> None:
    """A handler runs in the thread that it interrupts, which may hold the lock."""
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    stream.add_token("a")
    put_tokens = outbox.put_tokens

    def interrupted(batch: Any) -> None:
        outbox.put_tokens = put_tokens  # type: ignore[method-assign]
        stream.seal()  # type: ignore[attr-defined]
        put_tokens(batch)

    outbox.put_tokens = interrupted  # type: ignore[method-assign]
    stream.end()
    assert outbox.text() == "a"
    assert outbox.end_of("m")["status"] == "completed"


def test_a_whole_call_is_told_at_once(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    trace.llm("gpt", "Hi", "Hello", prompt_tokens=1, completion_tokens=2, duration_ms=1_500)
    trace.llm(model="broken", prompt="Hi", error=TimeoutError("too slow"))

    start, end = outbox.named("gpt"), outbox.end_of("gpt")
    assert start["streaming"] is False
    assert start["request"] == "Hi"
    assert end["response"] == "Hello"
    assert end["duration_us"] == 1_500_000
    assert end["usage"] == {"prompt_tokens": 1, "completion_tokens": 2}
    run_start = outbox.of_type("run_start")[0]["timestamp_us"]
    assert start["timestamp_us"] < run_start
    assert outbox.end_of("broken")["status"] == "failed"
    assert outbox.end_of("broken")["error"]["code"] == "TIMEOUT"
