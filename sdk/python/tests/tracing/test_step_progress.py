"""What a step says of how far it is."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from harness.capture import Capture
from recording_outbox import RecordingOutbox

from llm_stream import Step, Trace


def said(outbox: RecordingOutbox) -> list[dict[str, Any]]:
    """Without what is another in every run."""
    kept = ("progress", "phase", "message")
    return [
        {name: event[name] for name in kept if name in event}
        for event in outbox.of_type("step_progress")
    ]


def test_it_is_sent_as_it_was_last_and_before_the_end(outbox: RecordingOutbox) -> None:
    with outbox.trace().stage("stage") as stage:
        for done in range(1_000):
            stage.progress(done / 1_000, f"page {done}")
        outbox.flush()
        stage.progress(1)

    assert said(outbox) == [
        {"progress": 0.999, "message": "page 999"},
        {"progress": 1.0, "message": "page 999"},
    ]
    assert [event["type"] for event in outbox.events[-2:]] == ["step_progress", "step_end"]
    assert outbox.open_streams == []


def test_it_is_not_taken_back_by_what_the_step_began_with(outbox: RecordingOutbox) -> None:
    data = {"progress": 0.1, "message": "begins", "source": "files"}
    with outbox.trace().stage("stage", data=data) as stage:
        stage.progress(0.7, "nearly")
        stage.end("done")

    (end,) = outbox.of_type("step_end")
    assert end["data"] == {"source": "files", "output": "done"}


def test_it_goes_through_phases_and_does_not_begin_one_twice(outbox: RecordingOutbox) -> None:
    with outbox.trace().stage("stage") as stage:
        stage.phase("detailed")
        stage.progress(0.5)
        stage.phase("detailed")
        stage.phase("summary")

    assert said(outbox) == [{"phase": "detailed"}, {"progress": 0.5}, {"phase": "summary"}]
    times = [event["timestamp_us"] for event in outbox.of_type("step_progress")]
    assert times == sorted(times)
    assert times[0] >= outbox.named("stage")["timestamp_us"]


def test_what_is_beyond_is_taken_for_the_nearest(
    outbox: RecordingOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    with outbox.trace().stage("stage") as stage:
        for fraction in (42, -1, float("inf"), 1 + 1e-12):
            stage.progress(fraction)
            outbox.flush()

    assert [event["progress"] for event in said(outbox)] == [1.0, 0.0, 1.0, 1.0]
    assert "beyond 1 as 1" in caplog.text


def test_what_is_no_number_is_left_out_but_not_its_message(outbox: RecordingOutbox) -> None:
    with outbox.trace().stage("stage") as stage:
        stage.progress(0.5)
        stage.progress(float("nan"), "still at it")

    assert said(outbox) == [{"progress": 0.5, "message": "still at it"}]


def test_it_is_no_longer_than_the_capture_takes(outbox: RecordingOutbox) -> None:
    with outbox.trace().stage("stage") as stage:
        stage.phase("x" * 300)
        stage.progress(0, "y" * 3_000)

    phase, progress = said(outbox)
    assert (len(phase["phase"]), len(progress["message"])) == (200, 1_000)


def test_after_the_end_there_is_none(outbox: RecordingOutbox) -> None:
    step = outbox.trace().start_step("stage", "stage")
    step.end()
    step.progress(1)
    step.phase("late")
    assert said(outbox) == []


def test_it_never_raises(outbox: RecordingOutbox) -> None:
    class Thorny:
        def __str__(self) -> str:
            raise ValueError("not this")

    odd: Any
    with outbox.trace().stage("stage") as stage:
        for odd in (Thorny(), None, "x", {}, [], b"x", object, 10**400, True):
            stage.progress(odd, odd)
            stage.phase(odd)
    assert outbox.end_of("stage")["status"] == "completed"
    Step().progress(1)
    Step().phase("none")


def test_what_is_said_while_it_is_sealed_goes_with_the_next(
    outbox: RecordingOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that sends seals at any moment: also between two lines of the code that says it."""

    def sealed_in_between() -> int:
        outbox.flush()
        return time.monotonic_ns()

    with outbox.trace().stage("stage") as stage:
        stage.progress(0.1)
        monkeypatch.setattr("llm_stream._progress.now_ns", sealed_in_between)
        stage.progress(0.2)
        outbox.flush()
        assert said(outbox) == [{"progress": 0.1}, {"progress": 0.2}]


def test_of_many_threads_the_last_word_of_each_is_there(capture: Capture) -> None:
    trace = Trace()
    trace.configure(endpoint=capture.url, token=capture.token, handle_signals=False)
    with trace.run("threads") as run:

        def work(number: int) -> None:
            with trace.within(run), trace.stage(f"stage {number}") as stage:
                for done in range(2_000):
                    stage.progress(done / 2_000, f"{done} of 2000")
                stage.progress(1, "done")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert trace.flush(20)
    stages = capture.steps("threads")
    assert len(stages) == 8
    for step in stages:
        assert step["stage"] == {"progress": 1, "message": "done", "phases": []}


def test_a_group_of_stages_in_the_capture(capture: Capture) -> None:
    trace = Trace()
    trace.configure(endpoint=capture.url, token=capture.token, handle_signals=False)
    with trace.run("stages"), trace.stage("group", input="a topic") as group:
        with trace.stage("collect") as collect:
            collect.phase("detailed")
            time.sleep(0.01)
            collect.phase("summary")
            collect.progress(0.8, "12 of 15 pages")
        group.progress(0.5)
        # Seen while it runs: nothing waits for its end.
        assert trace.flush(20)
        running = {step["name"]: step for step in capture.steps("stages")}
        assert running["group"]["stage"]["progress"] == 0.5
        assert running["group"]["status"] == "running"
        with trace.stage("write") as write:
            write.output = "a text"
    assert trace.flush(20)

    first, collected, written = capture.steps("stages")
    assert [step["depth"] for step in (first, collected, written)] == [0, 1, 1]
    assert written["stage"] == {"progress": None, "message": None, "phases": []}
    stage = collected["stage"]
    assert (stage["progress"], stage["message"]) == (0.8, "12 of 15 pages")
    detailed, summary = stage["phases"]
    assert (detailed["name"], summary["name"]) == ("detailed", "summary")
    assert 0 <= detailed["start_ms"] <= summary["start_ms"] - 10
    assert summary["start_ms"] <= collected["duration_ms"]
