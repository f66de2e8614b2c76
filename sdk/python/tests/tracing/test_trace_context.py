"""What is open around a piece of work: in tasks, threads and generators."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import Trace, _context


def test_concurrent_tasks_keep_their_runs_apart(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def agent(name: str) -> None:
        with trace.run(name), trace.stage(f"{name} plans"):
            await asyncio.sleep(0)
            trace.event(f"{name} thinks")
            await asyncio.sleep(0)

    async def all_of_them() -> None:
        await asyncio.gather(*(agent(f"agent {number}") for number in range(20)))

    asyncio.run(all_of_them())
    for number in range(20):
        assert outbox.parent_of(f"agent {number} plans") == f"agent {number}"
        assert outbox.parent_of(f"agent {number} thinks") == f"agent {number} plans"


def test_tasks_inherit_what_is_open_where_they_are_made(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def child(name: str) -> None:
        with trace.tool(name):
            await asyncio.sleep(0)

    async def main() -> None:
        with trace.run("main"):
            with trace.stage("search"):
                await asyncio.gather(child("one"), child("two"))
                task = asyncio.create_task(child("three"))
            await task

    asyncio.run(main())
    for name in ("one", "two", "three"):
        assert outbox.parent_of(name) == "search"


@pytest.mark.skipif(sys.version_info < (3, 9), reason="asyncio.to_thread is new in Python 3.9")
def test_to_thread_inherits_and_a_plain_thread_does_not(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(default_run_name="process")

    async def main() -> None:
        with trace.run("main"):
            await asyncio.to_thread(trace.event, "in to_thread")
            thread = threading.Thread(target=trace.event, args=("in a plain thread",))
            thread.start()
            thread.join()

    asyncio.run(main())
    assert outbox.parent_of("in to_thread") == "main"
    assert outbox.parent_of("in a plain thread") == "process"


def test_within_carries_a_run_into_a_thread(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    def work(run: object) -> None:
        with trace.within(run), trace.stage("in the thread"):  # type: ignore[arg-type]
            trace.event("there")

    with trace.run("main") as run:
        thread = threading.Thread(target=work, args=(run,))
        thread.start()
        thread.join()

    assert outbox.parent_of("in the thread") == "main"
    assert outbox.parent_of("there") == "in the thread"
    assert outbox.end_of("main")["status"] == "completed"


def test_a_task_goes_on_to_belong_to_the_stage_in_which_it_was_made(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()

    async def main() -> None:
        go_on = asyncio.Event()

        async def background(name: str) -> None:
            await go_on.wait()
            trace.event(name)

        with trace.run("run"):
            with trace.stage("stage"):
                task = asyncio.create_task(background("after the stage"))
            go_on.set()
            await task
            go_on.clear()
            task = asyncio.create_task(background("after the run"))
        go_on.set()
        await task

    asyncio.run(main())
    assert outbox.parent_of("after the stage") == "stage"
    assert outbox.parent_of("after the run") == "run"


def test_a_task_that_outlives_its_run_starts_runs_of_its_own(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    async def main() -> None:
        go_on = asyncio.Event()

        async def background() -> None:
            await go_on.wait()
            with trace.run("second"):
                pass

        with trace.run("first"):
            task = asyncio.create_task(background())
        go_on.set()
        await task

    asyncio.run(main())
    assert [start["name"] for start in outbox.of_type("run_start")] == ["first", "second"]


def test_tasks_that_start_the_next_one_for_ever_keep_nothing_of_those_before(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()

    async def work(left: int, has_begun: asyncio.Event) -> int:
        with trace.stage("stage"):
            has_begun.set()
            if left == 0:
                while len(outbox.of_type("step_end")) < 100:
                    await asyncio.sleep(0)
                return scopes_that_are_kept()
            next_has_begun = asyncio.Event()
            task = asyncio.create_task(work(left - 1, next_has_begun))
            await next_has_begun.wait()
        return await task

    async def main() -> int:
        return await work(100, asyncio.Event())

    assert asyncio.run(main()) <= 3


def scopes_that_are_kept() -> int:
    kept = 0
    scope = _context._scope.get()
    while scope is not None:
        kept += 1
        scope = scope.outer
    return kept


def stages(trace: Trace, name: str) -> Iterator[None]:
    with trace.stage(name):
        yield
        yield


def test_generators_that_end_in_any_order_leave_nothing_open(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("run"):
        first = stages(trace, "first")
        next(first)
        second = stages(trace, "second")
        next(second)
        list(first)
        trace.event("within second")
        list(second)
        trace.event("after both")

    assert outbox.parent_of("within second") == "second"
    assert outbox.parent_of("after both") == "run"
    assert not trace.is_in_run


def test_a_generator_that_is_closed_in_another_context_raises_nothing(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()
    generator = stages(trace, "stage")
    context = contextvars.copy_context()
    context.run(next, generator)
    generator.close()  # type: ignore[attr-defined]
    with trace.run("run"):
        trace.event("here")

    assert outbox.parent_of("here") == "run"
    assert outbox.end_of("stage")["status"] == "aborted"


def test_an_abandoned_async_generator_does_not_swallow_what_follows(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace(default_run_name="process")

    async def agent() -> AsyncIterator[int]:
        with trace.run("agent"):
            for number in range(10):
                yield number

    async def main() -> None:
        for turn in (1, 2):
            async for _number in agent():
                break
            # Python closes it in a task of its own.
            while len(outbox.of_type("run_end")) < turn:
                await asyncio.sleep(0)
            trace.event("left")
        with trace.run("next"):
            pass

    asyncio.run(main())
    names = [start["name"] for start in outbox.of_type("run_start")]
    assert names == ["agent", "process", "agent", "next"]
    assert {end["status"] for end in outbox.of_type("run_end")} == {"completed"}
    (process, *_) = [start for start in outbox.of_type("run_start") if start["name"] == "process"]
    assert {event["run_id"] for event in outbox.of_type("event")} == {process["run_id"]}


def test_tokens_go_to_the_stream_that_was_started_last_in_the_context(
    outbox: RecordingOutbox,
) -> None:
    trace = outbox.trace()

    async def call(name: str) -> str:
        with trace.start_llm_stream(model=name) as stream:
            for number in range(3):
                trace.add_llm_token(f"{name}{number} ")
                await asyncio.sleep(0)
        return stream.id

    async def main() -> list[str]:
        return list(await asyncio.gather(call("a"), call("b")))

    outer = trace.start_llm_stream(model="outer")
    first, second = asyncio.run(main())
    inner = trace.start_llm_stream(model="inner")
    trace.add_llm_token("in")
    inner.end()
    trace.add_llm_token("out")
    outer.end()
    assert outbox.text(first) == "a0 a1 a2 "
    assert outbox.text(second) == "b0 b1 b2 "
    assert outbox.text(inner.id) == "in"
    assert outbox.text(outer.id) == "out"


def test_a_token_without_a_stream_is_said_once(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    trace = outbox.trace()
    trace.start_llm_stream(model="m").end()
    trace.add_llm_token("a")
    trace.add_llm_token("b")

    (record,) = caplog.records
    assert record.name == "llm_stream"
    assert "start_llm_stream" in record.getMessage()
    assert outbox.tokens() == []
