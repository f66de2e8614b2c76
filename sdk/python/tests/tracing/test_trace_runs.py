"""Runs, stages and tools: who is within whom, how they end, and what passes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from recording_outbox import RecordingOutbox


def test_a_run_begins_and_ends(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run(
        "support", agent_type="helper", session_id="s-1", user_id="u-1", metadata={"channel": 1}
    ) as run:
        assert outbox.open_runs
        assert run.id

    start, end = outbox.events
    assert start["name"] == "support"
    assert start["run_id"] == run.id
    assert start["agent_type"] == "helper"
    assert start["session_id"] == "s-1"
    assert start["user_id"] == "u-1"
    assert start["metadata"] == {"channel": 1}
    assert end["run_id"] == run.id
    assert end["status"] == "completed"
    assert end["timestamp_us"] >= start["timestamp_us"] > 1_600_000_000_000_000
    assert outbox.open_runs == []


def test_an_exception_fails_the_run_and_passes_through_unchanged(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    error = ValueError("no such city")
    with pytest.raises(ValueError) as caught, trace.run("trip"):  # noqa: PT011
        raise error

    assert caught.value is error
    assert outbox.end_of("trip")["status"] == "failed"
    shown = outbox.named("ValueError")["data"]["error"]
    assert (shown["name"], shown["message"]) == ("ValueError", "no such city")
    assert "test_trace_runs.py" in shown["stack"]


def test_an_error_that_a_step_shows_is_not_shown_again_by_its_run(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with pytest.raises(ValueError, match="rain"), trace.run("trip"), trace.tool("weather"):
        raise ValueError("rain")

    assert outbox.end_of("weather")["data"]["error"]["message"] == "rain"
    assert outbox.end_of("trip")["status"] == "failed"
    assert outbox.of_type("event") == []


def test_steps_are_within_what_is_open_around_them(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("trip"):
        with trace.stage("plan"):
            with trace.tool("weather", input={"city": "Salzburg"}) as tool:
                tool.output = ["rain"]
            trace.memory_write("weather", "rain")
        with trace.agent("writer"):
            trace.final_answer("Stay at home.")

    assert outbox.parent_of("plan") == "trip"
    tool_start = outbox.of_type("step_start")[1]
    assert tool_start["step_type"] == "tool_call"
    assert tool_start["parent_id"] == outbox.named("plan")["step_id"]
    assert tool_start["data"] == {"input": {"city": "Salzburg"}}
    tool_end = outbox.of_type("step_end")[0]
    assert tool_end["data"] == {"input": {"city": "Salzburg"}, "output": ["rain"]}
    assert tool_end["status"] == "completed"
    assert tool_end["duration_us"] >= 0
    assert outbox.parent_of("writer") == "trip"
    assert outbox.parent_of("final answer") == "writer"


def test_a_run_within_a_run_is_a_step_of_it(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("outer") as outer, trace.run("inner", agent_type="critic") as inner:
        assert inner.id != outer.id

    assert len(outbox.of_type("run_start")) == 1
    step = outbox.named("inner")
    assert step["step_type"] == "agent"
    assert step["run_id"] == outer.id
    assert step["data"] == {"agent_type": "critic"}
    assert outbox.end_of("inner")["status"] == "completed"


def test_runs_one_after_the_other_are_runs_of_their_own(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("first"):
        pass
    with trace.run("second"):
        pass

    assert [start["name"] for start in outbox.of_type("run_start")] == ["first", "second"]


def test_what_happens_outside_of_any_run_belongs_to_one_of_the_process(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace(default_run_name="agent")
    trace.final_answer("yes")
    with trace.start_llm_stream(model="m") as stream:
        stream.add_token("Hi")
    with trace.run("own"):
        pass
    trace.event("after")

    assert [start["name"] for start in outbox.of_type("run_start")] == ["agent", "own"]
    for name in ("final answer", "m", "after"):
        assert outbox.parent_of(name) == "agent"
    (open_run,) = outbox.open_runs
    open_run.interrupt()
    assert outbox.end_of("agent")["status"] == "completed"


def test_a_run_that_is_open_when_the_process_ends_has_failed(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    trace.start_run("long")
    (open_run,) = outbox.open_runs
    open_run.interrupt()

    assert outbox.end_of("long")["status"] == "failed"
    assert outbox.open_runs == []


def test_ends_count_once(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    run = trace.start_run("once")
    step = trace.start_step("custom", "step", parent=run)
    for _ in range(2):
        step.end()
        run.end()
        run.error("too late")

    assert outbox.end_of("once")["status"] == "completed"
    assert outbox.end_of("step")["status"] == "completed"
    assert outbox.of_type("event") == []


def test_what_is_started_by_hand_is_where_its_parent_is(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    run = trace.start_run("by hand")
    step = trace.start_step("tool_call", "tool", parent=run, input=1, data={"color": "red"})
    stream = trace.start_llm_stream(model="m", parent=step)
    trace.start_step("custom", "in the call", parent=stream).end()
    stream.end()
    step.end(output=2, status="done")
    trace.event("not within")
    with trace.within(step):
        trace.event("within")
    run.end()

    assert outbox.parent_of("tool") == "by hand"
    assert outbox.parent_of("m") == "tool"
    assert outbox.parent_of("in the call") == "m"
    assert outbox.parent_of("within") == "tool"
    assert outbox.named("not within")["run_id"] != run.id
    assert outbox.end_of("tool")["data"] == {"color": "red", "input": 1, "output": 2}
    assert outbox.end_of("tool")["status"] == "done"


def test_a_failed_step_says_why(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    step = trace.start_step("tool_call", "tool")
    step.error("The disk is full.")
    step.end()

    assert outbox.end_of("tool")["status"] == "failed"
    assert outbox.end_of("tool")["data"] == {"error": "The disk is full."}


def test_a_decorated_function_has_a_step_for_each_call(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    @trace.tool("search")
    def search(query: str, limit: int = 3) -> list[str]:
        """Finds."""
        return [query] * limit

    assert search("castle", limit=2) == ["castle", "castle"]
    assert search("river") == ["river"] * 3
    assert search.__name__ == "search"
    assert search.__doc__ == "Finds."
    first, second = outbox.of_type("step_end")
    assert first["data"] == {
        "input": {"query": "castle", "limit": 2},
        "output": ["castle", "castle"],
    }
    assert second["data"]["input"] == {"query": "river"}


def test_a_decorated_coroutine_is_within_its_run_until_it_ends(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    @trace.run("agent")
    async def agent(question: str) -> str:
        await asyncio.sleep(0)
        trace.event("thought")
        return question.upper()

    async def two() -> list[str]:
        return list(await asyncio.gather(agent("a"), agent("b")))

    assert asyncio.run(two()) == ["A", "B"]
    runs = {start["run_id"] for start in outbox.of_type("run_start")}
    assert len(runs) == 2
    assert {event["run_id"] for event in outbox.of_type("event")} == runs
    assert [end["status"] for end in outbox.of_type("run_end")] == ["completed", "completed"]


def test_whoever_iterates_a_decorated_generator_is_not_within_it(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    @trace.run("generator")
    def words() -> Iterator[str]:
        with trace.stage("inner"):
            trace.event("first in inner")
            yield "a"
            trace.event("second in inner")
            yield "b"

    with trace.run("reader"):
        for word in words():
            trace.event(f"read {word}")

    assert outbox.parent_of("generator") == "reader"
    assert outbox.parent_of("first in inner") == "inner"
    assert outbox.parent_of("second in inner") == "inner"
    assert outbox.parent_of("read a") == "reader"
    assert outbox.parent_of("read b") == "reader"
    assert outbox.end_of("generator")["status"] == "completed"


def test_a_decorated_generator_takes_and_gives_what_it_did(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    @trace.stage("echo")
    def echo() -> Any:
        said: list[Any] = []
        try:
            while len(said) < 2:
                said.append((yield len(said)))
        except KeyError as error:
            said.append(error)
        return said

    generator = echo()
    assert next(generator) == 0
    assert generator.send("x") == 1
    problem = KeyError("y")
    with pytest.raises(StopIteration) as stopped:
        generator.throw(problem)
    assert stopped.value.value == ["x", problem]
    assert outbox.end_of("echo")["status"] == "completed"


def test_a_decorated_async_generator_is_suspended_outside_of_its_run(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()

    @trace.run("agent")
    async def agent() -> AsyncIterator[str]:
        for word in ("a", "b", "c"):
            await asyncio.sleep(0)
            trace.event(f"made {word}")
            yield word

    async def read() -> None:
        with trace.run("reader"):
            generator = agent()
            async for word in generator:
                trace.event(f"read {word}")
                if word == "b":
                    break
            await generator.aclose()  # type: ignore[attr-defined]
            trace.event("after")

    asyncio.run(read())
    assert outbox.parent_of("made b") == "agent"
    assert outbox.parent_of("read b") == "reader"
    assert outbox.parent_of("after") == "reader"
    assert outbox.end_of("agent")["status"] == "completed"
    assert outbox.end_of("reader")["status"] == "completed"


def test_async_with_does_the_same(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def work() -> None:
        async with trace.run("run"), trace.stage("stage") as stage:
            assert stage.id
            raise RuntimeError("async")

    with pytest.raises(RuntimeError, match="async"):
        asyncio.run(work())
    assert outbox.end_of("stage")["status"] == "failed"
    assert outbox.end_of("run")["status"] == "failed"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SystemExit(0), "completed"),
        (SystemExit(3), "failed"),
        (KeyboardInterrupt(), "failed"),
        (asyncio.CancelledError(), "failed"),
    ],
)
def test_how_a_run_ends_that_is_left_from_outside(
    outbox: RecordingOutbox, error: BaseException, status: str
) -> None:
    trace = outbox.trace()
    with pytest.raises(type(error)), trace.run("left"):
        raise error

    assert outbox.end_of("left")["status"] == status
    assert outbox.of_type("event") == []


def test_times_of_a_run_do_not_move_with_the_wall_clock(
    outbox: RecordingOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = outbox.trace()
    with trace.run("run"):
        monkeypatch.setattr("time.time_ns", lambda: 0)
        trace.event("later")
    with trace.run("in 1970"):
        pass

    first = outbox.named("run")["timestamp_us"]
    assert first <= outbox.named("later")["timestamp_us"] <= first + 60_000_000
    assert 0 <= outbox.named("in 1970")["timestamp_us"] < 60_000_000
