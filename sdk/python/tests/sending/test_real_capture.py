"""The real capture at the other end."""

from __future__ import annotations

from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from harness.capture import Capture

from .programs import run_program
from .samples import outbox_to, put_call, step
from .server import Handler, closes, recording_server

RUN = {"type": "run_start", "run_id": "run", "name": "burst", "timestamp_us": 1_700_000_000_000_000}


@pytest.mark.parametrize("tokens", [10_000, 100_000])
def test_a_burst_arrives_exactly_once(capture: Capture, tokens: int) -> None:
    outbox = outbox_to(capture.url, token=capture.token)
    outbox.put(RUN)
    put_call(outbox, "call", tokens)
    for number in range(500):
        outbox.put(step(f"step-{number}", timestamp_us=1_700_000_000_000_000 + number))
    assert outbox.flush(60)
    stored = capture.tokens("burst", "call")
    assert [token["token"] for token in stored] == [f"t{index} " for index in range(tokens)]
    assert [token["token_index"] for token in stored] == list(range(tokens))
    assert len([found for found in capture.steps("burst") if found["type"] == "custom"]) == 500


def test_what_is_sent_again_because_answers_were_lost_is_stored_once(capture: Capture) -> None:
    def passes_on(handler: Handler, body: bytes) -> None:
        authorization = {"Authorization": handler.headers["Authorization"]}
        content_type = {"Content-Type": handler.headers["Content-Type"]}
        request = Request(f"{capture.url}/v1/events", body, {**authorization, **content_type})
        with urlopen(request, timeout=20) as answer:
            content = answer.read()
        if len(handler.server.recording.requests) % 2:
            closes(handler, body)
        else:
            handler.answer(200, content)

    with recording_server(passes_on) as server:
        outbox = outbox_to(server.url, token=capture.token)
        outbox.put(RUN)
        put_call(outbox, "call", 20_000)
        for number in range(20):
            outbox.put(step(f"step-{number}", timestamp_us=1_700_000_000_000_000))
        assert outbox.flush(60)
        assert len(server.requests) >= 2
    assert capture.text("burst", "call") == "".join(f"t{index} " for index in range(20_000))
    assert len([found for found in capture.steps("burst") if found["type"] == "custom"]) == 20


def test_a_capture_that_was_restarted_has_another_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = Capture(tmp_path / "first")
    outbox = outbox_to(first.url, token=first.token)
    outbox.put(step("before"))
    assert outbox.flush(20)
    first.stop()
    second = Capture(tmp_path / "second", port=int(first.url.rsplit(":", 1)[1]))
    try:
        outbox.put(step("after"))
        assert outbox.flush(20) is False
    finally:
        second.stop()
    assert "LLM_STREAM_TOKEN" in caplog.text


def test_an_agent_that_fails_is_recorded_to_its_last_word(capture: Capture) -> None:
    program = f"""
from llm_stream import trace
trace.configure(endpoint={capture.url!r}, token={capture.token!r})
with trace.run("agent"):
    stream = trace.start_llm_stream(model="m", prompt="p")
    for number in range(2_500):
        stream.add_token(f"t{{number}} ")
    raise ValueError("broken")
"""
    done = run_program(program)
    assert done.returncode == 1
    assert "ValueError: broken" in done.stderr
    assert "llm_stream" not in done.stderr.replace("from llm_stream", "")
    (call,) = capture.eventually(lambda capture: capture.calls("agent"))
    assert capture.text("agent", call["id"]) == "".join(f"t{number} " for number in range(2_500))
    assert call["llm_call"]["status"] == "interrupted"
    assert capture.run("agent")["status"] == "failed"
