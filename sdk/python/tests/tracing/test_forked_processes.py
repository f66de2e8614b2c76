"""After a fork: what was open belongs to the parent, what is started in the child is recorded there."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable

import pytest
from recording_outbox import RecordingOutbox

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork on this system."),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def in_child(work: Callable[[], Any]) -> None:
    """Fails when it does in the child, or when that hangs."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    watchdog = threading.Timer(20, os.kill, (child, 9))
    watchdog.start()
    _, status = os.waitpid(child, 0)
    watchdog.cancel()
    assert status == 0


def test_what_was_open_is_inert_in_the_child(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("run"), trace.stage("stage"):
        stream = trace.start_llm_stream("m")
        stream.add_token("parent")
        step = trace.start_step("custom", "by hand")
        (run,) = outbox.open_runs
        (open_stream,) = outbox.open_streams

        def work() -> None:
            before = len(outbox.events)
            for _ in range(1_500):
                stream.add_token("child")
                trace.add_llm_token("child")
            assert len(stream._tokens) == 1  # type: ignore[attr-defined]
            open_stream.seal()
            stream.end()
            open_stream.interrupt("child")
            step.end()
            run.interrupt()
            assert len(outbox.events) == before
            assert stream.has_ended

        in_child(work)
        stream.end()

    assert outbox.text() == "parent"
    assert outbox.end_of("m")["status"] == "completed"


def test_leaving_an_inherited_run_does_not_end_it(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()

    def work() -> None:
        before = len(outbox.events)
        opening.__exit__(None, None, None)
        assert len(outbox.events) == before

    opening = trace.run("run")
    opening.__enter__()
    in_child(work)
    opening.__exit__(None, None, None)
    assert outbox.end_of("run")["status"] == "completed"


def test_an_inherited_run_is_the_parent_of_what_the_child_starts(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("run") as run, trace.stage("stage") as stage:

        def work() -> None:
            with trace.tool("in the child"):
                trace.event("within")
            with trace.start_llm_stream("m", parent=run) as stream:
                stream.add_token("a")
            assert outbox.parent_of("in the child") == "stage"
            assert outbox.parent_of("within") == "in the child"
            assert outbox.named("m")["run_id"] == run.id
            assert outbox.text() == "a"
            assert outbox.end_of("m")["status"] == "completed"
            assert stage.id

        in_child(work)


def test_a_child_has_a_run_of_its_own_for_what_is_outside_of_any(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(default_run_name="process")
    trace.event("in the parent")
    (parent_run,) = outbox.of_type("run_start")

    def work() -> None:
        trace.event("in the child")
        own = outbox.of_type("run_start")[1]
        assert own["run_id"] != parent_run["run_id"]
        assert outbox.named("in the child")["run_id"] == own["run_id"]

    in_child(work)
    trace.event("later in the parent")
    assert outbox.named("later in the parent")["run_id"] == parent_run["run_id"]


def test_a_fork_while_other_threads_record_hangs_nothing(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    stream = trace.start_llm_stream("m")
    is_over = threading.Event()

    def record() -> None:
        while not is_over.is_set():
            stream.add_token("a")
            stream.seal()  # type: ignore[attr-defined]
            trace.event("a")

    threads = [threading.Thread(target=record) for _ in range(3)]
    for thread in threads:
        thread.start()

    def work() -> None:
        stream.add_token("b")
        stream.end()
        trace.event("child")
        trace.configure(token_sample_rate=0.5)
        trace.start_llm_stream("other").end()

    try:
        for _ in range(20):
            in_child(work)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
