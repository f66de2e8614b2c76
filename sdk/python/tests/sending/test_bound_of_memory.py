"""What is kept and what goes when nobody takes what waits."""

from __future__ import annotations

import logging
import time
import weakref

import pytest

from .samples import call_end, outbox_to, put_call, step
from .server import accepts, answers, eventually, recording_server, unused_port

ONE_MEGABYTE = {"buffer_megabytes": 1.0}


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="llm_stream")


def test_the_oldest_streams_go_as_a_whole(caplog: pytest.LogCaptureFixture) -> None:
    with recording_server(answers(500)) as server:
        outbox = outbox_to(server.url, **ONE_MEGABYTE)
        put_call(outbox, "in-flight", 10)
        eventually(lambda: len(server.requests) >= 1)
        for number in range(40):
            put_call(outbox, f"call-{number}", 1_000)
            outbox.put(step(f"step-{number}"))
        outbox.put(step("last"))
        assert outbox.flush(0.3) is False
        server.behaviour = accepts
        eventually(lambda: "last" in server.ids())
        assert outbox.flush(5)
        assert server.ids() == [*(f"step-{number}" for number in range(40)), "last"]
        assert len(server.tokens("in-flight")) == 10
        started = {event["llm_call_id"] for event in server.of_type("llm_call_start")}
        ended = {event["llm_call_id"] for event in server.of_type("llm_call_end")}
        kept = [f"call-{number}" for number in range(40) if f"call-{number}" in started]
        assert started == ended
        assert 1 <= len(kept) < 20
        assert kept == [f"call-{number}" for number in range(40 - len(kept), 40)]
        for call_id in kept:
            assert len(server.tokens(call_id)) == 1_000
        eventually(lambda: "streams" in caplog.text)
        said = [
            record.getMessage() for record in caplog.records if "dropped" in record.getMessage()
        ]
        dropped = 40 - len(kept)
        assert len(said) == 1
        assert said[0].startswith(
            f"LLM Stream: {dropped} streams, {dropped * 1_000:,} tokens were dropped"
        )


def test_the_end_of_a_stream_that_was_sent_in_part_says_how_many_tokens_were_dropped() -> None:
    with recording_server() as server:
        outbox = outbox_to(server.url, **ONE_MEGABYTE)
        put_call(outbox, "call", 1_000, has_end=False)
        assert outbox.flush(5)
        server.behaviour = answers(500)
        put_call_tokens(outbox, "call", 1_000, 30_000)
        outbox.put(call_end("call", data={"kept": True}))
        outbox.put(step("last"))
        assert outbox.flush(0.5) is False
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["last"])
        (end,) = server.of_type("llm_call_end")
        arrived = len(server.tokens("call"))
        assert end["received_tokens"] == 31_000
        assert end["data"] == {"kept": True, "dropped_tokens": 31_000 - arrived}
        assert server.tokens("call") == [f"t{index} " for index in range(arrived)]


def test_steps_go_when_there_are_no_streams() -> None:
    with recording_server(answers(500)) as server:
        outbox = outbox_to(server.url, **ONE_MEGABYTE)
        outbox.put(step("in-flight"))
        eventually(lambda: len(server.requests) >= 1)
        outbox.put({"type": "run_start", "run_id": "run", "name": "kept", "timestamp_us": 1})
        for number in range(300):
            outbox.put({**step(f"step-{number}", data="x" * 10_000), "type": "step_start"})
            outbox.put({"type": "step_progress", "step_id": f"step-{number}", "progress": 0.5})
            outbox.put({"type": "step_end", "step_id": f"step-{number}", "status": "completed"})
        assert outbox.flush(0.3) is False
        server.behaviour = accepts
        eventually(
            lambda: any(event["step_id"] == "step-299" for event in server.of_type("step_end"))
        )
        starts = [event["step_id"] for event in server.of_type("step_start")]
        ends = [event["step_id"] for event in server.of_type("step_end")]
        assert starts == ends
        assert [event["step_id"] for event in server.of_type("step_progress")] == starts
        assert 10 < len(starts) < 100
        assert [event["name"] for event in server.of_type("run_start")] == ["kept"]


def test_a_stream_that_was_dropped_stays_dropped() -> None:
    with recording_server(answers(500)) as server:
        outbox = outbox_to(server.url, **ONE_MEGABYTE)
        outbox.put(step("in-flight"))
        eventually(lambda: len(server.requests) >= 1)
        put_call(outbox, "call", 20_000, has_end=False)
        assert outbox.flush(0.3) is False
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["in-flight"])
        put_call_tokens(outbox, "call", 20_000, 1_000)
        outbox.put(call_end("call"))
        assert outbox.flush(5)
        assert server.ids() == ["in-flight"]
        assert {event["type"] for event in server.events} == {"event"}


def test_memory_is_bounded_when_nobody_is_there() -> None:
    import tracemalloc

    outbox = outbox_to(f"http://127.0.0.1:{unused_port()}", buffer_megabytes=4.0)
    tracemalloc.start()
    try:
        most = 0
        for number in range(100):
            put_call(outbox, f"call-{number}", 10_000)
            time.sleep(0.005)
            most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # 1,000,000 tokens of some 60 bytes each would be more than 60 MB.
    assert most < 20_000_000


class Kept(dict[str, object]):
    """An event of which is known whether it is still in memory."""


def test_memory_is_bounded_when_events_come_faster_than_json_can_be_made_of_them() -> None:
    kept: weakref.WeakValueDictionary[int, Kept] = weakref.WeakValueDictionary()
    outbox = outbox_to(f"http://127.0.0.1:{unused_port()}", buffer_megabytes=4.0)
    most = 0
    for number in range(1_500):
        event = Kept(step(f"step-{number}", data=f"{number} " * 200_000))
        kept[number] = event
        outbox.put(event)
        most = max(most, len(kept))
    assert most < 400


def put_call_tokens(outbox: object, call_id: str, first: int, count: int) -> None:
    from .samples import Batch

    for index in range(first, first + count, 1_000):
        outbox.put_tokens(Batch(call_id, index, [f"t{i} " for i in range(index, index + 1_000)]))  # type: ignore[attr-defined]
